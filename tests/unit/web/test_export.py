"""Conversations are exported as Markdown and HTML, and survive being stored in a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.filters import Filter
from index.types import Metadata
from qa.answer import Answer, AnswerKind, Collection, Scope
from qa.web.chat import cards, citation_text, export
from qa.web.chat.history import AnswerView, ChatHistory, Exchange, answer_view, citation_view
from tests.helpers.web import (
    HARBOUR,
    answered,
    build_article,
    build_candidate,
    build_passage,
    build_quote,
    elements,
    read,
    refused,
    texts,
)

DAY = date(2026, 3, 1)
BASE_URL = "http://127.0.0.1:7860"
HOSTILE = (
    "[x](javascript:alert(1)) ![b](http://evil.example/b.png) `code` **bold** # head\n"
    "- item\n1. one <script>alert(1)</script> <img src=x onerror=alert(1)> &lt;b&gt; "
    "www.evil.example http://evil.example <http://evil.example> a@evil.example | a | $x$ ~~s~~"
)


def exchange(answer: Answer, question: str = "When?", understood: str | None = None) -> Exchange:
    return Exchange(question, understood or question, answer_view(answer), asked_at=1.0)


def stored(*exchanges: str) -> str:
    """Return exchanges as a browser stores them."""
    return f'{{"id":"a-1","turns":[{",".join(exchanges)}]}}'


def both(*exchanges: Exchange) -> tuple[str, str]:
    """Return the Markdown rendered with GitHub's extensions, and the HTML page."""
    markdown = export.to_markdown(exchanges, BASE_URL, DAY)
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    return parser.render(markdown), export.to_html(exchanges, BASE_URL, DAY)


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_refusal_says_whether_it_is_unsure() -> None:
    article = build_article("The harbour reopened on 4 March.")
    unsure = replace(
        refused(build_passage(article, 1)), question="Who rang the bell?", answerable=0.8
    )
    for text in map(read, both(exchange(unsure))):
        assert "Not sure enough" in text
        assert "do not answer" not in text
        assert "Looked for: rang, bell." in text


def test_an_answer_is_exported_with_its_sentence_and_citation() -> None:
    article = build_article("Crews left. The harbour reopened on 4 March. Boats came.", pages=(3,))
    quote = build_quote(article, "4 March", "The harbour reopened on 4 March.")
    other = build_article("On 4 March it was.", id="b.txt", metadata=Metadata(title="Back"))
    best = build_candidate(quote, 0.9, build_quote(other, "4 March").citation)
    for page in both(exchange(answered(best), "And it?", "When did the harbour reopen?")):
        text = one_line(read(page))
        assert "And it?" in text
        assert "Understood as: When did the harbour reopen?" in text
        assert "Crews left. The harbour reopened on 4 March. Boats came." in text
        for fact in (HARBOUR.title, "The Lowtide Gazette", "9 March 2012", "paragraph 1, page 3"):
            assert fact in text
        assert "Very likely right, 90%" in text
        assert "Back, undated, paragraph 1" in text
        links = [attributes["href"] for tag, attributes in elements(page) if tag == "a"]
        assert BASE_URL + quote.citation.link in links
        assert quote.citation.source_link in links


def test_differing_sources_refusals_and_messages_are_exported() -> None:
    article = build_article("It opened on 4 March.", "Nothing else was said.")
    other = build_article("It will open on 9 April.", id="b.txt")
    differ = answered(
        build_candidate(build_quote(article, "4 March")),
        build_candidate(build_quote(other, "9 April"), 0.7),
    )
    refusal = refused(build_passage(article, 2), missing=("Captain Reyes",))
    message = Exchange("?", "?", None, "The question is empty")
    for page in both(exchange(differ), exchange(refusal), message):
        text = one_line(read(page))
        assert "Sources differ" in text
        assert text.index("4 March") < text.index("9 April") < text.index("Not sure enough")
        assert "No article mentions “Captain Reyes”." in text
        assert "Nothing else was said." in text
        assert "The question is empty" in text


def test_collections_remarks_and_scopes_are_exported() -> None:
    article = build_article("It opened on 4 March.", "Nobody rang the bell.")
    quotes = tuple(build_quote(article, one).citation for one in ("4 March", "Nobody rang"))
    collection = Collection(AnswerKind.ARTICLES, "1 of 2 articles mentions “bell”.", quotes)
    several = Answer("Which?", True, 1.0, False, None, collection=collection)
    scoped = replace(refused(), scope=Scope(Filter(publisher="Gazette"), 1, 2))
    remark = Answer("Hi", False, 0.0, False, None, remark="Hello <there>.")
    for page in both(exchange(several), exchange(scoped), exchange(remark)):
        text = one_line(read(page))
        assert "1 of 2 articles mentions “bell”." in text
        assert text.index("4 March") < text.index("Nobody rang")
        assert "Asked 1 of 2 articles: published by “Gazette”." in text
        assert "Hello <there>." in text
        links = [attributes["href"] for tag, attributes in elements(page) if tag == "a"]
        assert {BASE_URL + quote.link for quote in quotes} <= set(links)


