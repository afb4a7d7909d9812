"""`pincite chat`."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from qa.cli.arguments import add_source

if TYPE_CHECKING:
    from qa.cli.arguments import Commands


def add_chat(commands: Commands) -> None:
    """Declare `pincite chat`."""
    parser = commands.add_parser(
        "chat",
        help="open the chat window in a browser",
        description="Serve the chat window on 127.0.0.1 until it is stopped with Ctrl+C.",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=int(os.environ.get("PORT", "7860")),
        help="the port to listen on (default: PORT from the environment, or 7860)",
    )
    add_source(parser)
    parser.set_defaults(run=chat)


def chat(args: argparse.Namespace) -> int:
    """Run `pincite chat`."""
    raise NotImplementedError
