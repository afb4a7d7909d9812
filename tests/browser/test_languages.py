"""The window in the language of the browser, in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.accessibility import violations
from tests.helpers.chat_server import TIMEOUT, Chat
from tests.helpers.chat_window import HARBOUR_QUESTION, article_frame, ask

pytestmark = pytest.mark.browser


@pytest.fixture
def spanish_page(browser: Browser, chat: Chat) -> Iterator[Page]:
    context = browser.new_context(base_url=chat.address, locale="es-MX")
    context.set_default_timeout(TIMEOUT * 1000)
    yield context.new_page()
    context.close()


def test_the_window_speaks_the_browsers_language_or_the_one_chosen(spanish_page: Page) -> None:
    page = spanish_page
    page.goto("/")
    expect(page.locator("#status")).to_contain_text("artículos a los que preguntar")
    expect(page.locator(".welcome h2")).to_have_text("Pregunte a los artículos")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("#threshold > .label-wrap")).to_contain_text("Confianza mínima")
    card = ask(page, HARBOUR_QUESTION)
    expect(card).to_contain_text("párrafo 3")
    expect(card).to_contain_text("reopened to fishing boats on March 4")  # never translated
    expect(ask(page, "Hello!")).to_contain_text("Haga una pregunta")
    page.locator("#turns a.cite").first.click()
    expect(article_frame(page).locator("html")).to_have_attribute("lang", "es")
    expect(article_frame(page).get_by_role("link", name="Ir a la cita")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Historial").click()
    expect(page.get_by_role("button", name="Eliminar todas")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Artículos", exact=True).click()
    expect(page.locator("#articles-list")).to_contain_text("5 artículos")
    assert violations(page) == []
    page.get_by_role("button", name="Menú").click()
    assert violations(page) == []
    page.get_by_label("Idioma").select_option(label="English")
    expect(page.locator("#status")).to_contain_text("articles to ask")
    # The conversation goes on, with its cards in the other language.
    expect(page.locator("#turns .card").first).to_contain_text("paragraph 3")


def test_the_colours_are_chosen_in_the_menu(window: Page) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = window.evaluate(paper)
    ask(window, HARBOUR_QUESTION)
    window.locator("#turns a.cite").first.click()
    expect(article_frame(window).locator("mark")).to_be_visible()
    window.get_by_role("button", name="Menu").click()
    window.get_by_label("Colours").select_option("dark")
    assert window.evaluate(paper) != light
    expect(window.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    frame = window.locator("#pane iframe").element_handle().content_frame()
    assert frame is not None
    assert frame.evaluate(paper) == window.evaluate(paper)
    window.keyboard.press("Escape")
    assert violations(window) == []
    window.reload()
    assert window.evaluate(paper) != light
    window.get_by_role("button", name="Menu").click()
    window.get_by_label("Colours").select_option("")
    assert window.evaluate(paper) == light
