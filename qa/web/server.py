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
    from qa.web.service import Status

DEFAULT_PORT = 7860


def build_app(
    library_path: Path | str,
    *,
    allow_changes: bool = False,
    unanswerable: float | None = None,
    reranker: str | None = None,
    on_loaded: Callable[[Status], None] | None = None,
    limits: ServerLimits | None = None,
    auth: Path | None = None,
    network: Network | None = None,
) -> FastAPI:
    """Return the web application over the index at `library_path`, a folder or an address.

    The models are loaded in the background, and the application serves pages meanwhile.
    `allow_changes` lets programs add and remove articles, as users can in the window.
    `unanswerable` is as for `Chatbot`, `reranker` as for `load_retriever`. `on_loaded` is called
    with the status when the models are loaded or loading them has failed. `limits` are by default
    those of the environment. The application's `state.service` is its `Service`. With `auth`, a
    file of accounts, every request needs credentials; a `network` beyond this machine demands it.
    Raises SettingError for an invalid limit, AccountError for an unusable or missing file.
    """
    from anyio.to_thread import current_default_thread_limiter
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from qa.web.api.docs import add_documentation
    from qa.web.api.errors import add_error_handlers
    from qa.web.api.health import add_health
    from qa.web.api.mcp import add_mcp
    from qa.web.api.metrics import add_metrics
    from qa.web.api.rest import add_api
    from qa.web.api.rest_writes import add_write_api
    from qa.web.auth.accounts import Accounts
    from qa.web.auth.middleware import AuthMiddleware
    from qa.web.auth.routes import add_login
    from qa.web.auth.sessions import Sessions
    from qa.web.benchmark.runs import BenchmarkRuns
    from qa.web.body_limit import BodyLimitMiddleware
    from qa.web.chat.routes import add_chat_routes
    from qa.web.headers import SecurityHeadersMiddleware
    from qa.web.limits import ServerLimits, body_limit
    from qa.web.network import ForwardedMiddleware, Network
    from qa.web.routes import add_benchmark_routes, add_routes
    from qa.web.same_origin import OwnOriginMiddleware
    from qa.web.service import Service
    from qa.web.uploaded_files import UploadedFiles
    from qa.web.window import mount_chat

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
        description="Answers in the articles’ own words. See also the [chat](/) and the "
        "[articles](/articles).",
        version=version("pincite"),
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    runs = BenchmarkRuns(service)
    add_routes(app, service)
    add_benchmark_routes(app, runs)
    add_health(app, service)
    add_metrics(app, service)
    add_error_handlers(app)
    add_documentation(app)
    add_api(app, service)
    if allow_changes:
        add_write_api(app, service)
    add_mcp(app, service, allow_changes=allow_changes)
    add_chat_routes(app, service)
    if accounts is not None:
        add_login(app, accounts, sessions := Sessions(accounts))
    changes = mount_chat(app, service, runs, has_accounts=accounts is not None)
    # The middleware that is added last sees a request first.
    if accounts is not None:
        app.add_middleware(AuthMiddleware, accounts=accounts, sessions=sessions, changes=changes)
    app.add_middleware(
        BodyLimitMiddleware,
        limit=partial(body_limit, allow_changes=allow_changes),
        uploads=uploads,
    )
    app.add_middleware(OwnOriginMiddleware)
    # A page of another site must not reach the articles by a host name of its own that resolves to
    # this machine (DNS rebinding).
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=network.allowed_hosts)
    app.add_middleware(ForwardedMiddleware, network=network)
    app.add_middleware(SecurityHeadersMiddleware)
    service.start()
    return app


def serve(
    library_path: Path | str,
    *,
    port: int = DEFAULT_PORT,
    allow_changes: bool = False,
    unanswerable: float | None = None,
    reranker: str | None = None,
    auth: Path | None = None,
    network: Network | None = None,
) -> int:
    """Serve the chat until it is stopped, and return the exit status.

    The arguments are those of `build_app`; by default only this machine reaches the server. The
    status is 1, with a message on standard error, where the address, a limit of the environment or
    the file of accounts cannot be used. On SIGTERM or SIGINT, what runs is finished first.
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

    try:
        app = build_app(
            library_path,
            allow_changes=allow_changes,
            unanswerable=unanswerable,
            reranker=reranker,
            on_loaded=_print_status,
            limits=limits,
            auth=auth,
            network=network,
        )
    except AccountError as error:
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


def _print_status(status: Status) -> None:
    prefix = "ready for questions; " if status.phase.value == "ready" else ""
    message = "no articles yet; drop them into the window" if status.is_empty else status.message
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
