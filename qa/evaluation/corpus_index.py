"""An index of the texts that a question set brings itself, kept in the user's cache."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.library import Library, SyncProgress
from index.segmentation.chunking import ChunkSettings
from index.storage.settings import DEFAULT_ENCODED
from index.types import Article
from qa.indexes import cache_path, label

_BATCH = 1000  # paragraphs committed together, so that a stop loses little


@dataclass(frozen=True, slots=True)
class Indexed:
    """A library, and how it came to be: articles encoded now, in how many seconds."""

    library: Library
    added: int
    characters: int
    seconds: float

    @property
    def characters_per_second(self) -> float | None:
        """Characters indexed per second, None when nothing had to be."""
        return self.characters / self.seconds if self.added and self.seconds else None


def indexed_texts(
    articles: Sequence[Article],
    source: Path,
    *,
    encoder: str | None = None,
    settings: ChunkSettings | None = None,
    encoded: str = DEFAULT_ENCODED,
    progress: Callable[[SyncProgress], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> Indexed:
    """The private index of these articles, made where it is missing.

    It is keyed by the texts themselves and by how they are cut and encoded (`settings` and
    `encoded` as in `Library.create`), so that a moved file keeps its index and a changed one
    gets another. A stop keeps what was indexed; the next call goes on from there.
    `source` is what `pincite cache` says it is of.
    """
    digest = hashlib.sha256()
    for article in articles:
        for part in (article.id, article.metadata.title, article.hash):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    settings = settings or ChunkSettings()
    made_with = {"encoder": encoder, "chunks": asdict(settings), "encoded": encoded}
    path = cache_path(digest.hexdigest(), made_with)
    library = Library.open_or_create(path, encoder=encoder, settings=settings, encoded=encoded)
    label(path, str(source.resolve()))
    known = {article.id for article in library.articles()}
    missing = [article for article in articles if article.id not in known]
    done = len(articles) - len(missing)
    before = time.perf_counter()
    for batch in _batches(missing):
        # One bar over all batches, not one for each.
        shown = _shifted(progress, done, len(articles)) if progress else None
        library.add_articles(batch, progress=shown, on_wait=on_wait)
        done += len(batch)
    seconds = time.perf_counter() - before
    return Indexed(library, len(missing), sum(len(a.text) for a in missing), seconds)


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
        if step.phase != "writing":
            progress(SyncProgress(step.phase, done + step.done, total, step.chunks))

    return show
