"""Render a conversation, its votes and messages as HTML."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from qa import wording
from qa.web import templates
from qa.web.chat import citation_text
from qa.web.chat.history import PASSAGE_CHARACTERS, ChatHistory, Exchange, clip

QUESTION_CHARACTERS = 500
"""How much of a question is shown above its card."""


def conversation(history: ChatHistory, pending: str = "", status: str = "") -> Markup:
    """Render all exchanges, oldest first, and below them a question without an answer yet.

    `pending` is that question, "" if there is none, and `status` says what happens to it.
    """
    return _render("chat/conversation.html", history=history, pending=pending, status=status)


def vote_buttons(exchange: Exchange) -> Markup:
    """Render the thumbs under an answer or a refusal, and what was recorded by a vote."""
    return _render("chat/vote.html", exchange=exchange)


def message_card(message: str) -> Markup:
    """Render a card with a message about a question or the program."""
    return _render("chat/message.html", message=message)


def _render(template: str, **values: Any) -> Markup:
    return templates.render(
        template,
        wording=wording,
        citation_text=citation_text,
        clip=clip,
        PASSAGE_CHARACTERS=PASSAGE_CHARACTERS,
        QUESTION_CHARACTERS=QUESTION_CHARACTERS,
        **values,
    )
