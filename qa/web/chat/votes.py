"""Record a vote on an answer as a test question, checked against the articles."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Literal

from index.errors import UnknownArticleError
from index.types import Article, Span
from qa import feedback
from qa.errors import VoteError
from qa.feedback import ArticleWords, Reason
from qa.links import HASH_DIGITS
from qa.translation import _
from qa.web.audit import current_user
from qa.web.chat.history import AnswerView, CitationView, Exchange, Vote, clean_text
from qa.web.service import Service

_SEARCH_DEPTH = 20
"""Passages close to the question in which typed words are looked up first."""

Verdict = Literal["right", "wrong", "none"]


def record_vote(
    service: Service,
    exchange: Exchange,
    verdict: Verdict,
    reason: Reason | None = None,
    words: str = "",
    passage: int | None = None,
) -> Vote | None:
    """Append the vote of the current user; return None for "none", which withdraws their vote.

    `words` is the right answer as the person typed it, "" if they did not; `passage` is the 0-based
    number of the closest passage of a refusal that answers the question. Raises VoteError
    if the vote cannot be recorded, OSError if it cannot be written.
    """
    question, user = exchange.understood, current_user.get()
    if exchange.answer is None:
        raise VoteError("there is no answer to vote on")
    if verdict == "none":
        feedback.append(service.path, feedback.signed(feedback.withdrawal(question), user))
        return None
    if verdict == "right":
        entry = feedback.confirmation(question, _cited_words(service, exchange))
        note = _("Saved as right.")
    elif passage is not None:
        reason, chosen = Reason.MISSED, _passage_words(service, exchange.answer, passage)
        entry = feedback.complaint(question, reason, chosen)
        note = clean_text(
            _("Saved: paragraph {number} of {title} answers this.").format(
                number=chosen.paragraph.number, title=chosen.title
            )
        )
    elif reason is None:
        raise VoteError("no reason was given; choose one of the reasons")
    else:
        words = clean_text(words).strip()
        if words and reason is Reason.UNANSWERABLE:
            raise VoteError(
                "the articles cannot contain the right answer if they do not answer the question; "
                "choose another reason, or remove the words"
            )
        place = _find_words(service, exchange, reason, words) if words else None
        entry = feedback.complaint(question, reason, place)
        note = _complaint_note(reason, words, place)
    # A vote on several versions does not say which of them it is about.
    if len(exchange.answer.versions) == 1 and reason is not Reason.MISSED:
        entry |= feedback.shown(
            exchange.answer.versions[0].confidence,
            exchange.answer.recalibration,
            is_right=verdict == "right",
        )
    path = feedback.append(service.path, feedback.signed(entry, user))
    if user:
        return Vote(verdict, note)
    index = service.path.resolve()
    command = f"pincite eval {shlex.quote(str(path.resolve()))} --index {shlex.quote(str(index))}"
    return Vote(verdict, note, str(path.resolve()), command)


def _complaint_note(reason: Reason, words: str, place: ArticleWords | None) -> str:
    if reason is Reason.UNANSWERABLE:
        return _("Saved: the articles do not answer this.")
    if place is not None:
        return clean_text(
            _(
                "Saved with the right answer “{words}” from {title}, paragraph {number}. If you "
                "meant another passage, send more of its words."
            ).format(words=place.words, title=place.title, number=place.paragraph.number)
        )
    if words:
        return clean_text(
            _(
                "Saved as a complaint, but no article contains “{words}” word for word. Open the "
                "article, copy the words from it and send them again."
            ).format(words=words)
        )
    return _("Saved as a complaint. It becomes a test question once the right answer is known.")


def _cited_words(service: Service, exchange: Exchange) -> list[ArticleWords]:
    """Return the cited words as the articles have them, none for a refusal.

    Raises VoteError if the article of the first citation has changed.
    """
    if exchange.answer is None or not exchange.answer.answered:
        return []
    first, *others = exchange.answer.sources
    place = _current_words(service, first)
    if place is None:
        raise _changed(service, first)
    return [place, *filter(None, (_current_words(service, other) for other in others))]


def _passage_words(service: Service, answer: AnswerView, number: int) -> ArticleWords:
    """Return what a closest passage has of its best paragraph.

    Raises VoteError if there is no such passage, or its article has changed.
    """
    if not 0 <= number < len(answer.nearest):
        raise VoteError(f"there is no closest passage {number}; choose one that is shown")
    source = answer.nearest[number].source
    article = _current_article(service, source)
    if article is None or source.paragraph > len(article.paragraphs):
        raise _changed(service, source)
    paragraph = article.paragraphs[source.paragraph - 1].span
    span = Span(max(source.start, paragraph.start), min(source.end, paragraph.end))
    place = feedback.words_at(article, span) if span.start < span.end else None
    if place is None:
        raise _changed(service, source)
    return place


def _changed(service: Service, source: CitationView) -> VoteError:
    change = "has changed" if source.article in service.library() else "was removed"
    return VoteError(
        f"{source.title} {change} since it was quoted; ask again and vote on the new answer"
    )


def _current_words(service: Service, source: CitationView) -> ArticleWords | None:
    """Return the cited words, or None if the article has changed."""
    article = _current_article(service, source)
    return feedback.words_at(article, Span(source.start, source.end)) if article else None


def _current_article(service: Service, source: CitationView) -> Article | None:
    """Return the cited article, or None if it has changed."""
    try:
        article = service.library().article(source.article)
    except UnknownArticleError:
        return None
    if article.hash[:HASH_DIGITS] != source.version or source.end > len(article.text):
        return None
    return article


def _find_words(
    service: Service, exchange: Exchange, reason: Reason, words: str
) -> ArticleWords | None:
    """Look up typed words, in the paragraphs most likely meant before all others."""
    cited = list(_cited_paragraphs(service, exchange))
    close = [
        (passage.article.id, number)
        for passage in service.search(exchange.understood, _SEARCH_DEPTH)
        for number in passage.paragraphs
    ]
    if reason is Reason.PLACE:
        first = [*(paragraph for paragraph in close if paragraph not in cited), *cited]
    else:
        first = [*cited, *close]
    return feedback.find_words(words, service.library().snapshot(), first)


def _cited_paragraphs(service: Service, exchange: Exchange) -> Iterator[tuple[str, int]]:
    assert exchange.answer is not None
    answer = exchange.answer
    for sources in [*(version.sources for version in answer.versions), answer.quotes]:
        for source in sources:
            if place := _current_words(service, source):
                yield place.article.id, place.paragraph.number
