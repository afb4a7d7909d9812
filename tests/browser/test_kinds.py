"""Each kind of answer as the chat window shows it: what is quoted, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from index.library import Library
from tests.helpers.chat_server import start_server
from tests.helpers.chat_window import ask, open_chat
from tests.helpers.kinds import ARTICLES

pytestmark = pytest.mark.browser

SLIP = (
    "The slip of Lowtide\n\nBy Ines Okafor\nThe Lowtide Gazette\n\nMay 2, 2013\n\n"
    "A patent slip is an inclined railway on which boats are drawn out of the water. The one in "
    "Lowtide was built for whalers.\n\n"
    "In 2009 the slip lifted 140 boats, and in 2012 it lifted only 96 boats. Jonas Reed, who runs "
    "it, blames the price of steel.\n\n"
    "Fishermen may not use the slip in winter, because ice makes the rails unsafe.\n"
)
DEFINED = "A patent slip is an inclined railway on which boats are drawn out of the water."
COMPARED = "In 2009 the slip lifted 140 boats, and in 2012 it lifted only 96 boats."
BANNED = "Fishermen may not use the slip in winter, because ice makes the rails unsafe."


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Page]:
    """The chat window of a server with the articles of a small town."""
    folder = tmp_path_factory.mktemp("town")
    for name, text in {**ARTICLES, "slip.txt": SLIP}.items():
        (folder / name).write_text(text, encoding="utf-8")
    index = tmp_path_factory.mktemp("index") / "index"
    Library.create(index).sync(folder)
    server = start_server(index, folder)
    page = browser.new_page(base_url=server.address)
    yield open_chat(page)
    page.close()
    server.process.terminate()
    server.process.wait()


@pytest.mark.parametrize(
    ("question", "quoted", "title"),
    [
        ("Who runs the slip of Lowtide?", "Jonas Reed", "The slip of Lowtide"),
        ("Why may fishermen not use the slip in winter?", BANNED, "The slip of Lowtide"),
        ("define patent slip", DEFINED, "The slip of Lowtide"),
        ("May fishermen use the slip in winter?", BANNED, "The slip of Lowtide"),
        (
            "Which was larger, the number of boats lifted in 2009 or in 2012?",
            COMPARED,
            "The slip of Lowtide",
        ),
    ],
    ids=["words", "sentences", "definition", "yes or no", "comparison"],
)
def test_a_question_is_answered_with_what_its_kind_needs(
    town: Page, question: str, quoted: str, title: str
) -> None:
    card = ask(town, question)
    expect(card.locator("mark")).to_have_text(quoted)
    expect(card.locator("a.cite")).to_have_text(title)


def test_steps_are_shown_whole_below_what_announces_them(town: Page) -> None:
    quote = ask(town, "How do I rent a berth?").locator("mark")
    expect(quote).to_contain_text("follow these steps:")
    for step in ("Ask the harbour office", "Pay the deposit", "Hang the permit"):
        expect(quote).to_contain_text(step)


def test_a_row_of_a_table_is_shown_below_its_header(town: Page) -> None:
    card = ask(town, "length limit at the South pier")
    expect(card.locator("p.words").first).to_contain_text("length limit")
    expect(card.locator("mark")).to_contain_text("8 metres")


@pytest.mark.parametrize(
    ("question", "statement", "quotes"),
    [
        ("What is the article about the harbour about?", "in its own words", 2),
        ("What do the articles say about harbour dues?", "What 2 articles have on", 2),
    ],
    ids=["overview", "several sources"],
)
def test_several_sentences_are_listed_below_what_they_are(
    town: Page, question: str, statement: str, quotes: int
) -> None:
    card = ask(town, question)
    expect(card).to_contain_text(statement)
    assert card.locator("li mark").count() >= quotes
    assert card.locator("li a.cite").count() == card.locator("li mark").count()
