"""Sum an article up in its own sentences: the first one and the most central ones."""

from __future__ import annotations

import re

import numpy as np

import qa.wording as wording
from index.embedding.encoder import Encoder
from index.filters import Filter
from index.segmentation.folding import fold_text
from index.segmentation.punctuation import QUESTION_END, SENTENCE_END
from index.segmentation.sentences import sentences
from index.types import Article, Kind
from qa.answer import AnswerKind, Citation, Collection, cite
from qa.kinds.topics import ONE_ARTICLE, articles_about
from qa.retrieval.retriever import Retriever

_POINTS = r"(?:points?|ideas?|messages?|takeaways?|findings|facts|arguments?|topics?)"
_OVERVIEW = tuple(
    re.compile(pattern)
    for pattern in (
        rf"what(?: is|'s) {ONE_ARTICLE} (?:all )?about",
        rf"what does {ONE_ARTICLE} (?:say|cover|discuss|talk about|deal with)",
        rf"(?:what (?:is|are) )?(?:the )?(?:main|key|most important) {_POINTS} "
        rf"(?:of|in|from) {ONE_ARTICLE}",
        r"(?:(?:please )?(?:give|show|tell) (?:me )?)?(?:an? |the )?(?:short |brief |quick )?"
        rf"(?:summary|overview|outline|gist) of {ONE_ARTICLE}",
        rf"(?:please )?(?:summari[sz]e|sum up|outline) {ONE_ARTICLE}(?: for me)?",
    )
)

SENTENCES = 4
"""How many sentences an overview has, fewer for a short article."""

_READ = 120
"""How many sentences of an article are compared at most."""

_MIN, _MAX = 40, 400
"""The shortest and longest sentence, in code points, that can be in an overview."""

_REPEATS = 0.5
"""The weight of the similarity to a chosen sentence against that to the whole article (maximal
marginal relevance, Carbonell and Goldstein 1998)."""


def overview_of(question: str, retriever: Retriever, filter: Filter) -> list[Article] | None:
    """Return the article that a question asks an overview of; None for any other question.

    The list is empty where the question does not say which article.
    """
    asked = fold_text(question).strip(" ?.!")
    match = next((m for pattern in _OVERVIEW if (m := pattern.fullmatch(asked))), None)
    return None if match is None else articles_about(match, retriever, filter)[:1]


def overview(article: Article, encoder: Encoder) -> Collection | None:
    """Return the main sentences of an article in its order, None for one without sentences."""
    found = [
        cite(article, span, paragraph.number)
        for paragraph in article.paragraphs
        if paragraph.kind is Kind.BODY and not paragraph.listed
        for span in sentences(article.text, paragraph.span)
        if _MIN <= len(span) <= _MAX and _is_statement(span.of(article.text))
    ][:_READ]
    if not found:
        return None
    chosen = sorted(_central(found, encoder))
    return Collection(
        AnswerKind.OVERVIEW, wording.overview(article), tuple(found[at] for at in chosen)
    )


def _is_statement(text: str) -> bool:
    return bool(SENTENCE_END.search(text)) and not QUESTION_END.search(text)


def _central(found: list[Citation], encoder: Encoder) -> list[int]:
    """Return the positions of the first sentence and of those that are most like all others."""
    vectors = encoder.encode([one.quote for one in found])
    centre = vectors.mean(axis=0)
    centrality = vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
    chosen = [0]
    while len(chosen) < min(SENTENCES, len(found)):
        repeated = (vectors @ vectors[chosen].T).max(axis=1)
        gain = centrality - _REPEATS * repeated
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return chosen
