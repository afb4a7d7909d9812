"""The judge's decision: an answer with its sources, alternatives that differ, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest

import qa.wording as wording
from index.types import Article, Metadata, Paragraph, Span
from qa.answer import Answer, Passage, Quote, QuoteScores
from qa.errors import QuestionError
from qa.judging.alternatives import AlternativeFinder
from qa.judging.judge import Estimate, Judge, Mode


@dataclass(frozen=True)
class ScoreConfidence:
    """A confidence for tests: the probability is the quote's score."""

    calibrated: bool = True
    unanswerable: float | None = None

    def threshold(self, mode: Mode) -> float:
        return {Mode.ALWAYS: 0.0, Mode.BALANCED: 0.5, Mode.STRICT: 0.8}[mode]

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]
    ) -> Estimate:
        return Estimate(quotes[0].score)


JUDGE = Judge(ScoreConfidence())


def decide(
    question: str,
    quotes: Sequence[Quote],
    *,
    mode: Mode = Mode.BALANCED,
    min_confidence: float | None = None,
) -> Answer:
    threshold = JUDGE.threshold(mode, min_confidence)
    verdict = JUDGE.assess(question, [], quotes, threshold)
    return JUDGE.decide(question, [], quotes, verdict)


def quote(
    answer: str,
    score: float,
    name: str,
    published: date | None = None,
    margin: float | None = None,
) -> Quote:
    metadata = Metadata(title=name, published=published)
    return quote_in(f"They said {answer} that day.", answer, name, metadata, score, margin)


def quote_in(
    text: str,
    words: str,
    name: str,
    metadata: Metadata,
    score: float = 0.9,
    margin: float | None = 6.0,
) -> Quote:
    """Return the quote of the first such words in an article of one sentence."""
    start = text.index(words)
    article = Article(name, text, (Paragraph(1, Span(0, len(text))),), metadata)
    span = Span(start, start + len(words))
    return Quote(article, span, Span(0, len(text)), 1, score, QuoteScores(margin=margin))


def test_equal_answers_of_several_articles_are_one_with_several_citations() -> None:
    answer = decide(
        "How many?",
        [quote("nearly 45,000", 0.9, "a"), quote("45,000", 0.8, "b"), quote("45,000", 0.7, "b")],
    )
    assert answer.text == "nearly 45,000"
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]
    assert [citation.quote for citation in answer.citations] == ["nearly 45,000", "45,000"]
    assert answer.alternatives == ()


def test_an_article_is_cited_for_one_answer_only() -> None:
    agencies = Article(
        "c",
        "They said the Navy that day. They said the Army that day.",
        (Paragraph(1, Span(0, 57)),),
        Metadata(title="c"),
    )
    navy, army = (
        Quote(agencies, Span(at, at + 8), Span(at - 10, at + 18), 1, 0.6, QuoteScores(margin=4.0))
        for at in (10, 39)
    )
    answer = decide(
        "What came?", [quote("the Navy", 0.9, "a"), quote("the Army", 0.8, "b"), navy, army]
    )
    assert [one.text for one in answer.alternatives] == ["the Army"]
    cited = [c.article.id for one in answer.versions for c in one.citations]
    assert sorted(cited) == ["a", "b", "c"]


def test_two_descriptions_are_not_versions() -> None:
    answer = decide("Who came?", [quote("The raids", 0.9, "a"), quote("a drug expert", 0.8, "b")])
    assert answer.alternatives == ()


def test_an_article_without_the_name_asked_about_is_not_another_version() -> None:
    def said(name: str, year: str) -> Quote:
        return quote_in(f"{name} was built in {year}.", year, name, Metadata())

    question = "When was the house of Belmont built?"
    same, other = said("The house of Belmont", "1912"), said("The house of Kilmore", "1931")
    assert decide(question, [said("Belmont house", "1850"), other]).alternatives == ()
    assert len(decide(question, [said("Belmont house", "1850"), same]).alternatives) == 1


def test_a_yes_no_answer_is_a_sentence_with_whole_quotations() -> None:
    text = 'The mayor spoke: "The harbour was closed in 1999. It stays so." Nobody asked why.'
    article = Article("a", text, (Paragraph(1, Span(0, len(text))),), Metadata(title="a"))
    start, end = text.index("closed"), text.index(" It stays")
    said = Quote(article, Span(start, start + 6), Span(0, end), 1, 0.9)
    answer = decide("Was the harbour closed?", [said])
    assert answer.text == 'The mayor spoke: "The harbour was closed in 1999. It stays so."'
    assert answer.best is not None
    assert answer.best.sentence == answer.text


def test_a_copy_of_an_article_is_not_a_second_source() -> None:
    copies = [quote("45,000", 0.9, "a"), quote("45,000", 0.8, "copy of a")]
    answer = decide("How many?", [*copies, quote("nearly 45,000", 0.7, "b")])
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]


