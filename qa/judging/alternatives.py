"""Other versions of an answer: where to look for them, and which of them stand.

A reader looks at the few passages that the search puts first, and those are often of one
article. Whether other articles say the same, or something else, is in their own best passage,
further down the list.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.answer import Citation, Passage, Quote
from qa.language.quantities import with_unit
from qa.language.question_type import AnswerType, answer_type, matches_type
from qa.language.words import content_stems, stem_coverage, stems
from qa.matching.agreement import comparable, same_answer

LOOKED_THROUGH = 40
"""How many passages of the search are looked through for articles that were not read."""

_ARTICLES = 5
"""How many further articles are read at most, a passage of each."""

_PARAGRAPH, _SENTENCE = 0.5, 0.4
"""How much of the question another version's paragraph, and its sentence, have to mention, as
shares of what the first answer's do: words about something else are no version of the same
fact. Chosen on the seeds' questions, with `training/alternatives.py` for what it lets through."""

_MARGIN = 0.0
"""The least log odds, against "no answer here", at which a quote stands: it supports an answer, may
be another version, and its article is not read again. Chosen on the seeds' questions and held-out
ones (training/README.md)."""

_LONGEST = 12
"""How many words another version has at most."""

_PLAIN, _LEAD = 3.0, 1.0
"""The least log odds at which another version is shown, and its least lead over what else its own
article might say. On the seeds' questions those that are right have 3.7 or more, and lead by as
much; training/README.md has what is let through."""


class Versions:
    """What counts as another version of `best`, the first answer to a question."""

    def __init__(self, question: str, best: Quote) -> None:
        self.question = question
        self.best = best
        self._expected = answer_type(question)
        self._wanted = content_stems(question)
        self._paragraph = _PARAGRAPH * stem_coverage(self._wanted, stems(best.titled_paragraph))
        self._sentence = _SENTENCE * stem_coverage(self._wanted, _sentence_stems(best))

    def unread(self, quotes: Sequence[Quote], left: Sequence[Passage]) -> list[Passage]:
        """The first of these passages, not read yet, of each article that may hold a version.

        Not of articles with a quote that stands: they have told theirs. A passage is kept when
        it mentions enough of what the question asks about, measured by the paragraph of `best`.
        """
        seen = {quote.article.id for quote in quotes if quote is self.best or self.stands(quote)}
        kept: list[Passage] = []
        for passage in left:
            if passage.article.id in seen or len(kept) == _ARTICLES:
                continue
            if stem_coverage(self._wanted, stems(passage.titled)) >= self._paragraph:
                seen.add(passage.article.id)
                kept.append(passage)
        return kept

    def stands(self, quote: Quote) -> bool:
        """Whether a quote answers the question on its own, as a version of `best` would.

        It has to be of the kind asked for and of the same kind as `best`, from a paragraph
        about the same thing, and likelier than no answer to the reader.
        """
        return (
            likely(quote)
            # Two sentences that decide a yes/no question can say the same in any words.
            and self._expected is not AnswerType.YES_NO
            and matches_type(quote.text, self._expected)
            and comparable(measured(self.best), measured(quote))
            and stem_coverage(self._wanted, stems(quote.titled_paragraph)) >= self._paragraph
            and stem_coverage(self._wanted, _sentence_stems(quote)) >= self._sentence
        )

    def plain(self, quote: Quote, quotes: Sequence[Quote]) -> bool:
        """Whether a quote is plainly what its article says, and not one of several sums or names.

        `quotes` may be of other articles too; only those of its own count against it. What whole
        sentences contradict cannot be told by comparing their words: none is another's version.
        """
        if len(quote.text.split()) > _LONGEST:
            return False
        margin = quote.features.get("margin_null", _PLAIN)
        return margin >= _PLAIN and not any(
            other.features.get("margin_null", margin - _LEAD) > margin - _LEAD
            for other in quotes
            if other.article.id == quote.article.id
            and not same_answer(measured(other), measured(quote))
        )


def likely(quote: Quote) -> bool:
    """Whether the reader finds a quote no less likely than no answer, or does not tell."""
    return quote.features.get("margin_null", _MARGIN) >= _MARGIN


def measured(cited: Quote | Citation) -> str:
    """The words of a quote or citation as they are compared: with the unit that follows them."""
    return with_unit(cited.article.text, cited.span)


def _sentence_stems(quote: Quote) -> set[str]:
    return stems(quote.sentence.of(quote.article.text))
