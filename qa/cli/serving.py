"""`pincite chat`, `pincite serve` and `pincite mcp`, and the options of every server."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import SettingError
from qa.cli.args import add_reranker, add_source, add_unanswerable, library
from qa.cli.output import DONE
from qa.indexes import DEFAULT_INDEX

if TYPE_CHECKING:
    from qa.cli.args import Commands


def add_chat(commands: Commands) -> None:
    """Declare `pincite chat`."""
    parser = commands.add_parser(
        "chat",
        help="open the chat window in a browser",
        description="Serve the chat window until it is stopped with Ctrl+C, on this machine only "
        "unless --host and --auth are given.",
    )
    _add_server(parser, window=True)


def add_serve(commands: Commands) -> None:
    """Declare `pincite serve`."""
    parser = commands.add_parser(
        "serve",
        help="serve the HTTP API and MCP, without the chat window",
        description="Serve the HTTP API, the articles' pages, MCP and health until it is stopped "
        "with Ctrl+C, on this machine only unless --host and --auth are given.",
    )
    _add_server(parser, window=False)


def add_mcp(commands: Commands) -> None:
    """Declare `pincite mcp`."""
    parser = commands.add_parser(
        "mcp",
        help="offer tools to an assistant that starts this command (MCP over stdio)",
        description="Speak the Model Context Protocol on standard input and output, for an "
        "assistant that starts this command.",
    )
    parser.add_argument(
        "--allow-changes", action="store_true", help="let the assistant add and remove articles"
    )
    parser.add_argument(
        "--public-url",
        default="",
        metavar="URL",
        help="where pincite chat or serve is reached, such as http://127.0.0.1:7860; links to "
        "articles begin with it",
    )
    add_unanswerable(parser)
    add_reranker(parser)
    add_source(parser)
    parser.set_defaults(run=mcp)


def _add_server(parser: argparse.ArgumentParser, *, window: bool) -> None:
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("PORT", "7860"),
        help="the port to listen on (default: PORT from the environment, or 7860)",
    )
    add_server_options(parser)
    add_source(parser)
    parser.set_defaults(run=serve, window=window)


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `server_options`."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the IP address to listen on (default: 127.0.0.1, this machine only); another one "
        "needs --auth",
    )
    parser.add_argument(
        "--public-url",
        default="",
        metavar="URL",
        help="the scheme and host by which browsers reach the server, such as "
        "https://articles.example.org; links in the API begin with it",
    )
    parser.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="believe X-Forwarded-For and -Proto from this address or network; can be repeated",
    )
    parser.add_argument(
        "--tls-cert", type=Path, metavar="FILE", help="serve https with this certificate (PEM)"
    )
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="the certificate's key (PEM)")
    parser.add_argument(
        "--allow-changes",
        action="store_true",
        help="let programs add and remove articles over /api and /mcp",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="keep the index in step with its folders (see pincite watch)",
    )
    parser.add_argument(
        "--auth",
        type=Path,
        metavar="FILE",
        help="require an account of this file for every request (see pincite user, pincite token)",
    )
    parser.add_argument(
        "--log-json",
        action="store_true",
        help="log to standard output in lines of JSON: each change, and each question's outcome "
        "and time without its words",
    )
    parser.add_argument(
        "--log-questions",
        action="store_true",
        help="as --log-json, with the words of the questions",
    )
    add_unanswerable(parser)
    add_reranker(parser)


def server_options(args: argparse.Namespace) -> dict[str, Any]:
    """Return these options as arguments of `serve`. Raises SettingError for invalid ones."""
    from qa.web.network import Network

    return {
        "port": args.port,
        "allow_changes": args.allow_changes,
        "watch": args.watch,
        "unanswerable": args.unanswerable,
        "reranker": args.reranker,
        "auth": args.auth,
        "log_json": args.log_json,
        "log_questions": args.log_questions,
        "network": Network(
            args.host, args.public_url, args.trusted_proxy, args.tls_cert, args.tls_key
        ),
    }


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(
            f"invalid port {text!r}; give a number from 1 to 65535, with --port or as PORT in the "
            "environment"
        )
    return int(text)


def serve(args: argparse.Namespace) -> int:
    """Run `pincite chat` or `pincite serve`; the status is 1 when the port cannot be used."""
    from qa.web.server import serve

    options = server_options(args)
    return serve(_index(args), window=args.window, **options)


def mcp(args: argparse.Namespace) -> int:
    """Run `pincite mcp` until standard input ends. Raises SettingError without the extra."""
    from qa.web.api.mcp_tools import INSTALL, build_mcp_server, is_installed
    from qa.web.network import Network
    from qa.web.service import Service

    if not is_installed():
        raise SettingError(INSTALL)
    service = Service(
        _index(args),
        unanswerable=args.unanswerable,
        reranker=args.reranker,
        base_url=Network(public_url=args.public_url).public_url,
    )
    service.start()
    build_mcp_server(service, allow_changes=args.allow_changes).run("stdio")
    service.drain()
    return DONE


def _index(args: argparse.Namespace) -> Path:
    """Return the folder of the index that `--index` or `--articles` names."""
    return library(args).path if args.articles is not None else args.index or DEFAULT_INDEX
