// Scroll the marked words into view: the URL alone scrolls to their paragraph, which may be longer
// than the window.
"use strict";
try {
  document.documentElement.dataset.theme = localStorage["pincite:theme"] ?? "";
} catch { /* the colours of the system */ }
if (window.self !== window.top) document.documentElement.classList.add("framed");
function showQuote() {
  for (const quote of document.querySelectorAll("#quote, .original rect:first-of-type"))
    quote.scrollIntoView({ block: "center", inline: "nearest" });
}
showQuote();
// The browser scrolls to the paragraph after loading; scroll to the words after that.
window.addEventListener("load", () => requestAnimationFrame(showQuote));
if (window.self !== window.top) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") window.parent.postMessage("pincite:close", location.origin);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "/" && plain && !event.target.closest("input, textarea")) {
      event.preventDefault();
      window.parent.postMessage("pincite:ask", location.origin);
    }
  });
}
