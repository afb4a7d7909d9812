"""Articles and the positions of text in them: parsed, split into chunks, stored, searched.

    from index import Library

    library = Library.open_or_create("my-index")
    library.sync("articles/")
    snapshot = library.snapshot()
    for hit in snapshot.search_words("Who trains the agents?", 5):
        print(hit.score, snapshot.chunk(hit.row))

The package `qa` builds on this one to answer questions.
"""

from index.errors import (
    ArticleError,
    CancelledError,
    DamagedError,
    EncoderError,
    FormatError,
    LibraryError,
    LockedError,
    NewerFormatError,
    NoIndexError,
    RootError,
    SettingError,
    StorageError,
    UnknownArticleError,
)
from index.filters import Filter
from index.ingest.sync import Rename, Skip, SyncReport
from index.ingest.transaction import SyncProgress
from index.library import Library
from index.segmentation.chunking import ChunkSettings
from index.storage.bm25 import BM25Settings
from index.storage.snapshot import ArticleSummary, Hit, Snapshot
from index.types import Article, Chunk, Kind, Metadata, Paragraph, Span

__all__ = [
    "Article",
    "ArticleError",
    "ArticleSummary",
    "BM25Settings",
    "CancelledError",
    "Chunk",
    "ChunkSettings",
    "DamagedError",
    "EncoderError",
    "Filter",
    "FormatError",
    "Hit",
    "Kind",
    "Library",
    "LibraryError",
    "LockedError",
    "Metadata",
    "NewerFormatError",
    "NoIndexError",
    "Paragraph",
    "Rename",
    "RootError",
    "SettingError",
    "Skip",
    "Snapshot",
    "Span",
    "StorageError",
    "SyncProgress",
    "SyncReport",
    "UnknownArticleError",
]
