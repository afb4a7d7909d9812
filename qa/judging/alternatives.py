"""Alternative answers: other articles that give the same answer, or a different one.

A reader reads the few passages the search ranks first, which are often all of one article. What
other articles say about the same fact is in their own best passage, further down the ranking.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Span
from qa.answer import Citation, Passage, Quote, with_title
from qa.language.measures import counts_something_else
from qa.language.quantities import with_unit
from qa.language.question_type import AnswerType, answer_type, matches_type
from qa.language.words import certain_names, content_stems, stem_coverage, stems
from qa.matching.agreement import can_contradict, same_answer
from qa.matching.mentions import mentions
from qa.matching.names import has_different_qualifiers

LIKELY = 0.0
"""The least margin of a quote that counts as an answer. Chosen on the questions about seeds/ and
on held-out ones (docs/experiments/reader.md)."""

_MAX_ARTICLES = 5
"""How many further articles are read at most, one passage of each."""

_PARAGRAPH_SHARE, _SENTENCE_SHARE = 0.5, 0.3
"""How much of the question an alternative's paragraph and sentence have to mention, as a share of
what the best quote's paragraph and sentence mention: a quote about something else is no
alternative. Chosen on RAMDocs and labelled pairs (docs/experiments/kinds.md);
`training/alternatives.py` counts false ones."""

_MAX_WORDS = 12
"""The longest different answer, in words."""

_CLEAR_MARGIN, _CLEAR_LEAD = 3.0, 0.5
"""The least margin of a different answer, and its least lead over every other answer of its own
article. Chosen on RAMDocs and labelled pairs (docs/experiments/kinds.md); a second look and what a
number counts rule out what a higher margin did."""


class AlternativeFinder:
    """Finds alternatives to `best`, the first quote of a reading."""

    def __init__(self, question: str, best: Quote) -> None:
        self.best = best
        self._question = question
        self._type = answer_type(question)
        self._is_whole = _is_whole(best)
        self._stems = content_stems(question)
        self._names = [name for name in certain_names(question) if _mentions(best, name)]
        self._paragraph_coverage = _PARAGRAPH_SHARE * self._coverage(best.paragraph_with_title)
        self._sentence_coverage = _SENTENCE_SHARE * self._coverage(best.sentence_text)

    def unread(self, passages: Sequence[Passage], quotes: Sequence[Quote]) -> list[Passage]:
        """Return the passages to read for alternatives, at most one for each article.

        `passages` were not read yet, best first. Articles with an answer among `quotes` are left
        out, as are passages that mention too little of what the question is about.
        """
        seen = {q.article.id for q in quotes if q is self.best or self.is_answer(q)}
        chosen: list[Passage] = []
        for passage in passages:
            if passage.article.id in seen or len(chosen) == _MAX_ARTICLES:
                continue
            if self._coverage(passage.text_with_title) >= self._paragraph_coverage:
                seen.add(passage.article.id)
                chosen.append(passage)
        return chosen

    def is_answer(self, quote: Quote) -> bool:
        """Whether a quote answers the question by itself, as `best` does.

        It has to be of the type the question asks for and of the same kind as `best`, about the
        same thing, and more likely than "no answer here". There are none for yes/no questions and
        none among whole sentences: two of them can say the same in any words.
        """
        return (
            not self._is_whole
            and not _is_whole(quote)
            and quote.scores.margin_reaches(LIKELY)
            and self._type is not AnswerType.YES_NO
            and matches_type(quote.text, self._type)
            and not counts_something_else(self._question, quote.sentence_text, _in_sentence(quote))
            and can_contradict(text_with_unit(self.best), text_with_unit(quote))
            and self._coverage(quote.paragraph_with_title) >= self._paragraph_coverage
            and self._coverage(quote.sentence_text) >= self._sentence_coverage
        )

    def answers(self, quotes: Sequence[Quote]) -> list[Quote]:
        """Return the quotes after the first that answer the question by themselves."""
        return [quote for quote in quotes[1:] if self.is_answer(quote)]

    def rivals(self, quotes: Sequence[Quote], answers: Sequence[Quote]) -> list[Quote]:
        """Return the first answer of each article, where it clearly differs from `best`.

        `answers` are those of `quotes`. Articles that agree with `best` are left out. So are
        answers without a number or a name, which are descriptions that can both be true, and those
        of articles without a name of the question that the article of `best` has, or about another
        bearer of it.
        """
        agreeing = agreeing_citations(self.best, answers)
        seen = {citation.article.id for citation in agreeing}
        rivals: list[Quote] = []
        for quote in answers:
            if quote.article.id in seen:
                continue
            seen.add(quote.article.id)
            if (
                _has_value(self.best)
                and _has_value(quote)
                and all(_mentions(quote, name) for name in self._names)
                and not any(self._is_namesake(quote, name) for name in self._names)
                and not agrees_with_all(quote, agreeing)
                and _is_clear(quote, quotes)
            ):
                rivals.append(quote)
        return rivals

    def _is_namesake(self, quote: Quote, name: str) -> bool:
        """Whether a quote's article has a name of another bearer than the article of `best`."""
        return has_different_qualifiers(name, _titled_text(self.best), _titled_text(quote))

    def _coverage(self, text: str) -> float:
        """Return the share, 0..1, of the question's content words in a text."""
        return stem_coverage(self._stems, stems(text))