def test_article_text_is_escaped_in_both_formats() -> None:
    metadata = Metadata(title=HOSTILE, authors=(HOSTILE,), publisher=HOSTILE, url="javascript:x")
    article = build_article(HOSTILE, id=f"{HOSTILE}.txt", metadata=metadata)
    answer = answered(build_candidate(build_quote(article, HOSTILE)))
    refusal = refused(build_passage(article, 1), missing=(HOSTILE,))
    for page in both(exchange(answer, HOSTILE, HOSTILE + "?"), exchange(refusal)):
        found = elements(page)
        assert not {tag for tag, _ in found} & {"script", "img", "iframe", "code", "s", "table"}
        hrefs = [attributes["href"] for tag, attributes in found if tag == "a"]
        assert hrefs
        assert all(href.startswith(f"{BASE_URL}/articles/") for href in hrefs)
        assert not [name for _, attributes in found for name in attributes if name[:2] == "on"]
        assert one_line(HOSTILE) in one_line(read(page))


def test_the_page_loads_no_resources() -> None:
    _, page = both()
    assert "default-src 'none'" in page
    assert not {tag for tag, _ in elements(page)} & {"script", "img", "link", "iframe"}


@given(texts)
def test_literal_text_is_displayed_unchanged_by_markdown(text: str) -> None:
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    rendered = parser.render(citation_text.literal(text))
    assert {tag for tag, _ in elements(rendered)} <= {"p"}
    # Reordering characters are removed on purpose.
    wanted = re.sub(r"[\u202a-\u202e\u2066-\u2069]", "", text)
    assert one_line(read(rendered)) == one_line(wanted)


@given(texts, st.booleans())
def test_an_exchange_is_unchanged_after_it_was_stored(text: str, failed: bool) -> None:
    article = build_article(f"{text} it is", metadata=Metadata(title=text, publisher=text))
    exchanges = (
        exchange(answered(build_candidate(build_quote(article, "it is"))), text, text),
        Exchange(text, text, None, text, failed),
    )
    data = stored(*(one.to_json() for one in exchanges))
    assert data.isascii()
    assert ChatHistory.from_json(data) == ChatHistory("a-1", exchanges)


def tampered_exchange(change: str) -> str:
    """Return a stored exchange after a replacement written as "old -> new"."""
    article = build_article("It opened on 4 March.")
    text = exchange(answered(build_candidate(build_quote(article, "4 March")))).to_json()
    old, new = change.split(" -> ")
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    "change",
    [
        '"at_source":"https -> "at_source":"javascript',
        '"url":"https -> "url":"data',
        '"version":" -> "version":"<b>',
        '"confidence":0.9 -> "confidence":NaN',
        '"start":13 -> "start":99',
        '"page":null -> "page":"<script>"',
        '"sources":[ -> "sources":[7,',
        '"question":"When?" -> "question":["When?"]',
    ],
)
def test_a_tampered_exchange_is_dropped(change: str) -> None:
    valid = Exchange("Who?", "Who?", None, "Hm").to_json()
    history = ChatHistory.from_json(stored(tampered_exchange(change), valid))
    assert history == ChatHistory.from_json(stored(valid))


@pytest.mark.parametrize("broken", ["", "null", "{", "[[]]", '{"turns":7}', '"x"', "[" * 100_000])
def test_an_invalid_history_is_empty(broken: str) -> None:
    assert ChatHistory.from_json(broken) == ChatHistory()
    assert ChatHistory.from_json('{"id":"<b>","turns":[]}') == ChatHistory()


def test_markup_in_stored_data_is_rendered_as_text() -> None:
    forged = Exchange("<img src=x>", "<b>", AnswerView(True, (), (), ("<script>x</script>",)))
    markup = cards.conversation(ChatHistory.from_json(stored(forged.to_json())))
    assert not {tag for tag, _ in elements(markup)} & {"img", "script"}
    assert "<script>x</script>" in read(markup)


def test_a_long_conversation_keeps_its_latest_exchanges() -> None:
    article = build_article("It opened on 4 March.")
    refusal = exchange(refused(*[build_passage(article, 1)] * 5), "?" * 3_000)
    kept = ChatHistory.from_json(stored(*[refusal.to_json()] * 150)).exchanges
    assert 20 < len(kept) < 150
    assert kept[-1] == refusal


def test_a_url_cannot_break_out_of_its_markdown_link() -> None:
    metadata = Metadata(title="T", url="https://example.org/a>)[x](javascript:1) b<c>")
    article = build_article("It opened.", metadata=metadata)
    line = citation_text.markdown_reference(citation_view(build_quote(article, "opened").citation))
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(line)
    hrefs = [attributes["href"] for tag, attributes in elements(rendered) if tag == "a"]
    assert len(hrefs) == 1
    assert hrefs[0].startswith("https://example.org/a%3E)")
