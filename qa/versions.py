"""Other versions of an answer: where to look for them, and which of them stand.

A reader looks at the few passages that the search puts first, and those are often of one
article. Whether other articles say the same, or something else, is in their own best passage,
further down the list.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.agreement import comparable
from qa.answer import Passage, Quote
from qa.words import Expected, content_words, could_answer, expected_answer, stem, words

LOOKED_THROUGH = 20
"""How many passages of the search are looked through for articles that were not read."""

_ARTICLES = 5
"""How many further articles are read at most, a passage of each."""

_PARAGRAPH, _SENTENCE = 0.5, 0.4
"""How much of the question another version's paragraph, and its sentence, have to mention, as
shares of what the first answer's do: words about something else are no version of the same
fact. Chosen on the seeds' questions, with `training/versions.py` for what it lets through."""

_MARGIN = 1.0
"""The least log odds, against "no answer here", at which a version stands."""


def unread(
    question: str, best: Quote, quotes: Sequence[Quote], passages: Sequence[Passage]
) -> list[Passage]:
    """The best passage of each further article that may hold another version, nearest first.

    Articles that a quote was proposed from were read already. A passage is kept when it
    mentions enough of what the question asks about, measured by the paragraph of `best`.
    """
    wanted = _PARAGRAPH * _share(question, _paragraph(best))
    seen = {quote.article.id for quote in quotes}
    kept: list[Passage] = []
    for passage in passages[:LOOKED_THROUGH]:
        if passage.article.id in seen or len(kept) == _ARTICLES:
            continue
        seen.add(passage.article.id)
        if _share(question, f"{passage.article.metadata.title}\n{passage.text}") >= wanted:
            kept.append(passage)
    return kept


def stands(question: str, best: Quote, quote: Quote) -> bool:
    """Whether a quote answers the question on its own, as a version of `best` would.

    It has to be of the kind asked for and of the same kind as `best`, from a paragraph
    about the same thing, and likelier than no answer to the reader.
    """
    if quote.features.get("margin_null", _MARGIN) < _MARGIN:
        return False
    expected = expected_answer(question)
    # Two sentences that decide a yes/no question can say the same in any words.
    if expected is Expected.YES_NO or not could_answer(expected, quote.text):
        return False
    if not comparable(best.text, quote.text):
        return False
    return _share(question, _paragraph(quote)) >= _PARAGRAPH * _share(
        question, _paragraph(best)
    ) and _share(question, _sentence(quote)) >= _SENTENCE * _share(question, _sentence(best))


def _paragraph(quote: Quote) -> str:
    return f"{quote.article.metadata.title}\n{quote.citation.paragraph_text}"


def _sentence(quote: Quote) -> str:
    return quote.sentence.of(quote.article.text)


def _share(question: str, text: str) -> float:
    """The share, 0..1, of the question's content words in a text."""
    held = {stem(word) for word in words(text)}
    wanted = [stem(word) for word in content_words(question)]
    return sum(word in held for word in wanted) / len(wanted) if wanted else 1.0
