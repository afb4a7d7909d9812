// Votes on answers: the thumbs under them, and the form that a thumb down opens.
"use strict";
(() => {
  const { _, element, sync, post } = window.pincite; // conversations.js runs first
  const recorded = new Map(); // replies to votes by the exchange, as rendered before the vote
  const forms = new Map(); // each open form: the index of its turn, the exchange, its focus

  // Send a vote; return the reason if it was refused.
  async function vote(turn, choice) {
    const body = { exchange: turn.dataset.exchange, ...choice };
    const response = await post("/chat/vote", body).catch(() => null);
    const reply = response ? await response.json().catch(() => ({})) : {};
    if (!response?.ok) return reply.message || _("Pincite does not respond. Try again.");
    recorded.set(body.exchange, reply);
    recorded.delete(reply.exchange); // a withdrawn vote leads back to the first exchange
    restore();
    sync();
    return "";
  }

  // Each answer renders the whole conversation as it was when its question was asked: put back
  // the votes since then, and the form that is being filled in.
  function restore() {
    const turns = [...document.querySelectorAll("#turns .turn")];
    turns.forEach((turn) => {
      const reply = recorded.get(turn.dataset.exchange);
      if (!reply) return;
      turn.dataset.exchange = reply.exchange;
      // HTML rendered by the server, as for a fresh answer.
      turn.querySelector(".vote").outerHTML = reply.vote;
    });
    forms.forEach(({ index, exchange, focused }, form) => {
      if (form.isConnected) return;
      const turn = turns[index];
      if (turn?.dataset.exchange !== exchange) return void forms.delete(form);
      turn.querySelector(".vote").after(form);
      if (document.activeElement === document.body) focused?.focus({ preventScroll: true });
    });
  }

  async function pressThumb(button) {
    const turn = button.closest(".turn");
    const { verdict } = button.dataset;
    const form = turn.querySelector(".complaint");
    if (form) close(form);
    if (verdict === "wrong") {
      if (!form) openForm(turn);
      return;
    }
    const isPressed = button.getAttribute("aria-pressed") === "true";
    await send(turn, isPressed ? "none" : verdict, verdict);
  }

  // Vote for one of the closest passages under a refusal.
  async function votePassage(button) {
    const turn = button.closest(".turn");
    const choice = { verdict: "wrong", reason: "missed", passage: Number(button.dataset.passage) };
    const error = await vote(turn, choice);
    if (error) showError(turn, error);
  }

  // Vote without a form; the thumb `focused` keeps the focus.
  async function send(turn, verdict, focused) {
    const error = await vote(turn, { verdict });
    if (error) showError(turn, error);
    else turn.querySelector(`.thumb[data-verdict=${focused}]`).focus();
  }

  function showError(turn, text) {
    turn.querySelector(".vote-error")?.remove();
    const error = element("p", { className: "vote-error", textContent: text });
    error.setAttribute("role", "alert");
    turn.querySelector(".vote").append(error);
  }

  function openForm(turn) {
    const isRefusal = Boolean(turn.querySelector(".card.refused"));
    const form = document.getElementById("complaint").content.querySelector("form").cloneNode(true);
    form.querySelectorAll(".reason").forEach((label) => {
      if ((label.dataset.for === "refusal") !== isRefusal) label.remove();
    });
    if (isRefusal) form.querySelector("input[type=radio]").checked = true;
    // The turn is another element once the conversation has been rendered again.
    const currentTurn = () => form.closest(".turn");
    const cancel = () => {
      const turn = currentTurn();
      close(form);
      turn?.querySelector(".thumb[data-verdict=wrong]").focus();
    };
    form.querySelector(".complaint-cancel").addEventListener("click", cancel);
    const withdraw = form.querySelector(".complaint-withdraw");
    withdraw.hidden = !turn.querySelector(".thumb[data-verdict=wrong][aria-pressed=true]");
    withdraw.addEventListener("click", () => {
      const turn = currentTurn();
      close(form);
      send(turn, "none", "wrong");
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const data = new FormData(form);
      const choice = { verdict: "wrong", reason: data.get("reason"), words: data.get("words") };
      const error = await vote(currentTurn(), choice);
      if (error) form.querySelector(".complaint-error").textContent = error;
      else cancel();
    });
    turn.querySelector(".vote").after(form);
    const index = [...document.querySelectorAll("#turns .turn")].indexOf(turn);
    const state = { index, exchange: turn.dataset.exchange, focused: null };
    forms.set(form, state);
    form.addEventListener("focusin", (event) => { state.focused = event.target; });
    form.addEventListener("focusout", (event) => { if (event.relatedTarget) state.focused = null; });
    form.querySelector("input").focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  }

  function close(form) {
    forms.delete(form);
    form.remove();
  }

  new MutationObserver(restore).observe(document.documentElement, { childList: true, subtree: true });
  // A conversation rendered from storage has the latest votes, including another window's.
  document.addEventListener("pincite:show", () => recorded.clear());
  document.addEventListener("click", (event) => {
    const target = event.target.closest(".thumb, .answers-it");
    if (target?.matches(".thumb")) pressThumb(target);
    else if (target) votePassage(target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.body.classList.contains("article-open")) return;
    event.target.closest?.(".complaint")?.querySelector(".complaint-cancel").click();
  });
})();
