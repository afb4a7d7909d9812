"""Systems that can be evaluated: a chatbot, or a retriever alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from index.segmentation.tokens import count_tokens
from index.types import Paragraph
from qa.answer import Answer, Passage, PassageScores
from qa.evaluation.scoring import DOCUMENT_CUT
from qa.judging.judge import Mode

if TYPE_CHECKING:
    from index.types import Article
    from qa.chatbot import Chatbot
    from qa.retrieval.retriever import Retriever


class System(Protocol):
    """A system that retrieves passages and answers from them."""

    @property
    def depth(self) -> int:
        """The fewest passages to retrieve: those that the reader may read or a metric counts."""
        ...

    def passages_read(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Return those of the retrieved passages, best first, that the reader reads."""
        ...

    def retrieve(self, question: str, k: int) -> list[Passage]:
        """Return the `k` best passages."""
        ...

    def ask(self, question: str) -> Answer:
        """Return the answer from all articles."""
        ...

    def read(self, question: str, passages: Sequence[Passage]) -> Answer:
        """Return the answer from these passages alone."""
        ...


class ChatbotSystem:
    """A chatbot; `always_answer` switches refusal off."""

    def __init__(self, chatbot: Chatbot, *, always_answer: bool = False) -> None:
        from qa.chatbot import READ_DEPTH

        self.chatbot = chatbot
        self.mode = Mode.ALWAYS if always_answer else chatbot.mode
        self.depth = READ_DEPTH

    def passages_read(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Return those of the retrieved passages, best first, that the reader reads."""
        return self.chatbot.reader.passages_read(passages[: self.depth])

    def retrieve(self, question: str, k: int) -> list[Passage]:
        """Return the `k` best passages."""
        return self.chatbot.retriever.retrieve(question, k)

    def ask(self, question: str) -> Answer:
        """Return the answer from all articles."""
        return self.chatbot.ask(question, mode=self.mode)

    def read(self, question: str, passages: Sequence[Passage]) -> Answer:
        """Return the answer from these passages alone."""
        return self.chatbot.answer(question, passages, mode=self.mode)


class RetrieverSystem:
    """A retriever without a reader, for sets that judge whole documents.

    It retrieves the best passage of each document.
    """

    depth = DOCUMENT_CUT

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever

    def passages_read(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Return no passages: nothing is read."""
        return ()

    def retrieve(self, question: str, k: int) -> list[Passage]:
        """Return the best passages of the `k` best documents."""
        return self.retriever.retrieve(question, k, per_article=1)

    def ask(self, question: str) -> Answer:
        """Raise TypeError: there is no reader."""
        raise TypeError(f"a retriever alone cannot answer {question!r}")

    def read(self, question: str, passages: Sequence[Passage]) -> Answer:
        """Raise TypeError: there is no reader."""
        raise TypeError(f"a retriever alone cannot answer {question!r} from {len(passages)}")


def paragraph_passage(article: Article, paragraph: Paragraph) -> Passage:
    """Return a whole paragraph as a passage, as if nothing else had been retrieved."""
    return Passage(
        article=article,
        span=paragraph.span,
        paragraphs=(paragraph.number,),
        tokens=count_tokens(paragraph.span.of(article.text)),
        score=1.0,
        scores=PassageScores(cosine=1.0, sentence_cosine=1.0, bm25=1.0),
    )
