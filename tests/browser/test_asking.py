"""Several questions at once, and one conversation in several windows, in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.helpers.chat_window import HARBOUR_QUESTION, ask, open_chat, open_conversations, reload

pytestmark = pytest.mark.browser


def test_an_unanswered_question_is_in_the_box_after_a_reload(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    box = window.locator("#question textarea")
    # The question never reaches the server.
    window.route("**/queue/join*", lambda route: route.abort())
    box.fill("Who is Karin Holt?")
    with window.expect_request("**/queue/join*"):
        window.keyboard.press("Enter")
    window.unroute_all()
    reload(window, 1)
    expect(box).to_have_value("Who is Karin Holt?")
    box.press("Enter")
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)
    reload(window, 2)
    expect(box).to_have_value("")


def test_questions_asked_during_an_answer_wait_and_are_answered_in_order(window: Page) -> None:
    box = window.locator("#question textarea")
    questions = ["Who is Karin Holt?", HARBOUR_QUESTION, "Who feeds the lighthouse goats?"]
    # The request of the first one is delayed.
    held: list[Route] = []
    window.route("**/queue/join*", lambda route: held.append(route))
    for question in questions:
        box.fill(question)
        window.keyboard.press("Enter")
        expect(box).to_have_value("")
    expect(window.locator("#queued")).to_contain_text(f"Next: {questions[-1]}")
    box.fill("Where is the long tide?")
    window.keyboard.press("Enter")
    window.get_by_role("button", name="Take back: Where is the long tide?").click()
    expect(box).to_have_value("Where is the long tide?")
    # A draft in the box is neither asked nor removed.
    box.fill("a draft")
    assert len(held) == 1
    held[0].continue_()
    window.unroute("**/queue/join*")
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(3)
    assert window.locator("#turns .question").all_text_contents() == [
        f"You asked: {question}" for question in questions
    ]
    expect(window.locator("#queued")).to_have_text("")
    expect(box).to_have_value("a draft")


def test_a_double_click_asks_once(window: Page) -> None:
    window.locator("#question textarea").fill(HARBOUR_QUESTION)
    window.locator("#ask").dblclick()
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(1)
    expect(ask(window, "Who feeds the lighthouse goats?")).to_have_class(re.compile("answered"))
    expect(window.locator("#turns .turn")).to_have_count(2)


def test_a_new_conversation_cannot_start_during_an_answer(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    held: list[Route] = []
    window.route("**/queue/data*", lambda route: held.append(route))  # the answer is delayed
    window.locator("#question textarea").fill("Who is Karin Holt?")
    window.keyboard.press("Enter")
    expect(window.locator("#question textarea")).to_have_value("")
    window.locator("#new-conversation").click()
    expect(window.locator("#queued")).to_contain_text("A question is still being answered.")
    held[0].continue_()
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)


def test_two_windows_show_the_same_conversation(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    other = open_chat(window.context.new_page())
    open_conversations(other).locator(".conversations-open").first.click()
    expect(other.locator("#turns .turn")).to_have_count(1)
    ask(other, "Who feeds the lighthouse goats?")
    expect(window.locator("#turns .turn")).to_have_count(2)
    ask(window, "Who is Karin Holt?")
    expect(other.locator("#turns .turn")).to_have_count(3)
    expect(other.locator(".conversations-open[aria-current=true]")).to_contain_text(
        "harbour of Lowtide"
    )
    # A conversation deleted in one window is not stored again by the other.
    delete = other.locator("li", has=other.locator("[aria-current=true]")).locator(
        ".conversations-delete"
    )
    delete.click()
    delete.click()
    expect(window.locator("#turns .turn")).to_have_count(0)
    other.close()


def test_a_conversation_continued_in_two_windows_at_once_is_split(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    window.locator("#question textarea").fill("Who is Karin Holt?")
    window.keyboard.press("Enter")
    # Another window stores a longer version while the answer is being found.
    window.evaluate(
        """() => {
          const stored = Object.entries(localStorage).filter(([key]) => key.startsWith("pincite"))
            .sort(([, one], [, other]) => JSON.parse(other).when - JSON.parse(one).when)[0];
          const { told, ...rest } = JSON.parse(stored[1]);
          const twice = `${told},${told}`;
          localStorage[stored[0]] = JSON.stringify({ ...rest, title: "Theirs", told: twice });
        }"""
    )
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)
    panel = open_conversations(window)
    expect(panel.locator(".conversations-open", has_text="Theirs")).to_have_count(1)
    expect(panel.locator(".conversations-open[aria-current=true]")).to_contain_text(
        "harbour of Lowtide"
    )
    panel.locator(".conversations-open", has_text="Theirs").click()
    expect(window.locator("#turns .question")).to_have_count(2)
    expect(window.locator("#turns .question").last).to_contain_text(HARBOUR_QUESTION)


def test_questions_without_an_answer_return_to_the_box(window: Page) -> None:
    box = window.locator("#question textarea")
    window.route("**/queue/data*", lambda _: None)  # answers never arrive
    for question in ("Who is Karin Holt?", HARBOUR_QUESTION):
        box.fill(question)
        window.keyboard.press("Enter")
        expect(box).to_have_value("")
    expect(window.locator("#queued li")).to_have_count(1)
    expect(window.locator("#queued p")).to_contain_text("There was no answer.")
    expect(box).to_have_value(f"Who is Karin Holt?\n{HARBOUR_QUESTION}")
    expect(window.locator("#queued li")).to_have_count(0)
