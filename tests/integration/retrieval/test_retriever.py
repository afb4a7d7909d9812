"""What a user sees of retrieved passages."""

from __future__ import annotations

from pathlib import Path

from index.types import Kind
from qa.retrieval.retriever import Retriever

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
