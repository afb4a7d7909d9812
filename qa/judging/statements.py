"""Whether a passage tells of what was asked, or only names it or asks the same.

"How many have died?" as a heading, or as an article's first sentence, is nearest to that
question in every search, and answers nothing.
"""

from __future__ import annotations

from collections.abc import Set

from index.segmentation.punctuation import QUESTION_END
from index.segmentation.sentences import sentences
from index.types import Kind, Span
from qa.answer import Passage
from qa.language.words import stem_coverage, stems


def tells(wanted: Set[str], passage: Passage) -> bool:
    """Whether a statement of a passage holds as many of the stems `wanted` as any of its
    headings and questions does."""
    text = passage.article.text
    paragraphs = [passage.article.paragraphs[number - 1] for number in passage.paragraphs]
    if "?" not in passage.text and all(one.kind is not Kind.HEADING for one in paragraphs):
        return True  # nearly every passage, and cutting all of them into sentences takes time
    told = asked = 0.0
    for paragraph in paragraphs:
        inside = Span(
            max(paragraph.span.start, passage.span.start), min(paragraph.span.end, passage.span.end)
        )
        if paragraph.kind is Kind.HEADING:
            asked = max(asked, stem_coverage(wanted, stems(inside.of(text))))
            continue
        for place in sentences(text, inside):
            sentence = place.of(text)
            share = stem_coverage(wanted, stems(sentence))
            if QUESTION_END.search(sentence):
                asked = max(asked, share)
            else:
                told = max(told, share)
    return told >= asked


def is_heading(passage: Passage) -> bool:
    """Whether a passage is nothing but headings, as a title with no text of its own below."""
    paragraphs = passage.article.paragraphs
    return all(paragraphs[number - 1].kind is Kind.HEADING for number in passage.paragraphs)
