"""One conversation: a question answered in the light of those before it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from index.errors import LibraryError, UnknownArticleError
from index.filters import Filter
from qa.errors import QAError
from qa.query_rewriting import Turn, rewrite_question
from qa.web.chat import cards
from qa.web.chat.exchange import Exchange, Talk, clean, clipped, shown
from qa.web.service import Phase, Service

log = logging.getLogger(__name__)


def waiting(service: Service, question: str, place: int = 0) -> str:
    """What is shown until the answer is there, as HTML; `place` questions come before."""
    if service.status().phase is Phase.LOADING:
        words = "Loading the models, then reading"
    elif place:
        words = f"In line: {place} question{'' if place == 1 else 's'} before this one"
    else:
        words = "Reading the articles"
    return cards.pending_turn(clean(question), words)


def replies(
    service: Service,
    question: str,
    before: Talk,
    filter: Filter,
    min_confidence: float | None = None,
) -> Iterator[int | Exchange]:
    """How many questions come before, whenever that changes, and at last the reply."""
    told: SimpleQueue[int | Exchange] = SimpleQueue()

    def work() -> None:
        told.put(reply(service, question, before, filter, min_confidence, on_place=told.put))

    threading.Thread(target=work, name="answering", daemon=True).start()
    while isinstance(news := told.get(), int):
        yield news
    yield news


def reply(
    service: Service,
    question: str,
    before: Talk,
    filter: Filter,
    min_confidence: float | None = None,
    *,
    on_place: Callable[[int], None] | None = None,
) -> Exchange:
    """The answer to a question, told in full from the conversation before it.

    `min_confidence` and `on_place` are as for `Service.ask`. A difficulty becomes a message that
    says so.
    """
    question = clean(question)
    try:
        rewrite = rewrite_question(
            question, [turn for past in before.exchanges if (turn := spoken(past))]
        )
        answer = service.ask(
            rewrite.question,
            filter,
            min_confidence=min_confidence,
            context=rewrite.context,
            on_place=on_place,
        )
        understood = clean(rewrite.question)
        if rewrite.guessed and not answer.answered:
            alone = service.ask(question, filter, min_confidence=min_confidence, on_place=on_place)
            if alone.answered:
                answer, understood = alone, question
        return Exchange(question, understood, shown(answer), asked=time.time())
    except UnknownArticleError:
        message = (
            "None of the articles that are chosen to be asked is here any more: choose others "
            "under “Articles”, “Filter”, or press “Ask all again” there."
        )
        return _told(question, message)
    except (QAError, LibraryError) as error:
        return _told(question, sentence(str(error)))
    except Exception:
        log.exception("a question could not be answered")
        message = (
            "Something went wrong while answering; the details are in the program's log. "
            "Ask again, and if it stays so, restart the program."
        )
        return _told(question, message, failed=True)


def spoken(exchange: Exchange) -> Turn | None:
    """What later questions may refer to; None where there is nothing to refer to."""
    if exchange.shown is None:
        return None
    answer = title = None
    if exchange.shown.answered:
        best = exchange.shown.versions[0]
        answer, title = best.sources[0].quote, best.sources[0].metadata.title
    return Turn(exchange.question, exchange.understood, answer, title)


def conversation(talk: Talk, pending: str = "") -> str:
    """All exchanges as HTML, oldest first, and below them what is still waited for."""
    return cards.conversation([*map(cards.turn, talk.exchanges), pending], talk.id)


def sentence(message: str) -> str:
    """A message of the program's errors, which start small, as a sentence."""
    return message[:1].upper() + message[1:]


def _told(question: str, message: str, *, failed: bool = False) -> Exchange:
    # A question that could not be asked may be endless; what is shown of it is enough.
    question = clipped(question, cards.QUESTION_CHARACTERS)
    return Exchange(question, question, None, clean(message), failed, asked=time.time())
