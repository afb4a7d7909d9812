"""Import the libraries of formats that are installed on request."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from index.errors import ArticleError

EXTRA = "office"
"""The extra of the package with these libraries."""


def import_extra(module: str, suffix: str) -> Any:
    """Import a library. Raises ArticleError, with the command to install it, if it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ArticleError(
            f"{suffix} files need the package {module}: pip install 'pincite[{EXTRA}]'"
        ) from error
