"""The chat window in Chromium: answers, citations, articles, keyboard, accessibility."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from index.library import Library
from qa.judging.confidence import coefficients
from qa.web.articles.page import LinkTarget, article_page
from tests import PROJECT
from tests.helpers.accessibility import violations
from tests.helpers.chat_server import Chat
from tests.helpers.chat_window import (
    HARBOUR_QUESTION,
    article_frame,
    ask,
    choose_in_menu,
    open_articles,
    open_chat,
    open_conversations,
    text_of,
)
from tests.helpers.web import build_article, build_quote

pytestmark = pytest.mark.browser

BALANCED = f"{round(100 * coefficients().thresholds['balanced'])}% (balanced)"


def scrolls_into_view(element: Locator, page: Page) -> bool:
    """Wait up to ten seconds for an element to be in view; return whether it is."""
    size = page.viewport_size
    assert size is not None
    for _ in range(100):
        box = element.bounding_box()
        if box and box["y"] < size["height"] and box["y"] + box["height"] > 0:
            return True
        page.wait_for_timeout(100)
    return False


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (HARBOUR_QUESTION, "reopened to fishing boats on March 4"),
        ("What was the winning yacht at the regatta?", "Sea Lark"),
        ("What did the surveyor Anselm Pike measure?", "brass chain"),
    ],
)
def test_the_citation_opens_the_article_at_the_marked_quote(
    window: Page, question: str, words: str
) -> None:
    card = ask(window, question)
    quote = text_of(card.locator(".sentence mark").first)
    assert words in text_of(card.locator(".sentence").first)
    card.locator("a.cite").first.click()
    mark = article_frame(window).locator("mark")
    expect(mark).to_have_count(1)
    # Compare all characters, line ends included.
    assert text_of(mark) == quote
    assert scrolls_into_view(mark, window)
    # The same link works in a tab.
    window.goto(card.locator("a.cite").first.get_attribute("href") or "")
    expect(window.locator("mark")).to_have_count(1)
    assert text_of(window.locator("mark")) == quote
    expect(window.locator("mark")).to_be_in_viewport()


def test_an_answer_shows_its_citation_and_confidence(window: Page) -> None:
    card = ask(window, HARBOUR_QUESTION)
    expect(card).to_contain_text("Harbour reopens after dredging")
    expect(card).to_contain_text("paragraph 3")
    expect(card.locator(".confidence")).to_contain_text(re.compile(r"\d+%"))


def test_a_question_the_articles_do_not_answer_is_refused(window: Page) -> None:
    card = ask(window, "Who painted the ceiling of the Sistine Chapel?")
    expect(card).to_contain_text("Not sure enough")
    expect(card.locator(".passages li").first).to_be_visible()
    expect(card.locator("mark")).to_have_count(0)


def test_the_best_guess_is_one_press_away_and_looks_like_one(window: Page) -> None:
    card = ask(window, "Who painted the ceiling of the Sistine Chapel?")
    card.get_by_role("button", name="Show the best guess").click()
    guess = window.locator("#turns .turn").nth(1).locator(".card")
    expect(guess).to_have_class(re.compile("guess"))
    expect(guess).to_contain_text("A guess, too uncertain to be an answer")
    assert violations(window) == []
    # The next question needs the usual confidence again.
    expect(ask(window, "Who painted the Mona Lisa?")).to_have_class(re.compile("refused"))
    expect(ask(window, HARBOUR_QUESTION)).not_to_have_class(re.compile("guess"))


def test_a_question_that_names_a_source_can_be_asked_of_all_articles(window: Page) -> None:
    ask(window, "According to Paul Adeyemi, who is Karin Holt?")
    scope = window.locator(".understood")
    expect(scope).to_contain_text("Asked 1 of")
    expect(scope).to_contain_text("by “Paul Adeyemi”")
    scope.get_by_role("button", name="Ask all articles").click()
    turns = window.locator("#turns .turn")
    expect(turns).to_have_count(2)
    expect(turns.last.locator(".question")).to_contain_text("Who is Karin Holt?")
    expect(turns.last.locator(".understood")).to_have_count(0)


def test_a_greeting_gets_a_sentence_and_no_passages(window: Page) -> None:
    card = ask(window, "Hello!")
    expect(card).to_contain_text("Ask a question about the articles")
    expect(window.locator(".passages, .vote")).to_have_count(0)


def test_articles_that_mention_a_name_are_listed_and_open_at_it(window: Page) -> None:
    card = ask(window, "Which articles mention Port Elsing?")
    expect(card).to_contain_text("2 of")
    expect(card.locator(".passages li")).to_have_count(2)
    quote = text_of(card.locator("mark").first)
    assert "Port Elsing" in quote
    card.locator("a.cite").first.click()
    assert text_of(article_frame(window).locator("mark")) == quote


def test_a_follow_up_is_completed_and_can_be_edited(window: Page) -> None:
    ask(window, "Who is Karin Holt?")
    card = ask(window, "What did she say about buses?")
    understood = window.locator(".understood")
    expect(understood).to_contain_text("Karin Holt")
    expect(card.locator(".sentence").first).to_contain_text("could not replace the boats")
    understood.get_by_role("button", name="Edit").click()
    box = window.locator("#question textarea")
    expect(box).to_be_focused()
    expect(box).to_have_value(re.compile("Karin Holt"))
    # A question that makes sense alone is not changed.
    ask(window, HARBOUR_QUESTION)
    expect(window.locator("#turns .turn").last.locator(".understood")).to_have_count(0)


def test_a_definite_noun_means_that_of_the_article_cited_last(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    expect(ask(window, "How much was the grant?")).to_contain_text("$2.3 million")
    # Only the article on the ferry has a director.
    expect(ask(window, "Who is the director?")).not_to_contain_text("Karin Holt")


def test_example_questions_come_from_the_articles_and_are_answered(window: Page) -> None:
    example = window.locator(".example").first
    words = text_of(example)
    example.click()
    turn = window.locator("#turns .turn")
    expect(turn.locator(".answered")).to_be_visible()
    expect(turn).to_contain_text(words)


def test_a_hostile_article_is_harmless(window: Page) -> None:
    card = ask(window, "Who feeds the lighthouse goats?")
    expect(card).to_contain_text("<script>window.harmed=1</script>")
    expect(card).to_contain_text("${window.harmed=1} {{constructor}}")
    card.locator("a.cite").first.click()
    article = article_frame(window).locator("main")
    expect(article).to_contain_text("<iframe src=https://evil.example/></iframe>")
    for place in (window.locator("#turns"), article):
        expect(place.locator("script, img, iframe")).to_have_count(0)
        expect(place.locator("a[href^=javascript]")).to_have_count(0)
    assert window.evaluate("window.harmed") is None
    assert window.frames[-1].evaluate("window.harmed") is None


def test_a_quote_in_a_line_of_two_million_characters_is_brought_into_view(page: Page) -> None:
    half = "The tide came in and the tide went out again. " * 22_000
    article = build_article(f"{half}A brass chain <script>window.harmed=1</script>. {half}")
    quote = build_quote(article, "A brass chain <script>window.harmed=1</script>.")
    address = quote.citation.link
    body = article_page(article, LinkTarget(article.hash[:12], quote.span.start, quote.span.end))
    page.route(f"**{urlsplit(address).path}*", lambda route: route.fulfill(body=body))
    page.goto(address)
    expect(page.locator("mark")).to_be_in_viewport()
    assert text_of(page.locator("mark")) == quote.text
    assert page.evaluate("window.harmed") is None


def test_a_hostile_question_is_harmless(window: Page) -> None:
    asked = "<img src=https://evil.example/q.png onerror=window.harmed=1> ${window.harmed=1}?"
    ask(window, asked)
    expect(window.locator(".question")).to_contain_text(asked)
    assert window.evaluate("window.harmed") is None


def test_empty_and_very_long_questions_get_a_message(window: Page) -> None:
    window.locator("#question textarea").fill("   ")
    window.keyboard.press("Enter")
    expect(window.locator("#queued")).to_have_text("Type a question first.")
    expect(window.locator("#turns .turn")).to_have_count(0)
    expect(ask(window, "why " * 25_000)).to_contain_text("100,000 characters")
    # And the conversation goes on.
    expect(ask(window, HARBOUR_QUESTION)).to_have_class(re.compile("answered"))


def test_the_minimum_confidence_is_set_by_mode_or_by_number(page: Page) -> None:
    window = open_chat(page)
    panel = window.locator("#threshold > .label-wrap")
    expect(panel).to_contain_text(f"Minimum confidence: {BALANCED}")
    question = "Who painted the ceiling of the Sistine Chapel?"
    expect(ask(window, question)).to_have_class(re.compile("refused"))
    expect(panel).to_have_attribute("aria-expanded", "false")
    panel.click()
    expect(panel).to_have_attribute("aria-expanded", "true")
    # The names that make the modes one group are set after the panel has been drawn.
    expect(window.get_by_label("Balanced")).to_have_attribute("name", "threshold")
    window.get_by_label("Balanced").press("ArrowRight")
    expect(window.get_by_label("Strict")).to_be_checked()
    window.get_by_label("Always answer").check()
    # It applies to the next question, even if that is asked at once.
    expect(ask(window, question)).to_have_class(re.compile("answered"))
    expect(panel).to_contain_text("Minimum confidence: none (always answer)")
    window.get_by_role("slider", name=re.compile("Answer only if at least")).fill("100")
    expect(panel).to_contain_text("Minimum confidence: 100%")
    expect(window.get_by_label("Always answer")).not_to_be_checked()
    card = ask(window, HARBOUR_QUESTION)
    expect(card).to_contain_text("Not sure enough")
    page.reload()
    expect(panel).to_contain_text("Minimum confidence: 100%")
    expect(window.locator("#turns .turn")).to_have_count(3)
    panel.click()
    window.get_by_label("Balanced").check()
    expect(ask(window, HARBOUR_QUESTION)).to_have_class(re.compile("answered"))
    expect(panel).to_contain_text(BALANCED)


def test_everything_works_by_keyboard(window: Page) -> None:
    box = window.locator("#question textarea")
    box.blur()
    window.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    window.keyboard.type(HARBOUR_QUESTION)
    window.keyboard.press("Enter")
    link = window.locator("#turns a.cite").first
    expect(link).to_be_visible()
    for _ in range(20):
        window.keyboard.press("Shift+Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    expect(link).to_be_focused()
    window.keyboard.press("Enter")
    expect(window.locator("#pane")).to_be_visible()
    article_frame(window).locator("body").press("/")
    expect(box).to_be_focused()
    window.keyboard.press("Escape")
    expect(window.locator("#pane")).to_be_hidden()
    expect(link).to_be_focused()
    choose_in_menu(window, "link", "Benchmark")
    expect(box).not_to_be_visible()
    window.keyboard.press("/")
    expect(box).to_be_focused()


def test_the_citations_of_one_article_can_be_stepped_through(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    card = ask(window, "Who paid for the work at the harbour?")
    card.locator("a.cite").first.click()
    expect(window.locator(".pane-position")).to_contain_text(re.compile(r"Citation \d of \d"))
    position = text_of(window.locator(".pane-position"))
    quote = text_of(article_frame(window).locator("mark").first)
    window.get_by_role("button", name="Previous").click()
    expect(window.locator(".pane-position")).not_to_contain_text(position)
    expect(article_frame(window).locator("mark").first).not_to_have_text(quote)
    window.get_by_role("button", name="Next").click()
    expect(window.locator(".pane-position")).to_contain_text(position)
    expect(article_frame(window).locator("mark").first).to_have_text(quote)


def test_shortcuts_are_listed_and_work(window: Page) -> None:
    expect(window.get_by_role("heading", level=1)).to_have_text("Pincite")
    window.locator("#open-articles").focus()
    window.keyboard.press("?")
    listed = window.get_by_role("dialog", name="Keyboard shortcuts")
    expect(listed).to_contain_text("Go to the question box")
    assert violations(window) == []
    window.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    window.keyboard.press("/")
    expect(window.locator("#question textarea")).to_be_focused()
    window.keyboard.press("?")
    expect(window.locator("#question textarea")).to_have_value("?")


def test_back_closes_the_article_and_then_the_panel(phone_page: Page) -> None:
    window = open_articles(phone_page)
    address = window.url
    window.locator("#articles-list a").first.click()
    expect(window.locator("#pane")).to_be_visible()
    window.go_back()
    expect(window.locator("#pane")).to_be_hidden()
    expect(window.locator("#articles-list")).to_be_visible()
    window.locator("#open-conversations").focus()
    window.go_back()
    expect(window.locator("#articles-list")).to_be_hidden()
    # What is closed by hand takes its entry of the history with it.
    window.locator("#open-conversations").click()
    window.get_by_role("button", name="Close the conversations").click()
    expect(window.locator("#conversations")).to_be_hidden()
    window.wait_for_function("!history.state?.pinciteOpen")
    assert window.url == address
    expect(window.locator("#question textarea")).to_be_visible()


def test_a_quote_is_copied_with_its_citation(window: Page) -> None:
    card = ask(window, HARBOUR_QUESTION)
    card.get_by_role("button", name="with its citation: Copy").click()
    expect(card.locator(".copy").first).to_have_text("Copied")
    copied = window.evaluate("navigator.clipboard.readText()")
    assert "“The harbour of Lowtide reopened to fishing boats on March 4" in copied
    [link] = [line for line in copied.splitlines() if line.startswith("http")]
    window.goto(link)
    expect(window.locator("mark").first).to_contain_text("March 4")
    assert "Harbour reopens after dredging, undated, paragraph 3" in copied


def test_a_phone_shows_everything_without_overflow(phone_page: Page) -> None:
    window = open_chat(phone_page)
    card = ask(window, "Who feeds the lighthouse goats?")
    width = "document.documentElement.scrollWidth"
    assert window.evaluate(width) <= 360
    assert window.evaluate("document.querySelector('#scroll').scrollWidth") <= 360
    window.locator("#threshold > .label-wrap").click()
    expect(window.get_by_label("Always answer")).to_be_visible()
    assert window.evaluate(width) <= 360
    assert window.evaluate("document.querySelector('#status-bar').scrollWidth") <= 360
    card.locator("a.cite").first.click()
    expect(article_frame(window).locator("mark").first).to_be_visible()
    box = window.locator("#pane").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    # The frame gets its size after the pane around it.
    expect(article_frame(window).locator("html")).to_have_js_property("scrollWidth", 360)
    window.get_by_role("button", name="Close the article").click()
    expect(window.locator("#pane")).to_be_hidden()


def test_a_running_chat_notices_changed_articles(window: Page, chat: Chat) -> None:
    question = "When was the clock tower built?"
    path = chat.articles / "tower.txt"
    library = Library.open(chat.index)
    expect(ask(window, question)).to_have_class(re.compile("refused"))
    try:
        path.write_text("The tower\n\nThe clock tower was built in 1734.\n")
        library.sync()
        card = ask(window, question)
        expect(card.locator("mark")).to_contain_text("1734")
        path.write_text("The tower\n\nIt is older now.\n\nIt was built in 1743.\n")
        card.locator("a.cite").first.click()
        expect(article_frame(window).locator(".notice")).to_contain_text(
            "file has changed since it was"
        )
        expect(article_frame(window).locator("mark")).to_have_count(0)
        library.sync()
        card.locator("a.cite").first.click()
        expect(article_frame(window).locator(".notice")).to_contain_text("This article has changed")
        expect(article_frame(window).locator("mark")).to_have_count(0)
    finally:
        path.unlink()
        library.sync()
    window.keyboard.press("Escape")
    expect(ask(window, question)).to_have_class(re.compile("refused"))


def test_only_the_chosen_articles_are_asked(page: Page) -> None:
    window = open_articles(page)
    window.locator("#articles-filter .label-wrap").click()
    window.get_by_role("combobox", name="Author").click()
    window.get_by_role("option", name="Paul Adeyemi").click()
    expect(window.locator("#status")).to_contain_text("1 of 5 articles to ask")
    expect(window.locator("#articles-list li")).to_have_count(1)
    expect(window.locator("#articles-list")).to_contain_text("Ferry crews vote to strike")
    # Escape closes an open dropdown, and only that.
    window.get_by_role("combobox", name="Publisher").click()
    expect(window.get_by_role("option").first).to_be_visible()
    window.keyboard.press("Escape")
    expect(window.get_by_role("option")).to_have_count(0)
    expect(window.locator("#articles-list")).to_be_visible()
    expect(ask(window, HARBOUR_QUESTION)).to_have_class(re.compile("refused"))
    expect(window.locator("#turns .chip")).to_contain_text("Asked 1 of 5 articles")
    # The chip takes the filter off and asks again.
    window.get_by_role("button", name="Ask all articles again").click()
    expect(window.locator("#status")).to_have_text("5 articles to ask")
    expect(window.locator("#articles-list li")).to_have_count(5)
    expect(window.locator("#turns .turn").nth(1).locator(".card")).to_have_class(
        re.compile("answered")
    )
    window.get_by_label("Published in or after").fill("yesterday")
    window.get_by_label("Published in or before").focus()
    expect(window.locator("#filter-error")).to_contain_text("'yesterday' is not a date")
    window.get_by_label("Published in or after").fill("2030")
    window.keyboard.press("Enter")
    expect(window.locator("#status")).to_contain_text("0 of 5 articles to ask")
    expect(window.locator("#articles-list")).to_contain_text(
        "No article matches the search and the filter."
    )


def test_the_list_of_articles_is_searched_and_opens_articles(page: Page) -> None:
    window = open_articles(page)
    window.locator("#articles-query textarea").fill("ferry adeyemi")
    expect(window.locator("#articles-list li")).to_have_count(1)
    window.locator("#articles-list a").click()
    expect(article_frame(window).locator("h1")).to_have_text("Ferry crews vote to strike")
    window.keyboard.press("Escape")
    expect(window.locator("#pane")).to_be_hidden()
    # Words of the text are found as well.
    window.locator("#articles-query textarea").fill("uncharted wreck")
    expect(window.locator("#articles-list li")).to_have_count(1)
    expect(window.locator("#articles-list")).to_contain_text("Harbour reopens")
    expect(window.locator("#articles-list")).to_be_visible()
    window.keyboard.press("Escape")
    expect(window.locator("#articles-list")).to_be_hidden()


def test_an_answer_is_announced_to_screen_readers(window: Page) -> None:
    announcement = window.locator("#announcement[role=status]")
    region = announcement.element_handle()
    for question in (HARBOUR_QUESTION, "Who painted the ceiling of the Sistine Chapel?"):
        shown = ask(window, question).inner_text()
        expect(announcement).to_have_text(shown, use_inner_text=True)
    # Only a region that was there before its text changed is read out.
    assert region is not None
    assert region.evaluate("element => element.isConnected")
    assert window.locator("#turns [aria-live]").count() == 0


_SMALL_TARGETS = """() => [...document.querySelectorAll("button, summary, a, [role=button]")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width && (width < 24 || height < 24);
    }).map((element) => element.outerHTML.slice(0, 120))"""


def test_targets_have_at_least_24_pixels(page: Page) -> None:
    window = open_articles(page)
    assert window.evaluate(_SMALL_TARGETS) == []
    window.keyboard.press("Escape")
    ask(window, HARBOUR_QUESTION)
    ask(window, "Who is Karin Holt?")
    ask(window, "Who painted the ceiling of the Sistine Chapel?")
    assert window.evaluate(_SMALL_TARGETS) == []
    open_conversations(window)
    assert window.evaluate(_SMALL_TARGETS) == []
    window.keyboard.press("Escape")
    window.locator("#turns a.cite").first.click()
    expect(article_frame(window).locator("mark")).to_be_visible()
    assert window.evaluate(_SMALL_TARGETS) == []


def test_there_are_no_serious_accessibility_violations(page: Page) -> None:
    window = open_chat(page)
    ask(window, HARBOUR_QUESTION)
    ask(window, "Who painted the ceiling of the Sistine Chapel?")
    window.locator("#threshold > .label-wrap").click()
    expect(window.get_by_label("Always answer")).to_be_visible()
    window.locator("#turns a.cite").first.click()
    expect(article_frame(window).locator("mark")).to_be_visible()
    assert violations(window) == []
    # The dark colours, in the frame too.
    page.emulate_media(color_scheme="dark")
    assert violations(window) == []
    window.keyboard.press("Escape")
    window.get_by_role("button", name="Articles", exact=True).click()
    expect(window.locator("#articles-list li").first).to_be_visible()
    window.locator("#articles-filter .label-wrap").click()
    expect(window.locator("#drop")).to_be_visible()
    assert violations(window) == []
    for address in ("/articles", "/docs"):
        page.goto(address)
        assert violations(page) == []


def test_a_taken_port_is_reported_without_a_traceback(chat: Chat) -> None:
    port = chat.address.rsplit(":", 1)[1]
    second = subprocess.run(
        [sys.executable, "app.py", "--index", str(chat.index)],
        cwd=PROJECT,
        env={**os.environ, "PORT": port},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert second.returncode == 1
    assert f"port {port} on 127.0.0.1 is already in use" in second.stderr
    assert f"--port {int(port) + 1}" in second.stderr
    assert "Traceback" not in second.stderr