def agreeing_citations(quote: Quote, answers: Sequence[Quote]) -> tuple[Citation, ...]:
    """Return the quote's citation and one of each other article that gives the same answer.

    `answers` are best first. A copy of an article under another name is not a second source.
    """
    citations = [quote.citation]
    articles, texts = {quote.article.id}, {quote.article.text}
    for other in answers:
        if (
            other.article.id not in articles
            and other.article.text not in texts
            and agrees_with_all(other, citations)
        ):
            articles.add(other.article.id)
            texts.add(other.article.text)
            citations.append(other.citation)
    return tuple(citations)


def agrees_with_all(quote: Quote, citations: Sequence[Citation]) -> bool:
    """Whether a quote gives the same answer as each of the citations.

    One is not enough: "7 August" and "21 August" both agree with "August", and yet differ.
    """
    text = text_with_unit(quote)
    return all(same_answer(text_with_unit(citation), text) for citation in citations)


def text_with_unit(cited: Quote | Citation) -> str:
    """Return the words of a quote or citation with the unit that follows them in the text."""
    return with_unit(cited.article.text, cited.span)


def evidence_for(quote: Quote, quotes: Sequence[Quote]) -> list[Quote]:
    """Return the quotes of the same article, best first.

    A different answer is judged by its own article alone: that another article says otherwise,
    even more clearly, is no evidence against it.
    """
    return [other for other in quotes if other.article.id == quote.article.id]


def _is_whole(quote: Quote) -> bool:
    """Whether a reader proposed whole sentences, not a few words."""
    return quote.scores.inside is not None and quote.scores.margin is None


def _mentions(quote: Quote, name: str) -> bool:
    """Whether a quote's article has a name in its title or text."""
    return mentions(_titled_text(quote), name)


def _titled_text(quote: Quote) -> str:
    return with_title(quote.article, quote.article.text)


def _in_sentence(quote: Quote) -> Span:
    """Return the place of a quote in the text of its sentence."""
    start = quote.sentence.start
    return Span(quote.span.start - start, quote.span.end - start)


def _has_value(quote: Quote) -> bool:
    """Whether a quote has a number, a date or a name."""
    return any(
        matches_type(quote.text, kind)
        for kind in (AnswerType.NUMBER, AnswerType.DATE, AnswerType.PERSON)
    )


def _is_clear(quote: Quote, quotes: Sequence[Quote]) -> bool:
    """Whether a quote is short and clearly what its article says, not one of several answers.

    Whole sentences are never clear: whether two of them contradict each other cannot be decided
    by comparing their words.
    """
    if len(quote.text.split()) > _MAX_WORDS or not quote.scores.margin_reaches(_CLEAR_MARGIN):
        return False
    margin, text = quote.scores.margin, text_with_unit(quote)
    return margin is None or not any(
        other.scores.margin is not None
        and other.scores.margin > margin - _CLEAR_LEAD
        and not same_answer(text_with_unit(other), text)
        for other in evidence_for(quote, quotes)
    )
