"""One answer with every source that gives it; other versions beside it; or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from index.types import Article, Metadata, Paragraph, Span
from qa.answer import Passage, Quote
from qa.errors import QuestionError
from qa.judging.alternatives import Versions
from qa.judging.judge import Estimate, Judge, Mode


class ScoreIsProbability:
    """A confidence for tests: what the reader scored is what is believed."""

    calibrated = True
    unanswerable = None

    def bar(self, mode: Mode) -> float:
        return {Mode.ALWAYS: 0.0, Mode.BALANCED: 0.5, Mode.STRICT: 0.8}[mode]

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote], index: int = 0
    ) -> Estimate:
        return Estimate(quotes[index].score)


def quote(answer: str, score: float, name: str, published: date | None = None) -> Quote:
    text = f"They said {answer} that day."
    start = text.index(answer)
    one = Article(
        name,
        text,
        (Paragraph(1, Span(0, len(text))),),
        Metadata(title=name, published=published),
    )
    return Quote(one, Span(start, start + len(answer)), Span(0, len(text)), 1, score)


JUDGE = Judge(ScoreIsProbability())


def test_equal_answers_of_several_articles_are_one_with_several_citations() -> None:
    answer = JUDGE.decide(
        "How many?",
        [],
        [quote("nearly 45,000", 0.9, "a"), quote("45,000", 0.8, "b"), quote("45,000", 0.7, "b")],
    )
    assert answer.text == "nearly 45,000"
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]
    assert [citation.quote for citation in answer.citations] == ["nearly 45,000", "45,000"]
    assert answer.alternatives == ()


def test_an_article_stands_under_one_version_only() -> None:
    agencies = Article(
        "c",
        "They said the navy that day. They said the army that day.",
        (Paragraph(1, Span(0, 57)),),
        Metadata(title="c"),
    )
    navy, army = (
        Quote(agencies, Span(at, at + 8), Span(at - 10, at + 18), 1, 0.6, {"margin_null": 4.0})
        for at in (10, 39)
    )
    answer = JUDGE.decide(
        "What came?", [], [quote("the navy", 0.9, "a"), quote("the army", 0.8, "b"), navy, army]
    )
    assert [one.text for one in answer.alternatives] == ["the army"]
    cited = [c.article.id for one in answer.versions for c in one.citations]
    assert sorted(cited) == ["a", "b", "c"]


def test_a_yes_no_answer_is_a_sentence_with_whole_quotations() -> None:
    text = 'The mayor spoke: "The harbour was closed in 1999. It stays so." Nobody asked why.'
    article = Article("a", text, (Paragraph(1, Span(0, len(text))),), Metadata(title="a"))
    start, end = text.index("closed"), text.index(" It stays")
    said = Quote(article, Span(start, start + 6), Span(0, end), 1, 0.9)
    answer = JUDGE.decide("Was the harbour closed?", [], [said])
    assert answer.text == 'The mayor spoke: "The harbour was closed in 1999. It stays so."'
    assert answer.best is not None
    assert answer.best.sentence == answer.text


def test_a_copy_of_an_article_is_no_second_source() -> None:
    copies = [quote("45,000", 0.9, "a"), quote("45,000", 0.8, "copy of a")]
    answer = JUDGE.decide("How many?", [], [*copies, quote("nearly 45,000", 0.7, "b")])
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]


def test_a_sum_is_compared_with_the_currency_that_follows_it() -> None:
    def sum_of(words: str, name: str) -> Quote:
        text = f"It was worth {words} dollars that day."
        start = text.index(words)
        article = Article(name, text, (Paragraph(1, Span(0, len(text))),), Metadata(title=name))
        return Quote(article, Span(start, start + len(words)), Span(0, len(text)), 1, 0.9)

    said = [
        sum_of("1.4 billion", "a"),
        quote("$1.9 billion", 0.8, "b"),
        sum_of("1,400 million", "c"),
    ]
    answer = JUDGE.decide("How much?", [], said)
    assert answer.text == "1.4 billion"
    assert [citation.quote for citation in answer.citations] == ["1.4 billion", "1,400 million"]
    assert [one.text for one in answer.alternatives] == ["$1.9 billion"]


def test_what_fits_a_vague_answer_is_no_source_beside_what_it_contradicts() -> None:
    said = [("August 2011", "a"), ("7 August 2011", "b"), ("21 August 2011", "c")]
    answer = JUDGE.decide("When?", [], [quote(words, 0.9, name) for words, name in said])
    assert [citation.quote for citation in answer.citations] == ["August 2011", "7 August 2011"]
    assert [one.text for one in answer.alternatives] == ["21 August 2011"]


def test_different_answers_stand_side_by_side_newest_first_undated_last() -> None:
    answer = JUDGE.decide(
        "How many?",
        [],
        [
            quote("16,000", 0.9, "a", date(2009, 1, 1)),
            quote("35,000", 0.8, "b"),
            quote("45,000", 0.7, "c", date(2011, 8, 7)),
            quote("60,000", 0.6, "d", date(2013, 4, 1)),
            quote("99,000", 0.2, "e", date(2014, 4, 1)),
        ],
    )
    assert [one.text for one in answer.alternatives] == ["60,000", "45,000", "35,000"]


def test_below_the_bar_nothing_is_answered_but_the_best_is_kept() -> None:
    answer = JUDGE.decide("How many?", [], [quote("16,000", 0.6, "a")], mode=Mode.STRICT)
    assert not answer.answered
    assert answer.text is None
    assert answer.citations == ()
    assert answer.best is not None
    assert answer.best.text == "16,000"
    assert answer.to_json()["citations"] == []


def test_a_refusal_knows_when_the_articles_likelier_answer_than_not() -> None:
    refused = JUDGE.decide("How many?", [], [quote("16,000", 0.3, "a")])
    assert not refused.unsure
    likely = replace(refused, answerable=0.6)
    assert likely.unsure
    assert not replace(refused, answerable=0.4).unsure
    assert not replace(likely, missing=("Ulaanbaatar",)).unsure
    assert not replace(likely, answered=True).unsure
    assert likely.to_json()["answerable"] == 0.6


def test_no_quotes_is_a_refusal_even_when_always_answering() -> None:
    answer = JUDGE.decide("How many?", [], [], mode=Mode.ALWAYS)
    assert not answer.answered
    assert answer.confidence == 0.0


def test_a_bar_of_ones_own_replaces_the_modes() -> None:
    quotes = [quote("16,000", 0.3, "a")]
    assert JUDGE.decide("How many?", [], quotes, min_confidence=0.3).answered
    with pytest.raises(QuestionError, match=r"confidence asked for is 1\.5; give 0 to 1"):
        JUDGE.decide("How many?", [], quotes, min_confidence=1.5)


def test_a_yes_no_question_gets_the_deciding_sentence() -> None:
    answer = JUDGE.decide("Were there 16,000?", [], [quote("16,000", 0.9, "a")])
    assert answer.text == "They said 16,000 that day."
    assert answer.citations[0].quote == answer.text


def test_an_answer_of_another_kind_is_no_other_version() -> None:
    answer = JUDGE.decide(
        "What share passes?",
        [],
        [quote("90 percent", 0.9, "a"), quote("three", 0.8, "b"), quote("95 percent", 0.7, "c")],
    )
    assert [one.text for one in answer.alternatives] == ["95 percent"]


def test_a_mode_that_is_none_is_named_with_those_that_are() -> None:
    with pytest.raises(QuestionError, match="'sure' is no mode; choose one of: balanced, strict"):
        Mode("sure")


def test_an_answer_from_a_paragraph_about_something_else_is_no_other_version() -> None:
    # Both paragraphs read "They said … that day."; only the first is about the falcon.
    answer = JUDGE.decide(
        "Which bird is the falcon?",
        [],
        [quote("a peregrine falcon bird", 0.9, "a"), quote("some goats", 0.8, "b")],
    )
    assert answer.alternatives == ()


def test_what_further_articles_say_agrees_or_stands_beside_the_answer() -> None:
    asked: list[Quote] = []

    def further(versions: Versions) -> list[Quote]:
        asked.append(versions.best)
        return [
            quote("nearly 45,000", 0.6, "b"),
            quote("60,000", 0.7, "c"),
            quote("many", 0.9, "d"),
        ]

    answer = JUDGE.decide("How many?", [], [quote("45,000", 0.8, "a")], further=further)
    assert answer.confidence == 0.8
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]
    assert [one.text for one in answer.alternatives] == ["60,000"]
    assert [best.text for best in asked] == ["45,000"]


def test_a_refusal_reads_no_further_articles() -> None:
    def further(_: Versions) -> list[Quote]:
        raise AssertionError("read")

    answer = JUDGE.decide("How many?", [], [quote("45,000", 0.1, "a")], further=further)
    assert not answer.answered


def test_a_version_that_the_reader_finds_less_likely_than_none_does_not_stand() -> None:
    weak = replace(quote("60,000", 0.9, "b"), features={"margin_null": -0.1})
    answer = JUDGE.decide("How many?", [], [quote("45,000", 0.9, "a"), weak])
    assert answer.alternatives == ()


def test_the_same_words_support_nothing_where_they_answer_something_else() -> None:
    weak = replace(quote("1932", 0.4, "b"), features={"margin_null": -0.1})
    answer = JUDGE.decide("When was it built?", [], [quote("in 1932", 0.9, "a"), weak])
    assert [citation.article.id for citation in answer.citations] == ["a"]
    assert answer.sources == 1
    likelier = replace(weak, features={"margin_null": 0.1})
    answer = JUDGE.decide("When was it built?", [], [quote("in 1932", 0.9, "a"), likelier])
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]


def test_a_version_among_several_sums_of_its_own_article_is_not_shown() -> None:
    def told(answer: str, score: float, name: str, margin: float) -> Quote:
        return replace(quote(answer, score, name), features={"margin_null": margin})

    answer = JUDGE.decide(
        "How much?",
        [],
        [
            told("$1.4 billion", 0.9, "a", 7.0),
            told("$10.7 billion", 0.8, "b", 3.1),
            told("$364 million", 0.7, "b", 2.8),
            told("$1.9 billion", 0.7, "c", 6.0),
            told("$5 million", 0.6, "c", 4.9),
        ],
    )
    assert [one.text for one in answer.alternatives] == ["$1.9 billion"]


def test_an_articles_later_quote_counts_where_its_first_answers_nothing() -> None:
    first = quote("$1.4 billion", 0.9, "a")
    empty = replace(quote("$9 million", 0.6, "b"), features={"margin_null": -7.0})

    def further(_: Versions) -> list[Quote]:
        return [quote("1,400 million dollars", 0.6, "b")]

    answer = JUDGE.decide("How much?", [], [first, empty], further=further)
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]
    assert answer.alternatives == ()
