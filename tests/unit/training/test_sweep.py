"""The line that a sweep prints for each value."""

from __future__ import annotations

from index.types import Article, Metadata, Paragraph, Span
from qa.answer import Quote, QuoteScores
from qa.judging.confidence import SpanConfidence
from training.ask import PlannedQuestion
from training.data import LabelledQuestion
from training.sweep import Retrieved, judgment

TEXT = "The bridge at Tamsel was drawn by Clara Imhof in 1929."


def test_a_judgment_counts_the_answers_above_the_threshold() -> None:
    article = Article("a", TEXT, (Paragraph(1, Span(0, len(TEXT))),), Metadata(title="Bridge"))
    start = TEXT.index("Clara Imhof")
    quote = Quote(
        article, Span(start, start + 11), Span(0, len(TEXT)), 1, 8.0, QuoteScores(margin=8.0)
    )
    text = "Who drew the bridge at Tamsel?"
    question = LabelledQuestion("q", "squad", "Bridge", text, TEXT, ((start, start + 11),))
    answered = Retrieved(PlannedQuestion("answered", "squad", question, text, ("a", 1)), [])
    nothing = Retrieved(PlannedQuestion("human", "squad", question, "Who burnt it?", None), [])
    line = judgment(
        [answered, nothing],
        [[quote], []],
        SpanConfidence("pincite"),
        lambda entry, _: entry is answered,
    )
    assert line == "auroc_right 1.000, shown right 1, shown wrong 0 of 2"
