"""Articles and where text is in them: read, cut into chunks, kept on disk, searched.

    from index import Library

    library = Library.open_or_create("my-index")
    library.sync("articles/")
    for hit in library.search_words("Who trains the agents?", 5):
        print(hit.score, library.chunk(hit.row))

What to answer to a question is the business of `qa`, which builds on this package.
"""

from index.errors import (
    ArticleError,
    CancelledError,
    EncoderError,
    FormatError,
    LibraryError,
    LockedError,
    NoIndexError,
    RootError,
    SettingError,
    UnknownArticleError,
)
from index.filters import Filter
from index.ingest.sync import Rename, Skip, SyncReport
from index.ingest.transaction import SyncProgress
from index.library import Library
from index.segmentation.chunking import ChunkSettings
from index.storage.bm25 import WordSettings
from index.storage.snapshot import ArticleSummary, Hit, Snapshot
from index.types import Article, Chunk, Kind, Metadata, Paragraph, Sentence, Span

__all__ = [
    "Article",
    "ArticleError",
    "ArticleSummary",
    "CancelledError",
    "Chunk",
    "ChunkSettings",
    "EncoderError",
    "Filter",
    "FormatError",
    "Hit",
    "Kind",
    "Library",
    "LibraryError",
    "LockedError",
    "Metadata",
    "NoIndexError",
    "Paragraph",
    "Rename",
    "RootError",
    "Sentence",
    "SettingError",
    "Skip",
    "Snapshot",
    "Span",
    "SyncProgress",
    "SyncReport",
    "UnknownArticleError",
    "WordSettings",
]
