// The conversations of this browser: the one on the page, the questions waiting in it, and those
// in storage. What is stored is data (each turn's data-exchange); the server renders it like a
// fresh answer. Nothing from storage is inserted into the page as markup.
"use strict";
window.pincite = (() => {
  const MAX_CONVERSATIONS = 50;
  const MAX_CHARACTERS = 2_000_000; // of all conversations; browsers allow about 5 million
  const ANSWER_TIMEOUT = 180_000; // milliseconds without a change of a pending question
  // A sentence in the window's language: qa/locale has the translations.
  const _ = (text, values = {}) =>
    (window.pinciteStrings[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const byId = (id) => document.getElementById(id);
  const sleep = (time) => new Promise((done) => setTimeout(done, time));
  const box = () => document.querySelector("#question textarea");
  const turnElements = () => [...document.querySelectorAll("#turns .turn")];
  const pendingCard = () => document.querySelector("#turns .pending");
  const conversationElement = () => document.querySelector("#turns .conversation");

  // One conversation: `turns` is its exchanges as JSON, `stored` what this window last saw of them
  // in storage, `renderId` names one rendering of it, so that the page shows which one is current.
  const conversation = (id, turns) => ({ id, turns, stored: turns, renderId: crypto.randomUUID() });
  const history = () => `{"id":${JSON.stringify(current.renderId)},"turns":[${current.turns}]}`;
  let current = conversation(crypto.randomUUID(), "");
  const queue = []; // questions without an answer yet, the one being answered first
  let previous = Promise.resolve().then(initialRender); // the end of what was asked before

  // One key per conversation, so that two windows do not overwrite each other's.
  // With accounts, each has its own conversations (see /account.js).
  const owner = () => (document.documentElement.dataset.account ? `@${document.documentElement.dataset.account}` : "");
  const prefix = () => `pincite:1:${document.querySelector(".top").dataset.index}${owner()}:`;

  // Storage may be full or switched off.
  function attempt(action, fallback) {
    try {
      return action();
    } catch {
      return fallback;
    }
  }

  // The stored exchanges are under the key `told`, by which browsers already have conversations.
  function load(id) {
    const { told, ...rest } = attempt(() => JSON.parse(localStorage.getItem(prefix() + id)), null) || {};
    return { id, turns: told, ...rest };
  }

  function loadAll() {
    return attempt(() => Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix()))
      .map((key) => ({ size: localStorage[key].length, ...load(key.slice(prefix().length)) }))
      .filter((stored) => stored.turns)
      .sort((one, other) => other.when - one.when), []);
  }

  function store() {
    if (!current.turns) return;
    const { turns } = load(current.id);
    // If another window continued it meanwhile, there are two conversations from here on.
    if (turns && turns !== current.stored) current.id = crypto.randomUUID();
    current.stored = current.turns;
    const title = JSON.parse(history()).turns[0].question.slice(0, 120);
    const data = JSON.stringify({ title, when: Date.now(), told: current.turns });
    attempt(() => sessionStorage.setItem(prefix() + "current", current.id));
    let characters = data.length;
    loadAll().filter((other) => other.id !== current.id).forEach((other, rank) => {
      characters += other.size;
      if (rank >= MAX_CONVERSATIONS - 1 || characters > MAX_CHARACTERS) {
        attempt(() => localStorage.removeItem(prefix() + other.id));
      }
    });
    const isStored = attempt(() => (localStorage.setItem(prefix() + current.id, data), true), false);
    note(isStored ? "" : _("This browser does not save conversations: its storage is full or switched off."));
    list();
  }

  // Take over what the server has rendered, unless it belongs to another conversation.
  function sync() {
    if (conversationElement()?.dataset.conversation !== current.renderId) return;
    const turns = turnElements().map((turn) => turn.dataset.exchange).filter(Boolean).join(",");
    if (!turns || turns === current.turns) return;
    current.turns = turns;
    store();
  }

  // Return the question and the history before it once all earlier questions are answered, or null
  // if there is no question. The box is free for the next one at once.
  async function takeQuestion(text) {
    const question = text || "";
    hint(question.trim() || queue.length ? "" : _("Type a question first."));
    if (!question.trim()) return [null, ""];
    if (box().value === text) setQuestion(""); // otherwise the next one is being typed
    const entry = { question };
    queue.push(entry);
    showQueue();
    const turn = previous.then(() => (sync(), queue.includes(entry) ? [question, history()] : [null, ""]));
    previous = turn.then(([taken]) => taken === null || awaitAnswer());
    return turn;
  }

  // Wait until the stored conversation, even an empty one, is rendered: otherwise it would replace
  // the first answer.
  async function initialRender() {
    for (const since = Date.now(); Date.now() - since < 10_000; await pageChange()) {
      if (conversationElement()?.dataset.conversation === current.renderId) return;
    }
  }

  // Resolve when the page changes, or after a moment. An answer is noticed before anything else,
  // a reload included, can happen to the page that shows it.
  let onPageChange = () => {};
  const pageChange = () => Promise.race([sleep(50), new Promise((done) => { onPageChange = done; })]);

  // Wait until the first question of the queue is answered on the page.
  async function awaitAnswer() {
    const last = () => turnElements().at(-1)?.dataset.exchange;
    const before = last();
    const hasBegun = () => pendingCard() || last() !== before;
    for (const since = Date.now(); !hasBegun() && Date.now() - since < 10_000;) await pageChange();
    if (hasBegun() && await pendingEnds()) {
      queue.shift();
      showQueue();
      return;
    }
    // The questions after it would not be answered either: all of them go back into the box.
    const unanswered = queue.splice(0).map((entry) => entry.question).join("\n");
    showQueue(unanswered);
    if (pendingCard()) render();
    setQuestion([unanswered, box().value].filter(Boolean).join("\n"));
    hint(_("There was no answer. Check that Pincite is running, then ask again."));
  }

  // Wait until nothing is pending; return false if the server has stopped working on it.
  async function pendingEnds() {
    let [text, since, checked, isUnreachable] = ["", Date.now(), 0, false];
    for (; pendingCard(); await pageChange()) {
      const now = pendingCard().textContent;
      const unchanged = Date.now() - since;
      if (now !== text) [text, since, isUnreachable] = [now, Date.now(), false];
      else if (unchanged > ANSWER_TIMEOUT || isUnreachable) return false;
      else if (unchanged > 5000 && Date.now() - checked > 1000) {
        checked = Date.now();
        fetch("/api/status").catch(() => { isUnreachable = true; });
      }
    }
    return true;
  }

  // Show the waiting questions, and store all without an answer for a reload.
  function showQueue(unanswered = queue.map((entry) => entry.question).join("\n")) {
    attempt(() => sessionStorage.setItem(`${prefix()}asked`, unanswered));
    byId("queued").querySelector("ul").replaceChildren(...queue.slice(1).map((entry) => {
      const text = element("span", { textContent: _("Next: {question}", entry) });
      const button = element("button", { type: "button", textContent: _("Take back") });
      button.setAttribute("aria-label", _("Take back: {question}", entry));
      button.addEventListener("click", () => takeBack(entry));
      return element("li", {}, text, button);
    }));
  }

  // The next question is answered however uncertain its answer is.
  let acceptsGuess = false;
  const acceptGuess = () => { acceptsGuess = true; };
  function takeThreshold(percent) {
    const taken = acceptsGuess ? 0 : percent;
    acceptsGuess = false;
    return taken;
  }

  function takeBack(entry) {
    // By now it may be the one that is being answered.
    if (queue.indexOf(entry) < 1) return;
    queue.splice(queue.indexOf(entry), 1);
    showQueue();
    if (!box().value) setQuestion(entry.question);
    box().focus();
  }

  // The framework listens to input events, not to the property.
  function setQuestion(text) {
    const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box()), "value");
    set.call(box(), text);
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  // After a reload, return the conversation of this tab and the question that was not answered.
  // Gradio may ask before the header, which names the index, is in the page.
  async function restore() {
    for (let tries = 0; tries < 400 && !document.querySelector(".top"); tries += 1) await sleep(50);
    const id = attempt(() => sessionStorage.getItem(prefix() + "current"), null);
    const { turns } = id ? load(id) : {};
    if (turns) {
      current = conversation(id, turns);
      ensureRendered(current.renderId);
    }
    return [history(), attempt(() => sessionStorage.getItem(`${prefix()}asked`), "") || ""];
  }

  // A response that arrives while the page is being built may be lost: ask for it again.
  async function ensureRendered(renderId) {
    for (let tries = 0; tries < 10; tries += 1) {
      await sleep(2000);
      const shown = conversationElement();
      if (current.renderId !== renderId || shown?.dataset.conversation === renderId || pendingCard()) return;
      if (shown) render();
    }
  }

  function render() {
    const detail = history();
    conversationElement()?.dispatchEvent(new CustomEvent("pincite:show", { bubbles: true, detail }));
  }

  function show(id, turns) {
    if (queue.length) {
      note(_("A question is still being answered. Wait for it, then choose again."));
      return false;
    }
    current = conversation(id, turns);
    attempt(() => sessionStorage.setItem(prefix() + "current", id));
    showQueue();
    document.body.dataset.turn = "";
    render();
    list();
    note("");
    return true;
  }

  const startNew = () => show(crypto.randomUUID(), "");

  function open(id) {
    const { turns } = load(id);
    if (!turns || !show(id, turns)) list();
    else if (matchMedia("(max-width: 60rem)").matches) closePanel();
  }

  function remove(ids) {
    if (ids.includes(current.id) && !startNew()) return;
    ids.forEach((id) => attempt(() => localStorage.removeItem(prefix() + id)));
    list();
    byId("conversations").querySelector(".conversations-new").focus();
  }

  // Run an action at the second press of a button.
  function confirmTwice(button, action) {
    if (button.classList.contains("confirming")) return action();
    const label = button.textContent;
    button.classList.add("confirming");
    button.textContent = _("Really?");
    setTimeout(() => {
      button.classList.remove("confirming");
      button.textContent = label;
    }, 4000);
  }

  // Show a message in the panel of conversations, or above the question box if that is closed.
  function note(text) {
    const panel = byId("conversations");
    if (panel) panel.querySelector(".conversations-note").textContent = panel.hidden ? "" : text;
    hint(panel?.hidden ? text : "");
  }

  function hint(text) {
    const line = document.querySelector("#queued p");
    if (line) line.textContent = text;
  }

  function element(tag, properties, ...children) {
    const created = Object.assign(document.createElement(tag), properties);
    created.append(...children);
    return created;
  }

  function list() {
    const panel = byId("conversations");
    if (!panel || panel.hidden) return;
    const all = loadAll();
    panel.querySelector(".conversations-list").replaceChildren(...all.map(({ id, title, when }) => {
      const moment = new Date(when);
      const date = moment.toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long", year: "numeric" });
      const time = moment.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      const openButton = element("button", { type: "button", className: "conversations-open" },
        element("span", { textContent: title }),
        element("span", { className: "details", textContent: `${date}, ${time}` }));
      if (id === current.id) openButton.setAttribute("aria-current", "true");
      const deleteButton = element("button", { type: "button", className: "conversations-delete", textContent: _("Delete") });
      deleteButton.setAttribute("aria-label", _("Delete: {title}", { title }));
      openButton.addEventListener("click", () => open(id));
      deleteButton.addEventListener("click", () => {
        deleteButton.removeAttribute("aria-label");
        confirmTwice(deleteButton, () => remove([id]));
      });
      return element("li", {}, openButton, deleteButton);
    }));
    panel.querySelector(".conversations-none").hidden = all.length > 0;
    panel.querySelector(".conversations-clear").hidden = all.length === 0;
  }

  function togglePanel() {
    const isOpen = document.body.classList.toggle("conversations-open");
    byId("conversations").hidden = !isOpen;
    byId("open-conversations").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      list();
      byId("conversations").querySelector(".conversations-close").focus({ preventScroll: true });
    }
  }

  function closePanel() {
    if (!document.body.classList.contains("conversations-open")) return;
    togglePanel();
    byId("open-conversations").focus();
  }

  function post(url, body) {
    const headers = { "Content-Type": "application/json" };
    return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async function save(kind) {
    if (!current.turns) return note(_("There is nothing to save yet. Ask a question first."));
    const response = await post(`/chat/export/${kind}`, { history: history() }).catch(() => null);
    if (!response?.ok) return note(_("The conversation could not be saved: Pincite does not respond."));
    const url = URL.createObjectURL(await response.blob());
    const day = new Date().toISOString().slice(0, 10);
    element("a", { href: url, download: `conversation-${day}.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    note(_("Saved."));
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("#new-conversation, #open-conversations, #conversations button");
    if (!target) return;
    if (target.matches("#new-conversation, .conversations-new")) startNew() && box().focus();
    else if (target.matches("#open-conversations")) togglePanel();
    else if (target.matches(".conversations-close")) closePanel();
    else if (target.matches(".conversations-save")) save(target.dataset.kind);
    else if (target.matches(".conversations-clear")) confirmTwice(target, () => remove(loadAll().map(({ id }) => id)));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.body.classList.contains("article-open")) return;
    if (!event.target.closest?.(".complaint")) closePanel();
  });
  // Another window has continued the conversation shown here, or deleted it.
  window.addEventListener("storage", (event) => {
    list();
    if (event.key !== prefix() + current.id || queue.length) return;
    const { turns } = load(current.id);
    if (!turns) startNew();
    else if (turns !== current.turns) show(current.id, turns);
  });
  new MutationObserver(() => (sync(), onPageChange()))
    .observe(document.documentElement, { childList: true, subtree: true });

  return { _, takeQuestion, takeThreshold, acceptGuess, history, restore, closePanel, sync, setQuestion, confirmTwice, post, element };
})();
