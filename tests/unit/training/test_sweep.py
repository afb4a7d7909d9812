"""What a sweep tells of each value it tries."""

from __future__ import annotations

from index.types import Article, Metadata, Paragraph, Span
from qa.answer import Quote, QuoteScores
from qa.judging.confidence import SpanConfidence
from training.ask import Asked
from training.data import LabelledQuestion
from training.sweep import Found, judged

TEXT = "The bridge at Tamsel was drawn by Clara Imhof in 1929."


def test_questions_are_judged_by_their_confidence() -> None:
    article = Article("a", TEXT, (Paragraph(1, Span(0, len(TEXT))),), Metadata(title="Bridge"))
    start = TEXT.index("Clara Imhof")
    quote = Quote(
        article, Span(start, start + 11), Span(0, len(TEXT)), 1, 8.0, QuoteScores(margin=8.0)
    )
    asked = "Who drew the bridge at Tamsel?"
    question = LabelledQuestion("q", "squad", "Bridge", asked, TEXT, ((start, start + 11),))
    answered = Found(Asked("answered", "squad", question, asked, ("a", 1)), [])
    nothing = Found(Asked("human", "squad", question, "Who burnt it?", None), [])
    line = judged(
        [answered, nothing],
        [[quote], []],
        SpanConfidence("pincite"),
        lambda one, _: one is answered,
    )
    assert line == "auroc_right 1.000, shown right 1, shown wrong 0 of 2"
