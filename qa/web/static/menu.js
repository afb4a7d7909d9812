// The menu: the colours and the language. The browser keeps both choices.
"use strict";
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;

  // Gradio's own components are dark inside this class.
  function applyTheme() {
    const { theme } = root.dataset;
    document.body.classList.toggle("dark", theme ? theme === "dark" : system.matches);
    const frame = document.querySelector("#pane iframe")?.contentDocument;
    if (frame) frame.documentElement.dataset.theme = theme;
  }

  document.addEventListener("pincite:header", () => {
    document.getElementById("theme").value = root.dataset.theme;
    applyTheme();
  });
  system.addEventListener("change", () => setTimeout(applyTheme)); // after Gradio
  document.addEventListener("change", ({ target }) => {
    if (target.id === "theme") {
      root.dataset.theme = target.value;
      try {
        localStorage["pincite:theme"] = target.value;
      } catch { /* this window alone has them */ }
      applyTheme();
    } else if (target.id === "language") {
      document.cookie = `pincite_language=${target.value}; path=/; max-age=31536000; samesite=strict`;
      location.reload();
    }
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest("#menu :is(a, button)")) document.getElementById("menu").hidePopover();
  });
})();
