"""Print results on standard output, and everything else on standard error."""

from __future__ import annotations

import io
import json
import os
import sys
import time
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

NO_ARTICLES = "The index has no articles. Add some with: pincite index PATH"


def print_json(value: Any) -> None:
    """Print a value as one JSON document."""
    document = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    try:
        document.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # another encoding, or a path that is not UTF-8
        document = json.dumps(value, ensure_ascii=True, indent=2, allow_nan=False)
    sys.stdout.write(f"{document}\n")


def escape_unencodable() -> None:
    """Escape characters that an output's encoding cannot represent, instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_message(message: str) -> None:
    """Print a message on standard error, with file names escaped."""
    print("\n".join(terminal_name(line) for line in message.split("\n")), file=sys.stderr)


def terminal_text(text: str) -> str:
    """Return article text on one line, without control or direction characters.

    Escape sequences in an article could rewrite the terminal, and direction overrides could
    reverse the text.
    """
    folded = " ".join(text.split())
    return "".join(
        character
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs")
        else "\N{REPLACEMENT CHARACTER}"
        for character in folded
        if character not in "\u200b\u200c\u200d\ufeff\u00ad"
    )


def terminal_name(text: str) -> str:
    """Return an id or path with control and direction characters escaped; spaces are kept."""
    return "".join(
        repr(c)[1:-1] if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c
        for c in text
    )


def bold(text: str) -> str:
    """Return the text in bold if standard output is a terminal with colours."""
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\x1b[1m{text}\x1b[0m"
    return text


class _ProgressBar:
    """A progress bar on standard error, if that is a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._phase = ""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def _update(self, phase: str, done: int, total: int, note: str = "") -> None:
        from tqdm import tqdm

        if phase != self._phase:
            if self._bar is not None:
                self._bar.close()
            self._phase = phase
            self._bar = tqdm(total=total, desc=phase, file=sys.stderr, leave=False)
        self._bar.total = total
        self._bar.n = done
        if note:
            self._bar.set_postfix_str(note, refresh=False)
        self._bar.refresh()


class SyncProgressBar(_ProgressBar):
    """A progress bar for a sync."""

    def __enter__(self) -> Callable[[SyncProgress], None] | None:
        return self._show if sys.stderr.isatty() else None

    def _show(self, progress: SyncProgress) -> None:
        # While one long article is encoded, only the number of its chunks changes.
        note = f"{progress.chunks:,} chunks encoded" if progress.chunks else ""
        self._update(progress.phase, progress.done, progress.total, note)


class QuestionProgressBar(_ProgressBar):
    """A progress bar over the questions of a set; lines where standard error is no terminal.

    At least `seconds` pass between two lines.
    """

    def __init__(self, seconds: float = 30.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._printed = time.monotonic()

    def __enter__(self) -> Callable[[int, int], None]:
        return self._show if sys.stderr.isatty() else self._print_line

    def _print_line(self, done: int, total: int) -> None:
        if time.monotonic() - self._printed >= self._seconds:
            self._printed = time.monotonic()
            print_message(f"{done:,} of {total:,} questions")

    def _show(self, done: int, total: int) -> None:
        self._update("questions", done, total)


class _WaitReporter:
    def __init__(self) -> None:
        self._last = ""

    def __call__(self, message: str) -> None:
        """Print the message, unless it was the last one."""
        if message != self._last:
            self._last = message
            print_message(f"{message}, which is writing this index …")


report_wait = _WaitReporter()
"""Print which process holds the index, once."""


def report_problems(report: SyncReport) -> None:
    """Print the skipped files and the warnings of a sync."""
    for skip in report.skipped:
        print_message(f"skipped {skip.path}: {skip.reason}")
    for warning in report.warnings:
        print_message(f"warning: {warning}")
