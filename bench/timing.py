"""Time programs in turn, and save results with their conditions.

Times compare only within the same minutes on the same machine. Variants
run in turn, several times, and the medians are divided. Processor time is reported
in addition to wall time, because other programs disturb it less.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from qa.evaluation.environment import environment

PROJECT = Path(__file__).resolve().parents[1]
RESULTS = PROJECT / "bench" / "results"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall and processor time in seconds, and peak memory in MB.

    The peak is that of a child process, and 0 for code that ran in this process.
    """

    wall: float
    cpu: float
    peak_mb: float = 0.0


def run_program(command: Sequence[str | Path], cwd: Path = PROJECT) -> Timing:
    """Run a program and time it.

    Raises RuntimeError unless its exit status is 0 or 3 (Pincite found no answer).
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise RuntimeError(f"{command} ended with {process.returncode}: {errors[-2000:]}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Timing(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * scale / 1e6)


def time_call(work: Callable[[], T]) -> tuple[Timing, T]:
    """Call a function in this process; return its timing, all threads included, and its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Timing(time.perf_counter() - wall, time.process_time() - cpu), result


def run_in_turn(repeats: int, **runs: Callable[[], Timing]) -> dict[str, list[Timing]]:
    """Call each of `runs` in turn, `repeats` times; return the timings by name."""
    timings: dict[str, list[Timing]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            timings[name].append(run())
    return timings


def medians(timings: Sequence[Timing]) -> dict[str, float]:
    """Return the median of each column."""
    return {
        column: round(statistics.median(getattr(timing, column) for timing in timings), 6)
        for column in ("wall", "cpu", "peak_mb")
    }


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value at a quantile, `share` in 0..1, without interpolation."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median_ratio(above: Sequence[Timing], below: Sequence[Timing], column: str = "wall") -> float:
    """Return the median of `above` divided by the median of `below`."""
    return medians(above)[column] / medians(below)[column]


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure and the bound that it must not exceed (`most`) or fall below."""

    figure: str
    value: float
    bound: float
    most: bool = True

    @property
    def kept(self) -> bool:
        """Whether the value is within the bound."""
        return self.value <= self.bound if self.most else self.value >= self.bound

    def __str__(self) -> str:
        sign = "≤" if self.most else "≥"
        missed = "" if self.kept else "   MISSED"
        return f"{self.figure:58} {self.value:9.3f}   {sign} {self.bound:g}{missed}"


def save_results(name: str, bounds: Sequence[Bound], figures: Mapping[str, Any]) -> None:
    """Print the bounds and write everything to `bench/results/NAME.json`."""
    for bound in bounds:
        print(bound)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    # Paths of this machine mean nothing on another.
    arguments = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    results = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(["python", "-m", f"bench.{name}", *arguments]),
        "conditions": {**environment(), "load_at_the_end": load},
        "bounds": [{**asdict(bound), "kept": bound.kept} for bound in bounds],
        "figures": dict(figures),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def shared_path(relative: str) -> Path | None:
    """Return a file or folder of the public data (`PINCITE_SHARED`), None where it is missing."""
    root = os.environ.get("PINCITE_SHARED", str(PROJECT.parent / "shared"))
    path = Path(root).expanduser() / relative
    return path.resolve() if path.exists() else None
