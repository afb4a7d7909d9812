"""Questions that wait for others, and windows that show one conversation, in real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.helpers.chat_window import HARBOUR_QUESTION, ask, opened, reloaded, talks

pytestmark = pytest.mark.browser


def test_a_question_whose_answer_had_not_come_is_in_the_box_after_a_reload(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    box = window.locator("#question textarea")
    # The question never reaches the server.
    window.route("**/queue/join*", lambda route: route.abort())
    box.fill("Who is Karin Holt?")
    with window.expect_request("**/queue/join*"):
        window.keyboard.press("Enter")
    window.unroute_all()
    reloaded(window, 1)
    expect(box).to_have_value("Who is Karin Holt?")
    box.press("Enter")
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)
    reloaded(window, 2)
    expect(box).to_have_value("")


def test_questions_asked_while_another_is_answered_wait_and_lose_nothing(window: Page) -> None:
    box = window.locator("#question textarea")
    questions = ["Who is Karin Holt?", HARBOUR_QUESTION, "Who feeds the lighthouse goats?"]
    # The first is held back on its way: what was asked before is answered at once.
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
    # What is typed meanwhile is neither asked nor taken away.
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


def test_a_new_conversation_is_not_begun_under_a_question(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    held: list[Route] = []
    window.route("**/queue/data*", lambda route: held.append(route))  # the answer
    window.locator("#question textarea").fill("Who is Karin Holt?")
    window.keyboard.press("Enter")
    expect(window.locator("#question textarea")).to_have_value("")
    window.locator("#new-conversation").click()
    expect(window.locator("#queued")).to_contain_text("A question is still being answered.")
    held[0].continue_()
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)


def test_a_conversation_in_two_windows_is_the_same_in_both(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    other = opened(window.context.new_page())
    talks(other).locator(".conversations-open").first.click()
    expect(other.locator("#turns .turn")).to_have_count(1)
    ask(other, "Who feeds the lighthouse goats?")
    expect(window.locator("#turns .turn")).to_have_count(2)
    ask(window, "Who is Karin Holt?")
    expect(other.locator("#turns .turn")).to_have_count(3)
    expect(other.locator(".conversations-open[aria-current=true]")).to_contain_text(
        "harbour of Lowtide"
    )
    # Deleted in one, it is not kept alive by the other.
    delete = other.locator("li", has=other.locator("[aria-current=true]")).locator(
        ".conversations-delete"
    )
    delete.click()
    delete.click()
    expect(window.locator("#turns .turn")).to_have_count(0)
    other.close()


def test_a_conversation_continued_in_two_windows_at_once_becomes_two(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    window.locator("#question textarea").fill("Who is Karin Holt?")
    window.keyboard.press("Enter")
    # As another window would, while the answer is on its way.
    window.evaluate(
        """() => {
          const talk = Object.entries(localStorage).filter(([key]) => key.startsWith("pincite"))
            .sort(([, one], [, other]) => JSON.parse(other).when - JSON.parse(one).when)[0];
          const { told, ...rest } = JSON.parse(talk[1]);
          const twice = `${told},${told}`;
          localStorage[talk[0]] = JSON.stringify({ ...rest, title: "Theirs", told: twice });
        }"""
    )
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)
    panel = talks(window)
    expect(panel.locator(".conversations-open", has_text="Theirs")).to_have_count(1)
    expect(panel.locator(".conversations-open[aria-current=true]")).to_contain_text(
        "harbour of Lowtide"
    )
    panel.locator(".conversations-open", has_text="Theirs").click()
    expect(window.locator("#turns .question")).to_have_count(2)
    expect(window.locator("#turns .question").last).to_contain_text(HARBOUR_QUESTION)


def test_questions_that_nobody_answers_go_back_into_the_box(window: Page) -> None:
    box = window.locator("#question textarea")
    window.route("**/queue/data*", lambda _: None)  # what the program says never comes
    for question in ("Who is Karin Holt?", HARBOUR_QUESTION):
        box.fill(question)
        window.keyboard.press("Enter")
        expect(box).to_have_value("")
    expect(window.locator("#queued li")).to_have_count(1)
    expect(window.locator("#queued p")).to_contain_text("There was no answer.")
    expect(box).to_have_value(f"Who is Karin Holt?\n{HARBOUR_QUESTION}")
    expect(window.locator("#queued li")).to_have_count(0)
