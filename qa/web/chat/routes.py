"""What the chat's own page asks for besides answers: an export, a vote.

Not for programs: only a page of this very server may ask.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from index.errors import LibraryError
from qa.errors import QAError
from qa.web.chat import cards, export
from qa.web.chat import votes as ballots
from qa.web.chat.conversation import sentence
from qa.web.chat.exchange import CONVERSATION_CHARACTERS, exchange_from_json, from_json, to_json
from qa.web.headers import PAGE_POLICY
from qa.web.same_origin import require_own_page
from qa.web.service import Service

_LONGEST = 2 * CONVERSATION_CHARACTERS


class Conversation(BaseModel):
    """A conversation as the browser keeps it."""

    model_config = ConfigDict(extra="forbid")
    told: str = Field(max_length=_LONGEST)


class Ballot(BaseModel):
    """A vote on one exchange of a conversation."""

    model_config = ConfigDict(extra="forbid")
    exchange: str = Field(max_length=_LONGEST)
    verdict: ballots.Verdict
    reason: Literal["unanswerable", "words", "place", "missed"] | None = None
    words: str = Field("", max_length=2_000)


_OWN = [Depends(require_own_page)]


def add_talk_routes(app: FastAPI, service: Service) -> None:
    """Declare the addresses on `app`, before Gradio takes all others."""

    @app.post("/talk/export/{kind}", include_in_schema=False, dependencies=_OWN)
    def export_talk(kind: Literal["md", "html"], body: Conversation, request: Request) -> Response:
        exchanges, base = from_json(body.told).exchanges, str(request.base_url).rstrip("/")
        if kind == "md":
            text, media = export.to_markdown(exchanges, base, date.today()), "text/markdown"
        else:
            text, media = export.to_html(exchanges, base, date.today()), "text/html"
        return Response(
            text.encode("utf-8", "replace"),
            media_type=media,
            headers={"Content-Disposition": "attachment", "Content-Security-Policy": PAGE_POLICY},
        )

    @app.post("/talk/vote", include_in_schema=False, dependencies=_OWN)
    def vote(body: Ballot) -> Response:
        exchange = exchange_from_json(body.exchange)
        if exchange is None:
            return _refused("this answer cannot be read any more; ask again and vote then")
        reason = ballots.REASONS[body.reason] if body.reason else None
        try:
            cast = ballots.cast(service, exchange, body.verdict, reason, body.words)
        except (LibraryError, QAError) as error:
            return _refused(str(error))
        except OSError as error:
            return _refused(f"the vote could not be written: {error}", 500)
        voted = exchange.with_vote(cast)
        return JSONResponse({"exchange": to_json(voted), "ballot": cards.ballot(voted)})


def _refused(message: str, status: int = 409) -> Response:
    return JSONResponse({"message": sentence(message)}, status)
