"""What a program hands over, checked before anything is done with it."""

from __future__ import annotations

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
