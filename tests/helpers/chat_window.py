"""Operate the chat window: open it, ask, open its panels."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import FrameLocator, Locator, Page, expect

HARBOUR_QUESTION = "When did the harbour of Lowtide reopen?"


def ask(page: Page, question: str) -> Locator:
    """Ask a question and return its card, once it is there."""
    turns = page.locator("#turns .turn")
    before = turns.count()
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(turns).to_have_count(before + 1)
    card = turns.last.locator(".card")
    expect(card).not_to_have_class(re.compile("pending"))
    return card


def open_chat(page: Page) -> Page:
    """Open the chat window on a page and wait until it is ready."""
    page.goto("/")
    expect(page.locator("#status")).to_contain_text("articles to ask")
    return page


def text_of(element: Locator) -> str:
    text = element.text_content()
    assert text is not None
    return text


def article_frame(page: Page) -> FrameLocator:
    return page.frame_locator("#pane iframe")


def open_articles(page: Page) -> Page:
    """Open the chat window with the articles panel."""
    window = open_chat(page)
    window.get_by_role("button", name="Articles", exact=True).click()
    expect(window.locator("#articles-list li").first).to_be_visible()
    return window


def open_conversations(page: Page) -> Locator:
    """Open the panel of conversations and return it."""
    page.locator("#open-conversations").click()
    panel = page.locator("#conversations")
    expect(panel).to_be_visible()
    return panel


def choose_in_menu(page: Page, role: Literal["link", "button"], name: str) -> None:
    """Open the menu and press a link or a button in it."""
    page.locator("#open-menu").click()
    page.locator("#menu").get_by_role(role, name=name, exact=True).click()


def reload(page: Page, turns: int) -> None:
    """Reload the page and wait for this number of turns."""
    page.reload()
    expect(page.locator("#turns .turn")).to_have_count(turns)
