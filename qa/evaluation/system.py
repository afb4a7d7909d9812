"""What is evaluated: something that retrieves and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from index.segmentation.tokens import count_tokens
from index.types import Paragraph
from qa.answer import Answer, Passage
from qa.judging.judge import Mode

if TYPE_CHECKING:
    from index.types import Article
    from qa.chatbot import Chatbot
    from qa.retrieval.retriever import Retriever


class System(Protocol):
    """What the runner asks. `depth` is how many passages its reader is given."""

    @property
    def depth(self) -> int:
        """How many of the best passages a reader chooses from."""
        ...

    def looked_at(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Those of the passages found, best first, that are read for an answer."""
        ...

    def retrieve(self, question: str, k: int) -> list[Passage]:
        """The `k` best passages."""
        ...

    def ask(self, question: str) -> Answer:
        """The answer from all articles."""
        ...

    def read(self, question: str, passages: Sequence[Passage]) -> Answer:
        """The answer from these passages alone."""
        ...


class ChatbotSystem:
    """A chatbot as the runner asks it; `always` switches refusal off."""

    def __init__(self, chatbot: Chatbot, *, always: bool = False) -> None:
        from qa.chatbot import DEPTH

        self.chatbot = chatbot
        self.mode = Mode.ALWAYS if always else chatbot.mode
        self.depth = DEPTH

    def looked_at(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Those of the passages found, best first, that the reader reads."""
        return self.chatbot.reader.looked_at(passages[: self.depth])

    def retrieve(self, question: str, k: int) -> list[Passage]:
        """The `k` best passages."""
        return self.chatbot.retriever.retrieve(question, k)

    def ask(self, question: str) -> Answer:
        """The answer from all articles."""
        return self.chatbot.ask(question, mode=self.mode)

    def read(self, question: str, passages: Sequence[Passage]) -> Answer:
        """The answer from these passages alone."""
        return self.chatbot.answer(question, passages, mode=self.mode)


class RetrieverSystem:
    """A retriever alone, for sets that judge retrieval only: no reader is loaded."""

    depth = 1

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever

    def looked_at(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """None: nothing is read."""
        return ()

    def retrieve(self, question: str, k: int) -> list[Passage]:
        """The `k` best passages."""
        return self.retriever.retrieve(question, k)

    def ask(self, question: str) -> Answer:
        """Raises TypeError: nothing here answers."""
        raise TypeError(f"a retriever alone cannot answer {question!r}")

    def read(self, question: str, passages: Sequence[Passage]) -> Answer:
        """Raises TypeError: nothing here answers."""
        raise TypeError(f"a retriever alone cannot answer {question!r} from {len(passages)}")


def paragraph_passage(article: Article, paragraph: Paragraph) -> Passage:
    """A whole paragraph as a passage, as if a search had found nothing else."""
    return Passage(
        article=article,
        span=paragraph.span,
        paragraphs=(paragraph.number,),
        tokens=count_tokens(paragraph.span.of(article.text)),
        score=1.0,
        scores={"vector": 1.0, "sentence": 1.0, "words": 1.0},
    )
