"""One conversation: what was asked, how it was understood, the card for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import LibraryError
from index.filter import Filter
from qa.errors import QAError
from qa.followups import Turn, stand_alone
from qa.web import cards
from qa.web.service import Phase, Service

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as asked, how it was understood, and the HTML of its card.

    `turn` is what later questions may refer to; None while there is nothing to refer to.
    """

    question: str
    card: str
    turn: Turn | None = None

    @property
    def markup(self) -> str:
        """The exchange as HTML."""
        understood = self.turn.standalone if self.turn else self.question
        return cards.turn(self.question, self.card, understood)


def waiting(service: Service, question: str) -> Exchange:
    """What is shown until the answer is there."""
    loading = service.status().phase is Phase.LOADING
    words = "Loading the models, then reading" if loading else "Reading the articles"
    return Exchange(question, cards.pending_card(words))


def reply(service: Service, question: str, before: Sequence[Exchange], keep: Filter) -> Exchange:
    """The answer to a question, told in full from the exchanges before it.

    A difficulty becomes a card that says so.
    """
    try:
        rewrite = stand_alone(question, [past.turn for past in before if past.turn])
        answer = service.ask(rewrite.question, keep)
        title = answer.citations[0].article.metadata.title if answer.citations else None
        turn = Turn(question, rewrite.question, answer.text, title)
        return Exchange(question, cards.answer_card(answer), turn)
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
