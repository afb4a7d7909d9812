"""The chat's cards for answers, refusals and messages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from index.filters import Filter
from index.types import Article, Metadata
from qa.answer import Answer, AnswerKind, Collection, Recalibration, Scope
from qa.web.chat import cards, citation_text
from qa.web.chat.history import ChatHistory, Exchange, answer_view, citation_view
from tests.helpers.web import (
    answered,
    build_article,
    build_candidate,
    build_passage,
    build_quote,
    elements,
    read,
    refused,
)

SENTENCE = "The harbour reopened on 4 March, eleven weeks late."


def card(answer: Answer) -> str:
    """Return the card of an answer after it was stored in a browser and came back."""
    exchange = Exchange(answer.question, answer.question, answer_view(answer))
    assert Exchange.from_json(exchange.to_json()) == exchange
    return re.sub(' data-exchange="[^"]*"', "", turn(exchange))


def turn(exchange: Exchange) -> str:
    return cards.conversation(ChatHistory("", (exchange,)))


@pytest.fixture
def harbour() -> Article:
    return build_article(f"Crews left at dawn. {SENTENCE} Boats came back by noon.", pages=(3,))


def test_an_answer_shows_the_quote_marked_in_its_sentence_and_paragraph(harbour: Article) -> None:
    page = card(answered(build_candidate(build_quote(harbour, "4 March", SENTENCE))))
    sentence = re.search(r'<span class="sentence">(.*?)</span>', page)
    assert sentence is not None
    assert read(sentence[1]) == SENTENCE
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["4 March"]
    assert "Crews left at dawn." in page
    assert "Boats came back by noon." in page


def test_an_answer_has_its_title_publisher_date_paragraph_and_confidence(harbour: Article) -> None:
    page = read(card(answered(build_candidate(build_quote(harbour, "4 March"), 0.72))))
    assert "Harbour reopens after dredging" in page
    assert "The Lowtide Gazette" in page
    assert "9 March 2012" in page
    assert "paragraph 1, page 3" in page
    assert "Likely right, 72%" in page
    assert "rough estimate" not in page


def test_an_uncalibrated_confidence_is_called_a_rough_estimate(harbour: Article) -> None:
    best = build_candidate(build_quote(harbour, "4 March"))
    assert "rough estimate" in card(answered(best, calibrated=False))


def test_a_card_says_how_many_votes_changed_the_confidence(harbour: Article) -> None:
    answer = answered(build_candidate(build_quote(harbour, "4 March")))
    few, enough = Recalibration("reader 1"), Recalibration("reader 1", votes=1034, shift=-0.4)
    assert "votes" not in read(card(replace(answer, recalibration=few)))
    note = "The percentage takes 1,034 votes on earlier answers into account."
    assert note in read(card(replace(answer, recalibration=enough)))


def test_the_title_links_to_the_quote_and_the_source_to_its_url(harbour: Article) -> None:
    quote = build_quote(harbour, "4 March", SENTENCE)
    page = card(answered(build_candidate(quote)))
    links = [read(link) for link in re.findall(r'href="(.*?)"', page)]
    assert links[0] == quote.citation.link
    assert links[1].startswith("https://example.org/harbour#:~:text=")


def test_several_citations_are_counted_and_listed(harbour: Article) -> None:
    metadata = Metadata(title="Back to sea", publisher="Coast Weekly", year=2012)
    other = build_article("It opened again on 4 March.", id="b.txt", metadata=metadata)
    best = build_candidate(
        build_quote(harbour, "4 March"), 0.9, build_quote(other, "on 4 March").citation
    )
    page = read(card(answered(best)))
    assert "2 sources" in page
    assert "It opened again on 4 March." in page
    assert "Coast Weekly" in page


def test_differing_sources_are_listed_newest_first_with_their_dates(harbour: Article) -> None:
    metadata = Metadata(title="Delay", publisher="Coast Weekly", published=date(2012, 4, 1))
    other = build_article("It will open on 9 April.", id="b.txt", metadata=metadata)
    page = card(
        answered(
            build_candidate(build_quote(other, "9 April"), 0.7),
            build_candidate(build_quote(harbour, "4 March")),
        )
    )
    assert "Sources differ" in page
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["9 April", "4 March"]
    assert "1 April 2012" in page


def test_an_undated_version_is_last_and_marked_undated(harbour: Article) -> None:
    other = build_article("It will open on 9 April.", id="b.txt", metadata=Metadata(title="Delay"))
    page = card(
        answered(
            build_candidate(build_quote(harbour, "4 March"), 0.7),
            build_candidate(build_quote(other, "9 April")),
        )
    )
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["4 March", "9 April"]
    assert page.index("9 April</mark>") < page.index("<span>undated</span>")


def test_a_refusal_shows_the_nearest_passages(harbour: Article) -> None:
    page = card(refused(build_passage(harbour, 1), missing=("Captain Reyes",)))
    assert "Not sure enough" in page
    assert "do not answer" not in page.partition('<div class="vote">')[0]
    assert "Captain Reyes" in page
    assert "Closest passages" in page
    assert "Boats came back by noon." in page
    assert "<mark>" not in page


def test_an_unsure_refusal_offers_the_best_guess(harbour: Article) -> None:
    likely = replace(refused(build_passage(harbour, 1)), answerable=0.7)
    page = card(likely)
    assert "Not sure enough" in page
    assert "Show the best guess" in page
    assert "This answers it" in page
    nothing_found = card(replace(likely, nearest=()))
    assert "The articles do not answer this." in nothing_found
    assert "best guess" not in nothing_found


def test_a_stored_refusal_without_a_newer_field_is_read(harbour: Article) -> None:
    exchange = Exchange("Who?", "Who?", answer_view(refused(build_passage(harbour, 1))))
    stored = json.loads(exchange.to_json())
    del stored["shown"]["unsure"]
    assert Exchange.from_json(json.dumps(stored)) == exchange


def test_a_refusal_never_shows_its_best_candidate(harbour: Article) -> None:
    best = build_candidate(build_quote(harbour, "4 March"), 0.1)
    answer = answered(best)
    hidden = type(answer)(answer.question, False, 0.1, True, best)
    assert "4 March" not in card(hidden)


def test_a_sentence_of_two_million_characters_is_shown_around_its_quote() -> None:
    filler = "wave " * 200_000
    article = build_article(filler + "the buoy sank" + " wave" * 200_000)
    quote = build_quote(article, "the buoy sank", article.text)
    page = card(answered(build_candidate(quote)))
    assert "<mark>the buoy sank</mark>" in page
    assert len(page) < 5_000


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=https://evil.example/x.png onerror=alert(1)>",
        '"><a href="javascript:alert(1)">x</a>',
        "![beacon](https://evil.example/b.png)",
        "${alert(1)} {{constructor}}",
    ],
)
def test_markup_in_any_field_is_escaped(hostile: str) -> None:
    metadata = Metadata(
        title=hostile, authors=(hostile,), publisher=hostile, year=2010, url="javascript:alert(1)"
    )
    article = build_article(hostile, id=f"{hostile}.txt", metadata=metadata)
    answer = answered(build_candidate(build_quote(article, hostile)))
    for page in (
        turn(Exchange(hostile, hostile, answer_view(answer))),
        turn(Exchange("Who?", hostile, None, hostile)),
        card(refused(build_passage(article, 1), missing=(hostile,))),
        cards.message_card(hostile),
    ):
        tags = elements(page)
        assert not {name for name, _ in tags} & {"script", "img", "iframe", "object", "form"}
        for _, attributes in tags:
            assert not [name for name in attributes if name.startswith("on")]
            assert attributes.get("href", "/articles/").startswith(("/articles/", "https://"))
        assert hostile in read(page)


def test_a_citation_is_formatted_as_text_markdown_and_bibtex(harbour: Article) -> None:
    citation = citation_view(build_quote(harbour, "4 March").citation)
    assert citation_text.plain(citation, "It reopened on\n4 March.") == (
        "“It reopened on 4 March.”\nInes Okafor, Harbour reopens after dredging, "
        "The Lowtide Gazette, 9 March 2012, paragraph 1, page 3, https://example.org/harbour"
    )
    assert citation_text.markdown(citation).startswith("> 4 March\n>\n> Ines Okafor, Harbour")
    entry = citation_text.bibtex(citation)
    assert entry.startswith("@misc{harbour-txt,\n  title = {Harbour reopens after dredging},")
    assert "  year = {2012}," in entry


def test_bibtex_escapes_characters_with_a_meaning_in_tex() -> None:
    article = build_article("a loss of $1.9 million & 50% of {it}, #1 in A_B ~ C^2")
    entry = citation_text.bibtex(citation_view(build_quote(article, article.text).citation))
    assert (
        r"a loss of \$1.9 million \& 50\% of it, \#1 in A\_B \textasciitilde{} C\textasciicircum{}2"
        in entry
    )


def test_markdown_escapes_markup_in_a_quote() -> None:
    article = build_article("see ![x](http://evil.example/b.png) *now*")
    copied = citation_text.markdown(citation_view(build_quote(article, article.text).citation))
    assert "\\!\\[x\\]\\(http" in copied
    assert "\\*now\\*" in copied


def collected(article: Article, *words: str) -> Answer:
    """Build an answer without a best quote."""
    quotes = tuple(build_quote(article, one).citation for one in words)
    collection = Collection(AnswerKind.SOURCES, "What one article has on “harbour”.", quotes)
    return Answer("harbour", True, 0.5, False, None, collection=collection)


def test_an_answer_of_several_quotes_shows_each_with_its_citation(harbour: Article) -> None:
    page = card(collected(harbour, "4 March", "Boats came back by noon."))
    assert "What one article has on “harbour”." in read(page)
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["4 March", "Boats came back by noon."]
    assert page.count('class="cite"') == 2
    assert "%" not in read(page), "it has no estimate"


def test_a_remark_has_no_passages_and_no_votes() -> None:
    page = card(Answer("Hello", False, 0.0, False, None, remark="Hello. Ask a question."))
    assert "Hello. Ask a question." in page
    assert "passages" not in page
    assert "data-verdict" not in page


def test_the_articles_that_were_asked_are_named_and_can_be_widened(harbour: Article) -> None:
    scope = Scope(Filter(publisher="Gazette"), 1, 3, "According to the Gazette", "Who?")
    page = card(replace(refused(build_passage(harbour, 1)), scope=scope))
    assert "Asked 1 of 3 articles: published by “Gazette”." in read(page)
    assert 'data-question="Who?"' in page
    set_apart = replace(scope, phrase="", rest="")
    page = card(replace(refused(build_passage(harbour, 1)), scope=set_apart))
    assert "Asked 1 of 3 articles" in page
    assert "Ask all articles" not in page


def test_a_whole_list_is_shown_with_all_its_items() -> None:
    items = [f"Item {number}: {'bring a lantern and some rope, ' * 4}" for number in range(9)]
    article = build_article("Bring these things:", *items)
    whole = build_quote(article, article.text)
    page = read(card(answered(build_candidate(whole))))
    assert all(item.strip() in page for item in items)


def test_a_row_is_shown_below_the_header_of_its_table() -> None:
    article = build_article("pier | price", "North pier | 900 crowns", "South pier | 600 crowns")
    row = replace(
        build_quote(article, "South pier | 600 crowns"), header=article.paragraphs[0].span
    )
    answer = answered(build_candidate(row))
    assert answer.text == "pier | price\nSouth pier | 600 crowns"
    page = read(card(answer))
    assert page.index("pier | price") < page.index("South pier | 600 crowns")
