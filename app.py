"""Serve the chat window and the article pages, on this machine only.

    python app.py --index .pincite --port 7860

The same as `pincite chat`; the application itself is in `qa/web`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from qa.cli.args import add_unanswerable
from qa.indexes import DEFAULT_INDEX
from qa.web.server import DEFAULT_PORT, build_app, serve

__all__ = ["build_app", "main", "serve"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status."""
    parser = argparse.ArgumentParser(prog="app.py", description="Serve Pincite's chat window.")
    parser.add_argument(
        "--index", type=Path, default=DEFAULT_INDEX, help="the index folder (default: .pincite)"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("PORT", str(DEFAULT_PORT)),
        help="the port on 127.0.0.1 (default: PORT from the environment, or 7860)",
    )
    parser.add_argument(
        "--allow-changes",
        action="store_true",
        help="let programs add and remove articles, over /api and /mcp",
    )
    parser.add_argument(
        "--auth",
        type=Path,
        metavar="FILE",
        help="require an account of this file for every request (see pincite user, pincite token)",
    )
    add_unanswerable(parser)
    options = parser.parse_args(arguments)
    return serve(
        options.index,
        port=options.port,
        allow_changes=options.allow_changes,
        unanswerable=options.unanswerable,
        auth=options.auth,
    )


if __name__ == "__main__":
    sys.exit(main())
