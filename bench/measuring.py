"""What the measurements share: programs timed in turn, conditions noted, results kept.

Times on a machine mean something only beside others of the same minutes. So whatever is
compared runs in turn, several times over, and the median of each is set against the other's.
Processor time is told beside the clock's: other programs disturb it less.
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
    """What something took: seconds of the clock and of the processors, peak memory in MB.

    The peak is that of a process of its own, and 0 for what runs in this one.
    """

    wall: float
    cpu: float
    peak_mb: float = 0.0


def program(command: Sequence[str | Path], cwd: Path = PROJECT) -> Timing:
    """Run a program to its end. Raises RuntimeError where its status is neither 0 nor 3.

    3 is Pincite's status for a question without an answer.
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
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise RuntimeError(f"{command} ended with {process.returncode}: {told[-2000:]}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Timing(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * scale / 1e6)


def timed(work: Callable[[], T]) -> tuple[Timing, T]:
    """Do something in this process, and say what it took; all threads count."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    return Timing(time.perf_counter() - wall, time.process_time() - cpu), done


def in_turn(repeats: int, **runs: Callable[[], Timing]) -> dict[str, list[Timing]]:
    """Each of `runs`, one after the other, `repeats` times over."""
    found: dict[str, list[Timing]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            found[name].append(run())
    return found


def medians(timings: Sequence[Timing]) -> dict[str, float]:
    """The median of each column."""
    return {
        column: round(statistics.median(getattr(timing, column) for timing in timings), 6)
        for column in ("wall", "cpu", "peak_mb")
    }


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie, the nearest one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio(above: Sequence[Timing], below: Sequence[Timing], column: str = "wall") -> float:
    """The median of one over the median of the other."""
    return medians(above)[column] / medians(below)[column]


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure with the bound it has to keep."""

    figure: str
    value: float
    bound: float
    most: bool = True

    @property
    def kept(self) -> bool:
        """Whether the value is on the right side."""
        return self.value <= self.bound if self.most else self.value >= self.bound

    def __str__(self) -> str:
        sign = "≤" if self.most else "≥"
        told = "" if self.kept else "   MISSED"
        return f"{self.figure:58} {self.value:9.3f}   {sign} {self.bound:g}{told}"


def keep(name: str, bounds: Sequence[Bound], figures: Mapping[str, Any]) -> None:
    """Print the bounds, and write everything to `bench/results/NAME.json`."""
    for bound in bounds:
        print(bound)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    # A folder's place on this machine says nothing on another.
    given = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    told = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(["python", "-m", f"bench.{name}", *given]),
        "conditions": {**environment(), "load_at_the_end": load},
        "bounds": [{**asdict(bound), "kept": bound.kept} for bound in bounds],
        "figures": dict(figures),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def shared(relative: str) -> Path | None:
    """A file or folder of the public data (`PINCITE_SHARED`), or None where it is not here."""
    root = os.environ.get("PINCITE_SHARED", str(PROJECT.parent / "shared"))
    path = Path(root).expanduser() / relative
    return path.resolve() if path.exists() else None
