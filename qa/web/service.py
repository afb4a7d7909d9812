"""The library and the chatbot that all pages share.

Opening the index is quick and loading the models is slow. A thread loads the models, so that
pages that only need articles work at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Unpack

from index.errors import CancelledError, LibraryError, LockedError, NoIndexError
from index.filters import Filter
from index.ingest.sync import Skip
from index.ingest.watch import watch_roots
from index.library import Library, SyncProgress, SyncReport
from index.parsing.metadata import read_changes
from index.storage.registry import locate
from index.types import Article
from qa.answer import Answer, Passage, Recalibration
from qa.chatbot import Chatbot
from qa.errors import BusyError, QAError, StoppingError
from qa.query_rewriting import Turn
from qa.retrieval.reranker import load_retriever
from qa.retrieval.retriever import RetrieveOptions
from qa.translation import _
from qa.web.admission import AdmissionQueue
from qa.web.audit import Origin, current_user, record_change
from qa.web.chat.example_questions import candidate_questions
from qa.web.jobs import IsCancelled, Job
from qa.web.limits import ServerLimits
from qa.wording import articles

log = logging.getLogger(__name__)

ALL_ARTICLES = Filter()
"""The filter that matches all articles."""

SyncJob = Job[SyncProgress, SyncReport]
"""A change of the index that runs in the background."""

_CHANGE_RETRY_SECONDS = 5
"""When to try a change again while too many wait; each may wait longer for the write lock."""

_CANCEL_SECONDS = 5.0
"""How long a cancelled change may take to undo what it did, and other work to end."""

_POLL_SECONDS = 0.05
_EXAMPLES = 4
_MAX_CANDIDATES = 24


class Phase(StrEnum):
    """The state of the service. Questions asked while LOADING wait for the models."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of a question. `TURNED_AWAY`: too many waited, or the server was stopping."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    TURNED_AWAY = "turned_away"


@dataclass(frozen=True, slots=True)
class Status:
    """The phase and a message for the user; `is_empty` is whether there is no index yet."""

    phase: Phase
    message: str
    is_empty: bool = False


