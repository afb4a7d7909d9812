"""The Model Context Protocol over HTTP, at `/mcp`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from qa.web.api.mcp_tools import INSTALL, build_mcp_server, is_installed
from qa.web.service import Service


def add_mcp(app: FastAPI, service: Service, *, allow_changes: bool = False) -> bool:
    """Declare `/mcp` on `app`; return False where the package `mcp` is not installed.

    `/mcp` then only says how to install it. `allow_changes` adds the tools that add and remove
    articles.
    """
    if not is_installed():

        @app.api_route("/mcp", methods=["GET", "POST"], include_in_schema=False)
        def explain() -> JSONResponse:
            return JSONResponse({"detail": INSTALL}, 501)

        return False
    from mcp.server.transport_security import TransportSecuritySettings

    server = build_mcp_server(service, allow_changes=allow_changes)
    web = server.streamable_http_app(
        streamable_http_path="/mcp",
        stateless_http=True,
        json_response=True,
        # The server's own middleware compares Host and Origin, with the public URL as well.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    app.router.routes.extend(web.routes)
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(inner: FastAPI) -> AsyncIterator[Any]:
        async with outer(inner) as state, server.session_manager.run():
            yield state

    app.router.lifespan_context = lifespan
    return True
