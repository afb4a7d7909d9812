"""The chat window as tests use it: open it, ask, look."""

from __future__ import annotations

import re

from playwright.sync_api import FrameLocator, Locator, Page, expect

HARBOUR_QUESTION = "When did the harbour of Lowtide reopen?"


def ask(page: Page, question: str) -> Locator:
    """Ask in the question box and wait for the card."""
    turns = page.locator("#turns .turn")
    before = turns.count()
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(turns).to_have_count(before + 1)
    card = turns.last.locator(".card")
    expect(card).not_to_have_class(re.compile("pending"))
    return card


def opened(page: Page) -> Page:
    """The page with the chat window on it, listening."""
    page.goto("/")
    expect(page.locator("#status")).to_contain_text("articles to ask")
    return page


def shown_text(place: Locator) -> str:
    text = place.text_content()
    assert text is not None
    return text


def pane(page: Page) -> FrameLocator:
    return page.frame_locator("#pane iframe")


def opened_articles(page: Page) -> Page:
    """The chat window with the articles panel open, and its part for adding."""
    window = opened(page)
    window.get_by_role("button", name="Articles", exact=True).click()
    expect(window.locator("#articles-list li").first).to_be_visible()
    window.locator("#articles-add .label-wrap").click()
    return window


def talks(page: Page) -> Locator:
    """The panel of conversations, opened."""
    page.locator("#open-conversations").click()
    panel = page.locator("#conversations")
    expect(panel).to_be_visible()
    return panel


def reloaded(page: Page, turns: int) -> None:
    page.reload()
    expect(page.locator("#turns .turn")).to_have_count(turns)
