"""`pincite chat`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cli.args import add_reranker, add_source, add_unanswerable, library
from qa.indexes import DEFAULT_INDEX

if TYPE_CHECKING:
    from qa.cli.args import Commands


def add_chat(commands: Commands) -> None:
    """Declare `pincite chat`."""
    parser = commands.add_parser(
        "chat",
        help="open the chat window in a browser",
        description="Serve the chat window on 127.0.0.1 until it is stopped with Ctrl+C.",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("PORT", "7860"),
        help="the port to listen on (default: PORT from the environment, or 7860)",
    )
    parser.add_argument(
        "--allow-changes",
        action="store_true",
        help="let programs add and remove articles over /api and /mcp",
    )
    parser.add_argument(
        "--auth",
        type=Path,
        metavar="FILE",
        help="require an account of this file for every request (see pincite user, pincite token)",
    )
    add_unanswerable(parser)
    add_reranker(parser)
    add_source(parser)
    parser.set_defaults(run=chat)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(
            f"invalid port {text!r}; give a number from 1 to 65535, with --port or as PORT in the "
            "environment"
        )
    return int(text)


def chat(args: argparse.Namespace) -> int:
    """Run `pincite chat`; the status is 1 when the port cannot be used."""
    from qa.web.server import serve

    path = library(args).path if args.articles is not None else args.index or DEFAULT_INDEX
    return serve(
        path,
        port=args.port,
        allow_changes=args.allow_changes,
        unanswerable=args.unanswerable,
        reranker=args.reranker,
        auth=args.auth,
    )
