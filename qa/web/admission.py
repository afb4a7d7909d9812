"""Limit how many questions are answered at once; the others wait in order.

One question per core is answered at a time: more would slow each other down without finishing
sooner. Background work such as indexing pauses while there are questions.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from index.embedding.cpu import usable_cores
from qa.errors import BusyError, StoppingError
from qa.tracing import span

_IDLE = 0.25
"""Seconds without a question before background work resumes, so that somebody who asks again
at once does not have to wait for it."""

_MAX_PAUSE = 10.0
"""Longest pause of background work in seconds, so that it finishes even if questions never end."""

_PAUSE_RATIO = 4.0
"""Longest pause relative to the work since the last one: a fifth of the time remains for work."""

_MAX_RETRY = 60
"""Longest time after which to try again, in seconds."""

_BURST = 0.25
"""Seconds that background work runs before it checks for questions again."""


class AdmissionQueue:
    """A bounded first-come, first-served queue for a limited number of slots. Thread-safe."""

    def __init__(
        self,
        slots: int | None = None,
        *,
        max_waiting: float = math.inf,
        max_pause: float = _MAX_PAUSE,
    ) -> None:
        """Create a queue with `slots` (at least 1; by default one per core).

        At most `max_waiting` others wait for a slot. `max_pause` is the longest pause of
        background work in seconds.
        """
        self._max_waiting = max_waiting
        self._seconds = 1.0  # what a question has taken on average, the last ones counting most
        self._is_closed = False
        self.slots = slots or usable_cores()
        self._max_pause = max_pause
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._taken = 0
        self._last_end = 0.0
        self._resumed = 0.0

    @contextmanager
    def slot(self, on_position: Callable[[int], None] | None = None) -> Iterator[None]:
        """Wait for a slot and hold it.

        Raises BusyError if too many wait already, StoppingError once the queue is closed.
        `on_position` is called with the number of others ahead while there are any, and again
        whenever it changes.
        """
        ticket, reported = object(), 0
        with self._changed:
            self._check_open()
            if len(self._waiting) >= self._max_waiting + self.slots - self._taken:
                raise BusyError("questions", self._retry_after())
            self._waiting.append(ticket)
        try:
            with span("pincite.wait"):
                while (ahead := self._take_slot(ticket, reported)) > 0:
                    reported = ahead
                    if on_position is not None:
                        on_position(ahead)
        except BaseException:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()
            raise
        started = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._taken -= 1
                self._seconds += 0.2 * (time.monotonic() - started - self._seconds)
                self._last_end = time.monotonic()
                self._changed.notify_all()

    def _take_slot(self, ticket: object, reported: int) -> int:
        """Take a slot and return 0, or return the number of others ahead once it has changed."""
        with self._changed:
            while True:
                self._check_open()
                ahead = self._waiting.index(ticket) + 1
                if ahead <= self.slots - self._taken:
                    self._waiting.remove(ticket)
                    self._taken += 1
                    self._changed.notify_all()
                    return 0
                if ahead != reported:
                    return ahead
                self._changed.wait()

    def close(self) -> None:
        """Give no more slots: those who wait, or come later, get StoppingError."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until no slot is held, and return whether that is so after so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._taken, seconds)

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoppingError

    def _retry_after(self) -> int:
        """Return in how many seconds those who wait now will probably be done."""
        seconds = math.ceil(len(self._waiting) * self._seconds / self.slots)
        return min(max(seconds, 1), _MAX_RETRY)

    @property
    def taken(self) -> int:
        """The number of slots that are held."""
        return self._taken

    @property
    def waiting(self) -> int:
        """The number of those who wait for a slot."""
        return len(self._waiting)

    @property
    def is_busy(self) -> bool:
        """Whether anyone holds or waits for a slot."""
        return bool(self._taken or self._waiting)

    def pause_background_work(self) -> None:
        """Wait while there are questions; background work calls this between its steps.

        Returns once there was no question for a quarter of a second, at the latest after four
        times the duration of the work since the last pause. Does nothing for a quarter of a
        second after that.
        """
        now = time.monotonic()
        if now - self._resumed < _BURST:
            return
        with self._changed:
            until = now + min(self._max_pause, _PAUSE_RATIO * (now - self._resumed))
            while (now := time.monotonic()) < until:
                idle_at = self._last_end + _IDLE
                if not self.is_busy and now >= idle_at:
                    return
                self._changed.wait(min(until, until if self.is_busy else idle_at) - now)
        self._resumed = time.monotonic()
