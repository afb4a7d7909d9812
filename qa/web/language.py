"""Choose the language of each request: that of the browser, or the one chosen in the menu."""

from __future__ import annotations

import json

from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.translation import LANGUAGES, catalog, language

COOKIE = "pincite_language"
"""Holds the code of the language that was chosen in the menu."""

_FOR_PROGRAMS = ("/api", "/mcp")


class LanguageMiddleware:
    """Sets `language` for pages; programs are answered in English."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(_FOR_PROGRAMS):
            request = HTTPConnection(scope)
            chosen = request.cookies.get(COOKIE, "")
            accepted = request.headers.get("accept-language", "")
            scope["pincite.language"] = chosen if chosen in LANGUAGES else preferred(accepted)
            language.set(scope["pincite.language"])
        await self.app(scope, receive, send)


class ByLanguage:
    """Passes each request to the application of its language."""

    def __init__(self, apps: dict[str, ASGIApp]) -> None:
        self._apps = apps

    @property
    def routes(self) -> list[BaseRoute]:
        """The routes of all applications, which a mount lists as its own."""
        return [route for app in self._apps.values() for route in getattr(app, "routes", [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[scope.get("pincite.language", language.get())](scope, receive, send)


def preferred(accepted: str) -> str:
    """Return the best language for an `Accept-Language` header; English where it names none."""
    weights: dict[str, float] = {}
    for item in accepted.split(","):
        tag, _, weight = item.strip().partition(";q=")
        code = tag.partition("-")[0].lower()
        try:
            weights[code] = max(weights.get(code, 0.0), float(weight or 1))
        except ValueError:
            continue
    # The first of equal weights is the one that is named first.
    return next(
        (code for code in sorted(weights, key=lambda c: -weights[c]) if code in LANGUAGES), "en"
    )


def script_strings() -> str:
    """Return a script with the current language and the translated strings of the scripts."""
    code = language.get()
    strings = {
        message.id: message.string
        for message in catalog(code)
        if any(path.endswith(".js") for path, _ in message.locations)
    }
    lines = (
        f"window.pinciteStrings = {json.dumps(strings)};",
        f"document.documentElement.lang = {json.dumps(code)};",
    )
    return "\n".join(lines) + "\n"
