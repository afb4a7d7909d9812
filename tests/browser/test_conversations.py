"""Conversations are stored, restored, exported and deleted in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Download, Page, Route, expect

from index.library import Library
from tests.helpers.accessibility import violations
from tests.helpers.chat_server import Chat
from tests.helpers.chat_window import (
    HARBOUR_QUESTION,
    article_frame,
    ask,
    open_chat,
    open_conversations,
    reload,
    text_of,
)

pytestmark = pytest.mark.browser

UNANSWERED = "Who painted the ceiling of the Sistine Chapel?"


def test_a_conversation_is_requested_again_if_its_response_is_lost(
    window: Page,
) -> None:
    ask(window, HARBOUR_QUESTION)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if not lost and HARBOUR_QUESTION in (route.request.post_data or ""):
            lost.append(route.request.url)  # and it gets no response
        else:
            route.continue_()

    window.route("**/gradio_api/**", lose)
    reload(window, 1)
    assert len(lost) == 1


def test_an_answer_to_a_question_asked_while_the_page_loads_is_not_lost(page: Page) -> None:
    held: list[Route] = []
    asked: list[str] = []

    def hold(route: Route) -> None:
        said = route.request.post_data or ""
        if "turns" in said and HARBOUR_QUESTION not in said and not asked:
            held.append(route)
        else:
            route.continue_()

    page.route("**/gradio_api/**", hold)
    page.goto("/")
    page.locator("#question textarea").fill(HARBOUR_QUESTION)
    page.locator("#ask").click()
    # Long enough for an answer if the question were sent at once.
    page.wait_for_timeout(1500)
    asked.append(HARBOUR_QUESTION)
    assert held
    for route in held:
        route.continue_()
        route.request.response()  # wait for it
    page.wait_for_timeout(1000)
    expect(page.locator("#turns a.cite").first).to_be_visible()


def test_a_conversation_continues_after_a_reload(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    ask(window, "Who is Karin Holt?")
    quote = text_of(window.locator("#turns mark").first)
    confidence = text_of(window.locator("#turns .confidence").first)
    reload(window, 2)
    expect(window.locator("#turns mark").first).to_have_text(quote)
    expect(window.locator("#turns .confidence").first).to_have_text(confidence)
    expect(window.locator("#welcome .welcome")).to_have_count(0)
    window.locator("#turns a.cite").first.click()
    expect(article_frame(window).locator("mark")).to_have_text(quote)
    window.keyboard.press("Escape")
    # A follow-up still refers to the earlier question.
    card = ask(window, "What did she say about buses?")
    expect(window.locator(".understood")).to_contain_text("Karin Holt")
    expect(card.locator(".sentence").first).to_contain_text("could not replace the boats")
    reload(window, 3)
    expect(window.locator(".understood")).to_contain_text("Karin Holt")


def test_opening_a_page_uses_no_stream(window: Page) -> None:
    # Gradio's stream of results ends with its last event and loses an event that begins at that
    # moment, and a page that has just been opened begins several.
    called: list[str] = []
    window.on("request", lambda asked: called.append(asked.url))
    window.reload()
    expect(window.locator("#status")).to_contain_text("articles to ask")
    window.get_by_role("button", name="Articles", exact=True).click()
    expect(window.locator("#articles-list li").first).to_be_visible()
    assert any("/run/predict" in address for address in called)
    assert not [address for address in called if "/queue/" in address]


def test_earlier_conversations_can_be_opened_and_deleted(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    panel = open_conversations(window)
    panel.get_by_role("button", name="New conversation").click()
    expect(window.locator("#turns .turn")).to_have_count(0)
    expect(window.locator("#welcome .welcome")).to_be_visible()
    ask(window, UNANSWERED)
    current = panel.locator(".conversations-open[aria-current=true]")
    expect(current).to_contain_text("Sistine")
    panel.locator(".conversations-open", has_text="harbour of Lowtide").first.click()
    expect(window.locator("#turns mark")).to_be_visible()
    expect(window.locator("#turns .turn")).to_have_count(1)
    expect(current).to_contain_text("harbour of Lowtide")
    # Deleting takes a second press, and removes the conversation from the page too.
    count = panel.locator(".conversations-list li").count()
    delete = panel.locator("li", has=window.locator("[aria-current=true]")).locator(
        ".conversations-delete"
    )
    delete.click()
    expect(delete).to_have_text("Really?")
    delete.click()
    expect(panel.locator(".conversations-list li")).to_have_count(count - 1)
    expect(window.locator("#turns .turn")).to_have_count(0)
    clear = panel.locator(".conversations-clear")
    clear.click()
    clear.click()
    expect(panel.locator(".conversations-list li")).to_have_count(0)
    expect(panel).to_contain_text("None yet.")
    assert [key for key in window.evaluate("Object.keys(localStorage)") if "pincite" in key] == []


def test_the_number_of_stored_conversations_is_limited(window: Page) -> None:
    ask(window, UNANSWERED)
    window.evaluate(
        """() => {
          const [key] = Object.keys(localStorage).filter((key) => key.startsWith("pincite"));
          const prefix = key.slice(0, key.lastIndexOf(":") + 1);
          const stored = JSON.parse(localStorage[key]);
          for (let n = 0; n < 70; n += 1)
            localStorage[`${prefix}old-${n}`] = JSON.stringify({ ...stored, when: n });
        }"""
    )
    ask(window, UNANSWERED)
    kept = window.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('pincite'))")
    assert len(kept) == 50
    # The oldest are removed first.
    assert not [key for key in kept if key.endswith((":old-0", ":old-19"))]
    window.evaluate("localStorage.clear()")


def test_tampered_stored_data_is_harmless(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    ask(window, UNANSWERED)
    window.evaluate(
        """() => {
          const key = Object.keys(localStorage).find((key) => key.startsWith("pincite"));
          const stored = JSON.parse(localStorage[key]);
          const [first, second] = JSON.parse(`[${stored.told}]`);
          const bad = "<img src=x onerror=window.harmed=1>";
          const linked = structuredClone(first);
          linked.shown.versions[0].sources[0].at_source = "javascript:window.harmed=1";
          first.shown.versions[0].words = first.question = first.understood = bad;
          first.shown.versions[0].sources[0].metadata.title = bad;
          stored.title = bad;
          stored.told = [first, linked, second].map((turn) => JSON.stringify(turn)).join(",");
          localStorage[key] = JSON.stringify(stored);
        }"""
    )
    reload(window, 2)
    expect(window.locator("#turns mark").first).to_have_text("<img src=x onerror=window.harmed=1>")
    expect(open_conversations(window)).to_contain_text("<img src=x")
    assert window.locator("#turns img, #conversations img").count() == 0
    assert window.evaluate("window.harmed") is None


def test_a_conversation_is_exported_as_markdown_and_as_a_page(window: Page) -> None:
    ask(window, "Who feeds the lighthouse goats?")
    ask(window, UNANSWERED)
    panel = open_conversations(window)

    def saved(name: str) -> Download:
        with window.expect_download() as caught:
            panel.get_by_role("button", name=name).click()
        return caught.value

    markdown = saved("Save as Markdown")
    assert re.fullmatch(r"conversation-\d{4}-\d\d-\d\d\.md", markdown.suggested_filename)
    text = markdown.path().read_text(encoding="utf-8")
    assert "Orla Finn" in text
    assert "\\<script\\>window.harmed\\=1" in text
    assert "/articles/hostile.txt?v=" in text
    assert "Not sure enough" in text
    window.set_content(saved("Save as web page").path().read_text(encoding="utf-8"))
    expect(window.locator("mark").first).to_contain_text("Orla Finn")
    expect(window.locator("main")).to_contain_text("<script>window.harmed=1</script>")
    assert window.evaluate("window.harmed") is None
    assert window.locator("img, script, iframe").count() == 0


def test_differing_sources_are_shown_side_by_side(window: Page, chat: Chat) -> None:
    library = Library.open(chat.index)
    head = '<html><head><title>{}</title><meta property="og:site_name" content="{}">'
    head += '<meta property="article:published_time" content="{}"></head><body><article>'
    variants = {
        "light-1.html": ("The lamp", "Coast Weekly", "2011-05-02", "in 1887 by the engineer"),
        "light-2.html": ("A lamp", "Island Post", "2014-09-30", "in 1902 by the builder"),
    }
    try:
        for name, (title, publisher, day, words) in variants.items():
            text = (
                f"The lighthouse of Skerry Head was first lit {words} Ada Munro, who lived there."
            )
            page = head.format(title, publisher, day) + f"<p>{text}</p></article></body></html>"
            (chat.articles / name).write_text(page)
        library.sync()
        card = ask(window, "When was the lighthouse of Skerry Head first lit?")
        expect(card).to_contain_text("Sources differ")
        versions = card.locator(".versions > li")
        expect(versions).to_have_count(2)
        dates = {text_of(version.locator(".source")) for version in versions.all()}
        assert {date[-24:] for date in dates if "2 May 2011" in date}
        assert {date for date in dates if "30 September 2014" in date}
        expect(versions.last.locator(".later")).to_have_text(
            f"Later article, 30 September 2014: “{text_of(versions.first.locator('mark'))}”"
        )
        expect(versions.first.locator(".later")).to_have_count(0)
        left, right = (version.bounding_box() for version in versions.all())
        assert left is not None
        assert right is not None
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] <= right["x"]
        versions.last.locator("a.cite").click()
        expect(article_frame(window).locator("mark")).to_have_text(
            text_of(versions.last.locator("mark"))
        )
    finally:
        for name in variants:
            (chat.articles / name).unlink(missing_ok=True)
        library.sync()


def test_conversations_and_votes_work_by_keyboard_on_a_phone(phone_page: Page) -> None:
    window = open_chat(phone_page)
    ask(window, HARBOUR_QUESTION)
    wide = "document.documentElement.scrollWidth"
    thumb = window.locator("#turns .thumb[data-verdict=wrong]")
    thumb.focus()
    window.keyboard.press("Enter")
    expect(window.locator(".complaint input").first).to_be_focused()
    assert window.evaluate(wide) <= 360
    assert violations(window) == []
    window.keyboard.press("Escape")
    expect(window.locator(".complaint")).to_have_count(0)
    expect(thumb).to_be_focused()
    heads = window.locator("#head :is(a, button)").all()
    boxes = [box for place in heads if (box := place.bounding_box())]
    for number, one in enumerate(boxes):
        assert 0 <= one["x"] <= one["x"] + one["width"] <= 360
        for other in boxes[:number]:
            beside = (
                one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
            )
            below = (
                one["y"] >= other["y"] + other["height"] or other["y"] >= one["y"] + one["height"]
            )
            assert beside or below
    window.locator("#open-conversations").focus()
    window.keyboard.press("Enter")
    panel = window.locator("#conversations")
    expect(panel.locator(".conversations-close")).to_be_focused()
    assert violations(window) == []
    box = panel.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    window.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(window.locator("#open-conversations")).to_be_focused()
