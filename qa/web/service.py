"""The library and the chatbot behind the pages.

Opening the index is quick, loading the models is not: pages that only need articles are
there at once, and a thread loads the rest.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from index.errors import LibraryError, LockedError
from index.filters import Filter
from index.library import Library, SyncProgress, SyncReport
from index.types import Article
from qa.answer import Answer, Passage
from qa.chatbot import Chatbot
from qa.errors import QAError
from qa.retrieval.retriever import Retriever
from qa.web.admission import Turns
from qa.web.chat.examples import candidate_questions
from qa.web.jobs import Cancelled, Job

log = logging.getLogger(__name__)

EVERYTHING = Filter()
"""Asks all articles."""

Change = Job[SyncProgress, SyncReport]
"""A change of the articles that runs in the background."""

_EXAMPLES = 4
_TRIED_EXAMPLES = 12


class Phase(StrEnum):
    """How far the program is: only in READY are questions answered at once."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Status:
    """The phase, and what to tell the person about it."""

    phase: Phase
    message: str


class Service:
    """What every page shares. Safe to use from several threads.

    `unanswerable` is as for `Chatbot`. `on_loaded` is called once, from the loading thread, with
    how the loading ended.
    """

    def __init__(
        self,
        path: Path,
        *,
        unanswerable: float | None = None,
        on_loaded: Callable[[Status], None] | None = None,
    ) -> None:
        self.path = path
        self._unanswerable = unanswerable
        self._on_loaded = on_loaded
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._chatbot: Chatbot | None = None
        self._failure: Exception | None = None
        self._loaded = threading.Event()
        self._job: Change | None = None
        self._job_lock = threading.Lock()
        self._examples: tuple[str, tuple[str, ...]] = ("", ())
        self._turns = Turns()

    def start(self) -> None:
        """Load the models in the background; returns at once."""
        threading.Thread(target=self._load, name="loading", daemon=True).start()

    def status(self) -> Status:
        """How far the program is."""
        if self._failure is not None:
            return Status(Phase.FAILED, str(self._failure))
        if not self._loaded.is_set():
            return Status(Phase.LOADING, "The models are loading. You can ask already.")
        try:
            count = len(self.library())
        except LibraryError as error:
            return Status(Phase.FAILED, str(error))
        return Status(Phase.READY, f"{count} article{'' if count == 1 else 's'} to ask")

    def library(self) -> Library:
        """The library, at its newest state.

        Raises LibraryError where there is no index, or none this version can read.
        """
        with self._lock:
            if self._library is None:
                self._library = Library.open(self.path)
            else:
                self._library.refresh()
            return self._library

    def ask(
        self,
        question: str,
        filter: Filter = EVERYTHING,
        *,
        mode: str | None = None,
        min_confidence: float | None = None,
        context: Sequence[str] = (),
        on_place: Callable[[int], None] | None = None,
    ) -> Answer:
        """The answer to a question, over the newest articles; waits for the models, and its turn.

        `filter` restricts which articles are asked, `mode` how sure an answer must be, or in its
        place `min_confidence` (0..1), `context` what else is searched for; `on_place` is called
        with the number of questions ahead, whenever that changes. Raises QAError or LibraryError
        with a message for the person who asked.
        """
        chatbot = self.chatbot()
        with self._turns.turn(on_place):
            return chatbot.ask(
                question,
                context=context,
                mode=mode,
                min_confidence=min_confidence,
                filter=filter,
            )

    def search(self, question: str, k: int, filter: Filter = EVERYTHING) -> list[Passage]:
        """The `k` best passages for a question; otherwise as `ask`."""
        chatbot = self.chatbot()
        with self._turns.turn():
            return chatbot.retriever.retrieve(
                question,
                k,
                filter=filter,
            )

    def add_uploads(self, files: Sequence[tuple[str, Path]]) -> Change:
        """Start to index copies of files, given as names and places.

        Raises LibraryError where there is no index, or while another change is running.
        """
        return self._change(
            lambda library, progress, cancelled: library.add_uploads(
                files, progress=progress, cancelled=cancelled
            )
        )

    def add_upload(self, name: str, data: bytes) -> Article:
        """Index one file and keep it; a file of that name is replaced.

        Raises ArticleError where it cannot be read, SettingError where its name cannot be used,
        LockedError where another change takes too long.
        """
        return self._writer().add_upload(name, data)

    def sync(self) -> Change:
        """Start to look for changes in the indexed folders; raises as `add_uploads`."""
        return self._change(
            lambda library, progress, cancelled: library.sync(
                progress=progress, cancelled=cancelled
            )
        )

    def remove(self, article_id: str) -> None:
        """Remove an uploaded article and its file. Raises LibraryError where that cannot be."""
        self._writer().remove(article_id)

    @property
    def job(self) -> Change | None:
        """The latest change of the articles that was started here."""
        return self._job

    def _change(
        self,
        work: Callable[[Library, Callable[[SyncProgress], None], Cancelled], SyncReport],
    ) -> Change:
        with self._job_lock:
            if self._job is not None and self._job.outcome is None:
                raise LockedError("the articles are being changed already; wait or cancel it")
            library = self._writer()

            def change(tell: Callable[[SyncProgress], None], cancelled: Cancelled) -> SyncReport:
                def progress(step: SyncProgress) -> None:
                    tell(step)
                    if step.phase == "encoding":
                        self._turns.give_way()

                return work(library, progress, cancelled)

            self._job = Job(change, "indexing")
            return self._job

    def _writer(self) -> Library:
        """A library of its own for a change, so that readers keep their snapshot meanwhile."""
        return Library.open(self.path, encoder=self.library().encoder)

    def chatbot(self) -> Chatbot:
        """The chatbot over the newest articles; waits for the models, and raises as `ask`."""
        self._loaded.wait()
        if self._failure is not None:
            # What stood in the way (no index yet, say) may be gone by now.
            self._make_chatbot()
        self.library()
        assert self._chatbot is not None
        return self._chatbot

    def examples(self) -> tuple[str, ...]:
        """Questions from the articles at hand that the articles answer, at most four.

        Empty while the models load. Kept until the articles change.
        """
        if not self._loaded.is_set() or self._chatbot is None:
            return ()
        library = self.library()
        if self._examples[0] != library.manifest.state:
            articles = [library.article(item.id) for item in library.articles()[:50]]
            answered: list[str] = []
            for question in candidate_questions(articles, _TRIED_EXAMPLES):
                if len(answered) < _EXAMPLES and self._chatbot.ask(question).answered:
                    answered.append(question)
            self._examples = (library.manifest.state, tuple(answered))
        return self._examples[1]

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
        chatbot = Chatbot(Retriever(self.library()), unanswerable=self._unanswerable)
        # The first encoding pays for what the libraries put off; pay before anyone waits.
        chatbot.retriever.library.encoder.encode(["Who said so?"])
        self._chatbot = chatbot
        self._failure = None
