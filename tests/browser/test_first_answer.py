"""From no index at all to a first cited answer, in the browser only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from index.storage.lock import writer_lock
from tests.browser.test_uploads import drop
from tests.helpers.accessibility import violations
from tests.helpers.chat_server import TIMEOUT, Chat, start_server
from tests.helpers.chat_window import ask

pytestmark = pytest.mark.browser


@pytest.fixture
def empty_chat(tmp_path: Path) -> Iterator[Chat]:
    """A chat without an index."""
    ready = "no articles yet; drop them into the window"
    chat = start_server(tmp_path / "index", tmp_path, ready=ready)
    yield chat
    chat.process.terminate()
    chat.process.wait(30)


@pytest.fixture
def empty_page(browser: Browser, empty_chat: Chat) -> Iterator[Page]:
    context = browser.new_context(base_url=empty_chat.address)
    context.set_default_timeout(TIMEOUT * 1000)
    yield context.new_page()
    context.close()


def test_articles_dropped_on_an_empty_window_are_indexed_and_asked(
    empty_page: Page, empty_chat: Chat, tmp_path: Path
) -> None:
    page = empty_page
    page.goto("/")
    welcome = page.locator(".welcome")
    expect(welcome).to_contain_text("Drop your articles here")
    expect(page.locator("body")).not_to_contain_text("pincite index")
    expect(page.locator("#status")).to_have_text("No articles yet")
    assert violations(page) == []
    folder = tmp_path / "dropped"
    folder.mkdir()
    (folder / "mill.txt").write_text(
        "The mill\n\nBy Ann Bell\n\nThe mill at Ashford was closed because the river was dry.\n"
    )
    note = page.locator("#job")
    empty_chat.index.mkdir()
    # One article is added faster than its progress can be seen, so the change has to wait.
    with writer_lock(empty_chat.index, "a test", wait=0):
        drop(page, folder, onto="#status")
        expect(note).to_contain_text("You can ask the new articles when this is done.")
        page.reload()  # the progress is shown again, and the change goes on
        expect(note).to_contain_text("You can ask the new articles when this is done.")
    expect(note).to_contain_text("Done: 1 added. The new articles can be asked now.")
    expect(page.locator("#status")).to_have_text("1 article to ask")
    expect(welcome).to_contain_text("Ask the articles")
    page.get_by_role("button", name="Why was the mill at Ashford closed?").click()
    card = page.locator("#turns .card")
    expect(card).to_have_class(re.compile("answered"))
    expect(card).to_contain_text("because the river was dry")
    thumb = page.locator("#turns .thumb").first.bounding_box()
    bottom = page.locator("#change").bounding_box()
    assert thumb is not None
    assert bottom is not None
    assert bottom["height"] < 120
    assert thumb["y"] + thumb["height"] < bottom["y"]
    page.get_by_role("button", name="Articles", exact=True).click()
    page.locator("#drop .paste summary").click()
    page.get_by_label("Title", exact=True).last.fill("The kiln")
    page.get_by_label("Text", exact=True).last.fill("The kiln at Orme burns lime.")
    page.get_by_role("button", name="Add the text").click()
    expect(page.locator("#articles-list li")).to_have_count(2)
    expect(ask(page, "What does the kiln at Orme burn?")).to_contain_text("burns lime")
