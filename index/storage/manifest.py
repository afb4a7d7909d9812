"""The manifest: the file that lists what an index consists of, and its settings.

All other files are written once and never changed. A commit writes new files, flushes them, and
then replaces the manifest in one step, so that readers see either the old or the new state at any
time, also after a crash.

    manifest.json            the manifest
    lock                     the write lock, naming its holder
    segments/<name>/         articles, chunks and vectors added by one commit; later commits
                             add or remove the files of its vector store
    removed-<n>.json         the articles of each segment that are no longer in the index
    files-<n>.json           the state of each source file, so that a sync can skip it
    bm25/<n>/                the BM25 index
    uploads/                 files added through `Library.add_upload`
    staging-<n>/             changes of uploads/ until generation n is committed
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from index.errors import FormatError, NoIndexError, SettingError
from index.settings import EmbeddingMode, Precision, StoreSetting
from index.storage.fsync import replace_bytes, write_json
from index.vector_stores.registry import check_store

FORMAT = 3
MANIFEST_NAME = "manifest.json"
UPLOADS = "uploads"


@dataclass(frozen=True, slots=True)
class Root:
    """A folder (or single file) whose articles are indexed.

    `label` is the prefix of its article ids. It is empty for the first root; each later one gets
    its folder's name, made unique, and keeps it when other roots are removed.
    """

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment: its name, and its articles and rows, removed ones included.

    `store` is the name of its vector store; `precisions` are those in which its vectors were
    encoded, sorted.
    """

    name: str
    articles: int
    rows: int
    store: str = StoreSetting.EXACT
    precisions: tuple[Precision, ...] = ()