def test_a_sum_is_compared_with_the_currency_after_it() -> None:
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
    answer = decide("How much?", said)
    assert answer.text == "1.4 billion"
    assert [citation.quote for citation in answer.citations] == ["1.4 billion", "1,400 million"]
    assert [one.text for one in answer.alternatives] == ["$1.9 billion"]


def test_an_answer_that_contradicts_one_source_is_not_added_to_a_vaguer_one() -> None:
    said = [("August 2011", "a"), ("7 August 2011", "b"), ("21 August 2011", "c")]
    answer = decide("When?", [quote(words, 0.9, name) for words, name in said])
    assert [citation.quote for citation in answer.citations] == ["August 2011", "7 August 2011"]
    assert [one.text for one in answer.alternatives] == ["21 August 2011"]


def test_versions_come_newest_first_and_undated_last() -> None:
    answer = decide(
        "How many?",
        [
            quote("16,000", 0.9, "a", date(2009, 1, 1)),
            quote("35,000", 0.8, "b"),
            quote("45,000", 0.7, "c", date(2011, 8, 7)),
            quote("60,000", 0.6, "d", date(2013, 4, 1)),
            quote("99,000", 0.2, "e", date(2014, 4, 1)),
        ],
    )
    assert [one.text for one in answer.versions] == ["60,000", "45,000", "16,000", "35,000"]
    assert answer.text == answer.versions[0].text
    assert answer.confidence == answer.versions[0].confidence


def test_a_version_is_superseded_by_one_of_a_later_date() -> None:
    answer = decide(
        "How many?",
        [
            quote("16,000", 0.9, "a", date(2009, 1, 1)),
            quote("35,000", 0.8, "b"),
            quote("45,000", 0.7, "c", date(2011, 8, 7)),
        ],
    )
    assert [
        (one.text, one.superseded_by and one.superseded_by.quote) for one in answer.versions
    ] == [
        ("45,000", None),
        ("16,000", "45,000"),
        ("35,000", None),
    ]
    assert answer.alternatives[0].superseded_by is not None
    assert wording.later(answer.alternatives[0].superseded_by) == (
        "Later article, 7 August 2011: “45,000”"
    )


def test_of_one_day_no_version_is_superseded() -> None:
    day = date(2011, 8, 7)
    answer = decide("How many?", [quote("16,000", 0.7, "a", day), quote("35,000", 0.9, "b", day)])
    assert [one.superseded_by for one in answer.versions] == [None, None]


def test_of_the_same_day_the_best_quote_comes_first() -> None:
    day = date(2011, 8, 7)
    answer = decide("How many?", [quote("16,000", 0.7, "a", day), quote("35,000", 0.9, "b", day)])
    assert [one.text for one in answer.versions] == ["16,000", "35,000"]


def test_a_refusal_still_has_the_best_candidate() -> None:
    answer = decide("How many?", [quote("16,000", 0.6, "a")], mode=Mode.STRICT)
    assert not answer.answered
    assert answer.text is None
    assert answer.citations == ()
    assert answer.best is not None
    assert answer.best.text == "16,000"
    assert answer.to_json()["citations"] == []


@pytest.mark.parametrize("answerable", [None, 0.0, 0.4, 1.0])
def test_a_refusal_leaves_open_that_the_articles_answer(answerable: float | None) -> None:
    refused = decide("How many?", [quote("16,000", 0.3, "a")])
    assert not refused.is_unsure, "no passage was found"
    passage = Passage(quote("16,000", 0.3, "a").article, Span(0, 4), (1,), 1, 0.5)
    unsure = replace(refused, answerable=answerable, nearest=(passage,))
    assert unsure.is_unsure
    assert unsure.to_json()["answerable"] == answerable
    assert unsure.to_json()["kind"] == "refusal"
    assert not replace(unsure, answered=True).is_unsure
    assert not replace(unsure, remark="Hello.").is_unsure


def test_without_quotes_even_always_mode_refuses() -> None:
    answer = decide("How many?", [], mode=Mode.ALWAYS)
    assert not answer.answered
    assert answer.confidence == 0.0


def test_min_confidence_replaces_the_threshold_of_the_mode() -> None:
    quotes = [quote("16,000", 0.3, "a")]
    assert decide("How many?", quotes, min_confidence=0.3).answered
    with pytest.raises(
        QuestionError, match=r"minimum confidence is 1\.5; give a number from 0 to 1"
    ):
        decide("How many?", quotes, min_confidence=1.5)


def test_a_yes_no_question_is_answered_with_the_whole_sentence() -> None:
    answer = decide("Were there 16,000?", [quote("16,000", 0.9, "a")])
    assert answer.text == "They said 16,000 that day."
    assert answer.citations[0].quote == answer.text


def test_an_answer_of_another_kind_is_not_an_alternative() -> None:
    answer = decide(
        "What share passes?",
        [quote("90 percent", 0.9, "a"), quote("three", 0.8, "b"), quote("95 percent", 0.7, "c")],
    )
    assert [one.text for one in answer.alternatives] == ["95 percent"]


