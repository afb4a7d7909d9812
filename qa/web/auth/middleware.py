"""Require credentials for every request, and the role of an editor for every change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.web.audit import current_user
from qa.web.auth.accounts import Account, Accounts, Role
from qa.web.auth.sessions import Sessions
from qa.web.same_origin import read_body, replay

COOKIE = "pincite_session"

OPEN_ROUTES = frozenset(
    {("POST", "/login")}
    | {
        ("GET", path)
        for path in ("/login", "/healthz", "/ui/article.css", "/ui/article.js", "/ui/icon.svg")
    }
)
"""What is answered without credentials; nothing there tells anything about the articles."""

_MCP_CHANGES = frozenset({"add_article", "remove_article"})


class AuthMiddleware:
    """Answers 401 without credentials (pages: the login page), and 403 to a reader's changes.

    Credentials are a session's cookie or a token (`Authorization: Bearer …`). `changes` maps the
    numbers of the window's functions that only editors may call to their names.
    """

    def __init__(
        self, app: ASGIApp, accounts: Accounts, sessions: Sessions, changes: Mapping[int, str]
    ) -> None:
        self.app = app
        self._accounts = accounts
        self._sessions = sessions
        self._changes = dict(changes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        if (scope["method"], scope["path"]) in OPEN_ROUTES:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        account = await run_in_threadpool(self._account, headers)
        if account is None:
            await _ask_to_log_in(scope, headers)(scope, receive, send)
            return
        scope["pincite.account"] = account
        current_user.set(account.name)
        if account.role is not Role.EDITOR:
            receive, is_change = await self._is_change(scope, receive)
            if is_change:
                refusal = JSONResponse(
                    {
                        "detail": f"{account.name} is a reader; only editors change the articles "
                        "and run benchmarks"
                    },
                    403,
                )
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _account(self, headers: Headers) -> Account | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._accounts.check_token(token.strip())
        secret = session_secret(headers)
        return self._sessions.user(secret) if secret else None

    async def _is_change(self, scope: Scope, receive: Receive) -> tuple[Receive, bool]:
        """Return whether a request changes the articles, and how to receive its body again.

        The body is passed on as it was understood here, so that nothing can understand it
        differently later.
        """
        path, method = scope["path"], scope["method"]
        if path.startswith("/api/articles"):
            return receive, method not in ("GET", "HEAD")
        if path.startswith("/gradio_api/upload"):
            return receive, method == "POST"
        if method != "POST" or not path.startswith(("/gradio_api/", "/mcp")):
            return receive, False
        body = await read_body(receive)
        try:
            call = json.loads(body or b"{}")
        except ValueError:
            return replay(body, receive), True  # it is not JSON, which nobody asks with
        if path.startswith("/mcp"):
            calls = call if isinstance(call, list) else [call]
            is_change = any(_tool_name(one) in _MCP_CHANGES for one in calls)
        else:
            is_change = self._calls_change(path, call)
        return replay(json.dumps(call).encode(), receive), is_change

    def _calls_change(self, path: str, call: object) -> bool:
        """Whether a request to Gradio calls a function for editors only."""
        if not set(path.split("/")).isdisjoint(self._changes.values()):
            return True
        number = call.get("fn_index") if isinstance(call, dict) else None
        try:
            return number is not None and int(number) in self._changes
        except (TypeError, ValueError):  # Gradio would refuse it too, unless it reads it as another
            return True


def _tool_name(call: object) -> object:
    params = call.get("params") if isinstance(call, dict) else None
    return params.get("name") if isinstance(params, dict) else None


def session_secret(headers: Headers) -> str:
    """Return the secret in the session's cookie, "" if there is none."""
    try:
        cookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookie[COOKIE].value if COOKIE in cookie else ""


def _ask_to_log_in(scope: Scope, headers: Headers) -> JSONResponse | RedirectResponse:
    is_page = scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", "")
    if is_page and "authorization" not in headers:
        target = scope["path"]
        if query := scope.get("query_string", b""):
            target += "?" + query.decode("latin-1")
        return RedirectResponse(f"/login?next={quote(target, safe='')}", 303)
    return JSONResponse(
        {"detail": "log in at /login, or send a token: Authorization: Bearer …"},
        401,
        {"WWW-Authenticate": "Bearer"},
    )
