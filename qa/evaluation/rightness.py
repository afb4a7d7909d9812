"""Decide whether what was shown as an answer is right.

The rule, for a question with gold pieces (`Question.long`) and maybe accepted short answers
(`Question.short`). What is shown is a quote, marked in its sentence. Texts are compared without
Markdown marks (`qa.evaluation.markup`), with case, accents and quotation marks folded and as SQuAD
compares them (no punctuation, no articles). F1 is that of words, counted with repeats. A sentence
contains an answer if it has its words one after the other; a possessive, a dash or a slash next to
them does not hide them.

1. The question has short answers, and the quote is shorter than its sentence. It is right if its F1
   with an accepted short answer is at least 0.5, and its sentence (at most four sentences)
   contains that answer. Each short answer is accepted, and so are all of them together.
2. The question has short answers, and the quote is whole sentences, items or rows. It is right if
   there are at most four of them and they contain an accepted short answer, or if their F1 with the
   gold pieces is at least 0.5.
3. The question has gold pieces only. The quote is right if its F1 with the gold pieces is at least
   0.5, whether it is whole sentences or not. Only what is marked counts, not the sentence around
   it: a word marked in a gold sentence does not answer "why".

F1 with the gold pieces is the best of that with each piece and with every run of consecutive
pieces, all of them included.

For a question with accepted answers only (`Question.answers`, as in SQuAD) the quote is right if
its F1 with one of them is at least 0.5. What is shown for an unanswerable question is wrong.
"""

from __future__ import annotations

import re

from index.segmentation.folding import fold_text
from index.segmentation.sentences import sentences
from index.types import Span
from qa.evaluation.markup import plain_text
from qa.evaluation.scoring import f1, normalized
from qa.questions import Question

RIGHT_F1 = 0.5
"""The lowest F1 at which an answer counts as right."""

MAX_SENTENCES = 4
"""The most sentences, items or rows in which a short answer may be contained."""

# A possessive, a dash or a slash, which would glue an answer to the words next to it.
_BETWEEN_WORDS = re.compile(r"(?<=\w)'s\b|[-/]")
_BLANK_LINES = re.compile(r"\n\s*\n")


def is_right(question: Question, quote: str, sentence: str) -> bool:
    """Whether a quote, marked in its sentence or sentences, answers a question."""
    if not question.answerable:
        return False
    if not question.long:
        return f1(quote, question.answers) >= RIGHT_F1
    short = [text for text in question.short if _words(text)]
    if not short:
        return gold_f1(question, quote) >= RIGHT_F1
    contained = [text for text in short if _contains(sentence, text)]
    if _sentence_count(sentence) > MAX_SENTENCES:
        contained = []
    shown = _words(quote)
    if len(shown.split()) < len(_words(sentence).split()):
        accepted = [*contained, " ".join(short)] if contained else []
        return any(f1(shown, [_words(text)]) >= RIGHT_F1 for text in accepted)
    return bool(contained) or gold_f1(question, quote) >= RIGHT_F1


def gold_f1(question: Question, quote: str) -> float:
    """Return the best F1 of a quote with a run of a question's gold pieces, 0..1."""
    pieces = [_words(text) for text in question.long]
    runs = [
        " ".join(pieces[start:end])
        for start in range(len(pieces))
        for end in range(start + 1, len(pieces) + 1)
    ]
    return f1(_words(quote), runs)


def _words(text: str) -> str:
    """Return the words of a text as they are compared, joined by spaces."""
    return normalized(fold_text(plain_text(text)))


def _contains(text: str, words: str) -> bool:
    """Whether a text contains the words of another one after the other."""

    def parted(text: str) -> str:
        return f" {normalized(_BETWEEN_WORDS.sub(' ', fold_text(plain_text(text))))} "

    return parted(words) in parted(text)


def _sentence_count(text: str) -> int:
    """Return the number of sentences of a text; list items and rows are separated by lines."""
    blocks = [block for block in _BLANK_LINES.split(text) if block.strip()]
    return sum(len(sentences(block, Span(0, len(block)))) for block in blocks)