class Service:
    """The library, the chatbot and the running index change. Thread-safe.

    `unanswerable` is that of `Chatbot`, `reranker` that of `load_retriever`. `on_loaded` is called
    once, from the loading thread, with the status after loading. `limits` are those of the server.
    Links for programs begin with `base_url`. With `log_questions`, their words are logged too.
    `index` is the folder or the address of the index, `path` the folder on this machine that
    belongs to it. `is_stopping`: see `drain`. `is_finding_examples` is whether `examples` may
    return more soon.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        unanswerable: float | None = None,
        reranker: str | None = None,
        on_loaded: Callable[[Status], None] | None = None,
        limits: ServerLimits | None = None,
        base_url: str = "",
        log_questions: bool = False,
    ) -> None:
        self._log_questions = log_questions
        self.index = path
        self.path = path if isinstance(path, Path) else locate(path).directory
        if not isinstance(path, Path):
            self.path.mkdir(parents=True, exist_ok=True)
        self.base_url = base_url
        self.limits = limits or ServerLimits()
        self._unanswerable = unanswerable
        self._reranker = reranker
        self._on_loaded = on_loaded
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._chatbot: Chatbot | None = None
        self._failure: Exception | None = None
        self._loaded = threading.Event()
        self._job: SyncJob | None = None
        self._job_lock = threading.Lock()
        self._examples: tuple[str, ...] = ()
        self._examples_state: str | None = None
        self._examples_thread: threading.Thread | None = None
        self.is_finding_examples = False
        self.queue = AdmissionQueue(max_waiting=self.limits.waiting)
        self._counts_lock = threading.Lock()
        self._outcomes: Counter[Outcome] = Counter()
        self._seconds = 0.0
        self._changes = 0
        self.is_stopping = False
        self._watch_lock = threading.Lock()
        self._stop_watching = threading.Event()
        self._watching: threading.Thread | None = None

    def start(self) -> None:
        """Start to load the models in the background."""
        threading.Thread(target=self._load, name="loading", daemon=True).start()

    def status(self) -> Status:
        """Return the phase and a message for the user."""
        if self._failure is not None:
            is_empty = isinstance(self._failure, NoIndexError)
            return Status(Phase.FAILED, str(self._failure), is_empty)
        if not self._loaded.is_set():
            return Status(Phase.LOADING, _("The models are loading. You can already ask."))
        try:
            count = len(self.library())
        except LibraryError as error:
            return Status(Phase.FAILED, str(error))
        return Status(Phase.READY, _("{articles} to ask").format(articles=articles(count)))

    def recalibration(self) -> Recalibration | None:
        """Return how votes change the confidence, None before the models are loaded."""
        return self._chatbot.judge.recalibration if self._chatbot else None

    def library(self) -> Library:
        """Return the library in its newest state.

        Raises LibraryError if there is no index, or none that this version can read.
        """
        with self._lock:
            if self._library is None:
                self._library = Library.open(self.index)
            else:
                self._library.refresh()
            return self._library

    def without_paths(self, message: str) -> str:
        """Return a message for clients: folders of this server are named by their last part."""
        folders = {self.path.absolute(), self.path.resolve()}
        if self._library is not None:
            folders.update(Path(root.path) for root in self._library.manifest.roots)
        for folder in sorted(folders, key=lambda one: -len(one.parts)):
            message = message.replace(str(folder), folder.name or str(folder))
        return message

    def ask(
        self,
        question: str,
        filter: Filter = ALL_ARTICLES,
        *,
        mode: str | None = None,
        min_confidence: float | None = None,
        history: Sequence[Turn | None] = (),
        on_position: Callable[[int], None] | None = None,
    ) -> Answer:
        """Answer a question from the newest articles, after waiting for the models and a slot.

        The arguments are those of `Chatbot.ask`. `on_position` is called with the number of
        questions ahead whenever it changes. Raises QAError, such as BusyError where too many
        questions wait, or LibraryError.
        """
        started, outcome = time.monotonic(), Outcome.FAILED
        try:
            with self.queue.slot(on_position):
                chatbot = self.chatbot()
                answer = chatbot.ask(
                    question,
                    history=history,
                    mode=mode,
                    min_confidence=min_confidence,
                    filter=filter,
                )
            outcome = Outcome.ANSWERED if answer.answered else Outcome.REFUSED
            return answer
        except (BusyError, StoppingError):
            outcome = Outcome.TURNED_AWAY
            raise
        finally:
            seconds = time.monotonic() - started
            with self._counts_lock:
                self._outcomes[outcome] += 1
                self._seconds += seconds
            fields = {"outcome": outcome.value, "seconds": round(seconds, 3)}
            if self._log_questions:
                fields["question"] = question
            log.info("question: %s, %.2f s", outcome.value, seconds, extra=fields)

    def question_counts(self) -> tuple[Counter[Outcome], float]:
        """Return how many questions had each outcome, and the seconds they took together."""
        with self._counts_lock:
            return self._outcomes.copy(), self._seconds

    def search(self, question: str, k: int, **options: Unpack[RetrieveOptions]) -> list[Passage]:
        """Return what `Retriever.retrieve` returns; waits and raises like `ask`."""
        with self.queue.slot():
            return self.chatbot().retriever.retrieve(question, k, **options)

    def add_uploads(
        self,
        files: Sequence[tuple[str, Path]],
        skips: Sequence[Skip] = (),
        on_end: Callable[[], None] = lambda: None,
    ) -> SyncJob:
        """Start to index copies of files, given as pairs of name and path.

        The index is made if there is none. `skips` are files that were skipped before, which the
        report lists with the others. `on_end` is called when the job ends. Raises LockedError
        while another change is running.
        """

        def add(progress: Callable[[SyncProgress], None], cancelled: IsCancelled) -> SyncReport:
            try:
                try:
                    self.library()
                except NoIndexError:
                    Library.create(self.index)
                if self._failure is not None:
                    self._make_chatbot()
                library = self._writer()
                report = library.add_uploads(files, progress=progress, cancelled=cancelled)
                return replace(report, skipped=(*report.skipped, *skips))
            finally:
                on_end()

        return self._change("add", add)

    def add_upload(self, name: str, data: bytes, origin: Origin) -> Article:
        """Index and store one file, replacing a file of the same name.

        Raises ArticleError if it cannot be read, SettingError if its name cannot be used,
        LockedError if another change takes too long, BusyError if too many wait.
        """
        with self._change_slot():
            article = self._writer().add_upload(name, data)
            record_change(self.path, origin, current_user.get(), "add", [article.id])
            return article

    def sync(self) -> SyncJob:
        """Start to look for changes in the indexed folders; raises like `add_uploads`."""
        return self._change(
            "sync",
            lambda progress, cancelled: self._writer().sync(progress=progress, cancelled=cancelled),
        )

    @property
    def is_watching(self) -> bool:
        """Whether the index is kept in step with its folders."""
        return self._watching is not None and not self._stop_watching.is_set()

    def watch(self, is_on: bool) -> None:
        """Begin to keep the index in step with its folders in the background, or end it."""
        with self._watch_lock:
            if is_on and not self.is_watching and not self.is_stopping:
                self._stop_watching = threading.Event()
                self._watching = threading.Thread(
                    target=self._watch, args=(self._stop_watching,), name="watching", daemon=True
                )
                self._watching.start()
            elif not is_on:
                self._stop_watching.set()

    def _watch(self, stop: threading.Event) -> None:
        self._loaded.wait()
        try:
            watch_roots(
                self._root_paths,
                self._sync_roots,
                stop,
                exclude=self.path.resolve(),
                on_error=lambda error: log.warning("following the folders: %s", error),
            )
        except LibraryError as error:
            log.error("the folders are no longer followed: %s", error)
        except StoppingError:
            pass
        finally:
            stop.set()

    def _root_paths(self) -> list[Path]:
        try:
            return self.library().root_paths()
        except NoIndexError:
            return []  # adding articles makes one

    def _sync_roots(self, roots: Iterable[Path]) -> None:
        errors: list[LibraryError] = []

        def sync(progress: Callable[[SyncProgress], None], cancelled: IsCancelled) -> SyncReport:
            try:
                return self._writer().sync(*roots, progress=progress, cancelled=cancelled)
            except CancelledError:
                raise
            except LibraryError as error:
                errors.append(error)
                raise

        self._change("sync", sync, Origin.WATCH).wait(None)
        if errors:
            raise errors[0]

    def remove(self, article_id: str, origin: Origin) -> None:
        """Remove an uploaded article and its file; raises LibraryError if that is impossible."""
        with self._change_slot():
            self._writer().remove(article_id)
            record_change(self.path, origin, current_user.get(), "remove", [article_id])

    def update(self, article_id: str, changes: Mapping[str, Any], origin: Origin) -> None:
        """Change the metadata of an article, given as plain data; raises LibraryError."""
        with self._change_slot():
            self._writer().update(article_id, **read_changes(changes))
            record_change(self.path, origin, current_user.get(), "update", [article_id])

    @property
    def job(self) -> SyncJob | None:
        """The latest change of the index, running or ended."""
        return self._job

    def _change(
        self,
        action: str,
        work: Callable[[Callable[[SyncProgress], None], IsCancelled], SyncReport],
        origin: Origin = Origin.WINDOW,
    ) -> SyncJob:
        with self._job_lock:
            if self.is_stopping:
                raise StoppingError
            if self._job is not None and self._job.result is None:
                raise LockedError(
                    "another change of the articles is running; wait until it ends, or cancel it"
                )
            user = current_user.get()

            def change(
                report: Callable[[SyncProgress], None], cancelled: IsCancelled
            ) -> SyncReport:
                def progress(step: SyncProgress) -> None:
                    report(step)
                    if step.phase in ("encoding", "embedding"):
                        self.queue.pause_background_work()

                done = work(progress, cancelled)
                renamed = [name for rename in done.renamed for name in (rename.old, rename.new)]
                changed = [*done.added, *done.changed, *done.removed, *renamed]
                if changed:
                    record_change(self.path, origin, user, action, changed)
                return done

            self._job = Job(change, "indexing")
            return self._job

    @property
    def max_threads(self) -> int:
        """The most threads that questions and changes hold at once."""
        return self.queue.slots + int(self.limits.waiting + self.limits.changes)

    @contextmanager
    def _change_slot(self) -> Iterator[None]:
        with self._job_lock:
            if self.is_stopping:
                raise StoppingError
            if self._changes >= self.limits.changes:
                raise BusyError("changes of the articles", _CHANGE_RETRY_SECONDS)
            self._changes += 1
        try:
            yield
        finally:
            with self._job_lock:
                self._changes -= 1

    def drain(self) -> bool:
        """Begin nothing new, and wait for what runs; return whether all of it finished in time.

        Questions that wait get StoppingError. A change of the index that is still running after
        `drain_seconds` is cancelled, which leaves the index as it was.
        """
        deadline = time.monotonic() + self.limits.drain_seconds
        with self._job_lock:
            self.is_stopping = True
        self.watch(False)
        self.queue.close()
        finished = self.queue.wait_until_idle(self.limits.drain_seconds)
        while self._is_changing and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        if self._job is not None and self._job.result is None:
            self._job.cancel()
            finished = self._job.wait(_CANCEL_SECONDS) and finished
        for thread in (self._examples_thread, self._watching):
            # Native code of a thread that still runs when the interpreter ends aborts the process.
            if thread is not None:
                thread.join(_CANCEL_SECONDS)
        return finished and not self._is_changing

    @property
    def _is_changing(self) -> bool:
        return bool(self._changes or (self._job is not None and self._job.result is None))

    def _writer(self) -> Library:
        """Open a second library for a change, so that readers keep their snapshot meanwhile."""
        return Library.open(self.index, encoder=self.library().encoder)

    def chatbot(self) -> Chatbot:
        """Return the chatbot over the newest articles; waits for the models, raises like `ask`."""
        self._loaded.wait()
        if self._failure is not None:
            # The reason, such as a missing index, may have been removed since.
            self._make_chatbot()
        self.library()
        assert self._chatbot is not None
        return self._chatbot

    def examples(self) -> tuple[str, ...]:
        """Return up to four questions that the articles answer, as many as are found so far.

        They are looked for in the background once the models are loaded. Raises LibraryError.
        """
        library = self.library()
        state = library.manifest.state
        with self._lock:
            if self._chatbot is not None and state != self._examples_state:
                self._examples, self._examples_state = (), state
                self.is_finding_examples = True
                self._examples_thread = threading.Thread(
                    target=self._find_examples, args=(library, state), name="examples", daemon=True
                )
                self._examples_thread.start()
            return self._examples

    def _find_examples(self, library: Library, state: str) -> None:
        try:
            articles = [library.article(item.id) for item in library.articles()[:50]]
            for question in candidate_questions(articles, _MAX_CANDIDATES):
                self.queue.pause_background_work()
                is_over = len(self._examples) == _EXAMPLES or state != self._examples_state
                if is_over or self.is_stopping:
                    break
                # Examples show what can be asked, so each begins differently.
                begins = question.split()[:2]
                is_new = all(begins != known.split()[:2] for known in self._examples)
                if is_new and self.chatbot().ask(question).answered:
                    with self._lock:
                        if state == self._examples_state:
                            self._examples = (*self._examples, question)
        except (LibraryError, QAError) as error:
            log.warning("no example questions: %s", error)
        finally:
            if state == self._examples_state:
                self.is_finding_examples = False

    def _load(self) -> None:
        try:
            self._make_chatbot()
        except (LibraryError, QAError) as error:
            self._failure = error
        except Exception as error:
            log.exception("loading failed")
            self._failure = error
        finally:
            self._loaded.set()
        if self._on_loaded:
            self._on_loaded(self.status())

    def _make_chatbot(self) -> None:
        chatbot = Chatbot(
            load_retriever(self.library(), self._reranker), unanswerable=self._unanswerable
        )
        # The first encoding is slow, because the libraries initialise lazily.
        chatbot.retriever.library.encoder.encode(["Who said so?"])
        self._chatbot = chatbot
        self._failure = None
        self.examples()
