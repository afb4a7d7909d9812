"""Validate arguments, with errors that name the argument and its value."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from index.errors import SettingError


def check_text(**given: object) -> None:
    """Raise SettingError for the first that is no string, by its name."""
    for name, words in given.items():
        if not isinstance(words, str):
            raise SettingError(f"{name} is {words!r}; give a string")


def check_words(**given: object) -> None:
    """Raise SettingError for the first that is neither a string nor None, by its name."""
    check_text(**{name: words for name, words in given.items() if words is not None})


def check_days(**given: object) -> None:
    """Raise SettingError for the first that is neither a day nor None, by its name."""
    for name, day in given.items():
        # A datetime is a date as well, but the two do not compare.
        if isinstance(day, datetime) or not isinstance(day, date | None):
            raise SettingError(f"{name} is {day!r}; give a day, such as date(2011, 8, 7)")


def check_strings(name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return several strings as a tuple; `name` is the argument's name, for the message.

    Raises SettingError for anything else. A lone string is refused as well: iterating over it
    would give its letters.
    """
    if isinstance(values, str):
        raise SettingError(f"{name} is {values!r}; give it in a list: [{values!r}]")
    strings = tuple(values) if isinstance(values, Iterable) else None
    if strings is None or not all(isinstance(string, str) for string in strings):
        raise SettingError(f"{name} is {values!r}; give a list of strings")
    return strings
