"""A thumb up or down in the chat, checked against the articles and kept as a test."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Literal

from index.errors import UnknownArticleError
from index.types import Span
from qa import feedback
from qa.errors import BallotError
from qa.feedback import Place, Reason
from qa.links import HASH_DIGITS
from qa.web.chat.exchange import Exchange, Source, Vote, clean
from qa.web.service import Service

REASONS = {
    "unanswerable": Reason.UNANSWERABLE,
    "words": Reason.WORDS,
    "place": Reason.PLACE,
    "missed": Reason.MISSED,
}

_DEPTH = 20
"""How many passages near the question are looked at first for words that were typed."""

Verdict = Literal["right", "wrong", "none"]


def cast(
    service: Service,
    exchange: Exchange,
    verdict: Verdict,
    reason: Reason | None = None,
    words: str = "",
) -> Vote | None:
    """Keep a vote on an exchange; None where it was taken back.

    `words` is the right answer as the person typed it, "" where they did not. Raises
    BallotError where the vote says nothing that could be kept, OSError where it cannot be
    written.
    """
    question = exchange.understood
    if exchange.shown is None:
        raise BallotError("there is no answer to vote on")
    if verdict == "none":
        feedback.append(service.path, feedback.withdrawal(question))
        return None
    if verdict == "right":
        places = _sources(service, exchange)
        entry, said = feedback.right(question, places), "Noted as right."
    elif reason is None:
        raise BallotError("say what is wrong with it: choose one of the reasons")
    else:
        place = None
        words = clean(words).strip()
        if words and reason is Reason.UNANSWERABLE:
            raise BallotError(
                "where the articles do not answer, there are no right words in them: choose "
                "another reason, or leave the words out"
            )
        if words:
            place = _typed(service, exchange, reason, words)
        entry = feedback.complaint(question, reason, place)
        said = _said(reason, words, place)
    path = feedback.append(service.path, entry)
    index = service.path.resolve()
    command = f"pincite eval {shlex.quote(str(path.resolve()))} --index {shlex.quote(str(index))}"
    return Vote(verdict, said, str(path.resolve()), command)


def _said(reason: Reason, words: str, place: Place | None) -> str:
    if reason is Reason.UNANSWERABLE:
        return "Noted: the articles do not answer this."
    if place is not None:
        title = place.article.metadata.title or place.article.id
        return clean(
            f"Noted, with “{place.words}” in {title}, paragraph {place.paragraph.number}, "
            "as the right answer. If another place was meant, send more of its words."
        )
    if words:
        return clean(
            f"Noted as a complaint, but no article holds “{words}” word for word. Open the "
            "article, copy the words from it and send them again."
        )
    return "Noted as a complaint. It is measured once the right answer is known."


def _sources(service: Service, exchange: Exchange) -> list[Place]:
    """Where the answer stands now, its first source first; none for a refusal."""
    if exchange.shown is None or not exchange.shown.answered:
        return []
    first, *others = exchange.shown.versions[0].sources
    place = _place(service, first)
    if place is None:
        what = "has changed" if first.article in service.library() else "was removed"
        raise BallotError(
            f"{first.title} {what} since the answer was given; ask again and vote on the new answer"
        )
    return [place, *filter(None, (_place(service, other) for other in others))]


def _place(service: Service, source: Source) -> Place | None:
    """The cited words, or None where the article no longer has them."""
    try:
        article = service.library().article(source.article)
    except UnknownArticleError:
        return None
    if article.hash[:HASH_DIGITS] != source.version or source.end > len(article.text):
        return None
    return feedback.place_at(article, Span(source.start, source.end))


def _typed(service: Service, exchange: Exchange, reason: Reason, words: str) -> Place | None:
    """Where the typed words stand: in the paragraphs most likely meant, else anywhere."""
    cited = list(_cited(service, exchange))
    near = [
        (passage.article.id, number)
        for passage in service.search(exchange.understood, _DEPTH)
        for number in passage.paragraphs
    ]
    if reason is Reason.PLACE:
        first = [*(place for place in near if place not in cited), *cited]
    else:
        first = [*cited, *near]
    return feedback.find_words(words, service.library().snapshot(), first)


def _cited(service: Service, exchange: Exchange) -> Iterator[tuple[str, int]]:
    assert exchange.shown is not None
    for version in exchange.shown.versions:
        for source in version.sources:
            if place := _place(service, source):
                yield place.article.id, place.paragraph.number
