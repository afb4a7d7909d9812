"""Run a callable in a background thread, with progress and cancellation."""

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

_SPEED_STEPS = 30
"""The speed is measured over this many last steps, since the first ones may be quicker."""


class Progress(Protocol):
    """The progress of a job: `done` of `total` in one of its phases."""

    @property
    def phase(self) -> str:
        """The name of the phase."""

    @property
    def done(self) -> int:
        """How much is done."""

    @property
    def total(self) -> int:
        """How much there is to do, 0 if unknown."""


P = TypeVar("P", bound=Progress)
R = TypeVar("R")

IsCancelled = Callable[[], bool]
"""Return whether to stop."""


@dataclass(frozen=True, slots=True)
class JobResult(Generic[R]):
    """How a job ended: with a report, or with a message for the user."""

    report: R | None = None
    message: str = ""
    cancelled: bool = False


class Job(Generic[P, R]):
    """A callable that starts to run in a background thread at once.

    `work` is called with a function that takes its progress, and one that returns whether to
    stop.
    """

    def __init__(self, work: Callable[[Callable[[P], None], IsCancelled], R], name: str) -> None:
        self.progress: P | None = None
        self.result: JobResult[R] | None = None
        self._stop = threading.Event()
        self._done = threading.Event()
        self._steps: deque[tuple[float, int]] = deque(maxlen=_SPEED_STEPS)
        threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def cancel(self) -> None:
        """Ask the job to stop; it leaves everything unchanged."""
        self._stop.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was asked to stop."""
        return self._stop.is_set()

    def wait(self, seconds: float | None) -> bool:
        """Wait at most this long, or without end; return whether the job has ended."""
        return self._done.wait(seconds)

    @property
    def seconds_left(self) -> float | None:
        """The estimated remaining time, or None until there are enough steps."""
        progress, steps = self.progress, tuple(self._steps)
        if progress is None or len(steps) < 2 or not 0 < progress.done < progress.total:
            return None
        (began, before), (last, done) = steps[0], steps[-1]
        each = (last - began) / (done - before)
        return max(0.0, each * (progress.total - done) - (time.monotonic() - last))

    def _run(self, work: Callable[[Callable[[P], None], IsCancelled], R]) -> None:
        try:
            self.result = JobResult(work(self._follow, self._stop.is_set))
        except CancelledError as error:
            self.result = JobResult(message=str(error), cancelled=True)
        except (LibraryError, QAError) as error:
            self.result = JobResult(message=str(error))
        except Exception as error:
            log.exception("%s failed", threading.current_thread().name)
            self.result = JobResult(message=f"it failed with {type(error).__name__}: {error}")
        finally:
            self._done.set()

    def _follow(self, progress: P) -> None:
        before = self.progress
        if before is None or before.phase != progress.phase:
            self._steps.clear()
        if not self._steps or progress.done > self._steps[-1][1]:
            self._steps.append((time.monotonic(), progress.done))
        self.progress = progress
