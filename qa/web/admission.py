"""Whose turn it is: as many questions at once as there are cores, the others in a line.

More at once would make each slower and none sooner. Work in the background, such as
indexing, gives way to those who ask.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from index.embedding.cpu import usable_cores

_QUIET = 0.25
"""Seconds without a question after which background work goes on: who asks again at once is
not met by it in between."""

_PATIENCE = 10.0
"""Seconds that background work waits at most, so that it ends even if asking never does."""

_WAITS = 4.0
"""How long it waits at most, in times of what it worked since: a fifth of the time is its own."""

_BURST = 0.25
"""Seconds that background work then goes on for before it looks again."""


class Turns:
    """A line of those who ask, first come, first served. Safe to use from several threads."""

    def __init__(self, at_once: int | None = None, *, patience: float = _PATIENCE) -> None:
        """`at_once` (1 or more) have their turn together; None is one for each core.

        Background work waits for `patience` seconds at most.
        """
        self.at_once = at_once or usable_cores()
        self._patience = patience
        self._changed = threading.Condition()
        self._line: deque[object] = deque()
        self._served = 0
        self._last = 0.0
        self._resumed = 0.0

    @contextmanager
    def turn(self, on_place: Callable[[int], None] | None = None) -> Iterator[None]:
        """Wait for a turn, and have it. `on_place` is told how many come before, when there
        are any, and again whenever that changes."""
        ticket, told = object(), 0
        with self._changed:
            self._line.append(ticket)
        try:
            while (before := self._wait(ticket, told)) > 0:
                told = before
                if on_place is not None:
                    on_place(before)
        except BaseException:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()
            raise
        try:
            yield
        finally:
            with self._changed:
                self._served -= 1
                self._last = time.monotonic()
                self._changed.notify_all()

    def _wait(self, ticket: object, told: int) -> int:
        """How many come before, once that is another number than `told`; 0 takes the turn."""
        with self._changed:
            while True:
                before = self._line.index(ticket) + 1
                if before <= self.at_once - self._served:
                    self._line.remove(ticket)
                    self._served += 1
                    self._changed.notify_all()
                    return 0
                if before != told:
                    return before
                self._changed.wait()

    @property
    def asking(self) -> bool:
        """Whether anyone has a turn or waits for one."""
        return bool(self._served or self._line)

    def give_way(self) -> None:
        """Called by background work between its steps: waits while there are questions.

        It waits until none came for a quarter of a second, but no longer than four times as
        long as it has worked since; then it does not wait again for a quarter of a second.
        """
        now = time.monotonic()
        if now - self._resumed < _BURST:
            return
        with self._changed:
            until = now + min(self._patience, _WAITS * (now - self._resumed))
            while (now := time.monotonic()) < until:
                quiet = self._last + _QUIET
                if not self.asking and now >= quiet:
                    return
                self._changed.wait(min(until, until if self.asking else quiet) - now)
        self._resumed = time.monotonic()
