"""Run the command `pincite` by `python -m qa`."""

from __future__ import annotations

import sys

from qa.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
