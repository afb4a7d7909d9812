"""Break an index at every step of every operation, and flip bits in all of its files.

    python -m tests.torture --work FOLDER [--hours H] [--flips N]

Counts are kept in FOLDER/counts.json, and a later run goes on from there. Each operation is
attempted with each fault at every call of the operating system that it makes on files of the
index. An index must then have its old or its new state, every error must be one of the package,
and the operation must succeed when it is run again. The status is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.helpers.damage import differences, everything, flips, kind_of
from tests.torture.faults import FAULTS, LIBRARY, Attempts, build, in_child, preload, restart
from tests.torture.operations import OPERATIONS, QUESTION, Place, make

_GOLDEN = (math.sqrt(5) - 1) / 2
_ROUND = 100  # bits flipped in one child


class Counts:
    """What was tried so far, and what was wrong, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.values: dict[str, Any] = {"faults": {}, "flips": {}, "wrong": []}
        if path.exists():
            self.values = json.loads(path.read_text())

    def save(self) -> None:
        """Write the file in one step."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self.values, indent=1))
        new.replace(self._path)

    def report(self) -> str:
        """Return the counts as text."""
        lines = []
        for name in FAULTS:
            entries = [one for key, one in self.values["faults"].items() if name in key]
            tried, calls = (sum(one[key] for one in entries) for key in ("tried", "calls"))
            lines.append(f"{tried:>8,}  of {calls:,} calls: {name}")
        kinds: dict[str, int] = self.values["flips"]
        lines.append(f"{sum(kinds.values()):>8,}  bits flipped in {len(kinds)} kinds of file")
        lines.append(f"{len(self.values['wrong']):>8,}  wrong")
        return "\n".join(lines)


def main() -> int:
    """Run until everything was tried or the time is over, and print the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--flips", type=int, default=20_000)
    parser.add_argument("--attempts", type=int, help="at most so many with each fault")
    parser.add_argument("--only", nargs="*", default=list(OPERATIONS), choices=list(OPERATIONS))
    args = parser.parse_args()
    work = args.work.absolute()
    if LIBRARY not in os.environ:
        library = build(work)
        if library is None:
            print("there is no C compiler (cc), which the faults need", file=sys.stderr)
            return 1
        restart("tests.torture", sys.argv[1:], library)
    preload()
    counts, end = Counts(work / "counts.json"), time.monotonic() + 3600 * args.hours
    _break(args.only, work, counts, end, args.attempts)
    _flip(work, counts, args.flips, end)
    print(counts.report())
    for wrong in counts.values["wrong"]:
        print(f"\n{wrong}")
    return 1 if counts.values["wrong"] else 0


def _break(
    names: list[str], work: Path, counts: Counts, end: float, most: int | None = None
) -> None:
    """Attempt operations with every fault that was not tried yet, in turn."""
    attempts = {name: Attempts(name, work) for name in names}
    left = [(name, kind) for name in names for kind in FAULTS]
    while left and time.monotonic() < end:
        for name, kind in list(left):
            entry = counts.values["faults"].setdefault(f"{name}: {kind}", {"tried": 0})
            if "calls" not in entry:
                entry["calls"] = attempts[name].calls(FAULTS[kind])
            if entry["tried"] >= min(entry["calls"], most or entry["calls"]):
                left.remove((name, kind))
                continue
            number = _spread(entry["tried"], entry["calls"])
            counts.values["wrong"] += [
                f"{name}, {kind} at call {number}: {one}"
                for one in attempts[name].attempt(FAULTS[kind], number)
            ]
            entry["tried"] += 1
            counts.save()
            if time.monotonic() >= end:
                return


def _spread(number: int, calls: int) -> int:
    """Return the `number`-th of all calls in an order that spreads over them early, from 1."""
    step = max(1, round(calls * _GOLDEN))
    while math.gcd(step, calls) > 1:
        step += 1
    return number * step % calls + 1


def _flip(work: Path, counts: Counts, most: int, end: float) -> None:
    """Flip single bits in every kind of file."""
    place = Place(*(work / "flips" / part for part in ("index", "articles", "backup", "x")))
    if not place.index.exists():
        in_child(lambda: make(place))
    questions = [QUESTION, "brigde", "tunnel"]
    tried: dict[str, int] = counts.values["flips"]
    while (done := sum(tried.values())) < most and time.monotonic() < end:

        def round_of_flips(seed: int = done) -> list[list[str]]:
            whole, found = everything(place.index, questions), []
            for path, bit in flips(place.index, _ROUND, seed):
                if path.parent.name != "uploads":
                    outcome = differences(place.index, questions, whole)
                    found.append(
                        [kind_of(path), str(outcome) if outcome == "silent" else "", str(bit)]
                    )
            return found

        for kind, problem, bit in in_child(round_of_flips):
            tried[kind] = tried.get(kind, 0) + 1
            if problem:
                counts.values["wrong"].append(f"bit {bit} of {kind}: {problem}")
        counts.save()


if __name__ == "__main__":
    sys.exit(main())
