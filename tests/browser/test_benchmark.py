"""The Benchmark tab in real Chromium: run a set, read the report, compare runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from qa.evaluation.run import Run
from tests.helpers.accessibility import violations
from tests.helpers.chat_server import Chat
from tests.helpers.chat_window import choose_in_menu

pytestmark = pytest.mark.browser

HOSTILE = "Who is <img src=x onerror=window.harmed=1> ${window.harmed=1} {{constructor}}?"


def question(identity: str, words: str, article: str = "", *answers: str) -> dict[str, Any]:
    evidence = [{"article": article, "text": text} for text in answers]
    return {"id": identity, "question": words, "answers": list(answers), "evidence": evidence}


def write_set(path: Path, *questions: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in questions))
    return path


@pytest.fixture
def set_next_to_articles(chat: Chat) -> Iterator[Path]:
    """A question set next to the articles; one question fits none of them."""
    path = write_set(
        chat.articles / "harbour set.jsonl",
        question("cost", "What had the delay cost Tomas Brandt?", "harbour.txt", "$18,000"),
        question("vote", "How did the ferry crews vote?", "ferry.txt", "112 to 9"),
        question("lost", "Who sails?", "gone <b>.txt", "nobody"),
        question("hostile", HOSTILE),
    )
    yield path
    path.unlink()


@pytest.fixture
def tab(page: Page) -> Page:
    page.goto("/#benchmark")
    expect(page.locator("#set input")).to_be_visible()
    return page


def pick(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=re.compile(option)).first.click()


def run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#run-job")).to_contain_text("Done. The report is below.")


@pytest.mark.usefixtures("set_next_to_articles")
def test_a_set_is_run_reported_saved_and_compared(tab: Page) -> None:
    pick(tab, "Question set", "harbour set")
    about = tab.locator("#about-set")
    expect(about).to_contain_text("4 questions: 3 with an answer, 1 without.")
    expect(about).to_contain_text("gone <b>.txt: no such article")
    run(tab)
    report = tab.locator("#report")
    expect(report).to_contain_text(re.compile(r"F1\d\.\d{3}\d\.\d{3} to \d\.\d{3}"))
    expect(report).to_contain_text("1 question has gold that cannot be used")
    framed = tab.frame_locator("#report iframe")
    expect(framed.locator("#questions details")).to_have_count(4)
    expect(framed.locator("#questions")).to_contain_text(HOSTILE)
    expect(framed.locator("img")).to_have_count(0)
    with tab.expect_download() as started:
        report.get_by_role("link", name="Download the run (JSON)").click()
    kept = Run.load(started.value.path())
    assert [one.id for one in kept.results] == ["cost", "vote", "lost", "hostile"]
    assert kept.results[0].text == "$18,000"
    # A second run with another option is compared with the first.
    tab.get_by_label("Never refuse").check()
    run(tab)
    expect(tab.locator("#runs tbody tr")).to_have_count(2)
    tab.get_by_role("button", name="Compare", exact=True).click()
    compared = tab.locator("#comparison")
    expect(compared).to_contain_text("mode: balanced → always")
    expect(compared).to_contain_text("4 questions in both runs")
    expect(compared.locator("tbody tr").first).to_contain_text("recall@1")
    assert tab.evaluate("window.harmed") is None
    assert tab.frames[-1].evaluate("window.harmed") is None
    assert violations(tab) == []
    tab.emulate_media(color_scheme="dark")
    assert violations(tab) == []


def test_an_invalid_dropped_set_is_refused_with_the_line_and_the_reason(
    tab: Page, tmp_path: Path
) -> None:
    file = write_set(tmp_path / "mine.jsonl", question("one", "Who milks the goats?"))
    file.write_text(file.read_text() + '{"id": "two", "question": <b>}\n')
    tab.locator("#drop-set input[type=file]").set_input_files(file)
    expect(tab.locator("#about-set [role=alert]")).to_contain_text("mine.jsonl, line 2: not JSON")
    tab.get_by_label("Number of questions").fill("few")
    tab.get_by_role("button", name="Run", exact=True).click()
    expect(tab.locator("#run-job [role=alert]")).to_contain_text("The number of questions is 'few'")


def test_questions_are_answered_during_a_run_and_the_run_is_cancelled(
    tab: Page, tmp_path: Path
) -> None:
    many = [question(f"q{n}", f"Who fed goat number {n} at the lighthouse?") for n in range(300)]
    tab.locator("#drop-set input[type=file]").set_input_files(
        write_set(tmp_path / "goats.jsonl", *many)
    )
    expect(tab.locator("#about-set")).to_contain_text("300 questions")
    tab.get_by_role("button", name="Run", exact=True).click()
    expect(tab.locator("#run-job")).to_contain_text(
        re.compile(r"\d+ of 300 questions asked, .*left")
    )
    # A question is answered meanwhile, and after a reload the tab shows the run again.
    choose_in_menu(tab, "link", "Ask")
    tab.locator("#question textarea").fill("What did Anselm Pike measure?")
    tab.keyboard.press("Enter")
    expect(tab.locator("#turns .answered")).to_contain_text("sandbank")
    tab.reload()
    choose_in_menu(tab, "link", "Benchmark")
    expect(tab.locator("#run-job")).to_contain_text("of 300 questions asked")
    tab.get_by_role("button", name="Cancel the run").click()
    expect(tab.locator("#run-job")).to_contain_text(re.compile(r"cancelled after \d+ questions"))
    expect(tab.get_by_role("button", name="Cancel the run")).to_be_hidden()


BOXES = """() => [...document.querySelectorAll("#head :is(a, button)")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => one.getBoundingClientRect().toJSON())"""


def test_the_tab_fits_a_phone(phone_page: Page) -> None:
    phone_page.goto("/#benchmark")
    expect(phone_page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    expect(phone_page.locator("#about-set")).not_to_be_empty()
    for element in ("document.documentElement", "document.querySelector('#benchmark-tab')"):
        assert phone_page.evaluate(f"{element}.scrollWidth") <= 360
    # The links and buttons of the header do not overlap.
    for view, sign in (("Benchmark", "#about-set .job"), ("Ask", "#question textarea")):
        choose_in_menu(phone_page, "link", view)
        expect(phone_page.locator(sign)).to_be_visible()
        boxes = phone_page.evaluate(BOXES)
        assert len(boxes) >= 2
        for one, other in combinations(boxes, 2):
            assert (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            ), (one, other)
