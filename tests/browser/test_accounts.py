"""The chat window of a server with accounts: whose buttons, conversations and votes it has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qa.feedback import FEEDBACK_NAME
from qa.web.auth.accounts import Accounts, Role
from tests.helpers.chat_server import Chat, start_server
from tests.helpers.chat_window import HARBOUR_QUESTION, ask, choose_in_menu, open_conversations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_spec("argon2") is None, reason="needs argon2-cffi"),
]

PASSWORD = "seven green herons"


@pytest.fixture(scope="module")
def server(
    web_articles: Path, web_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chat]:
    folder = tmp_path_factory.mktemp("accounts")
    accounts = Accounts(folder / "accounts.json")
    accounts.set_user("ada", Role.EDITOR, PASSWORD)
    accounts.set_user("bob", Role.READER, PASSWORD)
    index = Path(shutil.copytree(web_index, folder / "index"))
    server = start_server(index, web_articles, "--auth", str(accounts.path))
    yield server
    server.process.terminate()
    server.process.wait(60)


@pytest.fixture
def page(browser: Browser, server: Chat) -> Iterator[Page]:
    context = browser.new_context(base_url=server.address)
    yield context.new_page()
    context.close()


def log_in(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#status")).to_contain_text("articles to ask")


def vote_right(page: Page) -> None:
    ask(page, HARBOUR_QUESTION)
    turn = page.locator("#turns .turn").last
    turn.locator("[data-verdict=right]").click()
    expect(turn.locator("p.vote-note")).to_have_text("Saved as right.")
    expect(turn.locator("details.vote-note")).to_have_count(0)  # it names folders of the server


def test_people_have_their_own_buttons_conversations_and_votes(page: Page, server: Chat) -> None:
    log_in(page, "bob")
    page.get_by_role("button", name="Articles", exact=True).click()
    expect(page.locator("#articles-list li").first).to_be_visible()
    expect(page.locator("#articles-add")).to_be_hidden()
    choose_in_menu(page, "link", "Benchmark")
    expect(page.locator("#compare")).to_be_visible()
    for editing in ("#run", "#drop-set", "#delete-run"):
        expect(page.locator(editing)).to_be_hidden()
    choose_in_menu(page, "link", "Ask")
    vote_right(page)
    choose_in_menu(page, "button", "Log out")
    expect(page).to_have_url(f"{server.address}/login")
    page.goto("/articles")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()

    log_in(page, "ada")
    expect(page.locator("#turns .turn")).to_have_count(0)
    expect(open_conversations(page)).not_to_contain_text(HARBOUR_QUESTION)
    page.get_by_role("button", name="Articles", exact=True).click()
    expect(page.locator("#articles-add")).to_be_visible()
    vote_right(page)
    lines = (server.index / FEEDBACK_NAME).read_text(encoding="utf-8").splitlines()
    votes = [json.loads(line) for line in lines]
    assert [vote["user"] for vote in votes] == ["bob", "ada"]
    assert votes[0]["id"] != votes[1]["id"]
    choose_in_menu(page, "button", "Log out")

    log_in(page, "bob")
    expect(open_conversations(page)).to_contain_text(HARBOUR_QUESTION)
