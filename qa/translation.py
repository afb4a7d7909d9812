"""Translate the program's own sentences; articles, questions and error messages stay as they are.

The code has them in English, marked with `_`, `ngettext` or `N_` (marked here, translated where it
is shown). `qa/locale/LANGUAGE.po` is the catalogue of a language.
"""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages import Catalog

LANGUAGES = {"en": "English", "es": "Español"}
"""The names of the languages by their codes."""

language: ContextVar[str] = ContextVar("language", default="en")
"""The code of the language that sentences are translated into."""


def _(message: str) -> str:
    """Return a sentence in the current language."""
    # gettext keeps the catalogue's own description under "".
    return message and _translations(language.get()).gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """Return the form of a sentence for a number, in the current language."""
    return _translations(language.get()).ngettext(one, many, number)


def N_(message: str) -> str:  # noqa: N802  (gettext's name)
    """Return a sentence as it is, marked for the catalogue."""
    return message


@cache
def catalog(code: str) -> Catalog:
    """Return the catalogue of a language, an empty one for English."""
    from babel.messages import Catalog
    from babel.messages.pofile import read_po

    if code == "en":
        return Catalog()

    with files("qa").joinpath("locale", f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


@cache
def _translations(code: str) -> gettext.NullTranslations:
    if code == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, catalog(code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
