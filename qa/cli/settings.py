"""Defaults of the command line's options, from `pincite.toml` in the current folder.

    [defaults]              # for every command that has the option
    index = "archive"

    [ask]                   # for one command
    mode = "strict"

Options have their long names without dashes in front. What is given on the command line wins.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.errors import SettingError

SETTINGS_FILE = Path("pincite.toml")
_EVERYWHERE = "defaults"


def apply_settings(commands: Mapping[str, argparse.ArgumentParser], file: Path) -> None:
    """Make the values in a file the defaults of the commands' options.

    Raises SettingError, which names the file and the key, for anything that is not an option, or
    not a value of it.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise SettingError(f"{file} cannot be read: {error}") from error
    options = {name: _options(parser) for name, parser in commands.items()}
    for table, values in tables.items():
        if not isinstance(values, dict) or table not in (_EVERYWHERE, *commands):
            raise SettingError(
                f"{file}: {table!r} is no command; write options below [{_EVERYWHERE}] or the name "
                "of a command, such as [ask]"
            )
        targets = list(commands) if table == _EVERYWHERE else [table]
        for key, value in values.items():
            having = [name for name in targets if key in options[name]]
            if not having:
                known = sorted({option for name in targets for option in options[name]})
                raise SettingError(
                    f"{file}: [{table}] has no option {key!r}; choose from: {', '.join(known)}"
                )
            for name in having:
                # A command's own table wins, wherever it is in the file.
                if table == _EVERYWHERE and key in tables.get(name, {}):
                    continue
                action = options[name][key]
                default = _value(f"{file}: [{table}] {key}", action, value)
                configured = {**commands[name].get_default("configured"), action.dest: default}
                commands[name].set_defaults(**{action.dest: default}, configured=configured)


def _options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Return a command's options by their long names."""
    return {
        text.removeprefix("--"): action
        for action in parser._actions
        for text in action.option_strings
        if text.startswith("--") and action.dest != "help"
    }


def _value(where: str, action: argparse.Action, value: Any) -> Any:
    """Return a value of the file as the command line would have parsed it."""
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise SettingError(f"{where} is {value!r}; write true or false")
        return value
    if isinstance(value, list):
        if not isinstance(action, argparse._AppendAction):
            raise SettingError(f"{where} is {value!r}; give one value")
        return [_one(where, action, one) for one in value]
    one = _one(where, action, value)
    return [one] if isinstance(action, argparse._AppendAction) else one


def _one(where: str, action: argparse.Action, value: object) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SettingError(f"{where} is {value!r}; give a string or a number")
    parse = action.type if callable(action.type) else str
    try:
        parsed = parse(str(value))
    except (argparse.ArgumentTypeError, TypeError, ValueError) as error:
        raise SettingError(f"{where} is {value!r}: {error}") from error
    if action.choices is not None and parsed not in action.choices:
        raise SettingError(f"{where} is {value!r}; choose from: {', '.join(action.choices)}")
    return parsed
