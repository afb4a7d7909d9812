"""Run a question set against a library, for the command line and the Benchmark tab."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.library import Library
from qa.questions import QuestionSet

if TYPE_CHECKING:
    from qa.chatbot import Chatbot
    from qa.evaluation.run import Run
    from qa.evaluation.runner import Progress
    from qa.readers.base import Reader


@dataclass(frozen=True, slots=True)
class ExperimentOptions:
    """The options of `pincite eval`, with its defaults.

    `reader` is a name or path, None the default reader; `reranker` likewise, None for none.
    `unanswerable` and `recalibrate` are as for `Chatbot`. `always_answer` switches refusal off.
    `k`, `gold_paragraph`, `limit` and `seed` are as in `RunSettings`.
    """

    k: int = 50
    reader: str | None = None
    reranker: str | None = None
    unanswerable: float | None = None
    recalibrate: bool = False
    always_answer: bool = False
    gold_paragraph: bool = False
    limit: int | None = None
    seed: int = 0


def run_experiment(
    questions: QuestionSet,
    library: Library,
    index: dict[str, Any],
    options: ExperimentOptions,
    *,
    loaded: Chatbot | None = None,
    progress: Progress | None = None,
) -> Run:
    """Ask every question of the set and return the run; a stopped run is resumed.

    `index` describes the index in the run's JSON. Where the options name no reader, that of
    `loaded` is used, with the share of unanswerable questions that its confidences are stated
    for. A set that judges retrieval only loads no reader. Raises SettingError where the reader's
    confidence cannot be stated for a share, ReaderError where a reader or re-ranker cannot be
    loaded.
    """
    from qa.chatbot import Chatbot
    from qa.evaluation.environment import environment, peak_memory_mb
    from qa.evaluation.runner import RunSettings, evaluate
    from qa.evaluation.system import ChatbotSystem, RetrieverSystem, System
    from qa.indexes import cache_folder
    from qa.retrieval.reranker import load_retriever

    retriever = load_retriever(library, options.reranker)
    config: dict[str, Any] = {
        "state": index["state"],
        "encoder": library.encoder.name,
        "reranker": options.reranker,
        "fusion": str(retriever.fusion),
    }
    system: System
    if questions.retrieval_only:
        system = RetrieverSystem(retriever)
    else:
        reader: Reader | str | None = options.reader
        unanswerable = options.unanswerable
        if loaded is not None and reader is None:
            reader = loaded.reader
            if unanswerable is None:
                unanswerable = loaded.judge.confidence.unanswerable
        chatbot = Chatbot(
            retriever, reader=reader, unanswerable=unanswerable, recalibrate=options.recalibrate
        )
        system = ChatbotSystem(chatbot, always_answer=options.always_answer)
        config |= {
            "reader": chatbot.reader.name,
            "models": _models_digest(),
            "mode": str(system.mode),
            "unanswerable": chatbot.judge.confidence.unanswerable,
        }
        if recalibration := chatbot.judge.recalibration:
            config["recalibration"] = asdict(recalibration)
    settings = RunSettings(
        k=max(options.k, system.depth),
        gold_paragraph=options.gold_paragraph and not questions.retrieval_only,
        limit=options.limit,
        seed=options.seed,
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


def _models_digest() -> str:
    """Return a digest of the shipped models, so that a run is not resumed with others."""
    import qa

    digest = hashlib.sha256()
    for file in sorted((Path(qa.__file__).parent / "models").rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
