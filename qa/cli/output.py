"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import io
import json
import os
import sys
import unicodedata
from collections.abc import Callable
from types import TracebackType
from typing import Any

from index.library import SyncProgress, SyncReport

DONE = 0
ERROR = 1
USAGE = 2
NO_ANSWER = 3
INTERRUPTED = 130

NO_ARTICLES = "The index holds no articles; add some: pincite index PATH"


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    told = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    try:
        told.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # another encoding, or a path whose bytes are not UTF-8
        told = json.dumps(value, ensure_ascii=True, indent=2, allow_nan=False)
    sys.stdout.write(f"{told}\n")


def carry_any_text() -> None:
    """Let what an output's encoding cannot hold be written as escapes, not raise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    """A message for the person, on standard error; it may name files of any name."""
    print("\n".join(name(line) for line in message.split("\n")), file=sys.stderr)


def plain(text: str) -> str:
    """Article text that is safe on a terminal: one line, no control or direction characters.

    An article can hold escape sequences that recolour or rewrite a terminal, and overrides
    that reverse what is read.
    """
    folded = " ".join(text.split())
    return "".join(
        character
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs")
        else "\N{REPLACEMENT CHARACTER}"
        for character in folded
        if character not in "\u200b\u200c\u200d\ufeff\u00ad"
    )


def name(text: str) -> str:
    """An id or path for a terminal: its letters and spaces, with what could steer it escaped."""
    return "".join(
        repr(c)[1:-1] if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c
        for c in text
    )


def strong(text: str) -> str:
    """`text` in bold where standard output is a terminal that takes colours."""
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\x1b[1m{text}\x1b[0m"
    return text


class SyncBar:
    """A progress bar for a sync, on a terminal only; nothing in a pipe."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._phase = ""

    def __enter__(self) -> Callable[[SyncProgress], None] | None:
        return self._show if sys.stderr.isatty() else None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def _show(self, progress: SyncProgress) -> None:
        from tqdm import tqdm

        if progress.phase != self._phase:
            if self._bar is not None:
                self._bar.close()
            self._phase = progress.phase
            self._bar = tqdm(
                total=progress.total, desc=progress.phase, file=sys.stderr, leave=False
            )
        self._bar.total = progress.total
        self._bar.n = progress.done
        # One long article keeps the bar still for minutes; its passages move.
        if progress.chunks:
            self._bar.set_postfix_str(f"{progress.chunks:,} texts encoded", refresh=False)
        self._bar.refresh()


class _Waiting:
    def __init__(self) -> None:
        self._told = ""

    def __call__(self, message: str) -> None:
        """Say `message`, unless it was the last thing said."""
        if message != self._told:
            self._told = message
            say(f"{message}, which is writing this index …")


waiting = _Waiting()
"""Told who else is writing the index, says it; once, however often it is told."""


def report_trouble(report: SyncReport) -> None:
    """What was skipped and what was odd, on standard error."""
    for skip in report.skipped:
        say(f"skipped {skip.path}: {skip.reason}")
    for warning in report.warnings:
        say(f"warning: {warning}")
