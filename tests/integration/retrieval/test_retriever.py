"""What a user sees of retrieved passages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SettingError
from index.types import Kind
from qa.answer import Passage
from qa.retrieval.fusion import Fusion
from qa.retrieval.retriever import Retriever
from tests.helpers import event_loop

GUIDE = """# Harbour guide

The harbour is open from May to October, and boats of every kind call there.

## Ferry tickets and ferry times

Tickets are sold on board by the mate. Children pay half.

## Storms

In a storm the passengers wait in the customs house, and passengers with dogs in the old mill.
"""


def test_a_heading_comes_after_the_text_that_answers(tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_text(GUIDE)
    retriever = Retriever.from_folder(tmp_path)
    passage = retriever.retrieve("When are the ferry times and who sells ferry tickets?", 1)[0]
    kinds = [passage.article.paragraphs[number - 1].kind for number in passage.paragraphs]
    assert kinds == [Kind.BODY, Kind.HEADING]


QUESTION = "Who trains the agents?"


@pytest.fixture(scope="module")
def shallow(seeds_index: Path) -> Retriever:
    """A retriever that has to search deeper for more than a few passages."""
    return Retriever.open(seeds_index, fusion=Fusion(depth=4))


def places(passages: list[Passage]) -> list[tuple[str, int, float]]:
    return [(one.article.id, one.span.start, one.score) for one in passages]


@given(k=st.integers(1, 80), offset=st.integers(0, 80))
def test_scores_and_places_do_not_depend_on_how_many_are_asked_for(
    shallow: Retriever, k: int, offset: int
) -> None:
    everything = shallow.retrieve(QUESTION, 10_000)
    assert len(everything) == shallow.library.snapshot().rows
    assert [one.score for one in everything] == sorted((p.score for p in everything), reverse=True)
    part = shallow.retrieve(QUESTION, k, offset=offset)
    assert places(part) == places(everything)[offset : offset + k]


def test_passages_are_limited_by_article_and_score(shallow: Retriever) -> None:
    everything = shallow.retrieve(QUESTION, 10_000)
    one_each = shallow.retrieve(QUESTION, 10_000, per_article=1)
    assert len(one_each) == len(shallow.library)
    two_each = shallow.retrieve(QUESTION, 6, per_article=2, offset=1)
    assert max(Counter(one.article.id for one in two_each).values()) <= 2
    assert len(two_each) == 6
    least = everything[7].score
    assert places(shallow.retrieve(QUESTION, 10_000, min_score=least))[:8] == places(everything)[:8]
    assert all(one.score >= least for one in shallow.retrieve(QUESTION, 10_000, min_score=least))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"offset": -1}, "offset is -1; give at least 0"),
        ({"per_article": 0}, "per_article is 0; give at least 1"),
        ({"per_article": 1.5}, "per_article is 1.5; give a whole number"),
        ({"min_score": "high"}, "min_score is 'high'; give a number"),
    ],
)
def test_a_number_out_of_range_is_refused(
    shallow: Retriever, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        shallow.retrieve(QUESTION, 3, **options)


def test_retrieving_in_an_event_loop_gives_the_same(shallow: Retriever) -> None:
    found = event_loop.run(shallow.aretrieve(QUESTION, 3, per_article=1))
    assert places(found) == places(shallow.retrieve(QUESTION, 3, per_article=1))
