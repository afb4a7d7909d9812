"""A change of the index that runs in the background, with progress and a way to stop it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from index.errors import CancelledError, LibraryError
from index.library import SyncProgress, SyncReport

log = logging.getLogger(__name__)

Progress = Callable[[SyncProgress], None]
Cancelled = Callable[[], bool]
Work = Callable[[Progress, Cancelled], SyncReport]
"""Does the change; is given what to tell of progress, and what says whether to stop."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: with a report, or with a message for the person."""

    report: SyncReport | None = None
    message: str = ""
    cancelled: bool = False


class Job:
    """One change, started at once in a thread of its own."""

    def __init__(self, work: Work) -> None:
        self.progress: SyncProgress | None = None
        self.outcome: Outcome | None = None
        self._stop = threading.Event()
        self._done = threading.Event()
        self._encoding_since: float | None = None
        threading.Thread(target=self._run, args=(work,), name="indexing", daemon=True).start()

    def cancel(self) -> None:
        """Ask the job to stop; the index stays as it was."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Whether the job is over, after waiting at most so long."""
        return self._done.wait(seconds)

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the articles done so far, or None while there is no ground for one."""
        progress, since = self.progress, self._encoding_since
        if progress is None or since is None or not 0 < progress.done < progress.total:
            return None
        return (time.monotonic() - since) * (progress.total - progress.done) / progress.done

    def _run(self, work: Work) -> None:
        try:
            self.outcome = Outcome(work(self._follow, self._stop.is_set))
        except CancelledError as error:
            self.outcome = Outcome(message=str(error), cancelled=True)
        except LibraryError as error:
            self.outcome = Outcome(message=str(error))
        except Exception as error:
            log.exception("changing the index failed")
            self.outcome = Outcome(message=f"it failed with {type(error).__name__}: {error}")
        finally:
            self._done.set()

    def _follow(self, progress: SyncProgress) -> None:
        if progress.phase == "encoding" and self._encoding_since is None:
            self._encoding_since = time.monotonic()
        self.progress = progress
