"""The original page beside the text in Chromium, with the words marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from index.library import Library
from tests.helpers.accessibility import violations
from tests.helpers.chat_server import Chat
from tests.helpers.chat_window import article_frame, ask

pytestmark = pytest.mark.browser


def test_the_words_are_marked_in_the_original_page(
    window: Page, chat: Chat, uploads: list[Path]
) -> None:
    library = Library.open(chat.index)
    copies = [chat.articles / f"original-{name}" for name in ("clock.pdf", "loom.html")]
    for copy in copies:
        source = next(path for path in uploads if copy.name.endswith(path.name))
        copy.write_bytes(source.read_bytes().replace(b"</body>", b"<script>harm()</script></body>"))
    try:
        library.sync()
        ask(window, "What did Wilma Trent repair?").locator("a.cite").first.click()
        article_frame(window).get_by_role("link", name="Show the original page").click()
        drawn = article_frame(window).get_by_role("img", name="Page 2, drawn")
        expect(drawn).to_be_visible()
        expect(drawn.locator("rect").first).to_be_in_viewport()
        assert violations(window) == []
        article_frame(window).get_by_role("link", name="Previous page").click()
        expect(article_frame(window).locator(".pages")).to_contain_text("Page 1 of 2")
        expect(article_frame(window).locator("rect")).to_have_count(0)
        window.keyboard.press("Escape")
        card = ask(window, "What does the loom at Pell weave?")
        card.locator("a.cite").first.click()
        article_frame(window).get_by_role("link", name="Show the original page").click()
        page = article_frame(window).frame_locator(".original iframe")
        expect(page.locator("mark#quote")).to_be_in_viewport()
        expect(page.locator("script")).to_have_count(0)
        # The same address shows it in a tab of its own.
        window.goto(window.frames[1].url)
        expect(window.frame_locator(".original iframe").locator("mark").first).to_be_visible()
        assert violations(window) == []
    finally:
        for copy in copies:
            copy.unlink()
        library.sync()
