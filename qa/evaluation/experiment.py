"""From a question set and a library to a finished run: the command line and the chat share it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.library import Library, SyncProgress
from qa.questions import QuestionSet

if TYPE_CHECKING:
    from qa.chatbot import Chatbot
    from qa.evaluation.run import Progress, Run
    from qa.readers.base import Reader
    from qa.retrieval.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chooses of a run; the defaults are those of `pincite eval`.

    `k` passages are retrieved, 1 or more. `reader` and `reranker` are names or paths, None the
    default and none. `unanswerable` is as for `Chatbot`. `always` switches refusal off,
    `gold_paragraph` also measures the reader alone. `limit` and `seed` draw a sample of the
    questions.
    """

    k: int = 50
    reader: str | None = None
    reranker: str | None = None
    unanswerable: float | None = None
    always: bool = False
    gold_paragraph: bool = False
    limit: int | None = None
    seed: int = 0


def own_library(
    questions: QuestionSet,
    *,
    progress: Callable[[SyncProgress], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> tuple[Library, dict[str, Any]]:
    """The index of the texts that the set brings, made where missing, and how fast that was.

    Raises ValueError where the set brings none.
    """
    from qa.evaluation.corpus_index import indexed_texts

    if questions.articles is None:
        raise ValueError(f"{questions.path} brings no texts of its own")
    made = indexed_texts(questions.articles, questions.path, progress=progress, on_wait=on_wait)
    return made.library, {
        **described(made.library),
        "articles_added": made.added,
        "seconds": made.seconds,
        "characters_per_second": made.characters_per_second,
    }


def described(library: Library) -> dict[str, Any]:
    """What a run says of the index that was asked."""
    return {"articles": len(library), "state": library.state}


def run_set(
    questions: QuestionSet,
    library: Library,
    index: dict[str, Any],
    choices: Choices,
    *,
    loaded: Chatbot | None = None,
    progress: Progress | None = None,
) -> Run:
    """Ask every question of the set and count; a run that was stopped is continued.

    `index` is what the run says of its index. The models of `loaded`, and the share that its
    confidences are stated for, are used where the default reader is chosen. A set that judges
    retrieval only loads no reader. Raises SettingError where the reader's confidence can take no
    share into account, ReaderError where a reader or re-ranker cannot be loaded.
    """
    from qa.chatbot import Chatbot
    from qa.evaluation.environment import environment, peak_memory_mb
    from qa.evaluation.run import Settings, evaluate
    from qa.evaluation.system import ChatbotSystem, RetrieverSystem, System
    from qa.indexes import cache_folder

    retriever = _retriever(library, choices.reranker)
    config: dict[str, Any] = {
        "state": index["state"],
        "encoder": library.encoder.name,
        "reranker": choices.reranker,
        "fusion": str(retriever.fusion),
    }
    system: System
    if questions.retrieval_only:
        system = RetrieverSystem(retriever)
    else:
        reader: Reader | str | None = choices.reader
        unanswerable = choices.unanswerable
        if loaded is not None and reader is None:
            reader = loaded.reader
            if unanswerable is None:
                unanswerable = loaded.judge.confidence.unanswerable
        chatbot = Chatbot(retriever, reader=reader, unanswerable=unanswerable)
        system = ChatbotSystem(chatbot, always=choices.always)
        config |= {
            "reader": chatbot.reader.name,
            "models": _models_digest(),
            "mode": str(system.mode),
            "unanswerable": chatbot.judge.confidence.unanswerable,
        }
    settings = Settings(
        k=max(choices.k, system.depth),
        gold_paragraph=choices.gold_paragraph and not questions.retrieval_only,
        limit=choices.limit,
        seed=choices.seed,
    )
    run = evaluate(
        questions,
        system,
        library,
        settings,
        config=config,
        environment=environment(),
        index=index,
        journal=cache_folder() / "runs",
        progress=progress,
    )
    run.summary["environment"]["peak_memory_mb"] = peak_memory_mb()
    return run


def _retriever(library: Library, reranker: str | None) -> Retriever:
    from qa.retrieval.retriever import Retriever

    if not reranker:
        return Retriever(library)
    from qa.retrieval.reranker import CrossEncoderReranker, RerankingRetriever

    return RerankingRetriever(library, CrossEncoderReranker(reranker))


def _models_digest() -> str:
    """A digest of the shipped models, so that a stopped run never goes on with others."""
    import qa

    digest = hashlib.sha256()
    for file in sorted((Path(qa.__file__).parent / "models").rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
