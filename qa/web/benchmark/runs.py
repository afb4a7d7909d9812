"""Find question sets, run them in the background, and save the runs.

Runs are saved in the user's cache folder, in one folder per index, as the files that
`pincite eval --save` writes and `pincite compare` reads.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
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
_HEAD_LENGTH = 4096  # bytes that are looked at to recognise a question set
_MAX_SETS = 100
_RUN_NAME = re.compile(r"\d{8}-\d{6}(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The progress of a run: "reading", "indexing", "loading", "asking" or "computing"."""

    phase: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A saved run: its name, its file and its summary."""

    name: str
    path: Path
    summary: dict[str, Any]

    @property
    def question_set(self) -> Path:
        """The question set that was run."""
        return Path(str(self.summary["config"].get("questions", "?")))


RunJob = Job[RunProgress, str]
"""A run in the background; its report is the name of the saved run."""


class BenchmarkRuns:
    """The question sets and runs of an index, shared by all windows; one run at a time."""

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

    def find_sets(self) -> list[Path]:
        """Return the question sets next to the articles and the index, and those added here."""
        paths = (path for folder in self._set_folders() for path in _candidates(folder))
        return list(islice(filter(_is_question_set, paths), _MAX_SETS))

    def find_set(self, path: str) -> Path:
        """Return one of `find_sets` by its path. Raises QuestionSetError for any other."""
        for found in self.find_sets():
            if str(found) == path:
                return found
        raise QuestionSetError(f"there is no question set {path!r}; choose one from the list")

    def add_set(self, file: Path) -> Path:
        """Copy a question set that can be read, and return the copy.

        Raises QuestionSetError, with line and reason, where it cannot be read.
        """
        try:
            read_question_set(file)
        except QuestionSetError as error:
            # The user knows the file's name, but not where the browser's copy is.
            raise QuestionSetError(
                str(error).replace(str(file), f"question set {file.name}")
            ) from error
        folder = self.folder / "sets"
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(file, folder / file.name))

    def find_problems(self, questions: QuestionSet) -> list[QuestionSetProblem]:
        """Return what does not fit the articles; nothing for a set with its own articles."""
        if questions.articles is not None:
            return []
        return find_problems(questions, self._service.library())

    def start(self, path: str, options: ExperimentOptions) -> RunJob:
        """Run a question set in the background.

        Raises QuestionSetError as `find_set`, LockedError while another run is going on.
        """
        question_set = self.find_set(path)
        with self._lock:
            if self._job is not None and self._job.result is None:
                raise LockedError("a question set is being run already; wait or cancel it")
            self._job = Job(
                lambda report, is_cancelled: self._run(question_set, options, report, is_cancelled),
                "benchmark",
            )
            return self._job

    def saved_runs(self) -> list[SavedRun]:
        """Return the saved runs, newest first, without unreadable files."""
        runs = []
        names = (path.stem for path in self.folder.glob("*.json"))
        for name in sorted(filter(_RUN_NAME.fullmatch, names), reverse=True):
            path = self.folder / f"{name}.json"
            try:
                summary = _load_summary(path, path.stat().st_mtime_ns)
            except (OSError, RunError):
                continue
            runs.append(SavedRun(name, path, summary))
        return runs

    def load(self, name: str) -> Run:
        """Return a saved run by its name. Raises RunError where there is none."""
        if not _RUN_NAME.fullmatch(name):
            raise RunError(f"there is no saved run {name[:80]!r}; choose one from the list")
        return Run.load(self.folder / f"{name}.json")

    def remove(self, name: str) -> None:
        """Delete a saved run. Raises RunError where there is none."""
        self.load(name)
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def _set_folders(self) -> list[Path]:
        index = self._service.path.expanduser().resolve()
        try:
            roots = [Path(root.path) for root in self._service.library().manifest.roots]
        except LibraryError:
            roots = []
        folders = [root if root.is_dir() else root.parent for root in roots]
        return list(dict.fromkeys([*folders, index, index.parent, self.folder / "sets"]))

    def _run(
        self,
        question_set: Path,
        options: ExperimentOptions,
        report: Callable[[RunProgress], None],
        is_cancelled: IsCancelled,
    ) -> str:
        done = 0

        def follow(progress: RunProgress) -> None:
            if is_cancelled():
                after = f" after {done} questions; the same run goes on from there" if done else ""
                raise CancelledError(f"the run was cancelled{after}")
            report(progress)

        def follow_indexing(progress: SyncProgress) -> None:
            follow(RunProgress("indexing", progress.done, progress.total))

        def follow_asking(number: int, total: int) -> None:
            nonlocal done
            done = number
            follow(RunProgress("computing" if number == total else "asking", number, total))

        follow(RunProgress("reading"))
        questions = read_question_set(question_set)
        follow(RunProgress("loading"))
        loaded = self._service.chatbot()
        if questions.articles is None:
            # The service's library is refreshed by others; a run must not change articles midway.
            library = Library.open(self._service.index, encoder=loaded.retriever.library.encoder)
            index = describe_library(library)
        else:
            library, index = corpus_library(questions, progress=follow_indexing)
        if not len(library):
            raise NoIndexError("there are no articles to ask; add some first")
        run = run_experiment(
            questions, library, index, options, loaded=loaded, progress=follow_asking
        )
        return self._save(run, question_set)

    def _save(self, run: Run, question_set: Path) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        words = re.sub(r"[^a-z0-9]+", "-", question_set.stem.lower())[:40].strip("-")
        base = "-".join(part for part in (time.strftime("%Y%m%d-%H%M%S"), words) if part)
        name, number = base, 1
        while (self.folder / f"{name}.json").exists():
            number += 1
            name = f"{base}-{number}"
        run.save(self.folder / f"{name}.json")
        return name


@lru_cache(maxsize=200)
def _load_summary(path: Path, _modified: int) -> dict[str, Any]:
    """Return a run's summary; the cache saves reading a run of thousands of questions again."""
    return Run.load(path).summary


def _candidates(folder: Path) -> Iterable[Path]:
    """Return the visible folders and JSON files of a folder, by name."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.endswith(_SUFFIXES) or entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []
    return [folder / name for name in names if not name.startswith(".")]


def _is_question_set(path: Path) -> bool:
    """Return whether a folder, or the beginning of a file, looks like a question set."""
    try:
        if path.is_dir():
            return (path / "queries.jsonl").is_file() and (path / "qrels").is_dir()
        with path.open("rb") as file:
            start = file.read(_HEAD_LENGTH).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError:
        return False
    return (
        start.startswith(b"{")
        # A saved run contains questions too.
        and not start.startswith(b'{"questions":')
        and (b'"question"' in start or b'"paragraphs"' in start)
    )
