"""Routes for what supervises the server: `/healthz` and `/readyz`."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from qa.web.service import Phase, Service


def add_health(app: FastAPI, service: Service) -> None:
    """Declare the routes on `app`."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> JSONResponse:
        status = service.status()
        is_ready = status.phase is Phase.READY and not service.is_stopping
        message = "the server is being stopped" if service.is_stopping else status.message
        message = service.without_paths(message)
        return JSONResponse(
            {"status": "ready" if is_ready else "unavailable", "message": message},
            200 if is_ready else 503,
        )
