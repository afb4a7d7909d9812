"""A chat server in a separate process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import PROJECT

TIMEOUT = 120
"""Seconds; a busy machine loads the models slowly."""


@dataclass
class Chat:
    """A chat server in a separate process; `output` is its standard error so far."""

    process: subprocess.Popen[str]
    articles: Path
    index: Path
    output: list[str] = field(default_factory=list)
    has_ended: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def read_output(self) -> None:
        """Collect the output until the process ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self.output.append(line)
                self._changed.notify_all()
        with self._changed:
            self.has_ended = True
            self._changed.notify_all()

    def wait_for(self, words: str) -> str:
        """Wait for a line with `words` and return it."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_ended or words in "".join(self.output), TIMEOUT)
        if words not in "".join(self.output):
            raise AssertionError(f"{words!r} is not in the output: {''.join(self.output)}")
        return next(line for line in self.output if words in line)

    @property
    def address(self) -> str:
        """The URL that the chat prints."""
        found = re.search(r"https?://[\w.]+:\d+", self.wait_for("starting on"))
        assert found is not None
        return found[0]


def start_server(
    index: Path,
    articles: Path,
    *options: str,
    open_files: int | None = None,
    ready: str = "ready for questions",
    command: Sequence[str] = ("app.py",),
    port: int = 0,
    **limits: str,
) -> Chat:
    """Start a server, by default on a free port, and wait until it prints `ready`.

    `command` are the arguments of Python that start it.
    """
    arguments = [sys.executable, *command, "--index", str(index), "--port", str(port), *options]
    if open_files is not None:
        arguments = ["sh", "-c", f'ulimit -n {open_files} && exec "$@"', "sh", *arguments]
    process = subprocess.Popen(
        arguments,
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **limits},
    )
    server = Chat(process, articles, index)
    threading.Thread(target=server.read_output, daemon=True).start()
    try:
        server.wait_for(ready)
    except BaseException:
        process.kill()
        raise
    return server
