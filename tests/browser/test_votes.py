"""Votes on answers in Chromium, and the question set they are saved as."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, Route, expect

from index.library import Library
from qa.feedback import FEEDBACK_NAME
from tests import PROJECT
from tests.helpers.chat_server import Chat
from tests.helpers.chat_window import (
    HARBOUR_QUESTION,
    ask,
    open_chat,
    open_conversations,
    reload,
    text_of,
)

pytestmark = pytest.mark.browser

UNANSWERED = "Who painted the ceiling of the Sistine Chapel?"


def evaluated(chat: Chat) -> str:
    """Return the output of `pincite eval --check` for the votes."""
    asked = ["eval", str(chat.index / FEEDBACK_NAME), "--check", "--index", str(chat.index)]
    run = subprocess.run(
        [sys.executable, "-m", "qa", *asked],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return run.stdout + run.stderr


def votes(chat: Chat) -> dict[str, dict[str, object]]:
    """Return the last line for each question."""
    lines = (chat.index / FEEDBACK_NAME).read_text(encoding="utf-8").splitlines()
    return {entry["question"]: entry for entry in map(json.loads, lines)}


def test_votes_become_questions_that_eval_reads(window: Page, chat: Chat) -> None:
    ask(window, HARBOUR_QUESTION)
    ask(window, "Who feeds the lighthouse goats?")
    ask(window, "What did the surveyor Anselm Pike measure?")
    ask(window, UNANSWERED)
    first, third, second, last = window.locator("#turns .turn").all()
    right, wrong = "[data-verdict=right]", "[data-verdict=wrong]"
    first.locator(right).click()
    expect(first.locator("p.vote-note")).to_have_text("Saved as right.")
    expect(first.locator(right)).to_be_focused()
    expect(first.locator(right)).to_have_attribute("aria-pressed", "true")
    first.locator("details.vote-note summary").click()
    expect(first.locator("details.vote-note")).to_contain_text("pincite eval")
    expect(first.locator("details.vote-note")).to_contain_text(FEEDBACK_NAME)

    # Words that no article contains are not accepted as the right answer.
    second.locator(wrong).click()
    form = second.locator(".complaint")
    form.get_by_label("Right passage, wrong words").check()
    form.get_by_label("The right answer, if you know it").fill("a sandbank of gold")
    window.keyboard.press("Enter")
    expect(second.locator("p.vote-note")).to_contain_text(
        "no article contains “a sandbank of gold”"
    )
    second.locator(wrong).click()
    form.get_by_label("Right passage, wrong words").check()
    form.get_by_label("The right answer, if you know it").fill("the  Sandbank")
    form.get_by_role("button", name="Send").click()
    expect(second.locator("p.vote-note")).to_contain_text(
        "with the right answer “the sandbank” from The long tide"
    )

    third.locator(wrong).click()
    third.get_by_label("Wrong article or passage").check()
    third.get_by_role("button", name="Send").click()
    expect(third.locator("p.vote-note")).to_contain_text("Saved as a complaint.")
    last.locator(right).click()
    expect(last.locator("p.vote-note")).to_be_visible()

    said = evaluated(chat)
    assert "3 questions, 0 problems" in said, said
    assert "1 complaint has no right answer yet" in said
    kept = votes(chat)
    article = Library.open(chat.index).article("harbour.txt")
    [evidence] = kept[HARBOUR_QUESTION]["evidence"]  # type: ignore[misc]
    assert evidence == {
        "article": "harbour.txt",
        "text": article.paragraphs[2].span.of(article.text),
    }
    assert kept[UNANSWERED]["answers"] == []
    # A vote survives a reload, and is withdrawn by pressing the thumb again.
    reload(window, 4)
    expect(window.locator("#turns [aria-pressed=true]")).to_have_count(4)
    first.locator(right).click()
    expect(window.locator("#turns [aria-pressed=true]")).to_have_count(3)
    third.locator(wrong).click()
    third.get_by_role("button", name="Take back").click()
    expect(window.locator("#turns [aria-pressed=true]")).to_have_count(2)
    expect(third.locator(wrong)).to_be_focused()
    said = evaluated(chat)
    assert "2 questions, 0 problems" in said
    assert "no right answer" not in said


def test_a_closest_passage_is_said_to_answer(window: Page, chat: Chat) -> None:
    card = ask(window, UNANSWERED)
    words = text_of(card.locator(".passages .words").first)
    card.get_by_role("button", name="This answers it").first.click()
    note = window.locator("#turns p.vote-note")
    expect(note).to_contain_text(re.compile(r"Saved: paragraph \d+ of .* answers this\."))
    vote = votes(chat)[UNANSWERED]
    assert vote["answers"][0].startswith(words.removesuffix(" …"))  # type: ignore[index]
    assert "unresolved" not in vote
    window.locator("#turns .thumb[data-verdict=wrong]").click()
    window.get_by_role("button", name="Take back").click()
    expect(note).to_have_count(0)


def test_an_unanswerable_question_has_no_right_words(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    window.locator("#turns .thumb[data-verdict=wrong]").click()
    form = window.locator("#turns .complaint")
    form.get_by_label("The articles do not answer this").check()
    form.get_by_label("The right answer, if you know it").fill("March 4")
    form.get_by_role("button", name="Send").click()
    expect(form.locator(".complaint-error")).to_contain_text("choose another reason")
    # The typed words can still be sent with another reason.
    expect(form.get_by_label("The right answer, if you know it")).to_have_value("March 4")
    form.get_by_label("Wrong article or passage").check()
    form.get_by_role("button", name="Send").click()
    expect(window.locator("#turns p.vote-note")).to_contain_text("with the right answer")


def test_a_new_answer_preserves_votes_and_an_open_form(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    ask(window, "Who feeds the lighthouse goats?")
    held: list[Route] = []
    window.route("**/queue/data*", lambda route: held.append(route))  # the answer is delayed
    window.locator("#question textarea").fill(UNANSWERED)
    window.keyboard.press("Enter")
    expect(window.locator("#question textarea")).to_have_value("")
    first, second = window.locator("#turns .turn").all()
    first.locator("[data-verdict=right]").click()
    expect(first.locator("p.vote-note")).to_have_text("Saved as right.")
    second.locator("[data-verdict=wrong]").click()
    form = second.locator(".complaint")
    typed = form.get_by_label("The right answer, if you know it")
    typed.fill("the sandbank")
    held[0].continue_()
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(3)
    expect(first.locator("[data-verdict=right]")).to_have_attribute("aria-pressed", "true")
    expect(typed).to_have_value("the sandbank")
    expect(typed).to_be_focused()
    form.get_by_label("Right passage, wrong words").check()
    form.get_by_role("button", name="Send").click()
    expect(second.locator("p.vote-note")).to_contain_text(
        "with the right answer “the sandbank” from"
    )
    expect(form).to_have_count(0)
    # The browser stores both votes, and a withdrawal too.
    first.locator("[data-verdict=right]").click()
    expect(first.locator("[aria-pressed=true]")).to_have_count(0)
    reload(window, 3)
    expect(second.locator("[data-verdict=wrong]")).to_have_attribute("aria-pressed", "true")
    expect(window.locator("#turns [aria-pressed=true]")).to_have_count(1)


def test_a_vote_withdrawn_in_another_window_stays_withdrawn(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    right = "#turns [data-verdict=right]"
    window.locator(right).click()
    expect(window.locator("#turns p.vote-note")).to_have_text("Saved as right.")
    other = open_chat(window.context.new_page())
    open_conversations(other).locator(".conversations-open").first.click()
    expect(other.locator(right)).to_have_attribute("aria-pressed", "true")
    other.locator(right).click()
    for page in (other, window):
        expect(page.locator(right)).to_have_attribute("aria-pressed", "false")
    ask(window, "Who feeds the lighthouse goats?")
    expect(other.locator("#turns .turn")).to_have_count(2)
    for page in (other, window):
        expect(page.locator("#turns [aria-pressed=true]")).to_have_count(0)
    other.close()


def test_a_vote_on_a_changed_article_is_refused(window: Page, chat: Chat) -> None:
    path = chat.articles / "mast.txt"
    library = Library.open(chat.index)
    try:
        path.write_text("The mast\n\nThe mast of the Orla was cut from a spruce at Hollen.\n")
        library.sync()
        ask(window, "What was the mast of the Orla cut from?")
        path.write_text("A mast\n\nOld.\n\nThe mast of the Orla was cut from a spruce at Hollen.\n")
        library.sync()
        window.locator("#turns .thumb").first.click()
        expect(window.locator("#turns .vote-error")).to_contain_text("has changed since")
        expect(window.locator("#turns [aria-pressed=true]")).to_have_count(0)
        path.unlink()
        library.sync()
        window.locator("#turns .thumb").first.click()
        expect(window.locator("#turns .vote-error")).to_contain_text("was removed since")
        path.touch()
    finally:
        path.unlink()
        library.sync()
