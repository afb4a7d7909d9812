"""Answer a question in the context of its conversation."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import replace
from queue import SimpleQueue

from index.errors import LibraryError, UnknownArticleError
from index.filters import Filter
from qa.errors import QAError
from qa.judging.judge import Mode
from qa.query_rewriting import Turn
from qa.translation import _, ngettext
from qa.web.chat.cards import QUESTION_CHARACTERS
from qa.web.chat.history import ChatHistory, Exchange, answer_view, clean_text, clip
from qa.web.html import as_sentence
from qa.web.service import Phase, Service

log = logging.getLogger(__name__)


def waiting_status(service: Service, questions_ahead: int = 0) -> str:
    """Return what is shown for a question until its answer is there."""
    if service.status().phase is Phase.LOADING:
        return _("Loading the models, then reading the articles")
    if questions_ahead:
        return ngettext(
            "Waiting for {count:,} other question",
            "Waiting for {count:,} other questions",
            questions_ahead,
        ).format(count=questions_ahead)
    return _("Reading the articles")


def answer_events(
    service: Service,
    question: str,
    history: ChatHistory,
    filter: Filter,
    min_confidence: float | None = None,
) -> Iterator[int | Exchange]:
    """Yield the number of questions ahead whenever it changes, and finally the exchange."""
    events: SimpleQueue[int | Exchange] = SimpleQueue()

    def work() -> None:
        events.put(
            answer_question(
                service, question, history, filter, min_confidence, on_position=events.put
            )
        )

    context = copy_context()  # the user and the language
    threading.Thread(target=context.run, args=(work,), name="answering", daemon=True).start()
    while isinstance(event := events.get(), int):
        yield event
    yield event


def answer_question(
    service: Service,
    question: str,
    history: ChatHistory,
    filter: Filter,
    min_confidence: float | None = None,
    *,
    on_position: Callable[[int], None] | None = None,
) -> Exchange:
    """Answer a question in its conversation.

    `min_confidence` and `on_position` are those of `Service.ask`. Errors become the message of
    the exchange.
    """
    question = clean_text(question)
    try:
        answer = service.ask(
            question,
            filter,
            min_confidence=min_confidence,
            history=[_turn(past) for past in history.exchanges],
            on_position=on_position,
        )
        understood = clean_text(answer.understood or question)
        view = answer_view(answer)
        if answer.versions and min_confidence is not None:
            # Versions that differ share a probability; each may be below the threshold it reached.
            needed = service.chatbot().judge.threshold(Mode.BALANCED)
            best = max(version.confidence for version in answer.versions)
            view = replace(view, guess=min_confidence < needed and best < needed)
        return Exchange(question, understood, view, asked_at=time.time())
    except UnknownArticleError:
        message = _(
            "None of the articles you chose to ask exists any more. Choose others under "
            "“Articles”, “Filter”, or press “Ask all again” there."
        )
        return _failed_exchange(question, message)
    except (QAError, LibraryError) as error:
        return _failed_exchange(question, as_sentence(str(error)))
    except Exception:
        log.exception("a question could not be answered")
        message = _(
            "Something went wrong while answering; the program's log has the details. "
            "Ask again, and restart the program if it fails again."
        )
        return _failed_exchange(question, message, failed=True)


def _turn(exchange: Exchange) -> Turn | None:
    """Return what later questions may refer to, or None if the exchange has no answer."""
    if exchange.answer is None or exchange.answer.remark:
        return None
    if not exchange.answer.answered:
        return Turn(exchange.question, exchange.understood)
    source = exchange.answer.sources[0]
    return Turn(
        exchange.question,
        exchange.understood,
        source.quote,
        source.metadata.title,
        source.article,
    )


def _failed_exchange(question: str, message: str, *, failed: bool = False) -> Exchange:
    # A question that was refused for its length may have millions of characters.
    question = clip(question, QUESTION_CHARACTERS)
    return Exchange(question, question, None, clean_text(message), failed, asked_at=time.time())
