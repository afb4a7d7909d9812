// Ask and Benchmark are two views of one window: the address says which one is open, so that
// the conversation stays as it is and either can be shared.
"use strict";
(() => {
  let open = false;

  function show() {
    const now = location.hash === "#benchmark";
    document.body.classList.toggle("benchmark", now);
    for (const link of document.querySelectorAll(".tabs a")) {
      if ((link.hash === "#benchmark") === now) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    // Opened anew, the tab looks which sets and runs there are.
    if (now && !open) document.dispatchEvent(new Event("pincite:benchmark"));
    open = now;
  }

  window.addEventListener("hashchange", show);
  document.addEventListener("pincite:header", show);
  show();
})();
