"""Read the files of a question set, with errors that name the line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from qa.errors import QuestionSetError


@dataclass(frozen=True)
class QuestionSetSource:
    """A file or folder to read, with the options of `read_question_set`."""

    path: Path
    qrels: Path | None = None
    documents: Path | None = None
    split: str = "test"

    @cached_property
    def text(self) -> str:
        """The file's text, as `read_text` returns it."""
        return read_text(self.path)

    @property
    def start(self) -> str:
        """The text from its first character that is not white space."""
        return self.text.lstrip("\ufeff \t\r\n")


def read_text(path: Path) -> str:
    """Return a UTF-8 file's text without its byte-order mark.

    Raises QuestionSetError when the file cannot be read, or names the line that is not UTF-8.
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
    """Yield line number (from 1) and object of every line that is not blank.

    Raises QuestionSetError for a line that is not a JSON object.
    """
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
                f"{path}, line {number}: expected a JSON object, found {kind_of(value)}"
            )
        yield number, value


def question_wording(where: str, entry: dict[str, Any]) -> str:
    """Return a line's `question`. Raises QuestionSetError, which begins with `where`."""
    wording = entry.get("question")
    if not isinstance(wording, str) or not wording.strip():
        raise QuestionSetError(f'{where}: "question" must be a non-empty string')
    return wording.strip()


def question_id(where: str, number: int, entry: dict[str, Any]) -> str:
    """Return a line's `id`, by default its number. Raises QuestionSetError."""
    identity = entry.get("id", number)
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise QuestionSetError(f'{where}: "id" must be a string, found {kind_of(identity)}')
    return str(identity)


def optional_text(where: str, entry: dict[str, Any], key: str) -> str:
    """Return a line's text of that key, "" without one. Raises QuestionSetError."""
    text = entry.get(key) or ""
    if not isinstance(text, str):
        raise QuestionSetError(f'{where}: "{key}" must be a string, found {kind_of(text)}')
    return text.strip()


def content_key(*paths: Path) -> str:
    """Return the SHA-256 of the contents of files, in order, in hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    type(None): "null",
}


def kind_of(value: object) -> str:
    """Return the kind of a JSON value in words, for messages."""
    return _KINDS.get(type(value), "a number")
