"""Index the articles that a question set brings, in the user's cache folder."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.embedding.model_files import DEFAULT_MODEL
from index.library import Library, SyncProgress
from index.segmentation.chunking import ChunkSettings
from index.settings import EmbeddingMode
from index.types import Article
from qa.indexes import open_private, private_index_path, record_source
from qa.questions import QuestionSet

_BATCH = 1000  # paragraphs committed together, so that a stop loses little


@dataclass(frozen=True, slots=True)
class IndexedCorpus:
    """A library, and how many of its articles were added now, in how many seconds."""

    library: Library
    added: int
    characters: int
    seconds: float

    @property
    def characters_per_second(self) -> float | None:
        """Characters indexed per second, None when nothing was added."""
        return self.characters / self.seconds if self.added and self.seconds else None


def index_corpus(
    articles: Sequence[Article],
    source: Path,
    *,
    encoder: str | None = None,
    settings: ChunkSettings | None = None,
    embedding_mode: EmbeddingMode = EmbeddingMode.SENTENCES,
    progress: Callable[[SyncProgress], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> IndexedCorpus:
    """Open the private index of these articles, and add those that are missing.

    The index is keyed by the texts, the encoder, `settings` and `embedding_mode`
    (as in `Library.create`): a moved file keeps its index, a changed one gets another. A stopped
    call keeps what it added. `source` is shown by `pincite cache`.
    """
    digest = hashlib.sha256()
    for article in articles:
        for part in (article.id, article.metadata.title, article.hash):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    settings = settings or ChunkSettings()
    index_settings = {
        "encoder": encoder or DEFAULT_MODEL,
        "chunks": asdict(settings),
        "embedding_mode": embedding_mode,
    }
    path = private_index_path(digest.hexdigest(), index_settings)
    library = open_private(
        path,
        encoder=encoder,
        chunk_settings=settings,
        embedding_mode=embedding_mode,
        on_wait=on_wait,
    )
    record_source(path, str(source.resolve()))
    known = {article.id for article in library.articles()}
    missing = [article for article in articles if article.id not in known]
    done = len(articles) - len(missing)
    before = time.perf_counter()
    for batch in _batches(missing):
        # One progress bar over all batches, not one for each.
        shifted = _shifted(progress, done, len(articles)) if progress else None
        library.add_articles(batch, progress=shifted)
        done += len(batch)
    seconds = time.perf_counter() - before
    return IndexedCorpus(library, len(missing), sum(len(a.text) for a in missing), seconds)


def corpus_library(
    questions: QuestionSet,
    *,
    progress: Callable[[SyncProgress], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> tuple[Library, dict[str, Any]]:
    """Return the library of the articles that a set brings, and its description for the run.

    Raises ValueError where the set brings none.
    """
    if questions.articles is None:
        raise ValueError(f"{questions.path} brings no articles")
    corpus = index_corpus(questions.articles, questions.path, progress=progress, on_wait=on_wait)
    return corpus.library, {
        **describe_library(corpus.library),
        "articles_added": corpus.added,
        "seconds": corpus.seconds,
        "characters_per_second": corpus.characters_per_second,
    }


def describe_library(library: Library) -> dict[str, Any]:
    """Return what a run's JSON says of its index."""
    return {"articles": len(library), "state": library.manifest.state}


def _batches(articles: Sequence[Article]) -> Iterator[list[Article]]:
    batch: list[Article] = []
    size = 0
    for article in articles:
        batch.append(article)
        size += len(article.paragraphs)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _shifted(
    progress: Callable[[SyncProgress], None], done: int, total: int
) -> Callable[[SyncProgress], None]:
    def show(step: SyncProgress) -> None:
        if step.phase not in ("embedding", "writing"):
            progress(SyncProgress(step.phase, done + step.done, total, step.chunks))

    return show
