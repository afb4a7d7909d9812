// Votes on answers: the thumbs under them, and what a thumb down asks.
"use strict";
(() => {
  const { element, follow, post } = window.pincite; // talks.js comes first

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
    const form = document.getElementById("why").content.cloneNode(true).firstElementChild;
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
    const target = event.target.closest(".thumb");
    if (target) thumb(target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.body.classList.contains("reading")) return;
    event.target.closest?.(".why")?.querySelector(".why-cancel").click();
  });
})();
