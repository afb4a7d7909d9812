// The conversations of this browser: the one on the page, those kept, votes on answers.
// What is kept is data (each turn's data-exchange); the server draws it again as it draws a
// fresh answer. Nothing kept is ever put into the page as markup here.
"use strict";
window.pincite = (() => {
  const MOST = 50;
  const ROOM = 2_000_000; // characters over all conversations; browsers give about 5 million
  const byId = (id) => document.getElementById(id);
  const pause = (time) => new Promise((done) => setTimeout(done, time));
  const turns = () => [...document.querySelectorAll("#turns .turn")];
  const pending = () => document.querySelector("#turns .pending");
  const fresh = () => ({ id: crypto.randomUUID(), told: "" });
  const listed = () => `{"id":${JSON.stringify(current.id)},"turns":[${current.told}]}`;
  let current = fresh();

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
    const title = JSON.parse(listed()).turns[0].question.slice(0, 120);
    const talk = JSON.stringify({ title, when: Date.now(), told: current.told });
    guarded(() => sessionStorage.setItem(prefix() + "current", current.id));
    const others = all().filter((other) => other.id !== current.id);
    let room = ROOM - talk.length;
    others.forEach((other, place) => {
      room -= other.size;
      if (place >= MOST - 1 || room < 0) guarded(() => localStorage.removeItem(prefix() + other.id));
    });
    const kept = guarded(() => (localStorage.setItem(prefix() + current.id, talk), true), false);
    note(kept ? "" : "This browser keeps no conversations: its storage is full or switched off.");
    list();
  }

  // The page is what is true: the server sends each answer into it. What still stands there
  // of another conversation is not meant.
  function follow() {
    const place = document.querySelector("#turns .conversation");
    if (!place || place.dataset.talk !== current.id) return;
    const told = turns().map((turn) => turn.dataset.exchange).filter(Boolean).join(",");
    if (!told || told === current.told) return;
    current.told = told;
    unasked();
    keep();
  }

  const unasked = () => guarded(() => sessionStorage.removeItem(`${prefix()}asked`));

  async function told(asked) {
    // A question that waited its turn may be sent a moment before the last answer is drawn.
    for (let tries = 0; tries < 40 && pending(); tries += 1) await pause(50);
    follow();
    guarded(() => sessionStorage.setItem(`${prefix()}asked`, asked));
    return listed();
  }

  // After a reload: what this tab was showing, and the question whose answer had not come. The
  // page may still be on its way when this is asked; without its head nothing kept can be found.
  async function restored() {
    for (let tries = 0; tries < 400 && !document.querySelector(".top"); tries += 1) await pause(50);
    const id = guarded(() => sessionStorage.getItem(prefix() + "current"), null);
    const talk = id ? read(prefix() + id) : {};
    if (talk.told) {
      current = { id, told: talk.told };
      insist(id);
    }
    return [listed(), guarded(() => sessionStorage.getItem(`${prefix()}asked`), "") || ""];
  }

  // A reply that comes while the page is still being put together may not be drawn, or not
  // come at all: what was kept is then asked for again.
  async function insist(id) {
    for (let tries = 0; tries < 10; tries += 1) {
      await pause(2000);
      const place = document.querySelector("#turns .conversation");
      if (current.id !== id || place?.dataset.talk === id || pending()) return;
      if (place) draw();
    }
  }

  function draw() {
    const place = document.querySelector("#turns .conversation");
    place.dispatchEvent(new CustomEvent("pincite:show", { bubbles: true, detail: listed() }));
  }

  function show(talk) {
    if (pending()) {
      note("An answer is still being found. Wait for it, then choose again.");
      return false;
    }
    current = { id: talk.id, told: talk.told };
    guarded(() => sessionStorage.setItem(prefix() + "current", talk.id));
    unasked();
    document.body.dataset.turn = "";
    draw();
    list();
    note("");
    return true;
  }

  function start() {
    if (show(fresh())) document.querySelector("#question textarea").focus();
  }

  function open(id) {
    const talk = read(prefix() + id);
    if (talk.told && show({ id, told: talk.told })) {
      if (matchMedia("(max-width: 60rem)").matches) close();
    } else list();
  }

  function remove(ids) {
    if (ids.includes(current.id) && !show(fresh())) return;
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

  function note(words) {
    const place = document.querySelector("#talks .talks-note");
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

  async function vote(turn, ballot) {
    const body = { exchange: turn.dataset.exchange, ...ballot };
    const response = await post("/talk/vote", body).catch(() => null);
    const reply = response ? await response.json().catch(() => ({})) : {};
    if (!response || !response.ok) return reply.message || "The program does not answer; try again.";
    turn.dataset.exchange = reply.exchange;
    // The server's own markup, made as for a fresh answer.
    turn.querySelector(".ballot").outerHTML = reply.ballot;
    follow();
    return "";
  }

  async function thumb(button) {
    const turn = button.closest(".turn");
    const { verdict } = button.dataset;
    const opened = turn.querySelector(".why");
    if (opened) opened.remove();
    if (verdict === "wrong") {
      if (!opened) ask(turn);
      return;
    }
    const pressed = button.getAttribute("aria-pressed") === "true";
    await send(turn, pressed ? "none" : verdict, verdict);
  }

  // Votes without more words; the thumb `focused` is left with the focus.
  async function send(turn, verdict, focused) {
    const trouble = await vote(turn, { verdict });
    if (trouble) complain(turn, trouble);
    else turn.querySelector(`.thumb[data-verdict=${focused}]`).focus();
  }

  function complain(turn, words) {
    turn.querySelector(".ballot .trouble")?.remove();
    const trouble = element("p", { className: "trouble", textContent: words });
    trouble.setAttribute("role", "alert");
    turn.querySelector(".ballot").append(trouble);
  }

  function ask(turn) {
    const refused = turn.querySelector(".card.refused");
    const form = byId("why").content.cloneNode(true).firstElementChild;
    form.querySelectorAll(".reason").forEach((label) => {
      if ((label.dataset.for === "refusal") !== Boolean(refused)) label.remove();
    });
    if (refused) form.querySelector("input[type=radio]").checked = true;
    const back = () => {
      form.remove();
      turn.querySelector(".thumb[data-verdict=wrong]").focus();
    };
    form.querySelector(".why-cancel").addEventListener("click", back);
    const again = form.querySelector(".why-back");
    again.hidden = !turn.querySelector(".thumb[data-verdict=wrong][aria-pressed=true]");
    again.addEventListener("click", () => {
      form.remove();
      send(turn, "none", "wrong");
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = new FormData(form);
      const [reason, words] = [given.get("reason"), given.get("words")];
      const trouble = await vote(turn, { verdict: "wrong", reason, words });
      if (trouble) form.querySelector(".why-trouble").textContent = trouble;
      else back();
    });
    turn.querySelector(".ballot").after(form);
    form.querySelector("input").focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("#new-talk, #open-talks, #talks button, .thumb");
    if (!target) return;
    if (target.matches("#new-talk, .talks-new")) start();
    else if (target.matches("#open-talks")) toggle();
    else if (target.matches(".talks-close")) close();
    else if (target.matches(".talks-save")) save(target.dataset.kind);
    else if (target.matches(".talks-clear")) sure(target, () => remove(all().map((talk) => talk.id)));
    else if (target.matches(".thumb")) thumb(target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.body.classList.contains("reading")) return;
    const form = event.target.closest && event.target.closest(".why");
    if (form) form.querySelector(".why-cancel").click();
    else close();
  });
  window.addEventListener("storage", list);
  new MutationObserver(follow).observe(document.documentElement, { childList: true, subtree: true });

  return { told, kept: listed, restored, close };
})();
