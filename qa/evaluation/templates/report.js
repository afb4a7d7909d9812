// Filters the list of questions, which is complete without this script.
const rows = [...document.querySelectorAll("#questions details")];
const words = document.querySelector("#words"), kind = document.querySelector("#kind");
const count = document.querySelector("#count");
function show() {
  const query = words.value.toLowerCase(); let shown = 0;
  for (const row of rows) {
    const match = (!kind.value || row.dataset.kind === kind.value) &&
      (!query || row.textContent.toLowerCase().includes(query));
    row.hidden = !match; shown += match;
  }
  count.textContent = `${shown} of ${rows.length}`;
}
words.addEventListener("input", show); kind.addEventListener("change", show); show();
