"""HTTP routes for the chat page only: export a conversation, vote on an answer."""

from __future__ import annotations

from datetime import date
from typing import Literal

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from index.errors import LibraryError
from qa.errors import QAError
from qa.feedback import Reason
from qa.web.chat import cards, export
from qa.web.chat.history import MAX_HISTORY, ChatHistory, Exchange
from qa.web.chat.votes import Verdict, record_vote
from qa.web.headers import PAGE_POLICY
from qa.web.html import as_sentence
from qa.web.same_origin import require_own_page
from qa.web.service import Service


class ExportRequest(BaseModel):
    """The chat history as the browser stores it."""

    model_config = ConfigDict(extra="forbid")
    history: str = Field(max_length=2 * MAX_HISTORY)


class VoteRequest(BaseModel):
    """A vote on one exchange of a conversation."""

    model_config = ConfigDict(extra="forbid")
    exchange: str = Field(max_length=2 * MAX_HISTORY)
    verdict: Verdict
    reason: Literal["unanswerable", "words", "place", "missed"] | None = None
    words: str = Field("", max_length=2_000)
    passage: int | None = None


def add_chat_routes(app: FastAPI, service: Service) -> None:
    """Declare the routes on `app`; call this before Gradio is mounted, which takes all others."""
    own_page = [Depends(require_own_page)]

    @app.post("/chat/export/{kind}", include_in_schema=False, dependencies=own_page)
    def export_conversation(
        kind: Literal["md", "html"], body: ExportRequest, request: Request
    ) -> Response:
        convert, media_type = {
            "md": (export.to_markdown, "text/markdown"),
            "html": (export.to_html, "text/html"),
        }[kind]
        exchanges = ChatHistory.from_json(body.history).exchanges
        text = convert(exchanges, str(request.base_url).rstrip("/"), date.today())
        return Response(
            text.encode("utf-8", "replace"),
            media_type=media_type,
            headers={"Content-Disposition": "attachment", "Content-Security-Policy": PAGE_POLICY},
        )

    @app.post("/chat/vote", include_in_schema=False, dependencies=own_page)
    def vote(body: VoteRequest) -> Response:
        exchange = Exchange.from_json(body.exchange)
        if exchange is None:
            return _refusal("this answer cannot be read any more; ask again, then vote")
        reason = Reason[body.reason.upper()] if body.reason else None
        try:
            recorded = record_vote(
                service, exchange, body.verdict, reason, body.words, body.passage
            )
        except (LibraryError, QAError) as error:
            return _refusal(str(error))
        except OSError as error:
            return _refusal(f"the vote could not be written: {error}", 500)
        exchange = exchange.with_vote(recorded)
        return JSONResponse({"exchange": exchange.to_json(), "vote": cards.vote_buttons(exchange)})


def _refusal(message: str, status: int = 409) -> Response:
    return JSONResponse({"message": as_sentence(message)}, status)
