"""Reading the files of a question set, with errors that name the line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.errors import QuestionSetError


def read_text(path: Path) -> str:
    """A file's text, which has to be UTF-8; a byte-order mark is dropped.

    Raises QuestionSetError naming the line where it is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise QuestionSetError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise QuestionSetError(
            f"{path}, line {line}: not UTF-8 (byte {raw[error.start]:#04x}); save it as UTF-8"
        ) from error


def json_lines(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number (from 1) and object of every line that is not blank."""
    # Only line feeds end a line: a question may hold U+2028 and its like.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise QuestionSetError(f"{path}, line {number}: not JSON ({error})") from error
        if not isinstance(value, dict):
            raise QuestionSetError(
                f"{path}, line {number}: expected a JSON object, found {_kind(value)}"
            )
        yield number, value


def content_key(*paths: Path) -> str:
    """SHA-256 over the contents of files, in order, in hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _kind(value: object) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def kind_of(value: object) -> str:
    """What a JSON value is, in words, for messages."""
    return "an object" if isinstance(value, dict) else _kind(value)
