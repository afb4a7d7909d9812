// The conversations of this browser: the one on the page, the questions that wait in it, those
// kept. What is kept is data (each turn's data-exchange); the server draws it again as it draws a
// fresh answer. Nothing kept is ever put into the page as markup here.
"use strict";
window.pincite = (() => {
  const MOST = 50;
  const ROOM = 2_000_000; // characters over all conversations; browsers give about 5 million
  const PATIENCE = 180_000; // milliseconds without news of a question
  const byId = (id) => document.getElementById(id);
  const pause = (time) => new Promise((done) => setTimeout(done, time));
  const turns = () => [...document.querySelectorAll("#turns .turn")];
  const pending = () => document.querySelector("#turns .pending");
  const onPage = () => document.querySelector("#turns .conversation");
  const unique = () => crypto.randomUUID();
  const listed = () => `{"id":${JSON.stringify(current.drawn)},"turns":[${current.told}]}`;
  // One conversation: `told` is its turns, `kept` what this window last saw of them in the
  // browser's storage, `drawn` what the server names it on the page, anew for each showing.
  const talk = (id, told) => ({ id, told, kept: told, drawn: unique() });
  let current = talk(unique(), "");
  const asking = []; // questions without an answer yet, the one being answered first
  let line = Promise.resolve().then(standing);

  // One key a conversation, so that two windows do not undo each other's work.
  const prefix = () => `pincite:1:${document.querySelector(".top").dataset.index}:`;

  function guarded(work, otherwise) {
    try {
      return work();
    } catch {
      return otherwise;
    }
  }

  function all() {
    return guarded(() => Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix()))
      .map((key) => ({ id: key.slice(prefix().length), size: localStorage[key].length, ...read(key) }))
      .filter((talk) => talk.told)
      .sort((one, other) => other.when - one.when), []);
  }

  function read(key) {
    return guarded(() => JSON.parse(localStorage.getItem(key)), null) || {};
  }

  function keep() {
    if (!current.told) return;
    const there = read(prefix() + current.id).told;
    if (there && there !== current.kept) {
      // Another window went on with it meanwhile: from here on there are two.
      current.id = unique();
    }
    current.kept = current.told;
    const title = JSON.parse(listed()).turns[0].question.slice(0, 120);
    const kept = JSON.stringify({ title, when: Date.now(), told: current.told });
    guarded(() => sessionStorage.setItem(prefix() + "current", current.id));
    const others = all().filter((other) => other.id !== current.id);
    let room = ROOM - kept.length;
    others.forEach((other, place) => {
      room -= other.size;
      if (place >= MOST - 1 || room < 0) guarded(() => localStorage.removeItem(prefix() + other.id));
    });
    const done = guarded(() => (localStorage.setItem(prefix() + current.id, kept), true), false);
    note(done ? "" : "This browser keeps no conversations: its storage is full or switched off.");
    list();
  }

  // The page is what is true: the server sends each answer into it. What still stands there
  // of another conversation is not meant.
  function follow() {
    const place = onPage();
    if (!place || place.dataset.talk !== current.drawn) return;
    const told = turns().map((turn) => turn.dataset.exchange).filter(Boolean).join(",");
    if (!told || told === current.told) return;
    current.told = told;
    keep();
  }

  // A question as it stood when it was asked, with the conversation before it once its turn has
  // come; null for what is no question. The box is free for the next one at once.
  async function asked(words) {
    const question = words || "";
    hint(question.trim() || asking.length ? "" : "Type a question first.");
    if (!question.trim()) return [null, ""];
    if (box().value === words) write(""); // or else the next one is being typed
    const entry = { question };
    asking.push(entry);
    waiting();
    const turn = line.then(() => (follow(), asking.includes(entry) ? [question, listed()] : [null, ""]));
    line = turn.then(([taken]) => taken === null || answered());
    return turn;
  }

  // Until what was kept stands on the page, be it nothing: drawn after the first answer it would take
  // that one's place.
  async function standing() {
    for (const since = Date.now(); Date.now() - since < 10_000; await change()) {
      if (onPage()?.dataset.talk === current.drawn) return;
    }
  }

  // Until the page changes, or for a moment: an answer is known as such before anything else
  // can happen to the page that shows it, a reload included.
  let changed = () => {};
  const change = () => Promise.race([pause(50), new Promise((done) => { changed = done; })]);

  // Until the answer to the first question of the line stands on the page.
  async function answered() {
    const last = () => turns().at(-1)?.dataset.exchange;
    const before = last();
    const begun = () => pending() || last() !== before;
    for (const since = Date.now(); !begun() && Date.now() - since < 10_000;) await change();
    if (begun() && await over()) {
      asking.shift();
      waiting();
      return;
    }
    // What waited behind it would wait as long for nothing: all of it goes back into the box.
    const unasked = asking.splice(0).map((entry) => entry.question).join("\n");
    waiting(unasked);
    if (pending()) draw();
    write([unasked, box().value].filter(Boolean).join("\n"));
    hint("There was no answer. See that the program runs, then ask again.");
  }

  // Until nothing is pending; false where nobody works on it any more.
  async function over() {
    let [words, since, looked, gone] = ["", Date.now(), 0, false];
    for (; pending(); await change()) {
      const now = pending().textContent;
      const still = Date.now() - since;
      if (now !== words) [words, since, gone] = [now, Date.now(), false];
      else if (still > PATIENCE || gone) return false;
      else if (still > 5000 && Date.now() - looked > 1000) {
        looked = Date.now();
        fetch("/api/status").catch(() => { gone = true; });
      }
    }
    return true;
  }

  // What has no answer is kept for a reload, and what waits for its turn is shown.
  function waiting(unasked = asking.map((entry) => entry.question).join("\n")) {
    guarded(() => sessionStorage.setItem(`${prefix()}asked`, unasked));
    byId("waiting").querySelector("ul").replaceChildren(...asking.slice(1).map((entry) => {
      const words = element("span", { textContent: `Next: ${entry.question}` });
      const back = element("button", { type: "button", textContent: "Take back" });
      back.setAttribute("aria-label", `Take back: ${entry.question}`);
      back.addEventListener("click", () => takeBack(entry));
      return element("li", {}, words, back);
    }));
  }

  function takeBack(entry) {
    // It may have become the one that is being answered.
    if (asking.indexOf(entry) < 1) return;
    asking.splice(asking.indexOf(entry), 1);
    waiting();
    if (!box().value) write(entry.question);
    box().focus();
  }

  const box = () => document.querySelector("#question textarea");

  // The framework under the box listens to input events, not to the property.
  function write(text) {
    const own = Object.getPrototypeOf(box());
    Object.getOwnPropertyDescriptor(own, "value").set.call(box(), text);
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  // After a reload: what this tab was showing, and the question whose answer had not come. The
  // page may still be on its way when this is asked; without its head nothing kept can be found.
  async function restored() {
    for (let tries = 0; tries < 400 && !document.querySelector(".top"); tries += 1) await pause(50);
    const id = guarded(() => sessionStorage.getItem(prefix() + "current"), null);
    const { told } = id ? read(prefix() + id) : {};
    if (told) {
      current = talk(id, told);
      insist(current.drawn);
    }
    return [listed(), guarded(() => sessionStorage.getItem(`${prefix()}asked`), "") || ""];
  }

  // A reply that comes while the page is still being put together may not be drawn, or not
  // come at all: what was kept is then asked for again.
  async function insist(drawn) {
    for (let tries = 0; tries < 10; tries += 1) {
      await pause(2000);
      const place = onPage();
      if (current.drawn !== drawn || place?.dataset.talk === drawn || pending()) return;
      if (place) draw();
    }
  }

  function draw() {
    const place = onPage();
    place?.dispatchEvent(new CustomEvent("pincite:show", { bubbles: true, detail: listed() }));
  }

  function show(id, told) {
    if (asking.length) {
      note("An answer is still being found. Wait for it, then choose again.");
      return false;
    }
    current = talk(id, told);
    guarded(() => sessionStorage.setItem(prefix() + "current", id));
    waiting();
    document.body.dataset.turn = "";
    draw();
    list();
    note("");
    return true;
  }

  function start() {
    if (show(unique(), "")) box().focus();
  }

  function open(id) {
    const { told } = read(prefix() + id);
    if (told && show(id, told)) {
      if (matchMedia("(max-width: 60rem)").matches) close();
    } else list();
  }

  function remove(ids) {
    if (ids.includes(current.id) && !show(unique(), "")) return;
    ids.forEach((id) => guarded(() => localStorage.removeItem(prefix() + id)));
    list();
    byId("talks").querySelector(".talks-new").focus();
  }

  // Deleting takes two presses of the same button.
  function sure(button, action) {
    if (button.classList.contains("sure")) return action();
    const words = button.textContent;
    button.classList.add("sure");
    button.textContent = "Really?";
    setTimeout(() => {
      button.classList.remove("sure");
      button.textContent = words;
    }, 4000);
  }

  // Words about the conversations: in their panel, or over the box where it is closed.
  function note(words) {
    const panel = byId("talks");
    if (panel) panel.querySelector(".talks-note").textContent = panel.hidden ? "" : words;
    hint(panel && panel.hidden ? words : "");
  }

  function hint(words) {
    const place = document.querySelector("#waiting p");
    if (place) place.textContent = words;
  }

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function list() {
    const panel = byId("talks");
    if (!panel || panel.hidden) return;
    const talks = all();
    panel.querySelector(".talks-list").replaceChildren(...talks.map((talk) => {
      const when = new Date(talk.when);
      const date = when.toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" });
      const time = when.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
      const title = element("span", { className: "talks-title", textContent: talk.title });
      const details = element("span", { className: "details", textContent: `${date}, ${time}` });
      const choose = element("button", { type: "button", className: "talks-open" }, title, details);
      if (talk.id === current.id) choose.setAttribute("aria-current", "true");
      const drop = element("button", { type: "button", className: "talks-delete", textContent: "Delete" });
      drop.setAttribute("aria-label", `Delete: ${talk.title}`);
      choose.addEventListener("click", () => open(talk.id));
      drop.addEventListener("click", () => {
        drop.removeAttribute("aria-label");
        sure(drop, () => remove([talk.id]));
      });
      return element("li", {}, choose, drop);
    }));
    panel.querySelector(".talks-none").hidden = talks.length > 0;
    panel.querySelector(".talks-clear").hidden = talks.length === 0;
  }

  function toggle() {
    const opened = document.body.classList.toggle("talks");
    byId("talks").hidden = !opened;
    byId("open-talks").setAttribute("aria-expanded", String(opened));
    if (opened) {
      list();
      byId("talks").querySelector(".talks-close").focus({ preventScroll: true });
    }
  }

  function close() {
    if (!document.body.classList.contains("talks")) return;
    toggle();
    byId("open-talks").focus();
  }

  function post(address, body) {
    const headers = { "Content-Type": "application/json" };
    return fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async function save(kind) {
    if (!current.told) return note("There is nothing to save yet: ask something first.");
    const response = await post(`/talk/export/${kind}`, { told: listed() }).catch(() => null);
    if (!response || !response.ok) return note("It could not be saved: the program does not answer.");
    const address = URL.createObjectURL(await response.blob());
    const day = new Date().toISOString().slice(0, 10);
    element("a", { href: address, download: `conversation-${day}.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    note("Saved.");
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("#new-talk, #open-talks, #talks button");
    if (!target) return;
    if (target.matches("#new-talk, .talks-new")) start();
    else if (target.matches("#open-talks")) toggle();
    else if (target.matches(".talks-close")) close();
    else if (target.matches(".talks-save")) save(target.dataset.kind);
    else if (target.matches(".talks-clear")) sure(target, () => remove(all().map((talk) => talk.id)));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.body.classList.contains("reading")) return;
    if (!event.target.closest?.(".why")) close();
  });
  // Another window went on with the conversation that stands here, or deleted it.
  window.addEventListener("storage", (event) => {
    list();
    if (event.key !== prefix() + current.id || asking.length) return;
    const { told } = read(event.key);
    if (!told) show(unique(), "");
    else if (told !== current.told) show(current.id, told);
  });
  new MutationObserver(() => (follow(), changed()))
    .observe(document.documentElement, { childList: true, subtree: true });

  return { asked, kept: listed, restored, close, follow, write, post, element };
})();
