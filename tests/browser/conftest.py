"""Chromium with the chat window open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Dialog,
    Page,
    Request,
    expect,
    sync_playwright,
)
from reportlab.pdfgen.canvas import Canvas

from tests.helpers.chat_server import TIMEOUT, Chat
from tests.helpers.chat_window import open_chat

_FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. If it is missing, the tests fail rather than being skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "Chromium is not installed; on Debian: apt-get install chromium"
    expect.set_options(timeout=TIMEOUT * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One readable file of each format, and one that is broken."""
    folder = tmp_path_factory.mktemp("uploads")
    (folder / "mill.txt").write_text("The mill\n\nThe mill at Ashford grinds rye.\n")
    (folder / "kiln.md").write_text("# The kiln\n\nThe kiln at Orme burns lime.\n")
    (folder / "loom.html").write_text(
        "<html><head><title>The loom</title></head><body><article><h1>The loom</h1>"
        "<p>The loom at Pell weaves sailcloth for the fishing boats of the coast.</p>"
        '</article><div id="comments"><div class="comment"><p>Tess wrote: my aunt wove there.</p>'
        "</div></div></body></html>"
    )
    document = docx.Document()
    document.add_heading("The forge", 1)
    document.add_paragraph("The forge at Tarn makes anchors.")
    document.save(str(folder / "forge.docx"))
    pages = Canvas(str(folder / "clock.pdf"))
    pages.drawString(72, 720, "The church of Saint Brannock stands on a hill above the town.")
    pages.showPage()
    pages.drawString(72, 720, "Wilma Trent repaired the clock of Saint Brannock in spring.")
    pages.save()
    (folder / "torn.pdf").write_bytes(b"%PDF-1.7 torn")
    return sorted(folder.iterdir())


def _open(browser: Browser, chat: Chat, **options: Any) -> BrowserContext:
    context = browser.new_context(base_url=chat.address, **options)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(TIMEOUT * 1000)
    return context


@pytest.fixture(scope="session")
def desktop(browser: Browser, chat: Chat) -> Iterator[BrowserContext]:
    """One context for all pages of desktop size, so that files are loaded once."""
    context = _open(browser, chat, viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture(scope="session")
def phone(browser: Browser, chat: Chat) -> Iterator[BrowserContext]:
    """A context of phone size that prefers dark colours."""
    context = _open(browser, chat, viewport={"width": 360, "height": 740}, color_scheme="dark")
    yield context
    context.close()


@pytest.fixture
def page(desktop: BrowserContext, chat: Chat) -> Iterator[Page]:
    """A new page of desktop size."""
    yield from _checked_page(desktop, chat)


@pytest.fixture
def window(page: Page) -> Page:
    """The chat window at desktop size, ready."""
    return open_chat(page)


@pytest.fixture
def phone_page(phone: BrowserContext, chat: Chat) -> Iterator[Page]:
    """A new page of phone size."""
    yield from _checked_page(phone, chat)


def _checked_page(context: BrowserContext, chat: Chat) -> Iterator[Page]:
    """Yield a page; fail if it contacts another host, opens a dialog or throws an error."""
    page = context.new_page()
    requested: list[Request] = []
    problems: list[str] = []

    def refuse(dialog: Dialog) -> None:
        problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    # Playwright accepts no built-in methods.
    page.on("request", lambda request: requested.append(request))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", refuse)
    yield page
    page.close()
    assert requested
    other_hosts = [
        request.url
        for request in requested
        if urlsplit(request.url).scheme not in ("data", "blob", "about")
        and urlsplit(request.url).netloc != urlsplit(chat.address).netloc
    ]
    assert other_hosts == []
    assert problems == []
