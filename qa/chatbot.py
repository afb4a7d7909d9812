"""Answer questions from articles: retrieve, read, estimate, read alternatives, decide."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TypedDict, Unpack

import qa.wording as wording
from index.errors import SettingError
from index.filters import Filter
from index.types import Metadata, Span
from index.validation import as_strings
from qa.answer import Answer, Collection, Passage, Quote, Scope, with_title
from qa.answer_cache import AnswerCache
from qa.deadline import Deadline
from qa.errors import QuestionError
from qa.follow_ups import answer_follow_up
from qa.judging.alternatives import AlternativeFinder, evidence_for
from qa.judging.judge import Judge, Mode
from qa.judging.recalibration import IndexVotes
from qa.judging.statements import is_heading
from qa.kinds.about_articles import about_articles
from qa.kinds.lists import with_whole_lists
from qa.kinds.overview import overview, overview_of
from qa.kinds.remarks import remark
from qa.kinds.scope import narrow
from qa.kinds.sources import is_keyword_query, sources_on, sources_subject
from qa.kinds.topics import names_this_article
from qa.language.words import certain_names
from qa.matching.mentions import mentions
from qa.query_rewriting import Turn
from qa.readers.base import Reader
from qa.retrieval.arguments import check_articles, check_filter, check_question
from qa.retrieval.retriever import Retriever
from qa.tracing import span
from qa.translation import language

log = logging.getLogger(__name__)

RETRIEVE_DEPTH = 40
"""How many passages are retrieved for a question."""

READ_DEPTH = 24
"""How many of the best passages a reader can choose from for the answer."""

NOT_ESTIMATED = 0.5
"""The confidence of sentences that were chosen by how central or close they are: no estimate."""

_MENTION_HITS = 20
"""How many passages that match a name are checked for it."""


class AskOptions(TypedDict, total=False):
    """The keyword arguments of `Chatbot.ask` that `aask` and `ask_many` take too."""

    history: Sequence[Turn | None]
    context: Sequence[str]
    mode: Mode | str | None
    min_confidence: float | None
    filter: Filter | None
    timeout: float | None


class Chatbot:
    """Answers questions in the articles' own words, or says that they do not answer.

    Safe to use from several threads. `reader` is a Reader, a name or folder for
    `qa.readers.registry.load_reader`, or None for the default one. `judge` replaces the reader's
    own confidence. `unanswerable` is the share of questions, from 0 to below 1, that the articles
    are expected not to answer: confidences are stated for it. None is the share they were fitted
    at. `recalibrate` fits the reader's own confidence to the votes on the index's answers. Raises
    SettingError for a value out of range, or one given together with a `judge`.
    """

    def __init__(
        self,
        retriever: Retriever,
        *,
        reader: Reader | str | Path | None = None,
        judge: Judge | None = None,
        mode: Mode | str = Mode.BALANCED,
        unanswerable: float | None = None,
        recalibrate: bool = True,
    ) -> None:
        if not isinstance(retriever, Retriever):
            raise SettingError(
                f"the retriever is {retriever!r}; give a Retriever, such as "
                "Retriever.from_folder('articles')"
            )
        if judge is not None and unanswerable is not None:
            raise SettingError(
                "both a judge and a share of unanswerable questions "
                f"({unanswerable!r}) were given; give the share to the judge's confidence"
            )
        if reader is None or isinstance(reader, str | Path):
            from qa.readers.registry import load_reader

            reader = load_reader(str(reader) if reader else None, retriever.library.encoder)
        self.retriever = retriever
        self.reader = reader
        self._judge = judge or Judge(reader.confidence(unanswerable))
        self._votes: IndexVotes | None = None
        if recalibrate and judge is None:
            self._votes = IndexVotes.of(retriever.library.path, self._judge.confidence)
        self.mode = Mode(mode)
        self._cache = AnswerCache()

    @property
    def judge(self) -> Judge:
        """The judge, recalibrated with the newest votes on the index's answers."""
        if self._votes is None:
            return self._judge
        return replace(self._judge, recalibration=self._votes.recalibration())

    @span("pincite.ask")
    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn | None] = (),
        context: Sequence[str] = (),
        mode: Mode | str | None = None,
        min_confidence: float | None = None,
        filter: Filter | None = None,
        timeout: float | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """Return the articles' answer to a question.

        `history` are the turns before it (`Answer.turn`), oldest first: "Who ordered it?" is
        completed from them (`Answer.understood`) and asked of the article that was cited last.
        `context` are words to search for in addition to the question's, for a question without
        history; they are used for nothing else. `filter` restricts which articles are searched.
        The answer is cached until the index changes. `timeout` in seconds and `cancelled` are
        looked at between the steps, so a call may take some tenths of a second longer. Raises
        what `Retriever.retrieve` raises, QuestionError when `min_confidence` is
        outside 0..1, AnswerTimeoutError, and CancelledError once `cancelled` returns true.
        """
        deadline = Deadline(timeout, cancelled)
        question = check_question(question)
        threshold = self.judge.threshold(Mode(mode) if mode else self.mode, min_confidence)
        context = as_strings("context", context)
        filter = check_filter(filter)

        def ask(question: str, context: Sequence[str], filter: Filter) -> Answer:
            return self._ask(question, context, filter, threshold, deadline)

        turns = [turn for turn in history if turn is not None]
        looked_up: Answer | None = None
        if turns:
            # A question about the articles as such means the same whatever was asked before.
            if not names_this_article(question):
                looked_up = self._without_reading(question, filter)
            if looked_up is None or not looked_up.answered:
                return answer_follow_up(question, turns, filter, self.retriever, ask)
        return self._ask(question, context, filter, threshold, deadline, looked_up)

    def _ask(
        self,
        question: str,
        context: Sequence[str],
        filter: Filter,
        threshold: float,
        deadline: Deadline,
        looked_up: Answer | None = None,
    ) -> Answer:
        """Return the answer to a question that stands alone, from the cache if it is there.

        `looked_up` is what `_without_reading` returned for it, if it was called already.
        """
        started, judge = time.monotonic(), self.judge
        key = (question, context, threshold, filter, language.get())
        manifest = self.retriever.library.manifest
        state = (manifest.created, manifest.generation, judge.recalibration)
        answer = self._cache.get(state, key)
        if answer is not None:
            return answer
        deadline.check()
        snapshot = self.retriever.library.snapshot()
        check_articles(filter, snapshot)
        narrowed = narrow(question, filter, snapshot)
        asked = question if narrowed is None else narrowed.rest
        filter = filter if narrowed is None else narrowed.filter
        if narrowed is not None and narrowed.unknown:
            answer = _remarked(question, wording.no_article_by(narrowed.unknown))
        else:
            known = looked_up if narrowed is None else None
            answer = (
                known
                or self._without_reading(asked, filter)
                or self._read_for(asked, context, filter, judge, threshold, deadline)
            )
        if narrowed is not None or not filter.is_empty:
            phrase, rest = (narrowed.phrase, narrowed.rest) if narrowed else ("", "")
            scope = Scope(
                filter,
                snapshot.count(filter),
                len(snapshot),
                phrase,
                rest,
                undated=snapshot.count_undated(filter),
            )
            answer = replace(answer, question=question, scope=scope)
        if looked_up is None:  # else the index may have changed since
            self._cache.put(state, key, answer)
        # Without the words of the question, which are nobody else's business.
        log.info(
            "%s, confidence %.2f, %.2f s",
            answer.kind,
            answer.confidence,
            time.monotonic() - started,
        )
        return answer

    async def aask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """Return what `ask` returns, without blocking the event loop.

        Cancelling the task, as `asyncio.timeout` does, also ends the work in its thread.
        """
        is_cancelled = threading.Event()
        try:
            return await asyncio.to_thread(
                self.ask, question, cancelled=is_cancelled.is_set, **options
            )
        finally:
            is_cancelled.set()

    def ask_many(self, questions: Iterable[str], **options: Unpack[AskOptions]) -> Iterator[Answer]:
        """Yield the answer to each question, in their order, as it is found.

        Takes a generator as well; `options`, such as the timeout, are those of each `ask`.
        """
        if isinstance(questions, str):
            raise QuestionError(f"the questions are {questions!r}; give a list, or use ask")
        return (self.ask(question, **options) for question in questions)

    def _read_for(
        self,
        question: str,
        context: Sequence[str],
        filter: Filter,
        judge: Judge,
        threshold: float,
        deadline: Deadline,
    ) -> Answer:
        """Search for a question, and return what the passages answer."""
        query = " ".join((question, *context))
        if not self.retriever.library.encoder.fits(query):
            query = question
        passages = self.retriever.retrieve(query, RETRIEVE_DEPTH, filter=filter)
        answer = self._answer(question, passages, judge, threshold, deadline)
        if not answer.answered and is_keyword_query(question):
            return self._sources(question, question, passages) or answer
        return answer

    def _without_reading(self, question: str, filter: Filter) -> Answer | None:
        """Return the answer to a question that no passage has to be read for, else None."""
        found = about_articles(question, self.retriever, filter)
        if found is not None:
            if found.collection is None:
                return _remarked(question, found.remark or wording.WHICH_ARTICLE)
            return _collected(question, found.collection, 1.0)
        articles = overview_of(question, self.retriever, filter)
        if articles:
            summary = overview(articles[0], self.retriever.library.encoder)
            return _collected(question, summary, NOT_ESTIMATED) if summary else None
        said = remark(question, self.retriever.library.snapshot())
        if said is None and articles is not None:
            said = wording.WHICH_ARTICLE
        if said is not None:
            return _remarked(question, said)
        subject = sources_subject(question)
        if subject is None:
            return None
        passages = self.retriever.retrieve(subject, RETRIEVE_DEPTH, filter=filter)
        return self._sources(question, subject, passages)

    def _sources(self, question: str, subject: str, passages: Sequence[Passage]) -> Answer | None:
        """Return the best sentence of each article on a subject; None where there is none."""
        readable = readable_passages(passages)
        found = sources_on(subject, readable, self.retriever.library.encoder)
        return _collected(question, found, NOT_ESTIMATED) if found else None

    def answer(
        self,
        question: str,
        passages: Iterable[Passage],
        *,
        mode: Mode | str | None = None,
        min_confidence: float | None = None,
    ) -> Answer:
        """Return the answer that these passages, best first, give to a question.

        The first `READ_DEPTH` decide the answer; alternatives come from all of them. Passages
        with only headings, and those of copies of an article, are left out. Raises QuestionError
        when `min_confidence` is outside 0..1.
        """
        judge = self.judge
        threshold = judge.threshold(Mode(mode) if mode else self.mode, min_confidence)
        return self._answer(question, list(passages), judge, threshold, Deadline())

    @span("pincite.read")
    def _answer(
        self,
        question: str,
        passages: Sequence[Passage],
        judge: Judge,
        threshold: float,
        deadline: Deadline,
    ) -> Answer:
        deadline.check()
        passages = readable_passages(passages)
        quotes = self.reader.read(question, passages[:READ_DEPTH])
        missing = self.missing(question, passages)
        verdict = judge.assess(question, passages, quotes, threshold, missing=missing)
        deadline.check()
        if verdict.is_answer:
            quotes = self._read_alternatives(question, passages, quotes)
        answer = judge.decide(question, passages, quotes, verdict, missing=missing)
        deadline.check()
        return with_whole_lists(question, answer)

    def _read_alternatives(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]
    ) -> list[Quote]:
        """Return the quotes, then the answers of further articles.

        Those that a confidence is estimated for have every score.
        """
        finder = AlternativeFinder(question, quotes[0])
        read = {id(passage) for passage in self.reader.passages_read(passages[:READ_DEPTH])}
        unread = finder.unread([p for p in passages if id(p) not in read], quotes)
        further = self.reader.read(question, unread) if unread else []
        quotes = [*quotes, *filter(finder.is_answer, further)]
        rivals = finder.rivals(quotes, finder.answers(quotes))
        estimated = {id(evidence_for(rival, quotes)[0]) for rival in rivals}
        return [
            self.reader.complete(question, quote) if id(quote) in estimated else quote
            for quote in quotes
        ]

    def missing(self, question: str, passages: Sequence[Passage] = ()) -> tuple[str, ...]:
        """Return the question's names and numbers that no article has in its text or metadata.

        `passages` may have another form of them: an acronym spelled out, a number in words.
        """
        snapshot = self.retriever.library.snapshot()
        absent = []
        for name in certain_names(question):
            rows = [hit.row for hit in snapshot.search_words(name, _MENTION_HITS)]
            chunks = ((snapshot.article(one.article), one.span) for one in snapshot.chunks(rows))
            texts = chain(
                (with_title(article, span.of(article.text)) for article, span in chunks),
                (f"{_description(one.article.metadata)}\n{one.text}" for one in passages),
            )
            if not any(mentions(text, name) for text in texts):
                absent.append(name)
        # The metadata of every article is read once for all names, and only if it has to be.
        for article in snapshot.articles() if absent else ():
            description = _description(article.metadata)
            absent = [name for name in absent if not mentions(description, name)]
            if not absent:
                break
        return tuple(absent)


def _collected(question: str, collection: Collection, confidence: float) -> Answer:
    """Return an answer without a best quote; its confidence is not an estimate."""
    return Answer(question, True, confidence, False, None, collection=collection)


def _remarked(question: str, said: str) -> Answer:
    return Answer(question, False, 0.0, False, None, remark=said)


def readable_passages(passages: Sequence[Passage]) -> list[Passage]:
    """Leave out passages that would only take the place of others.

    A title is close to every question about its article and says nothing more about it. Of
    articles with the same text, only the first is used.
    """
    with_text = [passage for passage in passages if not is_heading(passage)]
    first: dict[tuple[str, Span], Passage] = {}
    for passage in with_text or passages:
        first.setdefault((passage.article.text, passage.span), passage)
    return list(first.values())


def _description(metadata: Metadata) -> str:
    """Return an article's metadata as text."""
    day = metadata.published
    when = wording.day(day) if day else str(metadata.year or "")
    return "\n".join((metadata.title, metadata.publisher or "", *metadata.authors, when))
