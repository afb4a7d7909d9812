"""The manifest: the one file that says what the index consists of.

Everything it names is written once and never changed. A commit writes new files, flushes
them, and then renames a new manifest over the old: whoever opens the index, at whatever
moment, and after whatever crash, reads one state or the other.

    manifest.json            this
    lock                     who is writing
    segments/<name>/         articles, chunks and vectors added by one commit; later commits
                             add or remove the files of its vector store
    removed-<n>.json         the articles of each segment that are no longer in the index
    files-<n>.json           what is known of each source file, so that a sync can skip it
    bm25/<n>/                the word index
    uploads/                 files added through `Library.add_upload`
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

FORMAT = 2
MANIFEST_NAME = "manifest.json"
UPLOADS = "uploads"


@dataclass(frozen=True, slots=True)
class Root:
    """A folder (or single file) whose articles are indexed.

    `label` stands in front of its article ids. The first root has none; each later one gets
    its folder's name, made unique, and keeps it whatever happens to the others.
    """

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment by name, with its size in articles and rows, removed ones included.

    `store` is the name of the vector store that searches it; `precisions` are those in which its
    vectors were encoded, sorted.
    """

    name: str
    articles: int
    rows: int
    store: str = StoreSetting.EXACT
    precisions: tuple[Precision, ...] = ()


@dataclass(frozen=True, slots=True)
class FileState:
    """What was last known of a source file.

    `size` in bytes, `modified` in nanoseconds as the system gives it, `sha256` of the bytes
    (empty when they could not be read). Either `article` is its id, or `reason` says why it was
    skipped.
    """

    size: int
    modified: int
    sha256: str
    article: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Manifest:
    """Everything an index consists of and was made with.

    `created` tells one index from another made later in the same place; `generation` counts
    its commits; `contents` is the sum of the digests of all articles (see `contents_after`).
    `bm25` is the folder of the word index. `next_chunk` is the number of the next chunk.
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
        """A digest of what a search can find; equal where articles and settings are equal."""
        parts = [
            self.contents, self.fingerprint, self.extractor, self.chunks,
            self.embedding_mode, self.store, self.precision,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def contents_after(self, gone: Iterable[str], come: Iterable[str]) -> str:
        """`contents` without the article digests `gone` and with those of `come`.

        Digests are added modulo 2**256, so the order of commits makes no difference and no
        commit needs to look at articles it does not touch.
        """
        total = int(self.contents or "0", 16)
        total += sum(int(digest, 16) for digest in come) - sum(int(digest, 16) for digest in gone)
        return f"{total % 2**256:064x}"

    def write(self, directory: Path) -> None:
        """Make this the state of the index, in one step."""
        data = json.dumps(asdict(self), indent=1, ensure_ascii=True) + "\n"
        replace_bytes(directory / MANIFEST_NAME, data.encode("ascii"))

    def next(self, **changes: Any) -> Manifest:
        """The manifest of the next generation."""
        return replace(self, generation=self.generation + 1, **changes)


def read_manifest(directory: Path) -> Manifest:
    """The manifest of the index in `directory`.

    Raises NoIndexError where there is none, FormatError where it is of another format
    version or damaged.
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
    """The next step when an index cannot be used."""
    return (
        f"Delete that folder and make the index again: pincite index PATH --index {directory} "
        f"(keep its {UPLOADS} folder if articles were uploaded, and index that too)"
    )


def _damaged(directory: Path) -> FormatError:
    return FormatError(
        f"{directory / MANIFEST_NAME} is damaged or not from Pincite. {rebuild_advice(directory)}"
    )


Removed = dict[str, frozenset[str]]
"""For each segment, the ids of its articles that are no longer in the index."""

Files = dict[str, dict[str, FileState]]
"""For each root's path, its files by path relative to the root."""


def write_removed(path: Path, removed: Removed) -> None:
    """Write the removed articles of each segment to a new file."""
    write_json(path, {name: sorted(ids) for name, ids in sorted(removed.items()) if ids})


def read_removed(path: Path) -> Removed:
    """Read what `write_removed` wrote."""
    data = json.loads(path.read_bytes())
    return {name: frozenset(ids) for name, ids in data.items()}


@dataclass(frozen=True)
class FilesRecord:
    """The state of all source files; `synced` is the start of the last sync of each root.

    `synced` is in nanoseconds since 1970, as file times are.
    """

    files: Files
    synced: dict[str, int]

    def ids(self) -> set[str]:
        """The ids of all articles that come from files."""
        return {f.article for files in self.files.values() for f in files.values() if f.article}

    def place_of(self, article_id: str) -> tuple[str, str] | None:
        """The root and the name in it of an article's file, None for a text in no file."""
        for root, files in self.files.items():
            for name, file in files.items():
                if file.article == article_id:
                    return root, name
        return None

    def without(self, roots: Iterable[str]) -> FilesRecord:
        """All but some roots."""
        gone = set(roots)
        return FilesRecord(
            {root: files for root, files in self.files.items() if root not in gone},
            {root: synced for root, synced in self.synced.items() if root not in gone},
        )

    def without_file(self, root: str, name: str) -> FilesRecord:
        """All but one file."""
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
