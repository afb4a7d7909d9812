"""A question asked of the articles, from wording to answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from index.errors import SettingError
from index.filters import Filter
from index.segmentation.lexicon import MONTHS
from index.types import Metadata, Span
from index.validation import check_strings
from qa.answer import Answer, Passage, Quote
from qa.answer_cache import KeptAnswers
from qa.judging.alternatives import LOOKED_THROUGH, Versions
from qa.judging.judge import Judge, Mode
from qa.judging.statements import is_heading
from qa.language.words import mentions, names_and_numbers
from qa.readers.base import Reader
from qa.retrieval.retriever import Retriever, checked_question

DEPTH = 8
"""How many of the passages found a reader is given to answer from."""


class Chatbot:
    """Answers questions with the articles' own words, or says that they do not answer.

    Safe to call from several threads. `reader` is a name for `qa.readers.registry.load_reader` or a
    Reader; None takes the default one. `unanswerable` is the share of questions, from 0 to
    below 1, that the articles are expected not to answer: confidences are stated for it. None
    is the share they were fitted at. Raises SettingError where it is given with a `judge`, which
    has its own.
    """

    def __init__(
        self,
        retriever: Retriever,
        *,
        reader: Reader | str | None = None,
        judge: Judge | None = None,
        mode: Mode | str = Mode.BALANCED,
        unanswerable: float | None = None,
    ) -> None:
        from qa.readers.registry import load_judge, load_reader

        if not isinstance(retriever, Retriever):
            raise SettingError(
                f"the retriever is {retriever!r}; give one, such as "
                "Retriever.from_folder('articles')"
            )
        self.retriever = retriever
        self.reader: Reader = (
            load_reader(reader, retriever.library.encoder)
            if reader is None or isinstance(reader, str)
            else reader
        )
        if judge is not None and unanswerable is not None:
            raise SettingError(
                f"both a judge and a share of questions without an answer ({unanswerable!r}) were "
                "given; give the share to the judge's confidence"
            )
        self.judge = judge or load_judge(self.reader, unanswerable)
        self.mode = Mode(mode)
        self._kept = KeptAnswers()

    def ask(
        self,
        question: str,
        *,
        context: Sequence[str] = (),
        mode: Mode | str | None = None,
        min_confidence: float | None = None,
        filter: Filter | None = None,
    ) -> Answer:
        """The articles' answer to a question.

        `context` are words to search for besides the question's, such as what a conversation
        is about; they decide nothing else. `filter` restricts which articles are searched.
        Asked again before the index has changed, a question has the answer it was given.
        Raises what `retrieve` raises.
        """
        question = checked_question(question)
        mode = Mode(mode) if mode else self.mode
        context = check_strings("context", context)
        filter = filter or Filter()
        asked = (question, context, self.judge.bar(mode, min_confidence), filter)
        manifest = self.retriever.library.manifest
        state = (manifest.created, manifest.generation)
        answer = self._kept.get(state, asked)
        if answer is not None:
            return answer
        searched = " ".join((question, *context))
        if not self.retriever.library.encoder.fits(searched):
            searched = question
        passages = self.retriever.retrieve(searched, LOOKED_THROUGH, filter=filter)
        answer = self.answer(question, passages, mode=mode, min_confidence=min_confidence)
        self._kept.put(state, asked, answer)
        return answer

    def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        mode: Mode | str | None = None,
        min_confidence: float | None = None,
    ) -> Answer:
        """The answer that these passages, best first, give to a question.

        The first `DEPTH` decide it, headings that stand alone not counted; from all of them
        other versions of it are read. Raises QuestionError when `min_confidence` is outside
        0..1.
        """
        # A title is near to every question about its article, and says no more of it.
        passages = [one for one in passages if not is_heading(one)] or passages
        # Nor does a copy of an article, which would only take the place of others.
        passages = _without_copies(passages)
        given = passages[:DEPTH]
        quotes = self.reader.read(question, given)

        def further(versions: Versions) -> list[Quote]:
            read = {id(passage) for passage in self.reader.looked_at(given)}
            left = [passage for passage in passages if id(passage) not in read]
            wanted = versions.unread(quotes, left)
            return self.reader.read(question, wanted) if wanted else []

        return self.judge.decide(
            question,
            passages,
            quotes,
            mode=Mode(mode) if mode else self.mode,
            min_confidence=min_confidence,
            missing=self.missing(question, passages),
            further=further,
        )

    def missing(self, question: str, passages: Sequence[Passage] = ()) -> tuple[str, ...]:
        """The names and numbers of a question that stand in no article, nor in its title.

        Publisher, authors and date count for the articles of `passages`, which are at hand.
        """
        snapshot = self.retriever.library.snapshot()
        described = {_described(passage.article.metadata) for passage in passages}
        absent = []
        for name in names_and_numbers(question):
            rows = [hit.row for hit in snapshot.search_words(name, 20)]
            found = ((snapshot.article(one.article), one.span) for one in snapshot.chunks(rows))
            texts = chain(
                (f"{article.metadata.title}\n{span.of(article.text)}" for article, span in found),
                described,
            )
            if not any(mentions(text, name) for text in texts):
                absent.append(name)
        return tuple(absent)


def _without_copies(passages: Iterable[Passage]) -> list[Passage]:
    """The passages, of those that articles of the same text share only the first."""
    first: dict[tuple[str, Span], Passage] = {}
    for passage in passages:
        first.setdefault((passage.article.text, passage.span), passage)
    return list(first.values())


def _described(metadata: Metadata) -> str:
    """What is known of an article, in words."""
    day = metadata.published
    when = f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else str(metadata.year or "")
    return "\n".join((metadata.title, metadata.publisher or "", *metadata.authors, when))
