"""Whether a passage makes a statement about the question, or only names or asks the same.

"How many have died?", as a heading or as an article's first sentence, is nearest to that question
in every search, and answers nothing.
"""

from __future__ import annotations

from collections.abc import Set

from index.segmentation.punctuation import QUESTION_END
from index.segmentation.sentences import sentences
from index.types import Kind, Span
from qa.answer import Passage
from qa.language.words import stem_coverage, stems


def has_statement_about(passage: Passage, question_stems: Set[str]) -> bool:
    """Whether a statement in the passage is as close to the question as any heading or question.

    Closeness is the share of `question_stems` in a sentence.
    """
    text = passage.article.text
    paragraphs = [passage.article.paragraphs[number - 1] for number in passage.paragraphs]
    if "?" not in passage.text and all(one.kind is not Kind.HEADING for one in paragraphs):
        return True  # most passages; splitting all of them into sentences would take too long
    statement = other = 0.0
    for paragraph in paragraphs:
        inside = Span(
            max(paragraph.span.start, passage.span.start), min(paragraph.span.end, passage.span.end)
        )
        if paragraph.kind is Kind.HEADING:
            other = max(other, stem_coverage(question_stems, stems(inside.of(text))))
            continue
        for span in sentences(text, inside):
            sentence = span.of(text)
            coverage = stem_coverage(question_stems, stems(sentence))
            if QUESTION_END.search(sentence):
                other = max(other, coverage)
            else:
                statement = max(statement, coverage)
    return statement >= other


def is_heading(passage: Passage) -> bool:
    """Whether a passage has only headings, such as a title without text below it."""
    paragraphs = passage.article.paragraphs
    return all(paragraphs[number - 1].kind is Kind.HEADING for number in passage.paragraphs)
