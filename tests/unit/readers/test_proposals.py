"""Proposals from the scores of a text's tokens."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Paragraph, Span
from qa.answer import Passage
from qa.readers.proposals import MAX_SENTENCES, Proposal, ScoredText, proposals
from qa.readers.span_model import RowScores, TokenRow
from qa.readers.windows import ReadingWindow

FIRST = "Clara Imhof drew the bridge in 1929. It cost 640,000 marks. Ships pass under it."
SECOND = "The toll was lifted in 1946. Nobody misses it."
TEXT = f"{FIRST}\n\n{SECOND}"
ARTICLE = Article(
    "a",
    TEXT,
    (
        Paragraph(1, Span(0, len(FIRST))),
        Paragraph(2, Span(len(FIRST) + 2, len(TEXT))),
    ),
)
TOKENS = [match.span() for match in re.finditer(r"\w+(?:,\w+)*|[^\w\s]", TEXT)]
COUNT = len(TOKENS)


def scored(
    starts: list[float], ends: list[float], inside: list[float] | None, null: float = 0.0
) -> ScoredText:
    """Return the text with these scores of its tokens, after a question of one token."""
    row = TokenRow([0] * (COUNT + 4), [], 3, 3 + COUNT, TOKENS)
    edges = np.full((COUNT + 4, 2), -9.0, np.float32)
    edges[0] = null / 2
    edges[3 : 3 + COUNT, 0], edges[3 : 3 + COUNT, 1] = starts, ends
    whole = None
    if inside is not None:
        whole = np.full(COUNT + 4, -9.0, np.float32)
        whole[3 : 3 + COUNT] = inside
    passage = Passage(ARTICLE, Span(0, len(TEXT)), (1, 2), 20, 1.0)
    window = ReadingWindow(passage, 0, Span(0, len(TEXT)), (1, 2))
    scores = RowScores(edges, whole, None if inside is None else 1.0, 0.5, None)
    return ScoredText(window, Span(0, len(TEXT)), row, scores)


def at(words: str) -> list[float]:
    """Return scores that are high on the tokens of these words."""
    start = TEXT.index(words)
    return [5.0 if start <= s < start + len(words) else -5.0 for s, _ in TOKENS]


def kinds(found: list[Proposal]) -> tuple[list[str], list[str]]:
    """Return the proposals of a few words, and of whole sentences."""
    few = [p.words for p in found if p.scores.margin is not None]
    return few, [p.words for p in found if p.scores.margin is None]


def test_the_best_words_and_the_best_sentences_are_proposed() -> None:
    few, whole = kinds(
        proposals("What did it cost?", scored(at("640"), at("marks"), at("It cost 640,000 marks.")))
    )
    assert few[0] == "640,000 marks"
    assert whole[0] == "It cost 640,000 marks."


def test_neighbouring_sentences_of_the_answer_are_joined_inside_their_paragraph() -> None:
    _, whole = kinds(proposals("Why?", scored(at("It"), at("It"), [3.0] * COUNT)))
    assert whole == [FIRST, SECOND]


def test_a_model_without_sentence_scores_proposes_a_few_words_only() -> None:
    few, whole = kinds(proposals("Who drew it?", scored(at("Clara"), at("Imhof"), None)))
    assert few[0] == "Clara Imhof"
    assert not whole


def test_the_margin_is_against_no_answer() -> None:
    question, scores = "Who drew it?", (at("Clara"), at("Imhof"), None)
    likely = proposals(question, scored(*scores))[0].scores.margin
    unlikely = proposals(question, scored(*scores, null=8.0))[0].scores.margin
    assert likely is not None
    assert unlikely == likely - 8.0


def test_words_that_measure_something_else_have_the_wrong_type() -> None:
    found = proposals("How much did it cost?", scored(at("1929"), at("1929"), None))
    assert found[0].scores.has_type  # a number without a unit may be of any kind
    found = proposals("What percentage is it?", scored(at("640"), at("marks"), None))
    assert found[0].words == "640,000 marks"
    assert found[0].scores.has_type is False


SCORES = st.lists(st.floats(-9, 9, width=32), min_size=COUNT, max_size=COUNT)


@given(SCORES, SCORES, SCORES)
def test_proposals_of_a_kind_are_apart_and_inside_a_paragraph(
    starts: list[float], ends: list[float], inside: list[float]
) -> None:
    found = proposals("Who were they?", scored(starts, ends, inside))
    for whole in (False, True):
        mine = [p for p in found if (p.scores.margin is None) == whole]
        for number, proposal in enumerate(mine):
            assert proposal.words == TEXT[proposal.span.start : proposal.span.end]
            assert proposal.paragraph.span.contains(proposal.sentence)
            assert proposal.sentence.contains(proposal.span)
            assert not any(proposal.span.overlaps(other.span) for other in mine[:number])
            if whole:
                assert proposal.span == proposal.sentence
                assert proposal.words.count(".") <= MAX_SENTENCES
