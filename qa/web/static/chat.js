// The chat window beyond asking: example questions, copying, the article pane, the keyboard.
// There is one listener on the document, because the cards come and go.
"use strict";
(() => {
  const { _, setQuestion, acceptGuess, closePanel, confirmTwice } = window.pincite;
  const byId = (id) => document.getElementById(id);
  const box = () => document.querySelector("#question textarea");
  let opener = null; // the link that opened the article pane

  function ask(question) {
    setQuestion(question);
    setTimeout(() => byId("ask").click(), 50);
  }

  // Take the filter off, and ask again what was asked last with it.
  async function unfilter(button) {
    button.dispatchEvent(new CustomEvent("pincite:unfilter", { bubbles: true }));
    while (button.isConnected) await new Promise((done) => setTimeout(done, 50));
    const last = [...document.querySelectorAll("#turns .turn")].at(-1)?.dataset.exchange;
    const { understood, shown } = JSON.parse(last ?? "{}");
    if (shown?.scope) ask(understood);
  }

  async function copy(button) {
    const label = button.textContent;
    try {
      const { copy, link } = button.dataset;
      await navigator.clipboard.writeText(link ? `${copy}\n${new URL(link, location.href)}` : copy);
      button.textContent = _("Copied");
    } catch {
      button.textContent = _("Not allowed");
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  // The links of this conversation into the article of `link`, each once, in text order.
  function citations(link) {
    const path = new URL(link, location.href).pathname;
    const links = [...document.querySelectorAll("#turns a.cite")].map((a) => a.href);
    const start = (href) => Number(new URL(href).searchParams.get("start"));
    return [...new Set(links)].filter((href) => new URL(href).pathname === path)
      .sort((one, other) => start(one) - start(other));
  }

  function openArticle(link) {
    const pane = byId("pane");
    if (!pane) return;
    pane.hidden = false;
    document.body.classList.add("article-open");
    const frame = pane.querySelector("iframe").contentWindow;
    // A browser does not load the same URL again, but the article may have changed.
    if (frame.location.href === new URL(link, location.href).href) frame.location.reload();
    else frame.location.replace(link);
    pane.querySelector(".pane-new-tab").href = link;
    pane.dataset.link = link;
    const links = citations(link);
    const index = links.indexOf(link);
    pane.querySelector(".pane-steps").hidden = links.length < 2;
    pane.querySelector(".pane-position").textContent = _("Citation {number} of {count}", { number: index + 1, count: links.length });
    pane.querySelector(".pane-previous").disabled = index <= 0;
    pane.querySelector(".pane-next").disabled = index < 0 || index >= links.length - 1;
  }

  function step(by) {
    const { link } = byId("pane").dataset;
    const links = citations(link);
    const next = links[links.indexOf(link) + by];
    if (next) openArticle(next);
  }

  function closeArticle() {
    const pane = byId("pane");
    if (!pane || pane.hidden) return;
    pane.hidden = true;
    document.body.classList.remove("article-open");
    (opener?.isConnected ? opener : box()).focus();
  }

  function sendArticle(button, type, detail) {
    button.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  function removeArticle(button) {
    button.disabled = true;
    sendArticle(button, "pincite:remove", button.dataset.remove);
  }

  function toggleArticles(button) {
    closePanel();
    const isArticleOpen = !byId("pane").hidden;
    const isOpen = document.body.classList.toggle("articles-open") || isArticleOpen;
    document.body.classList.toggle("articles-open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
    if (isArticleOpen) closeArticle();
  }

  function closeArticles() {
    if (!document.body.classList.contains("articles-open")) return;
    document.body.classList.remove("articles-open");
    byId("open-articles").setAttribute("aria-expanded", "false");
    byId("open-articles").focus();
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest(
      "#open-shortcuts, a.cite, .unfilter, .example, .best-guess, .edit, .copy, .remove, .correct, .articles-close, #open-articles, #pane button"
    );
    if (!target) return;
    if (target.matches("#open-shortcuts")) byId("shortcuts").showModal();
    else if (target.matches("#open-articles")) toggleArticles(target);
    else if (target.matches(".articles-close")) closeArticles();
    else if (target.matches(".remove")) confirmTwice(target, () => removeArticle(target));
    else if (target.matches(".correct")) sendArticle(target, "pincite:correct", target.dataset.correct);
    else if (target.matches(".example")) ask(target.dataset.question);
    else if (target.matches(".best-guess")) {
      acceptGuess();
      ask(target.dataset.question);
    } else if (target.matches(".unfilter")) unfilter(target);
    else if (target.matches(".edit")) {
      setQuestion(target.dataset.question);
      box().focus();
    } else if (target.matches(".copy")) copy(target);
    else if (target.matches(".pane-close")) closeArticle();
    else if (target.matches(".pane-previous")) step(-1);
    else if (target.matches(".pane-next")) step(1);
    else if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      opener = target;
      openArticle(target.href);
      byId("pane").querySelector(".pane-close").focus({ preventScroll: true });
    }
  });

  document.addEventListener("pincite:adding", () => {
    if (matchMedia("(max-width: 60rem)").matches) closeArticles();
  });

  window.pincite.panels = { closeArticle, closeArticles };

  // Escape in an open dropdown only closes the dropdown. By the time the key arrives here that has
  // happened, so its state is recorded before.
  let isInDropdown = false;
  document.addEventListener("keydown", (event) => {
    isInDropdown = Boolean(event.target.closest?.("input[aria-expanded=true]") || document.querySelector(":popover-open"));
  }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !isInDropdown) {
      if (byId("pane") && !byId("pane").hidden) closeArticle();
      else closeArticles();
    }
    const isTyping = event.target.closest?.("input, textarea, [contenteditable]");
    if (event.key === "?" && !isTyping && !byId("shortcuts").open) byId("shortcuts").showModal();
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      focusQuestion();
    }
  });
  function focusQuestion() {
    if (!document.body.classList.contains("benchmark")) return box().focus();
    addEventListener("hashchange", () => requestAnimationFrame(() => box().focus()), { once: true });
    location.hash = "#ask";
  }
  // The article's frame sends its keys here.
  window.addEventListener("message", (event) => {
    if (event.origin !== location.origin) return;
    if (event.data === "pincite:close") closeArticle();
    if (event.data === "pincite:ask") focusQuestion();
  });

  // Gradio does not say that the threshold panel folds, nor that its modes are one group of radio
  // buttons, which the arrow keys move through.
  function describe(panel) {
    const label = panel.querySelector(".label-wrap");
    label.setAttribute("aria-expanded", String(label.classList.contains("open")));
    panel.querySelectorAll("input[type=radio]").forEach((radio) => { radio.name = "threshold"; });
  }
  new MutationObserver((records, observer) => {
    const panel = byId("threshold");
    if (!panel?.querySelector(".label-wrap")) return;
    observer.disconnect();
    describe(panel);
    new MutationObserver(() => describe(panel)).observe(panel, {
      childList: true, subtree: true, attributeFilter: ["class"],
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // The conversation is replaced with each answer, and a live region that is new is not read out.
  function announce(turn) {
    const status = byId("announcement");
    if (status) status.textContent = turn.querySelector(".card").innerText;
  }

  // Scroll a new turn to the top of the view, so that its question and answer are visible.
  new MutationObserver(() => {
    const turns = document.querySelectorAll("#turns .turn");
    const last = turns[turns.length - 1];
    if (!last) return;
    const key = turns.length + (last.querySelector(".pending") ? "p" : "a");
    if (key === document.body.dataset.turn) return;
    document.body.dataset.turn = key;
    last.scrollIntoView({ block: "start", behavior: "smooth" });
    announce(last);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
