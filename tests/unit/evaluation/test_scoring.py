"""Scores of answers and rankings, worked out by hand."""

from __future__ import annotations

import math

import pytest

from index.types import Article, Paragraph, Span
from qa.answer import Passage
from qa.evaluation.scoring import (
    exact_match,
    f1,
    first_hit,
    first_hit_values,
    normalized,
    ranked_paragraphs,
    retrieval_values,
    span_overlap,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Eiffel Tower.", "eiffel tower"),
        ("an apple a day", "apple day"),
        ("U.S.-led, in the '90s", "usled in 90s"),
        ("theatre", "theatre"),
        ("“The” Times", "“ ” times"),  # only ASCII punctuation goes; the article between goes
        ("a the an", ""),
    ],
)
def test_answers_are_normalised_as_squad_does(text: str, expected: str) -> None:
    assert normalized(text) == expected


@pytest.mark.parametrize(
    ("prediction", "accepted", "exact", "overlap"),
    [
        ("Denver Broncos", ["Denver Broncos", "The Denver Broncos"], 1.0, 1.0),
        ("the denver broncos!", ["Denver Broncos"], 1.0, 1.0),
        # Two of three words right, two of two found: 2 * (2/3) * 1 / (2/3 + 1) = 0.8.
        ("great Denver Broncos", ["Denver Broncos"], 0.0, 0.8),
        # The best answer counts, not the first: with "in 1931 or so" 2 * 1 / (1 + 4) = 0.4.
        ("1931", ["in 1931 or so", "1931 it was"], 0.0, 0.5),
        # A word said twice counts once where the answer has it once: 2 * 1 / (2 + 1).
        ("no no", ["no"], 0.0, 2 / 3),
        (None, ["Denver"], 0.0, 0.0),
        ("Denver", [], 0.0, 0.0),
        (None, [], 1.0, 1.0),
        ("", [], 1.0, 1.0),
        # An answer that normalises to nothing is dropped, so that nothing is accepted.
        ("", ["The"], 1.0, 1.0),
        ("the", ["a"], 1.0, 1.0),
    ],
)
def test_exact_match_and_f1_by_hand(
    prediction: str | None, accepted: list[str], exact: float, overlap: float
) -> None:
    assert exact_match(prediction, accepted) == exact
    assert f1(prediction, accepted) == pytest.approx(overlap)


def _passage(article: Article, *paragraphs: int) -> Passage:
    spans = [article.paragraphs[number - 1].span for number in sorted(paragraphs)]
    return Passage(article, Span(spans[0].start, spans[-1].end), paragraphs, 1, 1.0)


def test_passages_expand_into_their_paragraphs_in_rank_order() -> None:
    a = Article("a", "one two three", tuple(Paragraph(n, Span(4 * n - 4, 4 * n)) for n in (1, 2)))
    b = Article("b", "one", (Paragraph(1, Span(0, 3)),))
    ranked = ranked_paragraphs([_passage(a, 2, 1), _passage(b, 1), _passage(a, 1), _passage(a, 2)])
    assert ranked == [("a", 2), ("a", 1), ("b", 1)]
    assert first_hit(ranked, [("b", 1), ("c", 1)]) == 3
    assert first_hit(ranked, [("c", 1)]) is None


def test_first_hit_values_by_hand() -> None:
    values = first_hit_values({"first": 1, "third": 3, "late": 15, "never": None})
    assert values["first"] == dict.fromkeys(values["first"], 1.0)
    assert values["third"] == pytest.approx(
        {
            "recall@1": 0.0,
            "recall@5": 1.0,
            "recall@10": 1.0,
            "recall@20": 1.0,
            "mrr@10": 1 / 3,
            "ndcg@10": 1 / math.log2(4),
        }
    )
    assert [values["late"][k] for k in ("recall@10", "recall@20", "mrr@10")] == [0.0, 1.0, 0.0]
    assert set(values["never"].values()) == {0.0}


def test_graded_judgments_by_hand() -> None:
    values = retrieval_values(
        {"q": ["x", "b", "y", "a"], "silent": []},
        {"q": {"a": 2, "b": 1, "c": 1}, "silent": {"a": 1}},
    )
    gained = 1 / math.log2(3) + 2 / math.log2(5)
    ideal = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert values["q"]["ndcg@10"] == pytest.approx(gained / ideal)
    assert values["q"]["mrr@10"] == 0.5
    assert values["q"]["recall@1"] == 0.0
    assert values["q"]["recall@5"] == pytest.approx(2 / 3)
    assert set(values["silent"].values()) == {0.0}


def test_recall_at_a_further_cut() -> None:
    ranked = [f"other {number}" for number in range(60)] + ["late"]
    judgments = {"q": {"late": 1, "lost": 1}}
    assert "recall@100" not in retrieval_values({"q": ranked}, judgments)["q"]
    values = retrieval_values({"q": ranked, "silent": []}, {**judgments, "silent": {"a": 1}}, 100)
    assert (values["q"]["recall@20"], values["q"]["recall@100"]) == (0.0, 0.5)
    assert values["silent"]["recall@100"] == 0.0


def test_span_overlap_is_the_jaccard_index() -> None:
    assert span_overlap(Span(0, 10), Span(0, 10)) == 1.0
    assert span_overlap(Span(0, 10), Span(5, 15)) == pytest.approx(5 / 15)
    assert span_overlap(Span(0, 5), Span(5, 9)) == 0.0
