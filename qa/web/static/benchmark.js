// Ask and Benchmark are two views of one window. The URL says which one is open, so that the
// conversation is kept and either view can be linked to.
"use strict";
(() => {
  let isOpen = false;

  function show() {
    const isBenchmark = location.hash === "#benchmark";
    document.body.classList.toggle("benchmark", isBenchmark);
    for (const link of document.querySelectorAll(".tabs a")) {
      if ((link.hash === "#benchmark") === isBenchmark) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    // Whenever the tab is opened, it lists the question sets and runs anew.
    if (isBenchmark && !isOpen) document.dispatchEvent(new Event("pincite:benchmark"));
    isOpen = isBenchmark;
  }

  window.addEventListener("hashchange", show);
  document.addEventListener("pincite:header", show);
  show();
})();
