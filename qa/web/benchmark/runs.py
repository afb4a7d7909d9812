"""Question sets and runs behind the Benchmark tab: finding, running, keeping, comparing.

The measuring itself is `qa.evaluation`. Runs are kept in the user's cache folder, one folder
for each index, as the files that `pincite eval --save` writes: `pincite compare` reads them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.errors import CancelledError, LibraryError, LockedError, NoIndexError
from index.library import Library, SyncProgress
from qa.errors import QuestionSetError, RunError
from qa.evaluation.corpus_index import corpus_library, describe_library
from qa.evaluation.experiment import ExperimentOptions, run_experiment
from qa.evaluation.formats import read_question_set
from qa.evaluation.question_set_check import QuestionSetProblem, find_problems
from qa.evaluation.run import Run
from qa.indexes import cache_folder
from qa.questions import QuestionSet
from qa.web.jobs import IsCancelled, Job
from qa.web.service import Service

_SUFFIXES = (".jsonl", ".json")
_SNIFFED = 4096
_MOST_SETS = 100
_RUN_NAME = re.compile(r"\d{8}-\d{6}(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Asked:
    """How far a run is: "reading", "indexing", "loading", "asking" or "counting"."""

    phase: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run on disk, by the name it has there, and its figures."""

    name: str
    path: Path
    summary: dict[str, Any]

    @property
    def source(self) -> Path:
        """The question set it is of."""
        return Path(str(self.summary["config"].get("questions", "?")))


RunJob = Job[Asked, str]
"""A run in the background; its report is the name under which the run is kept."""


class Bench:
    """What the tab of every window shares: one run at a time, and the runs that were kept."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._job: RunJob | None = None
        key = hashlib.sha256(os.fsencode(service.path.expanduser().resolve())).hexdigest()[:20]
        self.folder = cache_folder() / "benchmark" / key

    @property
    def job(self) -> RunJob | None:
        """The latest run that was started here."""
        return self._job

    # Question sets

    def sets(self) -> list[Path]:
        """The question sets found beside the articles, in and beside the index, and dropped."""
        found: dict[Path, None] = {}
        for place in self._places():
            for path in _entries(place):
                if len(found) < _MOST_SETS and _looks_like_a_set(path):
                    found.setdefault(path)
        return list(found)

    def _places(self) -> list[Path]:
        index = self._service.path.expanduser().resolve()
        try:
            roots = [Path(root.path) for root in self._service.library().manifest.roots]
        except LibraryError:
            roots = []
        beside = [root if root.is_dir() else root.parent for root in roots]
        return list(dict.fromkeys([*beside, index, index.parent, self.folder / "sets"]))

    def chosen(self, place: str) -> Path:
        """The set that was picked. Raises QuestionSetError where it is none of those found."""
        for path in self.sets():
            if str(path) == place:
                return path
        raise QuestionSetError(f"{place or 'nothing'} is none of the question sets found; pick one")

    def keep_set(self, file: Path) -> Path:
        """A copy of a set that was dropped into the page, after reading it.

        Raises QuestionSetError, with line and reason, where it cannot be read.
        """
        try:
            read_question_set(file)
        except QuestionSetError as error:
            # Where the browser's copy lies means nothing to the person.
            raise QuestionSetError(
                str(error).replace(str(file), f"question set {file.name}")
            ) from error
        folder = self.folder / "sets"
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(file, folder / file.name))

    def fits(self, questions: QuestionSet) -> list[QuestionSetProblem]:
        """What of a set the articles do not bear out; nothing for sets with their own texts."""
        if questions.articles is not None:
            return []
        return find_problems(questions, self._service.library())

    # Running

    def start(self, place: str, options: ExperimentOptions) -> RunJob:
        """Run a set in the background. Raises LockedError while another run is going."""
        path = self.chosen(place)
        with self._lock:
            if self._job is not None and self._job.result is None:
                raise LockedError("a question set is being run already; wait or cancel it")
            self._job = Job(
                lambda follow, cancelled: self._work(path, options, follow, cancelled), "benchmark"
            )
            return self._job

    def _work(
        self, path: Path, options: ExperimentOptions, follow: Any, cancelled: IsCancelled
    ) -> str:
        done = 0

        def told(step: Asked) -> None:
            if cancelled():
                kept = f" after {done} questions; the same run goes on from there" if done else ""
                raise CancelledError(f"the run was cancelled{kept}")
            follow(step)

        def indexing(step: SyncProgress) -> None:
            told(Asked("indexing", step.done, step.total))

        def asking(number: int, total: int) -> None:
            nonlocal done
            done = number
            told(Asked("counting" if number == total else "asking", number, total))

        told(Asked("reading"))
        questions = read_question_set(path)
        told(Asked("loading"))
        loaded = self._service.chatbot()
        if questions.articles is None:
            # A library of its own: asking meanwhile must not move the run to newer articles.
            library = Library.open(self._service.path, encoder=loaded.retriever.library.encoder)
            index = describe_library(library)
        else:
            library, index = corpus_library(questions, progress=indexing)
        if not len(library):
            raise NoIndexError("there are no articles to ask; add some first")
        run = run_experiment(questions, library, index, options, loaded=loaded, progress=asking)
        return self._keep(run, path)

    def _keep(self, run: Run, path: Path) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        words = re.sub(r"[^a-z0-9]+", "-", path.stem.lower())[:40].strip("-")
        base = "-".join(part for part in (time.strftime("%Y%m%d-%H%M%S"), words) if part)
        name, number = base, 1
        while (self.folder / f"{name}.json").exists():
            number += 1
            name = f"{base}-{number}"
        run.save(self.folder / f"{name}.json")
        return name

    # Kept runs

    def runs(self) -> list[KeptRun]:
        """The runs that were kept, newest first; files that are none are passed over."""
        found = []
        names = (path.stem for path in self.folder.glob("*.json"))
        for name in sorted(filter(_RUN_NAME.fullmatch, names), reverse=True):
            path = self.folder / f"{name}.json"
            try:
                summary = _summary(path, path.stat().st_mtime_ns)
            except (OSError, RunError):
                continue
            found.append(KeptRun(name, path, summary))
        return found

    def run(self, name: str) -> Run:
        """A kept run, by its name. Raises RunError where there is none."""
        if not _RUN_NAME.fullmatch(name):
            raise RunError(f"{name[:80]!r} is no kept run; pick one from the list")
        return Run.load(self.folder / f"{name}.json")

    def remove(self, name: str) -> None:
        """Delete a kept run. Raises RunError where there is none."""
        self.run(name)
        (self.folder / f"{name}.json").unlink(missing_ok=True)


@lru_cache(maxsize=200)
def _summary(path: Path, _modified: int) -> dict[str, Any]:
    """A run's figures; a run of thousands of questions is read once."""
    return Run.load(path).summary


def _entries(place: Path) -> Iterable[Path]:
    """The files and folders of a folder that may be question sets, by name."""
    try:
        with os.scandir(place) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.endswith(_SUFFIXES) or entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []
    return [place / name for name in names if not name.startswith(".")]


def _looks_like_a_set(path: Path) -> bool:
    """Whether the beginning of a file, or what is in a folder, is that of a question set."""
    try:
        if path.is_dir():
            return (path / "queries.jsonl").is_file() and (path / "qrels").is_dir()
        with path.open("rb") as file:
            start = file.read(_SNIFFED)
    except OSError:
        return False
    start = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    # A saved run is JSON about questions too.
    return (
        start.startswith(b"{")
        and not start.startswith(b'{"questions":')
        and (b'"question"' in start or b'"paragraphs"' in start)
    )
