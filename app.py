"""Serve the chat window and the article pages.

    python app.py --index .pincite --port 7860

The same as `pincite chat`; the application itself is in `qa/web`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from index.errors import SettingError
from qa.cli.args import index_path
from qa.cli.serving import add_server_options, server_options
from qa.indexes import DEFAULT_INDEX
from qa.web.server import DEFAULT_PORT, build_app, serve

__all__ = ["build_app", "main", "serve"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status."""
    parser = argparse.ArgumentParser(prog="app.py", description="Serve Pincite's chat window.")
    parser.add_argument(
        "--index",
        type=index_path,
        default=DEFAULT_INDEX,
        help="the folder or the address of the index (default: .pincite)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("PORT", str(DEFAULT_PORT)),
        help="the port to listen on (default: PORT from the environment, or 7860)",
    )
    add_server_options(parser)
    options = parser.parse_args(arguments)
    try:
        return serve(options.index, **server_options(options))
    except SettingError as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())
