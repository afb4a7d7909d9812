"""The pages to log in and out, and what the window knows of its user."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from qa.translation import _
from qa.web.auth.accounts import Accounts
from qa.web.auth.middleware import COOKIE, session_secret
from qa.web.auth.sessions import SESSION_SECONDS, Sessions, Throttle
from qa.web.headers import page_response
from qa.web.templates import render

_MAX_FIELD = 2_000


def add_login(app: FastAPI, accounts: Accounts, sessions: Sessions) -> None:
    """Declare `/login`, `/account`, `/account.js` and `/logout` on `app`."""
    throttle = Throttle()

    @app.get("/login", include_in_schema=False)
    def show_login(next: str = "/") -> Response:
        return page_response(render("login.html", next=_local(next), message=""))

    @app.post("/login", include_in_schema=False)
    async def log_in(request: Request) -> Response:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"))
        name, password, target = (
            fields.get(field, [""])[0][:_MAX_FIELD] for field in ("name", "password", "next")
        )
        name = name.strip().lower()
        client = request.client.host if request.client else ""
        keys = (f"name {name}", f"client {client}")
        wait = throttle.seconds_to_wait(*keys)
        if wait > 0:
            message = _("Too many failed attempts. Try again in {count} s.").format(
                count=int(wait) + 1
            )
            page = render("login.html", next=_local(target), message=message)
            response = page_response(page, 429)
            response.headers["Retry-After"] = str(int(wait) + 1)
            return response
        throttle.add_failure(*keys)  # before the slow check, so that many at once count too
        user = await run_in_threadpool(accounts.check_password, name, password)
        if user is None:
            message = _("The name or the password is wrong.")
            return page_response(render("login.html", next=_local(target), message=message), 401)
        throttle.forget(*keys)
        response = RedirectResponse(_local(target), 303)
        response.set_cookie(
            COOKIE,
            sessions.start(user),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    @app.get("/account", include_in_schema=False)
    def show_account(request: Request) -> Response:
        return page_response(render("account.html", account=request.scope["pincite.account"]))

    @app.get("/account.js", include_in_schema=False)
    def account_script(request: Request) -> Response:
        account = request.scope["pincite.account"]
        data = json.dumps({"account": account.name, "role": account.role.value})
        return Response(
            f"Object.assign(document.documentElement.dataset, {data});",
            media_type="text/javascript",
            headers={"Cache-Control": "no-store"},
        )

    @app.post("/logout", include_in_schema=False)
    def log_out(request: Request) -> Response:
        sessions.end(session_secret(request.headers))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response


def _local(target: str) -> str:
    """Return an address of this server, `/` for one that leads elsewhere."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local and target.isprintable() else "/"
