// The browser's Back closes the article and the panels, and does not leave the page while one is open.
// The history has one entry for each that is open.
"use strict";
(() => {
  const { closePanel } = window.pincite;
  const { closeArticle, closeArticles } = window.pincite.panels;
  const NAMES = ["article-open", "articles-open", "conversations-open"];
  const openCount = () => NAMES.filter((name) => document.body.classList.contains(name)).length;
  let entries = history.state?.pinciteOpen ?? 0;

  function closeTop() {
    if (document.body.classList.contains("article-open")) closeArticle();
    else if (document.body.classList.contains("articles-open")) closeArticles();
    else closePanel();
  }

  window.addEventListener("popstate", () => {
    entries = history.state?.pinciteOpen ?? 0;
    while (openCount() > entries) closeTop();
  });
  new MutationObserver(() => {
    const open = openCount();
    if (open < entries) {
      const back = open - entries;
      entries = open;
      history.go(back);
    }
    while (entries < open) history.pushState({ ...history.state, pinciteOpen: (entries += 1) }, "");
  }).observe(document.body, { attributeFilter: ["class"] });
})();
