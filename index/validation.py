"""Validate arguments, with errors that name the argument and its value."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import TypeVar

from index.errors import SettingError
from index.types import Fields


def check_strings(**arguments: object) -> None:
    """Raise SettingError, with its name, for the first argument that is not a string."""
    for name, value in arguments.items():
        if not isinstance(value, str):
            raise SettingError(f"{name} is {value!r}; give a string")


def check_optional_strings(**arguments: object) -> None:
    """Raise SettingError for the first argument that is neither a string nor None."""
    check_strings(**{name: value for name, value in arguments.items() if value is not None})


def check_dates(**arguments: object) -> None:
    """Raise SettingError for the first argument that is neither a date nor None."""
    for name, value in arguments.items():
        # A datetime is a date as well, but the two cannot be compared.
        if isinstance(value, datetime) or not isinstance(value, date | None):
            raise SettingError(f"{name} is {value!r}; give a day, such as date(2011, 8, 7)")


def check_whole(name: str, value: int, least: int) -> int:
    """Return a whole number of at least `least`. Raises SettingError, which names the argument."""
    try:
        value = operator.index(value)
    except TypeError:
        raise SettingError(f"{name} is {value!r}; give a whole number") from None
    if value < least:
        raise SettingError(f"{name} is {value}; give at least {least}")
    return value


def check_number(name: str, value: float) -> float:
    """Return a number. Raises SettingError, which names the argument, for anything else."""
    if not isinstance(value, int | float) or math.isnan(value):
        raise SettingError(f"{name} is {value!r}; give a number")
    return value


def as_strings(name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the strings in the argument called `name` as a tuple.

    Raises SettingError for anything else, including a single string, whose iteration would give
    its letters.
    """
    if isinstance(values, str):
        raise SettingError(f"{name} is {values!r}; give it in a list: [{values!r}]")
    strings = tuple(values) if isinstance(values, Iterable) else None
    if strings is None or not all(isinstance(string, str) for string in strings):
        raise SettingError(f"{name} is {values!r}; give a list of strings")
    return strings


def as_fields(values: Mapping[str, str | Iterable[str]] | None) -> Fields:
    """Return own fields given as a mapping. Raises SettingError for anything else."""
    try:
        return Fields(values)
    except (AttributeError, TypeError, ValueError):
        raise SettingError(
            f"metadata is {values!r}; give names with a string or a list of strings, such as "
            "{'desk': 'sport', 'tags': ['harbour', 'storm']}"
        ) from None


Numbers = TypeVar("Numbers")


def read_numbers(
    cls: type[Numbers], prefix: str, environment: Mapping[str, str] = os.environ
) -> Numbers:
    """Return the dataclass `cls` of numbers, with those that environment variables set.

    The variable of the field `seconds` is `prefix` and `SECONDS`. Raises SettingError for a value
    that is not a number above 0.
    """
    values = {}
    for field in fields(cls):  # type: ignore[arg-type]
        name = f"{prefix}{field.name.upper()}"
        if text := environment.get(name):
            try:
                values[field.name] = float(text)
            except ValueError:
                values[field.name] = 0.0
            if not 0 < values[field.name] < math.inf:
                raise SettingError(f"{name} is {text!r}; give a number above 0")
    return cls(**values)
