"""What the chat shows for an answer, a refusal, a difficulty."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from index.types import Article, Metadata
from qa.answer import Answer
from qa.web.chat import cards
from qa.web.chat import citation_text as citing
from qa.web.chat.cards import confidence_words, message_card, turn
from qa.web.chat.exchange import Exchange, exchange_from_json, shown, source, to_json
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


def answer_card(answer: Answer) -> str:
    """The card for an answer, after it was kept in a browser and came back."""
    exchange = Exchange(answer.question, answer.question, shown(answer))
    again = exchange_from_json(to_json(exchange))
    assert again == exchange
    assert again is not None
    assert again.shown is not None
    return cards.answer_card(again.shown)


@pytest.fixture
def harbour() -> Article:
    return build_article(f"Crews left at dawn. {SENTENCE} Boats came back by noon.", pages=(3,))


def test_an_answer_shows_the_quote_marked_in_its_sentence_and_paragraph(harbour: Article) -> None:
    card = answer_card(answered(build_candidate(build_quote(harbour, "4 March", SENTENCE))))
    sentence = re.search(r'<span class="sentence">(.*?)</span>', card)
    assert sentence is not None
    assert read(sentence[1]) == SENTENCE
    assert re.findall(r"<mark>(.*?)</mark>", card) == ["4 March"]
    assert "Crews left at dawn." in card
    assert "Boats came back by noon." in card


def test_an_answer_names_title_publisher_date_place_and_confidence(harbour: Article) -> None:
    card = read(answer_card(answered(build_candidate(build_quote(harbour, "4 March"), 0.72))))
    assert "Harbour reopens after dredging" in card
    assert "The Lowtide Gazette" in card
    assert "9 March 2012" in card
    assert "paragraph 1, page 3" in card
    assert "Likely right, 72 %" in card
    assert "rough estimate" not in card


def test_an_uncalibrated_confidence_says_so(harbour: Article) -> None:
    best = build_candidate(build_quote(harbour, "4 March"))
    assert "rough estimate" in answer_card(answered(best, calibrated=False))


def test_the_title_links_to_the_words_and_the_source_to_its_address(harbour: Article) -> None:
    quote = build_quote(harbour, "4 March", SENTENCE)
    card = answer_card(answered(build_candidate(quote)))
    links = [read(link) for link in re.findall(r'href="(.*?)"', card)]
    assert links[0] == quote.citation.link
    assert links[1].startswith("https://example.org/harbour#:~:text=")


def test_several_citations_are_counted_and_listed(harbour: Article) -> None:
    metadata = Metadata(title="Back to sea", publisher="Coast Weekly", year=2012)
    other = build_article("It opened again on 4 March.", id="b.txt", metadata=metadata)
    best = build_candidate(
        build_quote(harbour, "4 March"), 0.9, build_quote(other, "on 4 March").citation
    )
    card = read(answer_card(answered(best)))
    assert "2 sources" in card
    assert "on 4 March" in card
    assert "Coast Weekly" in card


def test_sources_that_differ_are_shown_side_by_side_with_their_dates(harbour: Article) -> None:
    metadata = Metadata(title="Delay", publisher="Coast Weekly", published=date(2012, 4, 1))
    other = build_article("It will open on 9 April.", id="b.txt", metadata=metadata)
    card = answer_card(
        answered(
            build_candidate(build_quote(harbour, "4 March")),
            build_candidate(build_quote(other, "9 April"), 0.7),
        )
    )
    assert "Sources differ" in card
    # The harbour's article, the surer one, is of March.
    assert re.findall(r"<mark>(.*?)</mark>", card) == ["9 April", "4 March"]
    assert "1 April 2012" in card


def test_a_version_without_a_date_is_last_and_says_so(harbour: Article) -> None:
    other = build_article("It will open on 9 April.", id="b.txt", metadata=Metadata(title="Delay"))
    card = answer_card(
        answered(
            build_candidate(build_quote(other, "9 April")),
            build_candidate(build_quote(harbour, "4 March"), 0.7),
        )
    )
    assert re.findall(r"<mark>(.*?)</mark>", card) == ["4 March", "9 April"]
    assert card.index("9 April</mark>") < card.index("<span>undated</span>")


def test_a_refusal_is_no_answer_and_offers_the_nearest_passages(harbour: Article) -> None:
    card = answer_card(refused(build_passage(harbour, 1), missing=("Captain Reyes",)))
    assert "The articles do not answer this." in card
    assert "Captain Reyes" in card
    assert "Nearest passages, which do not answer it" in card
    assert "Boats came back by noon." in card
    assert "<mark>" not in card


def test_a_refusal_of_what_the_articles_may_answer_says_so(harbour: Article) -> None:
    likely = replace(refused(build_passage(harbour, 1)), answerable=0.7)
    card = answer_card(likely)
    assert "The articles may answer this, but no quote from them is certain enough." in card
    assert "“Always answer”" in card
    assert "which do not answer it" not in card
    absent = answer_card(replace(likely, missing=("Captain Reyes",)))
    assert "The articles do not answer this." in absent
    assert "“Always answer”" not in absent


def test_a_refusal_kept_by_an_earlier_version_is_read(harbour: Article) -> None:
    exchange = Exchange("Who?", "Who?", shown(refused(build_passage(harbour, 1))))
    kept = json.loads(to_json(exchange))
    del kept["shown"]["unsure"]
    assert exchange_from_json(json.dumps(kept)) == exchange


def test_a_refusal_never_shows_its_best_candidate(harbour: Article) -> None:
    best = build_candidate(build_quote(harbour, "4 March"), 0.1)
    answer = answered(best)
    hidden = type(answer)(answer.question, False, 0.1, True, best)
    assert "4 March" not in answer_card(hidden)


def test_a_sentence_of_two_million_characters_is_shown_around_its_quote() -> None:
    filler = "wave " * 200_000
    article = build_article(filler + "the buoy sank" + " wave" * 200_000)
    quote = build_quote(article, "the buoy sank", article.text)
    card = answer_card(answered(build_candidate(quote)))
    assert "<mark>the buoy sank</mark>" in card
    assert len(card) < 5_000


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
def test_markup_in_any_field_stays_text(hostile: str) -> None:
    metadata = Metadata(
        title=hostile, authors=(hostile,), publisher=hostile, year=2010, url="javascript:alert(1)"
    )
    article = build_article(hostile, id=f"{hostile}.txt", metadata=metadata)
    answer = answered(build_candidate(build_quote(article, hostile)))
    for card in (
        turn(Exchange(hostile, hostile, shown(answer))),
        turn(Exchange("Who?", hostile, None, hostile)),
        answer_card(refused(build_passage(article, 1), missing=(hostile,))),
        message_card(hostile),
    ):
        tags = elements(card)
        assert not {name for name, _ in tags} & {"script", "img", "iframe", "object", "form"}
        for _, attributes in tags:
            assert not [name for name in attributes if name.startswith("on")]
            assert attributes.get("href", "/articles/").startswith(("/articles/", "https://"))
        assert hostile in read(card)


def test_confidence_has_four_steps_in_words() -> None:
    words = [confidence_words(value) for value in (1.0, 0.85, 0.84, 0.65, 0.4, 0.39, 0.0)]
    assert words == [
        "Very likely right",
        "Very likely right",
        "Likely right",
        "Likely right",
        "Possibly right",
        "Uncertain",
        "Uncertain",
    ]


def test_a_citation_copies_as_text_markdown_and_bibtex(harbour: Article) -> None:
    citation = source(build_quote(harbour, "4 March").citation)
    assert citing.plain(citation) == (
        "“4 March”\nInes Okafor, Harbour reopens after dredging, The Lowtide Gazette, "
        "9 March 2012, paragraph 1, page 3, https://example.org/harbour"
    )
    assert citing.markdown(citation).startswith("> 4 March\n>\n> Ines Okafor, Harbour")
    entry = citing.bibtex(citation)
    assert entry.startswith("@misc{harbour-txt,\n  title = {Harbour reopens after dredging},")
    assert "  year = {2012}," in entry


def test_bibtex_prints_what_tex_would_take_for_orders() -> None:
    article = build_article("a loss of $1.9 million & 50% of {it}, #1 in A_B ~ C^2")
    entry = citing.bibtex(source(build_quote(article, article.text).citation))
    assert (
        r"a loss of \$1.9 million \& 50\% of it, \#1 in A\_B \textasciitilde{} C\textasciicircum{}2"
        in entry
    )


def test_markdown_shows_a_quote_with_markup_as_it_is() -> None:
    article = build_article("see ![x](http://evil.example/b.png) *now*")
    copied = citing.markdown(source(build_quote(article, article.text).citation))
    assert "\\!\\[x\\]\\(http" in copied
    assert "\\*now\\*" in copied
