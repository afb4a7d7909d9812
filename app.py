"""The chat window and the article pages, served on this machine only.

    python app.py --index .pincite --port 7860

What it serves is built in `qa/web`; `pincite chat` starts the same thing.
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
    """Run from the command line; the exit status."""
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
        "--allow-changes", action="store_true", help="let programs add and remove articles too"
    )
    add_unanswerable(parser)
    chosen = parser.parse_args(arguments)
    return serve(
        chosen.index,
        port=chosen.port,
        allow_changes=chosen.allow_changes,
        unanswerable=chosen.unanswerable,
    )


if __name__ == "__main__":
    sys.exit(main())
