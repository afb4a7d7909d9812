"""The features of the confidence and how they change the estimate."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SettingError
from index.types import Article, Metadata, Paragraph, Span
from qa.answer import Passage, PassageScores, Quote, QuoteScores
from qa.cli.args import add_unanswerable
from qa.errors import ReaderError
from qa.judging.confidence import (
    FEATURES,
    JUDGE_FILE,
    SpanConfidence,
    coefficients,
    estimate,
    features,
)
from qa.judging.judge import Mode
from qa.readers.span_model import shipped_model

TEXT = "Clara Imhof drew the bridge at Tamsel in four months of 1929."
OTHER = "The bridge at Tamsel, Imhof's first, took four months to draw."


def article(identity: str, text: str) -> Article:
    return Article(
        identity, text, (Paragraph(1, Span(0, len(text))),), Metadata(title="The bridge")
    )


def passage(source: Article, score: float, nearness: float) -> Passage:
    return Passage(
        source, Span(0, len(source.text)), (1,), 20, score, PassageScores(sentence_cosine=nearness)
    )


def quote(source: Article, words: str, score: float) -> Quote:
    start = source.text.index(words)
    span = Span(start, start + len(words))
    return Quote(source, span, Span(0, len(source.text)), 1, score, QuoteScores(margin=score))


ONE, TWO = article("one", TEXT), article("two", OTHER)
PASSAGES = [passage(ONE, 1.0, 0.7), passage(TWO, 0.6, 0.5)]


def test_every_feature_is_a_bounded_number() -> None:
    known = features("Who drew the bridge?", PASSAGES, [quote(ONE, "Clara Imhof", 300.0)])
    assert tuple(known) == FEATURES
    assert all(-8.0 <= value <= 8.0 for value in known.values())


def test_names_absent_from_the_paragraph_are_counted() -> None:
    quotes = [quote(ONE, "Clara Imhof", 3.0)]
    held = features("Who drew the bridge at Tamsel in 1929?", PASSAGES, quotes)
    lacking = features("Who drew the bridge at Aldmoor in 1935?", PASSAGES, quotes)
    assert held["names_absent"] == 0.0
    assert lacking["names_absent"] == 1.0
    assert lacking["in_paragraph"] < held["in_paragraph"]


def test_a_wrong_type_is_a_feature() -> None:
    right = features("How many months did it take?", PASSAGES, [quote(ONE, "four", 3.0)])
    wrong = features("How many months did it take?", PASSAGES, [quote(ONE, "Clara Imhof", 3.0)])
    assert (right["wrong_type"], wrong["wrong_type"]) == (0.0, 1.0)


def test_rivals_are_of_the_same_article_and_say_something_else() -> None:
    first = quote(ONE, "four months", 4.0)
    question = "How long did it take?"
    agreeing = features(question, PASSAGES, [first, quote(TWO, "four months", 3.5)])
    other = features(question, PASSAGES, [first, quote(TWO, "Imhof's first", 3.5)])
    rival = features(question, PASSAGES, [first, quote(ONE, "Clara Imhof", 3.5)])
    assert (agreeing["agree"], other["agree"], rival["agree"]) == (1.0, 0.0, 0.0)
    # Another article may hold another version; that is no evidence against this one.
    assert agreeing["gap"] == other["gap"] == 8.0
    assert rival["gap"] == pytest.approx(0.5)


def test_each_quote_is_judged_by_its_own_passage() -> None:
    quotes = [quote(TWO, "four months", 3.5), quote(ONE, "four months", 4.0)]
    second = features("How long did it take?", PASSAGES, quotes)
    assert (second["cosine"], second["rank"]) == (0.5, 1.0)
    assert second["margin"] == 3.5


def test_a_passage_that_only_asks_the_same_changes_no_feature() -> None:
    asked = "Who drew the bridge at Tamsel?"
    asking = passage(article("three", f"{asked} Nobody knows any more."), 3.0, 0.9)
    quotes = [quote(ONE, "Clara Imhof", 3.0)]
    assert features(asked, [asking, *PASSAGES], quotes) == features(asked, PASSAGES, quotes)
    answering = [*quotes, quote(asking.article, "Nobody", 1.0)]
    assert features(asked, [asking, *PASSAGES], answering)["rank"] == 1.0


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_more_margin_never_lowers_the_confidence(one: float, other: float) -> None:
    low, high = sorted((one, other))
    asked = "Who drew the bridge?"
    made = [
        estimate(features(asked, PASSAGES, [quote(ONE, "Clara Imhof", margin)])).right
        for margin in (low, high)
    ]
    assert 0.0 < made[0] <= made[1] < 1.0


def test_stricter_modes_have_higher_thresholds() -> None:
    confidence = SpanConfidence("pincite")
    thresholds = [confidence.threshold(mode) for mode in (Mode.ALWAYS, Mode.BALANCED, Mode.STRICT)]
    assert thresholds[0] == 0.0
    assert thresholds == sorted(thresholds)
    assert thresholds[2] < 1.0


def test_only_the_reader_it_was_fitted_with_is_calibrated() -> None:
    assert SpanConfidence("pincite").calibrated
    assert not SpanConfidence("some-checkpoint").calibrated


def test_a_larger_weight_on_absent_names_lowers_the_confidence() -> None:
    fitted = coefficients()
    asked = "Who drew the bridge at Aldmoor?"
    known = features(asked, PASSAGES, [quote(ONE, "Clara Imhof", 3.0)])
    heavier, lighter = (
        replace(
            fitted,
            right=replace(fitted.right, weights={**fitted.right.weights, "names_absent": weight}),
        )
        for weight in (-9.0, 0.0)
    )
    assert estimate(known, heavier).right < estimate(known, lighter).right


@given(st.floats(-50, 50), st.floats(0.0, 0.99))
def test_right_is_never_more_probable_than_answerable(margin: float, share: float) -> None:
    known = features("Who drew the bridge?", PASSAGES, [quote(ONE, "Clara Imhof", margin)])
    made = estimate(known, unanswerable=share)
    assert made.answerable is not None
    assert 0.0 <= made.right <= made.answerable <= 1.0


def test_a_larger_share_of_unanswerable_questions_lowers_the_estimate() -> None:
    asked, quotes = "Who drew the bridge?", [quote(ONE, "Clara Imhof", 1.0)]
    estimates = [
        SpanConfidence("pincite", unanswerable=share).estimate(asked, PASSAGES, quotes)
        for share in (0.0, 0.1, None, 0.5, 0.9)
    ]
    assert [one.right for one in estimates] == sorted(
        {one.right for one in estimates}, reverse=True
    )
    assert estimates[0].answerable == 1.0
    assert estimates[0].right < 1.0
    assert SpanConfidence("pincite").unanswerable == coefficients().unanswerable
    with pytest.raises(SettingError, match="give a number from 0 to below 1"):
        SpanConfidence("pincite", unanswerable=1.0)


def test_a_quote_without_a_margin_is_refused() -> None:
    unknown = replace(quote(ONE, "Clara Imhof", 3.0), scores=QuoteScores())
    with pytest.raises(ReaderError, match="'Clara Imhof' has neither a margin nor a second look"):
        features("Who drew the bridge?", PASSAGES, [unknown])


def test_the_shipped_confidence_was_fitted_to_the_shipped_reader() -> None:
    fitted, reader = coefficients(), shipped_model()
    assert (fitted.reader, fitted.version) == (reader.name, reader.version)


def test_features_are_clipped_to_the_fitted_range() -> None:
    known = features("Who drew the bridge?", PASSAGES, [quote(ONE, "Clara Imhof", 3.0)])
    fitted = coefficients()
    lowest = fitted.lowest["below_best"]
    at_most, far = ({**known, "below_best": value} for value in (lowest, lowest - 5.0))
    assert estimate(far) == estimate(at_most)
    assert estimate(far).right < estimate(known).right


@pytest.mark.parametrize(
    "damage", [{"right": None}, {"unanswerable": 0}, {"unanswerable": "many"}, {"bars": []}]
)
def test_damaged_coefficients_are_reported_with_their_file(
    damage: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "judge.json"
    whole = json.loads(JUDGE_FILE.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**whole, **damage}), encoding="utf-8")
    with pytest.raises(ReaderError, match=r"judge\.json"):
        coefficients(path)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(ReaderError, match=r"judge\.json"):
        coefficients(path)


def test_the_command_line_help_gives_the_fitted_share() -> None:
    parser = argparse.ArgumentParser()
    add_unanswerable(parser)
    assert f"(default: {coefficients().unanswerable})" in " ".join(parser.format_help().split())
