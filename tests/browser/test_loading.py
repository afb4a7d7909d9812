"""The page works while the models load."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from qa.web.server import build_app
from qa.web.service import Service
from tests.helpers.chat_window import HARBOUR_QUESTION

pytestmark = pytest.mark.browser


@dataclass
class SlowChat:
    """A chat whose models load once `may_load` is set."""

    address: str
    may_load: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def slow_chat(web_index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowChat]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    chat = SlowChat(f"http://127.0.0.1:{listener.getsockname()[1]}")
    load = Service._make_chatbot

    def wait_and_load(service: Service) -> None:
        chat.may_load.wait(600)
        load(service)

    monkeypatch.setattr(Service, "_make_chatbot", wait_and_load)
    server = uvicorn.Server(uvicorn.Config(build_app(web_index), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        chat.may_load.set()
        server.should_exit = True
        thread.join(60)
        listener.close()


def test_the_page_works_while_the_models_load(slow_chat: SlowChat, browser: Browser) -> None:
    page = browser.new_page(base_url=slow_chat.address)
    page.set_default_timeout(120_000)
    page.goto("/")
    expect(page.locator("#status")).to_have_text("The models are loading. You can already ask.")
    page.get_by_role("button", name="Articles", exact=True).click()
    expect(page.locator("#articles-list li")).to_have_count(5)
    page.locator("#question textarea").fill(HARBOUR_QUESTION)
    page.keyboard.press("Enter")
    card = page.locator("#turns .card")
    expect(card).to_contain_text("Loading the models, then reading the articles")
    slow_chat.may_load.set()
    expect(card).to_have_class(re.compile("answered"))
    expect(page.locator("#status")).to_have_text("5 articles to ask")
    page.close()
