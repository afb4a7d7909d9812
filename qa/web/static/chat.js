// What the chat window does beyond asking: example questions, copying, the article pane,
// the keyboard. One listener on the document, because the cards come and go.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const box = () => document.querySelector("#question textarea");
  let opener = null;

  function ask(question) {
    window.pincite.write(question);
    setTimeout(() => byId("ask").click(), 50);
  }

  async function copy(button) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  // The places cited in this conversation in the article that is open, each once.
  function places(link) {
    const path = new URL(link, location.href).pathname;
    const links = [...document.querySelectorAll("#turns a.cite")].map((a) => a.href);
    const unique = [...new Set(links)].filter((href) => new URL(href).pathname === path);
    const at = (href) => Number(new URL(href).searchParams.get("start"));
    return unique.sort((one, other) => at(one) - at(other));
  }

  function show(link) {
    const pane = byId("pane");
    if (!pane) return;
    pane.hidden = false;
    document.body.classList.add("reading");
    const frame = pane.querySelector("iframe").contentWindow;
    // The same address again is no reason for a browser to ask anew, but the article may be.
    if (frame.location.href === new URL(link, location.href).href) frame.location.reload();
    else frame.location.replace(link);
    pane.querySelector(".pane-alone").href = link;
    pane.dataset.link = link;
    const all = places(link);
    const here = all.indexOf(link);
    pane.querySelector(".pane-steps").hidden = all.length < 2;
    pane.querySelector(".pane-place").textContent = `Cited place ${here + 1} of ${all.length}`;
    pane.querySelector(".pane-previous").disabled = here <= 0;
    pane.querySelector(".pane-next").disabled = here < 0 || here >= all.length - 1;
  }

  function step(by) {
    const link = byId("pane").dataset.link;
    const all = places(link);
    const next = all[all.indexOf(link) + by];
    if (next) show(next);
  }

  function close() {
    const pane = byId("pane");
    if (!pane || pane.hidden) return;
    pane.hidden = true;
    document.body.classList.remove("reading");
    if (opener && opener.isConnected) opener.focus();
    else box().focus();
  }

  // Removing takes two presses of the same button.
  function remove(button) {
    if (button.classList.contains("sure")) {
      button.disabled = true;
      const detail = button.dataset.remove;
      button.dispatchEvent(new CustomEvent("pincite:remove", { bubbles: true, detail }));
      return;
    }
    button.classList.add("sure");
    button.textContent = "Really?";
    setTimeout(() => {
      button.classList.remove("sure");
      button.textContent = "Remove";
    }, 4000);
  }

  function closeShelf() {
    if (!document.body.classList.contains("shelf")) return;
    document.body.classList.remove("shelf");
    byId("open-shelf").setAttribute("aria-expanded", "false");
    byId("open-shelf").focus();
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest(
      "a.cite, .example, .edit, .copy, .remove, .shelf-close, #open-shelf, #pane button"
    );
    if (!target) return;
    if (target.matches("#open-shelf")) {
      window.pincite.close();
      const open = document.body.classList.toggle("shelf") || !byId("pane").hidden;
      document.body.classList.toggle("shelf", open);
      target.setAttribute("aria-expanded", String(open));
      if (!byId("pane").hidden) close();
      return;
    }
    if (target.matches(".shelf-close")) return closeShelf();
    if (target.matches(".remove")) return remove(target);
    if (target.matches(".example")) ask(target.dataset.question);
    else if (target.matches(".edit")) {
      window.pincite.write(target.dataset.question);
      box().focus();
    } else if (target.matches(".copy")) copy(target);
    else if (target.matches(".pane-close")) close();
    else if (target.matches(".pane-previous")) step(-1);
    else if (target.matches(".pane-next")) step(1);
    else if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      opener = target;
      show(target.href);
      byId("pane").querySelector(".pane-close").focus({ preventScroll: true });
    }
  });

  // Escape in a list that hangs open closes that list; it has no other sign left when the key
  // comes up here.
  let inList = false;
  document.addEventListener("keydown", (event) => {
    inList = Boolean(event.target.closest?.("input[aria-expanded=true]"));
  }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !inList) {
      if (byId("pane") && !byId("pane").hidden) close();
      else closeShelf();
    }
    const typing = event.target.closest && event.target.closest("input, textarea, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      toQuestion();
    }
  });
  // To the question box, from the other tab too.
  function toQuestion() {
    if (!document.body.classList.contains("benchmark")) return box().focus();
    addEventListener("hashchange", () => requestAnimationFrame(() => box().focus()), { once: true });
    location.hash = "#ask";
  }
  // Keys pressed inside the frame reach the frame only.
  window.addEventListener("message", (event) => {
    if (event.origin !== location.origin) return;
    if (event.data === "pincite:close") close();
    if (event.data === "pincite:ask") toQuestion();
  });

  // What Gradio leaves unsaid of the panel "How sure": that it folds, and that its modes are one
  // choice, which the arrow keys go through.
  function describe(panel) {
    const label = panel.querySelector(".label-wrap");
    label.setAttribute("aria-expanded", String(label.classList.contains("open")));
    panel.querySelectorAll("input[type=radio]").forEach((one) => { one.name = "sureness"; });
  }
  new MutationObserver((changes, observer) => {
    const panel = byId("sureness");
    if (!panel?.querySelector(".label-wrap")) return;
    observer.disconnect();
    describe(panel);
    new MutationObserver(() => describe(panel)).observe(panel, {
      childList: true, subtree: true, attributeFilter: ["class"],
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // A new turn is brought to the top of the view, so that its question and answer are seen.
  new MutationObserver(() => {
    const turns = document.querySelectorAll("#turns .turn");
    const last = turns[turns.length - 1];
    if (!last) return;
    const key = turns.length + (last.querySelector(".pending") ? "p" : "a");
    if (key === document.body.dataset.turn) return;
    document.body.dataset.turn = key;
    last.scrollIntoView({ block: "start", behavior: "smooth" });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
