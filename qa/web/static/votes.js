// Votes on answers: the thumbs under them, and what a thumb down asks.
"use strict";
(() => {
  const { element, follow, post } = window.pincite; // talks.js comes first
  const cast = new Map(); // an answer as the server may still draw it, and as it was voted on
  const forms = new Map(); // each open form: which turn it is in, on which answer, its focus

  async function vote(turn, ballot) {
    const body = { exchange: turn.dataset.exchange, ...ballot };
    const response = await post("/talk/vote", body).catch(() => null);
    const reply = response ? await response.json().catch(() => ({})) : {};
    if (!response || !response.ok) return reply.message || "The program does not answer; try again.";
    cast.set(body.exchange, reply);
    cast.delete(reply.exchange); // a vote taken back leads to where the first one came from
    redrawn();
    follow();
    return "";
  }

  // An answer that comes draws the whole conversation as it stood when its question was asked:
  // what was voted since, and a form that is being filled in, are put back.
  function redrawn() {
    const turns = [...document.querySelectorAll("#turns .turn")];
    turns.forEach((turn) => {
      const voted = cast.get(turn.dataset.exchange);
      if (!voted) return;
      turn.dataset.exchange = voted.exchange;
      // The server's own markup, made as for a fresh answer.
      turn.querySelector(".ballot").outerHTML = voted.ballot;
    });
    forms.forEach(({ place, exchange, focused }, form) => {
      if (form.isConnected) return;
      const turn = turns[place];
      if (turn?.dataset.exchange !== exchange) return void forms.delete(form);
      turn.querySelector(".ballot").after(form);
      if (document.activeElement === document.body) focused?.focus({ preventScroll: true });
    });
  }

  async function thumb(button) {
    const turn = button.closest(".turn");
    const { verdict } = button.dataset;
    const opened = turn.querySelector(".why");
    if (opened) gone(opened);
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
    const form = document.getElementById("why").content.cloneNode(true).firstElementChild;
    form.querySelectorAll(".reason").forEach((label) => {
      if ((label.dataset.for === "refusal") !== Boolean(refused)) label.remove();
    });
    if (refused) form.querySelector("input[type=radio]").checked = true;
    // The turn is another element once the conversation was drawn again.
    const here = () => form.closest(".turn");
    const back = () => {
      const turn = here();
      gone(form);
      turn?.querySelector(".thumb[data-verdict=wrong]").focus();
    };
    form.querySelector(".why-cancel").addEventListener("click", back);
    const again = form.querySelector(".why-back");
    again.hidden = !turn.querySelector(".thumb[data-verdict=wrong][aria-pressed=true]");
    again.addEventListener("click", () => {
      const turn = here();
      gone(form);
      send(turn, "none", "wrong");
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = new FormData(form);
      const [reason, words] = [given.get("reason"), given.get("words")];
      const trouble = await vote(here(), { verdict: "wrong", reason, words });
      if (trouble) form.querySelector(".why-trouble").textContent = trouble;
      else back();
    });
    turn.querySelector(".ballot").after(form);
    const place = [...document.querySelectorAll("#turns .turn")].indexOf(turn);
    const opened = { place, exchange: turn.dataset.exchange, focused: null };
    forms.set(form, opened);
    form.addEventListener("focusin", (event) => (opened.focused = event.target));
    form.addEventListener("focusout", (event) => (opened.focused = event.relatedTarget ? null : opened.focused));
    form.querySelector("input").focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  }

  function gone(form) {
    forms.delete(form);
    form.remove();
  }

  new MutationObserver(redrawn).observe(document.documentElement, { childList: true, subtree: true });
  // A conversation that is shown as it is kept has the latest votes, another window's as well.
  document.addEventListener("pincite:show", () => cast.clear());
  document.addEventListener("click", (event) => {
    const target = event.target.closest(".thumb");
    if (target) thumb(target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.body.classList.contains("reading")) return;
    event.target.closest?.(".why")?.querySelector(".why-cancel").click();
  });
})();
