"""Limits for the parsing of one file, set by environment variables and enforced in a worker.

The processor's time is limited by a timer of the operating system, and memory by its limit for
an address space. Both end code written in C too. Where a platform has neither, the limit of
elapsed time still holds, since the parent process enforces it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from index.validation import read_numbers

_FULL_TIME_BYTES = 10_000_000
"""Size from which a file gets more time, in proportion: PDFs take 6 s a megabyte."""

TIMER_SIGNAL = getattr(signal, "SIGPROF", None)
"""The signal that ends a worker when the time is used up, None where there is no such timer."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """How much the parsing of one file may take.

    `seconds` of processor time, for files of up to 10 MB and in proportion above;
    `elapsed_seconds` likewise, for a file that cannot be read on; `memory_mb` MiB of memory;
    `output_mb` MiB of extracted article.
    """

    seconds: float = 60.0
    elapsed_seconds: float = 600.0
    memory_mb: float = 2048.0
    output_mb: float = 256.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the limits in `PINCITE_PARSE_SECONDS`, `PINCITE_PARSE_MEMORY_MB` and so on.

        Raises SettingError for a value that is not a number above 0.
        """
        return read_numbers(cls, "PINCITE_PARSE_", environment)

    def for_size(self, size: int) -> ParseLimits:
        """Return the limits for a file of `size` bytes."""
        factor = max(1.0, size / _FULL_TIME_BYTES)
        return ParseLimits(
            self.seconds * factor, self.elapsed_seconds * factor, self.memory_mb, self.output_mb
        )


def limit_memory(megabytes: float) -> None:
    """Limit the memory of this process from now on, where the platform can."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = int(megabytes * 2**20)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def start_timer(seconds: float) -> None:
    """End this process after so many seconds of processor time; 0 stops the timer."""
    if TIMER_SIGNAL is not None:
        signal.setitimer(signal.ITIMER_PROF, seconds)


def peak_memory_mb() -> float:
    """Return the most memory that this process has held, in MiB, 0 where that is unknown.

    On Linux `ru_maxrss` of a new program begins at what its parent held, so it is not used.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return float(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
