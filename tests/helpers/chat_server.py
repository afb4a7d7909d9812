"""A chat server in a process of its own, and what it says."""

from __future__ import annotations

import re
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 120
"""Seconds; a busy machine loads the models slowly."""


@dataclass
class Chat:
    """A chat server that runs in a process of its own; `said` is its standard error so far."""

    process: subprocess.Popen[str]
    articles: Path
    index: Path
    said: list[str] = field(default_factory=list)
    ended: bool = False
    _heard: threading.Condition = field(default_factory=threading.Condition)

    def listen(self) -> None:
        """Collect what the process says, until it ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._heard:
                self.said.append(line)
                self._heard.notify_all()
        with self._heard:
            self.ended = True
            self._heard.notify_all()

    def wait_for(self, words: str) -> str:
        """The line that holds `words`, once it was said."""
        with self._heard:
            self._heard.wait_for(lambda: self.ended or words in "".join(self.said), PATIENCE)
        if words not in "".join(self.said):
            raise AssertionError(f"{words!r} was never said: {''.join(self.said)}")
        return next(line for line in self.said if words in line)

    @property
    def address(self) -> str:
        """The address the chat says it is at."""
        found = re.search(r"http://127\.0\.0\.1:\d+", self.wait_for("starting on"))
        assert found is not None
        return found[0]
