"""One conversation: what was asked, how it was understood, the card for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import LibraryError
from index.filter import Filter
from qa.errors import QAError
from qa.web import cards
from qa.web.service import Phase, Service

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as asked, and the HTML of its card."""

    question: str
    card: str

    @property
    def markup(self) -> str:
        """The exchange as HTML."""
        return cards.turn(self.question, self.card)


def waiting(service: Service, question: str) -> Exchange:
    """What is shown until the answer is there."""
    loading = service.status().phase is Phase.LOADING
    words = "Loading the models, then reading" if loading else "Reading the articles"
    return Exchange(question, cards.pending_card(words))


def reply(service: Service, question: str, keep: Filter) -> Exchange:
    """The answer to a question; a difficulty becomes a card that says so."""
    try:
        return Exchange(question, cards.answer_card(service.ask(question, keep)))
    except (QAError, LibraryError) as error:
        return Exchange(question, cards.message_card(sentence(str(error))))
    except Exception:
        log.exception("a question could not be answered")
        message = (
            "Something went wrong while answering; the details are in the program's log. "
            "Ask again, and if it stays so, restart the program."
        )
        return Exchange(question, cards.message_card(message, kind="error"))


def conversation(exchanges: Sequence[Exchange]) -> str:
    """All exchanges as HTML, oldest first."""
    return cards.conversation([exchange.markup for exchange in exchanges])


def sentence(message: str) -> str:
    """A message of the program's errors, which start small, as a sentence."""
    return message[:1].upper() + message[1:]
