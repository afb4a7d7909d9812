"""What was tried so far and what was wrong, kept in a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path


class Record:
    """The counts, the fuzzer's corpus and the wrong files of one format below a work folder."""

    def __init__(self, work: Path, suffix: str) -> None:
        self.suffix = suffix
        self.corpus = work / "corpus" / suffix
        self._counter = work / "counts" / suffix
        self._wrong = work / "wrong"
        for folder in (self.corpus, self._counter.parent, self._wrong):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def count(self) -> int:
        """How often the format was parsed."""
        return int(self._counter.read_text()) if self._counter.exists() else 0

    @count.setter
    def count(self, count: int) -> None:
        new = self._counter.with_name(f"{self._counter.name}.new")
        new.write_text(str(count))
        new.replace(self._counter)

    def keep(self, content: bytes, problem: str) -> None:
        """Keep a file with its problem, one of those that fail in the same place."""
        places = [line for line in problem.splitlines() if line.startswith("  File ")]
        kind = problem.strip().rpartition("\n")[2].partition(":")[0]
        key = hashlib.sha256("".join([kind, *places[-1:]]).encode()).hexdigest()[:8]
        path = self._wrong / f"{self.suffix[1:]}-{key}{self.suffix}"
        if not path.exists():
            path.write_bytes(content)
            path.with_name(f"{path.name}.problem").write_text(problem)
