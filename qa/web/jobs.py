"""Work that runs in the background, with progress and a way to stop it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from index.errors import CancelledError, LibraryError
from qa.errors import QAError

log = logging.getLogger(__name__)

_WINDOW = 30
"""How many steps the speed is taken from: the last ones, since the first may be quicker."""


class Step(Protocol):
    """How far a job is: `done` of `total`, in one of its phases."""

    @property
    def phase(self) -> str:
        """What is being done."""

    @property
    def done(self) -> int:
        """How much of it is done."""

    @property
    def total(self) -> int:
        """How much there is, 0 where that is not known."""


S = TypeVar("S", bound=Step)
R = TypeVar("R")

Cancelled = Callable[[], bool]
"""Says whether to stop."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """How a job ended: with a report, or with a message for the person."""

    report: R | None = None
    message: str = ""
    cancelled: bool = False


class Job(Generic[S, R]):
    """One piece of work, started at once in a thread of its own.

    `work` is given what to tell of progress, and what says whether to stop.
    """

    def __init__(self, work: Callable[[Callable[[S], None], Cancelled], R], name: str) -> None:
        self.progress: S | None = None
        self.outcome: Outcome[R] | None = None
        self._stop = threading.Event()
        self._done = threading.Event()
        self._steps: deque[tuple[float, int]] = deque(maxlen=_WINDOW)
        threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def cancel(self) -> None:
        """Ask the job to stop; what it changes stays as it was."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether the job is over, after waiting at most so long."""
        return self._done.wait(seconds)

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the last steps, or None while there is no ground for one."""
        progress, steps = self.progress, tuple(self._steps)
        if progress is None or len(steps) < 2 or not 0 < progress.done < progress.total:
            return None
        (began, before), (last, done) = steps[0], steps[-1]
        each = (last - began) / (done - before)
        return max(0.0, each * (progress.total - done) - (time.monotonic() - last))

    def _run(self, work: Callable[[Callable[[S], None], Cancelled], R]) -> None:
        try:
            self.outcome = Outcome(work(self._follow, self._stop.is_set))
        except CancelledError as error:
            self.outcome = Outcome(message=str(error), cancelled=True)
        except (LibraryError, QAError) as error:
            self.outcome = Outcome(message=str(error))
        except Exception as error:
            log.exception("%s failed", threading.current_thread().name)
            self.outcome = Outcome(message=f"it failed with {type(error).__name__}: {error}")
        finally:
            self._done.set()

    def _follow(self, progress: S) -> None:
        before = self.progress
        if before is None or before.phase != progress.phase:
            self._steps.clear()
        if not self._steps or progress.done > self._steps[-1][1]:
            self._steps.append((time.monotonic(), progress.done))
        self.progress = progress