def test_an_unknown_mode_is_reported_with_the_known_ones() -> None:
    with pytest.raises(QuestionError, match="unknown mode 'sure'; choose one of: balanced, strict"):
        Mode("sure")


def test_an_answer_about_something_else_is_not_an_alternative() -> None:
    # Both paragraphs read "They said … that day."; only the first is about the falcon.
    answer = decide(
        "Which bird is the falcon?",
        [quote("a peregrine falcon bird", 0.9, "a"), quote("some goats", 0.8, "b")],
    )
    assert answer.alternatives == ()


def test_one_passage_of_each_other_article_is_read_for_alternatives() -> None:
    def passage(source: Quote) -> Passage:
        return Passage(source.article, source.sentence, (1,), 10, 1.0)

    best, answer, other = (quote("45,000", 0.8, name) for name in "abc")
    rain = Article("d", "Rain fell.", (Paragraph(1, Span(0, 10)),), Metadata(title="d"))
    off_topic = Quote(rain, Span(0, 4), Span(0, 10), 1, 0.1)
    finder = AlternativeFinder("How many did they say came that day?", best)
    passages = [passage(one) for one in (best, answer, other, other, off_topic)]
    unread = finder.unread(passages, [best, answer])
    assert [one.article.id for one in unread] == ["c"]


def test_a_quote_less_likely_than_no_answer_is_not_an_alternative() -> None:
    weak = quote("60,000", 0.9, "b", margin=-0.1)
    answer = decide("How many?", [quote("45,000", 0.9, "a"), weak])
    assert answer.alternatives == ()


def test_a_quote_less_likely_than_no_answer_is_not_a_source() -> None:
    weak = quote("1932", 0.4, "b", margin=-0.1)
    answer = decide("When was it built?", [quote("in 1932", 0.9, "a"), weak])
    assert [citation.article.id for citation in answer.citations] == ["a"]
    assert answer.sources == 1
    likelier = quote("1932", 0.4, "b", margin=0.1)
    answer = decide("When was it built?", [quote("in 1932", 0.9, "a"), likelier])
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]


def test_one_of_several_sums_in_its_own_article_is_not_an_alternative() -> None:
    answer = decide(
        "How much?",
        [
            quote("$1.4 billion", 0.9, "a", margin=7.0),
            quote("$10.7 billion", 0.8, "b", margin=3.1),
            quote("$364 million", 0.7, "b", margin=2.8),
            quote("$1.9 billion", 0.7, "c", margin=6.0),
            quote("$5 million", 0.6, "c", margin=3.9),
        ],
    )
    assert [one.text for one in answer.alternatives] == ["$1.9 billion"]


def test_a_later_quote_of_an_article_can_be_a_source() -> None:
    first = quote("$1.4 billion", 0.9, "a")
    empty = quote("$9 million", 0.6, "b", margin=-7.0)
    answer = decide("How much?", [first, empty, quote("1,400 million dollars", 0.6, "b")])
    assert [citation.article.id for citation in answer.citations] == ["a", "b"]
    assert answer.alternatives == ()


def test_the_shares_of_answers_that_differ_add_up_to_at_most_1() -> None:
    differing = decide("How many?", [quote("900", 0.9, "a"), quote("45,000", 0.6, "b")])
    shares = [version.confidence for version in differing.versions]
    assert shares == pytest.approx([0.6, 0.4])
    assert differing.confidence == shares[0]
    # A single answer keeps its confidence.
    assert decide("How many?", [quote("900", 0.9, "a")]).confidence == 0.9


def test_a_name_that_no_article_has_lowers_the_estimate() -> None:
    quotes = [quote("900", 0.6, "a")]
    known = JUDGE.assess("How many?", [], quotes, 0.5)
    unknown = JUDGE.assess("How many?", [], quotes, 0.5, missing=("Zorblax",))
    assert unknown.estimate.right < 0.4 < known.estimate.right
    assert known.is_answer
    assert not unknown.is_answer


def test_figures_of_two_bearers_of_a_name_do_not_differ() -> None:
    def built(year: str, place: str) -> Quote:
        return quote_in(f"Ash Bridge ({place}) was built in {year}.", year, place, Metadata())

    question = "When was Ash Bridge built?"
    assert decide(question, [built("1902", "Ohio"), built("1911", "Iowa")]).alternatives == ()
    assert len(decide(question, [built("1902", "Ohio"), built("1911", "Adel, Ohio")]).versions) == 2


def test_a_figure_for_something_else_is_not_a_version() -> None:
    def counted(text: str, figure: str, name: str) -> Quote:
        return quote_in(text, figure, name, Metadata(title=name))

    question = "How many prize contests were held by agencies?"
    best = counted("The agencies held 112 prize contests.", "112", "a")
    report = "The report lists 87 prize contests held by 25 agencies."
    assert decide(question, [best, counted(report, "25", "b")]).alternatives == ()
    assert [v.text for v in decide(question, [best, counted(report, "87", "b")]).versions[1:]] == [
        "87"
    ]
