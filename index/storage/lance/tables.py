"""The tables of an index in Lance, and which of their versions belong together.

    articles.lance    a row for each article: its metadata, text and paragraphs
    chunks.lance      a row for each chunk: its span, vectors and terms
    terms.lance       in how many chunks a term is; each commit adds the difference
    files.lance       the states of source files, a row for each root

A commit writes new versions of the tables and tags them `generation-<n>`, `articles` last, whose
configuration has the manifest: whoever opens the index reads the versions with the newest tag of
`articles`, so it sees either the old or the new state. Versions that no tag names, of a writer
that was killed, are undone by the next one.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import lance
import pyarrow as pa

from index.errors import DamagedError, NoIndexError, StorageError
from index.storage.lance.filters import COLUMNS
from index.storage.manifest import Manifest, manifest_of

ARTICLES: Final = "articles"
CHUNKS: Final = "chunks"
TERMS: Final = "terms"
FILES: Final = "files"

TERM_COLUMNS = ("words", "stems", "title_stems", "context_stems")
"""The columns of a chunk's terms: words as written, stems, those of the title and the context."""

_MANIFEST = "pincite.manifest"
_TAG = "generation-"

# What is indexed is analysed by `index.storage.terms`, and only split here.
_AS_IT_IS: dict[str, Any] = {
    "base_tokenizer": "whitespace",
    "lower_case": False,
    "stem": False,
    "remove_stop_words": False,
    "ascii_folding": False,
    "max_token_length": None,
    "with_position": False,
}


def schemas(dimensions: int) -> dict[str, pa.Schema]:
    """Return the schema of each table, by name."""
    return {
        ARTICLES: pa.schema(
            [
                pa.field("id", pa.string()),
                pa.field("hash", pa.string()),
                pa.field("path", pa.binary()),
                pa.field("metadata", pa.binary()),
                pa.field("paragraph_count", pa.int32()),
                pa.field("text", pa.large_binary()),
                pa.field("paragraphs", pa.large_binary()),
                pa.field("digest", pa.binary()),
                pa.field("generation", pa.int64()),
                *COLUMNS,
            ]
        ),
        CHUNKS: pa.schema(
            [
                pa.field("number", pa.int64()),
                pa.field("article", pa.string()),
                pa.field("start", pa.int64()),
                pa.field("end", pa.int64()),
                pa.field("paragraphs", pa.binary()),
                pa.field("tokens", pa.int32()),
                pa.field("key", pa.string()),
                pa.field("vector", pa.list_(pa.float32(), dimensions)),
                pa.field("sentences", pa.large_binary()),
                *(pa.field(name, pa.string()) for name in TERM_COLUMNS),
                pa.field("generation", pa.int64()),
                *COLUMNS,
            ]
        ),
        TERMS: pa.schema(
            [
                pa.field("term", pa.string()),
                pa.field("is_stem", pa.bool_()),
                pa.field("chunks", pa.int64()),
            ]
        ),
        FILES: pa.schema([pa.field("record", pa.large_binary())]),
    }


class Tables:
    """The tables below a URI that Lance reads, such as `/path` or `s3://bucket/prefix`."""

    def __init__(self, uri: str, name: str) -> None:
        self._uri = uri.rstrip("/")
        self._name = name

    def path(self, table: str) -> str:
        """Return the URI of a table."""
        return f"{self._uri}/{table}.lance"

    def newest(self) -> int | None:
        """Return the number of the newest generation, or None if there is no index."""
        table = self._open_existing(ARTICLES)
        tags = table.tags.list() if table is not None else ()
        numbers = [int(tag.removeprefix(_TAG)) for tag in tags if tag.startswith(_TAG)]
        return max(numbers, default=None)

    def _open_existing(self, table: str) -> Any | None:
        """Open the latest version of a table, or return None if there is no such table."""
        try:
            return self.open_latest(table)
        except ValueError as error:
            if "not found" in str(error).lower():
                return None
            raise

    def open(self, table: str, generation: int) -> Any:
        """Open a table as of a generation."""
        return lance.dataset(self.path(table), version=tag(generation))

    def open_latest(self, table: str) -> Any:
        """Open the latest version of a table, for writing."""
        return lance.dataset(self.path(table))

    def read_manifest(self) -> Manifest:
        """Return the newest manifest. Raises NoIndexError, FormatError or DamagedError."""
        generation = self.newest()
        if generation is None:
            raise NoIndexError(
                f"there is no index in {self._name}; make one with: "
                f"pincite index PATH --index {self._name}"
            )
        config = self.open(ARTICLES, generation).config()
        try:
            values = json.loads(config[_MANIFEST])
        except (KeyError, ValueError):
            raise DamagedError(Path(self.path(ARTICLES)), "its version has no manifest") from None
        return manifest_of(values, Path(self.path(ARTICLES)))

    def create(self, manifest: Manifest) -> None:
        """Write the empty tables of a new index."""
        for name, schema in schemas(manifest.dimensions).items():
            # One that was never completed may be left.
            mode = "create" if self._open_existing(name) is None else "overwrite"
            table = lance.write_dataset(schema.empty_table(), self.path(name), mode=mode)
            for column in {ARTICLES: ["id"], CHUNKS: ["article", "key"], TERMS: ["term"]}.get(
                name, []
            ):
                table.create_scalar_index(column, "BTREE")
            for column in TERM_COLUMNS if name == CHUNKS else ():
                table.create_scalar_index(column, "INVERTED", **_AS_IT_IS)
        self.tag(manifest)

    def tag(self, manifest: Manifest) -> None:
        """Make the latest versions of all tables the state that `manifest` describes."""
        for name in (CHUNKS, TERMS, FILES, ARTICLES):
            table = self.open_latest(name)
            if name == ARTICLES:
                table.update_config({_MANIFEST: json.dumps(asdict(manifest))})
            # One of a killed writer may be left, except on `articles`.
            if name != ARTICLES and tag(manifest.generation) in table.tags.list():
                table.tags.delete(tag(manifest.generation))
            table.tags.create(tag(manifest.generation), table.version)


def read(table: Any, **options: Any) -> pa.Table:
    """Read rows of a table, with the options of Lance's `to_table`. Raises StorageError."""
    try:
        return table.to_table(**options)
    except OSError as error:
        raise StorageError(
            f"{table.uri} cannot be read ({error}). A state that was replaced is removed after a "
            "while; open the index again, or call Library.refresh"
        ) from error


def tag(generation: int) -> str:
    """Return the tag of the versions of a generation."""
    return f"{_TAG}{generation}"
