// Adding articles: files and whole folders, chosen or dropped, with the folders in their names.
// What cannot be sent (another kind of file, too large) is named to the program all the same,
// which says why it was left out.
"use strict";
(() => {
  const AT_ONCE = 4;
  let sending = null;

  const zone = () => document.querySelector("#drop");
  const hidden = (name) => name.split("/").some((part) => /^(\.|~\$)/.test(part));

  function sendable(name, size) {
    const { kinds, limit } = zone().dataset;
    const dot = name.lastIndexOf(".");
    const kind = dot < 0 ? "" : name.slice(dot).toLowerCase();
    return size <= Number(limit) && kinds.split(" ").includes(kind);
  }

  // What was dropped: files as they are, folders with all that is in them.
  async function walked(entry, found) {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({ name: entry.fullPath.replace(/^\//, ""), file });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      // A browser hands out a folder's entries a hundred at a time.
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) await walked(one, found);
    }
  }

  async function dropped(transfer) {
    const items = [...transfer.items].filter((item) => item.kind === "file");
    // All are taken before anything is awaited: afterwards the browser has forgotten them.
    const taken = items.map((item) => [item.webkitGetAsEntry(), item.getAsFile()]);
    const found = [];
    for (const [entry, file] of taken) {
      if (entry) await walked(entry, found);
      else if (file) found.push({ name: file.name, file });
    }
    return found;
  }

  function told(words) {
    const line = document.querySelector(".sending");
    line.hidden = !words;
    line.querySelector("span").textContent = words;
  }

  async function send(found, upload, trigger) {
    const wanted = found.filter(({ name }) => !hidden(name));
    const going = { stopped: false };
    const files = wanted.map(({ name, file }) => ({ name, size: file.size, path: null }));
    const queue = wanted.map((one, at) => [one, files[at]]).filter(([one, file]) => sendable(one.name, file.size));
    const all = queue.length;
    let done = 0;
    sending = going;
    const worker = async () => {
      for (let next = queue.shift(); next && !going.stopped; next = queue.shift()) {
        told(`Sending: ${done} of ${all} files`);
        next[1].path = (await upload(next[0].file)).path;
        done += 1;
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    } catch (error) {
      going.stopped = true;
      told("");
      trigger("upload", { files, cancelled: true, error: String(error && error.message || error) });
      return;
    } finally {
      sending = null;
    }
    told("");
    trigger("upload", { files, cancelled: going.stopped, error: "" });
  }

  function add(found) {
    if (!found.length || sending) return;
    const detail = (upload, trigger) => send(found, upload, trigger);
    zone().dispatchEvent(new CustomEvent("pincite:add", { bubbles: true, detail }));
  }

  document.addEventListener("change", (event) => {
    const input = event.target.closest("#adding input[type=file]");
    if (!input) return;
    add([...input.files].map((file) => ({ name: file.webkitRelativePath || file.name, file })));
    input.value = "";
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest(".stop-sending") && sending) sending.stopped = true;
  });

  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    // Beside the zone a drop would replace the window by the file.
    event.preventDefault();
    zone()?.classList.toggle("over", Boolean(event.target.closest?.("#drop")));
  });
  document.addEventListener("dragleave", () => zone()?.classList.remove("over"));
  document.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    zone()?.classList.remove("over");
    if (event.target.closest?.("#drop")) add(await dropped(event.dataTransfer));
  });
})();
