"""Build the web application and serve it, on this machine only unless accounts protect it."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SettingError
from qa.errors import AccountError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.web.limits import ServerLimits
    from qa.web.network import Network
    from qa.web.service import Service, Status

DEFAULT_PORT = 7860


def build_app(
    library_path: Path | str,
    *,
    allow_changes: bool = False,
    watch: bool = False,
    window: bool = True,
    unanswerable: float | None = None,
    reranker: str | None = None,
    on_loaded: Callable[[Status], None] | None = None,
    limits: ServerLimits | None = None,
    auth: Path | None = None,
    network: Network | None = None,
    log_questions: bool = False,
) -> FastAPI:
    """Return the web application over the index at `library_path`, a folder or an address.

    The models are loaded in the background, and the application serves pages meanwhile.
    `allow_changes` lets programs add and remove articles, as users can in the window; `watch` keeps
    the index in step with its folders. Without `window`, only the API, the articles' pages, MCP and
    health are served, and Gradio is not imported.
    `unanswerable` is as for `Chatbot`, `reranker` as for `load_retriever`. `on_loaded` is called
    with the status when the models are loaded or loading them has failed. `limits` are by default
    those of the environment. The application's `state.service` is its `Service`. With `auth`, a
    file of accounts, every request needs credentials; a `network` beyond this machine demands it.
    `log_questions` logs the words of questions. Raises SettingError for an invalid limit, or traces
    that cannot be sent, AccountError for an unusable or missing file.
    """
    from anyio.to_thread import current_default_thread_limiter
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from qa.retrieval.arguments import MAX_QUESTION_CHARACTERS
    from qa.web.api.docs import add_documentation
    from qa.web.api.errors import add_error_handlers
    from qa.web.api.health import add_health
    from qa.web.api.mcp import add_mcp
    from qa.web.api.metrics import add_metrics
    from qa.web.api.rest import add_api
    from qa.web.api.rest_writes import add_write_api
    from qa.web.api.schemas import COMMON
    from qa.web.auth.accounts import Accounts
    from qa.web.auth.middleware import AuthMiddleware
    from qa.web.auth.routes import add_login
    from qa.web.auth.sessions import Sessions
    from qa.web.body_limit import BodyLimitMiddleware
    from qa.web.headers import SecurityHeadersMiddleware
    from qa.web.language import LanguageMiddleware
    from qa.web.limits import JSON_BYTES, ServerLimits, body_limit
    from qa.web.network import ForwardedMiddleware, Network
    from qa.web.rate_limit import RateLimitMiddleware
    from qa.web.routes import add_routes
    from qa.web.same_origin import OwnOriginMiddleware
    from qa.web.service import Service
    from qa.web.telemetry import trace_settings
    from qa.web.uploaded_files import UploadedFiles

    limits = limits or ServerLimits.from_environment()
    network = network or Network()
    if auth is None and not network.is_loopback:
        raise AccountError(
            f"--host {network.host} lets other machines read the articles; say who may with "
            "--auth FILE (see pincite user)"
        )
    accounts = Accounts(auth) if auth is not None else None
    if accounts is not None and not accounts.all():
        raise AccountError(
            f"there are no accounts in {auth}; add one: pincite user add NAME --auth {auth}"
        )
    service = Service(
        library_path,
        unanswerable=unanswerable,
        reranker=reranker,
        on_loaded=on_loaded,
        limits=limits,
        base_url=network.public_url,
        log_questions=log_questions,
    )
    uploads = UploadedFiles(int(limits.upload_mb * 2**20), limits.upload_minutes * 60)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Questions and changes that wait each hold a thread; pages must not wait for them.
        threads = current_default_thread_limiter()
        threads.total_tokens += service.max_threads
        try:
            yield
        finally:
            threads.total_tokens -= service.max_threads

    app = FastAPI(
        lifespan=lifespan,
        title="Pincite",
        description="Answers in the articles’ own words. See also the "
        f"{'[chat](/) and the ' if window else ''}[articles](/articles).\n\n"
        f"A question has up to {MAX_QUESTION_CHARACTERS:,} characters, and fewer words than the "
        f"encoder reads; a body up to {JSON_BYTES:,} bytes. While {limits.waiting:.0f} questions "
        "wait, further ones get status 429 and the header `Retry-After`.",
        responses=COMMON,
        version=version("pincite"),
        docs_url=None,
        redoc_url=None,
        telemetry=trace_settings(),
    )
    app.state.service = service
    add_routes(app, service)
    add_health(app, service)
    add_metrics(app, service)
    add_error_handlers(app, service)
    add_documentation(app)
    add_api(app, service)
    if allow_changes:
        add_write_api(app, service)
    add_mcp(app, service, allow_changes=allow_changes)
    if accounts is not None:
        add_login(app, accounts, sessions := Sessions(accounts))
    changes = _add_window(app, service, has_accounts=accounts is not None) if window else {}
    # The middleware that is added last sees a request first.
    app.add_middleware(RateLimitMiddleware, per_minute=limits.per_minute)
    if accounts is not None:
        app.add_middleware(AuthMiddleware, accounts=accounts, sessions=sessions, changes=changes)
    app.add_middleware(
        BodyLimitMiddleware,
        limit=partial(body_limit, allow_changes=allow_changes),
        uploads=uploads,
    )
    app.add_middleware(LanguageMiddleware)
    app.add_middleware(OwnOriginMiddleware)
    # A page of another site must not reach the articles by a host name of its own that resolves to
    # this machine (DNS rebinding).
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=network.allowed_hosts)
    app.add_middleware(ForwardedMiddleware, network=network)
    app.add_middleware(SecurityHeadersMiddleware)
    service.start()
    service.watch(watch)
    return app


def _add_window(app: FastAPI, service: Service, *, has_accounts: bool) -> dict[int, str]:
    """Declare the chat window and its routes on `app`; return what `mount_chat` returns."""
    from qa.web.benchmark.runs import BenchmarkRuns
    from qa.web.chat.routes import add_chat_routes
    from qa.web.routes import add_benchmark_routes
    from qa.web.window import mount_chat

    runs = BenchmarkRuns(service)
    add_benchmark_routes(app, runs)
    add_chat_routes(app, service)
    return mount_chat(app, service, runs, has_accounts=has_accounts)


def serve(
    library_path: Path | str,
    *,
    port: int = DEFAULT_PORT,
    allow_changes: bool = False,
    watch: bool = False,
    window: bool = True,
    unanswerable: float | None = None,
    reranker: str | None = None,
    auth: Path | None = None,
    network: Network | None = None,
    log_json: bool = False,
    log_questions: bool = False,
) -> int:
    """Serve until it is stopped, and return the exit status.

    The arguments are those of `build_app`; by default only this machine reaches the server.
    `log_json` writes the log to standard output in JSON, `log_questions` does so too. The status is
    1, with a message on standard error, where the address, a limit of the environment or the file
    of accounts cannot be used. On SIGTERM or SIGINT, what runs is finished first.
    """
    from qa.web.limits import ServerLimits
    from qa.web.network import Network

    network = network or Network()
    try:
        limits = ServerLimits.from_environment()
    except SettingError as error:
        print(f"Pincite: {error}", file=sys.stderr)
        return 1
    try:
        listener = socket.create_server(
            (network.host, port),
            family=socket.AF_INET6 if ":" in network.host else socket.AF_INET,
            backlog=128,
        )
    except (OSError, OverflowError) as error:
        print(_port_error(network.host, port, error), file=sys.stderr)
        return 1
    port = listener.getsockname()[1]
    address = f"{network.scheme}://{network.netloc_host}:{port}"
    reached = f", reached as {network.public_url}" if network.public_url else ""
    print(f"Pincite: starting on {address}{reached} (stop with Ctrl+C)", file=sys.stderr)
    if not network.is_encrypted:
        print(
            "Pincite: passwords and answers cross the network unencrypted; give --tls-cert and "
            "--tls-key, or a proxy with --trusted-proxy and an https --public-url",
            file=sys.stderr,
        )

    from qa.web.connections import make_config
    from qa.web.shutdown import DrainingServer
    from qa.web.telemetry import log_as_json

    if log_json or log_questions:
        log_as_json()
    try:
        app = build_app(
            library_path,
            allow_changes=allow_changes,
            watch=watch,
            window=window,
            unanswerable=unanswerable,
            reranker=reranker,
            on_loaded=partial(_print_status, window=window),
            limits=limits,
            auth=auth,
            network=network,
            log_questions=log_questions,
        )
    except (AccountError, SettingError) as error:
        listener.close()
        print(f"Pincite: {error}", file=sys.stderr)
        return 1
    server = DrainingServer(make_config(app, limits, network), app.state.service)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()
    if not server.is_drained:
        print("Pincite: stopped before everything that was running had finished", file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)  # threads that are still running would keep the process
    return 0


def _print_status(status: Status, *, window: bool) -> None:
    prefix = "ready for questions; " if status.phase.value == "ready" else ""
    message = status.message
    if status.is_empty and window:
        message = "no articles yet; drop them into the window"
    print(f"Pincite: {prefix}{message}", file=sys.stderr, flush=True)


def _port_error(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"Pincite: port {port} on {host} is already in use. "
            f"Choose another one: make run PORT={port + 1}, or --port {port + 1}"
        )
    return (
        f"Pincite: cannot listen on port {port} of {host}: {error}. "
        "Choose an address of this machine with --host, and a port from 1024 to 65535 with --port"
    )
