"""Parse files that a coverage-guided fuzzer makes, and keep those that break a law.

    python -m tests.fuzz --work FOLDER [--hours H] [--only .md .pdf]

Formats take turns until each was parsed as often as `GOALS` says. Counts, the fuzzer's corpus and
the files that were wrong are kept in FOLDER, and a later run goes on from there. The status is 1 if
a file was wrong. Needs atheris, and the libraries of `pincite[office]` for their formats.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.formats import GOALS, document, is_installed, seeds
from tests.fuzz.record import Record

_TURN_SECONDS = 120


def main() -> int:
    """Run until the goals are reached or the time is over, and print the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--only", nargs="*", default=list(GOALS), choices=list(GOALS))
    args = parser.parse_args()
    work, end = args.work.absolute(), time.monotonic() + 3600 * args.hours
    records = [Record(work, suffix) for suffix in args.only if is_installed(suffix)]
    while left := [one for one in records if one.count < GOALS[one.suffix]]:
        for record in left:
            if time.monotonic() < end:
                _take_turn(record, work)
        if time.monotonic() >= end:
            break
    for record in records:
        print(f"{record.count:>10,}  of {GOALS[record.suffix]:,}: {record.suffix}")
    wrong = sorted((work / "wrong").glob("*.problem"))
    print(f"{len(wrong):>10,}  wrong")
    for path in wrong:
        print(f"\n{path.with_suffix('')}\n{path.read_text()}")
    return 1 if wrong else 0


def _take_turn(record: Record, work: Path) -> None:
    """Fuzz a format for a while in a process of its own, which the fuzzer ends."""
    for number, seed in enumerate(seeds(record.suffix)):
        (record.corpus / f"seed-{number}").write_bytes(seed)
    command = [
        sys.executable, "-m", "tests.fuzz.turn", str(work), record.suffix, str(_TURN_SECONDS)
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    stopped = list(work.glob("stopped-*"))  # a file on which it hung, or took too much memory
    for path in stopped:
        record.keep(document(record.suffix, path.read_bytes()), done.stderr[-2000:])
        path.unlink()
    if done.returncode and not stopped:
        raise RuntimeError(f"the fuzzer ended with status {done.returncode}: {done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
