"""Put together what several articles say about a subject: the best sentence of each."""

from __future__ import annotations

import re
from collections.abc import Sequence

import qa.wording as wording
from index.embedding.encoder import Encoder
from index.segmentation.folding import fold_text
from index.segmentation.lexicon import FUNCTION_WORDS, PHRASE_BREAKS, PREPOSITIONS
from index.segmentation.punctuation import QUESTION_END
from index.segmentation.sentences import sentences
from index.types import Span
from qa.answer import AnswerKind, Citation, Collection, Passage, cite
from qa.language.words import content_stems, stems, words

_WHAT_THEY_SAY = re.compile(
    r"what (?:do|does|did) (?:the |these |your |my |all |different |other )?"
    r"(?:articles|sources|texts|stories|newspapers|reports) "
    r"(?:say|report|write|tell(?: me| us)?) (?:about|on|of) (?P<subject>.+)"
)

MAX_SOURCES = 8
"""How many articles are shown at most."""

_MAX_KEYWORDS = 4
"""The most words of a query that names a subject and asks nothing."""

_MAX_READ = 600
"""Code points of a sentence that are encoded."""


def sources_subject(question: str) -> str | None:
    """Return the subject of "what do the articles say about …", None for any other question."""
    match = _WHAT_THEY_SAY.fullmatch(fold_text(question).strip(" ?.!"))
    return match["subject"] if match else None


def is_keyword_query(question: str) -> bool:
    """Whether a text is only a few words that name a subject: "harbour dues"."""
    said = words(question)
    inner = FUNCTION_WORDS & PREPOSITIONS | {"the", "and"}
    return (
        0 < len(said) <= _MAX_KEYWORDS
        and "?" not in question
        and not {said[0], said[-1]} & PHRASE_BREAKS
        and not (set(said) & PHRASE_BREAKS) - inner
    )


def sources_on(subject: str, passages: Sequence[Passage], encoder: Encoder) -> Collection | None:
    """Return the best sentence about a subject from each article of some passages, newest first.

    A sentence has every content word of the subject, in any form. The best is the one closest to
    the subject by its vector. None where no sentence has them all.
    """
    wanted = set(content_stems(subject))
    found: dict[tuple[str, Span], Citation] = {}
    for passage in passages:
        for quote in _sentences(passage):
            if wanted and wanted <= stems(quote.quote):
                found.setdefault((quote.article.id, quote.span), quote)
    if not found:
        return None
    quotes = list(found.values())
    closeness = encoder.encode([quote.quote[:_MAX_READ] for quote in quotes]) @ encoder.encode(
        [subject]
    ).sum(axis=0)
    best: dict[str, tuple[float, Citation]] = {}
    for quote, close in zip(quotes, closeness.tolist(), strict=True):
        if quote.article.id not in best or close > best[quote.article.id][0]:
            best[quote.article.id] = close, quote
    chosen = sorted(best.values(), key=lambda pair: -pair[0])[:MAX_SOURCES]
    newest = sorted((q for _, q in chosen), key=lambda q: q.article.metadata.newest_first)
    return Collection(AnswerKind.SOURCES, wording.sources(len(newest), subject), tuple(newest))


def _sentences(passage: Passage) -> list[Citation]:
    article = passage.article
    return [
        cite(article, span, number)
        for number in passage.paragraphs
        if article.paragraphs[number - 1].kind.is_quotable
        for span in sentences(article.text, article.paragraphs[number - 1].span)
        if not QUESTION_END.search(span.of(article.text))
    ]