@dataclass(frozen=True, slots=True)
class FileState:
    """A source file as of the last sync.

    `size` is in bytes, `modified` in nanoseconds since 1970, `sha256` that of the bytes (empty if
    they could not be read). `article` is the id of its article, or `reason` why it was skipped.
    """

    size: int
    modified: int
    sha256: str
    article: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Manifest:
    """What an index consists of, and its settings.

    `created` differs between indexes made in the same folder one after the other; `generation`
    counts commits; `contents` is the sum of the digests of all articles (see `contents_after`).
    `bm25` is the folder of the BM25 index. `next_chunk` is the number of the next chunk.
    `embedding_mode`, `store` and `precision` are settings (see `index.settings`).
    """

    created: str
    encoder: str
    fingerprint: str
    dimensions: int
    extractor: str
    chunks: dict[str, Any]
    embedding_mode: EmbeddingMode
    store: str
    precision: Precision
    contents: str = ""
    generation: int = 0
    roots: tuple[Root, ...] = ()
    segments: tuple[SegmentEntry, ...] = ()
    removed: str | None = None
    files: str | None = None
    bm25: str | None = None
    next_chunk: int = 0
    format: int = field(default=FORMAT)

    @property
    def state(self) -> str:
        """A digest of all that searches depend on: articles and settings."""
        parts = [
            self.contents, self.fingerprint, self.extractor, self.chunks,
            self.embedding_mode, self.store, self.precision,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def contents_after(self, removed: Iterable[str], added: Iterable[str]) -> str:
        """Return `contents` without the article digests `removed` and with those `added`.

        Digests are added modulo 2**256, so that the order of commits makes no difference and
        no commit has to read articles that it does not change.
        """
        total = int(self.contents or "0", 16) + sum(int(digest, 16) for digest in added)
        total -= sum(int(digest, 16) for digest in removed)
        return f"{total % 2**256:064x}"

    def write(self, directory: Path) -> None:
        """Make this the state of the index in one step."""
        data = json.dumps(asdict(self), indent=1, ensure_ascii=True) + "\n"
        replace_bytes(directory / MANIFEST_NAME, data.encode("ascii"))

    def next(self, **changes: Any) -> Manifest:
        """Return the manifest of the next generation with some fields changed."""
        return replace(self, generation=self.generation + 1, **changes)


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest of the index in `directory`.

    Raises NoIndexError if there is none, FormatError if it is damaged, has another format
    version, or needs a vector store that is not installed.
    """
    try:
        data = (directory / MANIFEST_NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NoIndexError(
            f"there is no index in {directory}; make one with: "
            f"pincite index PATH --index {directory}"
        ) from None
    except OSError as error:
        raise FormatError(f"the index in {directory} cannot be read: {error}") from error
    try:
        values = json.loads(data)
        version = values["format"]
    except (ValueError, KeyError, TypeError):
        raise _damaged(directory) from None
    if version != FORMAT:
        raise FormatError(
            f"the index in {directory} has format {version}; this version of Pincite reads "
            f"format {FORMAT}. {rebuild_advice(directory)}"
        )
    try:
        values["roots"] = tuple(Root(**root) for root in values["roots"])
        values["segments"] = tuple(map(_segment_entry, values["segments"]))
        values["embedding_mode"] = EmbeddingMode(values["embedding_mode"])
        values["precision"] = Precision(values["precision"])
        for store in (values["store"], *(entry.store for entry in values["segments"])):
            check_store(store)
        return Manifest(**values)
    except (KeyError, TypeError):
        raise _damaged(directory) from None
    except SettingError as error:
        raise FormatError(
            f"the index in {directory} cannot be opened: {error}. Or make the index again. "
            f"{rebuild_advice(directory)}"
        ) from None


def _segment_entry(values: dict[str, Any]) -> SegmentEntry:
    precisions = tuple(map(Precision, values["precisions"]))
    return SegmentEntry(**{**values, "precisions": precisions})


def rebuild_advice(directory: Path) -> str:
    """Return the sentence that says how to replace an index that cannot be used."""
    return (
        f"Delete that folder and make the index again: pincite index PATH --index {directory} "
        f"(keep its {UPLOADS} folder if articles were uploaded, and index that too)"
    )


def _damaged(directory: Path) -> FormatError:
    return FormatError(
        f"{directory / MANIFEST_NAME} is damaged or not from Pincite. {rebuild_advice(directory)}"
    )


Removed = dict[str, frozenset[str]]
"""The ids of removed articles by segment name."""

Files = dict[str, dict[str, FileState]]
"""Files by the path of their root and their path relative to it."""


def write_removed(path: Path, removed: Removed) -> None:
    """Write the ids of removed articles to a new file."""
    write_json(path, {name: sorted(ids) for name, ids in sorted(removed.items()) if ids})


def read_removed(path: Path) -> Removed:
    """Read what `write_removed` wrote."""
    data = json.loads(path.read_bytes())
    return {name: frozenset(ids) for name, ids in data.items()}


@dataclass(frozen=True)
class FilesRecord:
    """The states of all source files, and when the last sync of each root began.

    `synced` is in nanoseconds since 1970, by the path of the root.
    """

    files: Files
    synced: dict[str, int]

    def ids(self) -> set[str]:
        """Return the ids of all articles that come from files."""
        states = (state for files in self.files.values() for state in files.values())
        return {state.article for state in states if state.article}

    def location_of(self, article_id: str) -> tuple[str, str] | None:
        """Return the root and the relative path of an article's file, None for an added text."""
        for root, files in self.files.items():
            for name, file in files.items():
                if file.article == article_id:
                    return root, name
        return None

    def without(self, roots: Iterable[str]) -> FilesRecord:
        """Return a record without some roots."""
        dropped = set(roots)
        return FilesRecord(
            {root: files for root, files in self.files.items() if root not in dropped},
            {root: synced for root, synced in self.synced.items() if root not in dropped},
        )

    def without_file(self, root: str, name: str) -> FilesRecord:
        """Return a record without one file."""
        files = {key: file for key, file in self.files[root].items() if key != name}
        return FilesRecord({**self.files, root: files}, self.synced)

    def write(self, path: Path) -> None:
        """Write to a new file."""
        roots = {
            root: {
                "synced": self.synced.get(root, 0),
                "files": {
                    name: [file.size, file.modified, file.sha256, file.article, file.reason]
                    for name, file in files.items()
                },
            }
            for root, files in self.files.items()
        }
        write_json(path, roots)

    @classmethod
    def read(cls, path: Path) -> FilesRecord:
        """Read what `write` wrote."""
        data = json.loads(path.read_bytes())
        files = {
            root: {name: FileState(*values) for name, values in entry["files"].items()}
            for root, entry in data.items()
        }
        return cls(files, {root: entry["synced"] for root, entry in data.items()})
