"""The manifest: the file that lists what an index consists of, and its settings.

All other files are written once and never changed. A commit writes new files, flushes them, and
then replaces the manifest in one step, so that readers see either the old or the new state at any
time, also after a crash.

    manifest.json            the manifest, with the digest of every other file but the last two
    manifest-copy.json       the same, for a repair if the first is damaged
    lock                     the write lock, naming its holder
    segments/<name>/         articles, chunks and vectors added by one commit; later commits
                             add or remove the files of its vector store
    removed-<n>.json         the articles of each segment that are no longer in the index
    files-<n>.json           the state of each source file, so that a sync can skip it
    bm25/<n>/                the BM25 index
    uploads/                 files added through `Library.add_upload`
    staging-<n>/             changes of uploads/ until generation n is committed
    feedback.jsonl           votes on answers
    incomplete-backup        in a backup until all else is written
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from index.checked_files import Digests, FileDigest, digest_of, read_checked
from index.errors import (
    DamagedError,
    FormatError,
    NewerFormatError,
    NoIndexError,
    SettingError,
    StorageError,
)
from index.settings import EmbeddingMode, Precision, StoreSetting
from index.storage.bm25 import bm25_files
from index.storage.fsync import replace_bytes, write_json
from index.storage.segment import segment_files
from index.vector_stores.registry import check_store

FORMAT = 4
MANIFEST_NAME = "manifest.json"
MANIFEST_COPY = "manifest-copy.json"
UPLOADS = "uploads"
FEEDBACK_NAME = "feedback.jsonl"
SEGMENTS = "segments"
BM25 = "bm25"
INCOMPLETE = "incomplete-backup"


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
    `sidecar` is the SHA-256 of its sidecar file, empty if it has none; `corrections` are changes
    of the article's metadata as plain data (`index.parsing.metadata.read_changes`).
    """

    size: int
    modified: int
    sha256: str
    article: str | None
    reason: str | None = None
    sidecar: str = ""
    corrections: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What an index consists of, and its settings.

    `created` differs between indexes made in the same folder one after the other; `generation`
    counts commits; `contents` is the sum of the digests of all articles (see `contents_after`).
    `bm25` is the folder of the BM25 index. `next_chunk` is the number of the next chunk.
    `embedding_mode`, `store` and `precision` are settings (see `index.settings`). `digests` has
    every file that the manifest refers to, by its path relative to the index.
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
    digests: Digests = field(default_factory=dict, repr=False)
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

    def with_digests(self, directory: Path, known: Digests) -> Manifest:
        """Return this manifest with the digests of the files that it refers to.

        Digests in `known` are kept: computed again, they would hide damage since.
        """
        # The files of a BM25 generation are linked into the next, except those that end in .json.
        linked = {
            Path(name).name: digest
            for name, digest in known.items()
            if name.startswith(f"{BM25}/") and not name.endswith(".json")
        }
        digests = {}
        for path in self._files(directory):
            name = path.relative_to(directory).as_posix()
            same = linked.get(path.name) if name.startswith(f"{BM25}/") else None
            digests[name] = known.get(name) or same or digest_of(path)
        return replace(self, digests=digests)

    def _files(self, directory: Path) -> Iterator[Path]:
        for entry in self.segments:
            yield from segment_files(directory / SEGMENTS / entry.name, entry.store)
        if self.bm25:
            yield from bm25_files(directory / self.bm25)
        yield from (directory / name for name in (self.removed, self.files) if name)

    def write(self, directory: Path) -> None:
        """Make this the state of the index in one step."""
        values = asdict(self)
        data = json.dumps({**values, "digest": _digest(values)}, indent=1, ensure_ascii=True) + "\n"
        replace_bytes(directory / MANIFEST_NAME, data.encode("ascii"))
        replace_bytes(directory / MANIFEST_COPY, data.encode("ascii"))

    def next(self, **changes: Any) -> Manifest:
        """Return the manifest of the next generation with some fields changed."""
        return replace(self, generation=self.generation + 1, **changes)


def _digest(values: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest's values in JSON with sorted keys."""
    data = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(data.encode("ascii")).hexdigest()


def read_manifest(directory: Path, name: str = MANIFEST_NAME) -> Manifest:
    """Read the manifest of the index in `directory`, or its copy.

    Raises NoIndexError if there is none or half a backup, DamagedError if it is damaged,
    NewerFormatError or FormatError if it has another format version or needs a vector store that
    is not installed, StorageError if it cannot be read.
    """
    path = directory / name
    try:
        if (directory / INCOMPLETE).exists():
            raise NoIndexError(
                f"the backup in {directory} was broken off; finish it with: "
                f"pincite backup {directory} --index INDEX, or delete that folder"
            )
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if name == MANIFEST_NAME and (directory / MANIFEST_COPY).is_file():
            raise DamagedError(path, "it is missing") from None
        raise NoIndexError(
            f"there is no index in {directory}; make one with: "
            f"pincite index PATH --index {directory}"
        ) from None
    except OSError as error:
        raise StorageError.of(error, path) from error
    try:
        values = json.loads(data)
        digest, version = values.pop("digest", None), values["format"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedError(path, "it is not a manifest") from None
    if digest is not None and digest != _digest(values):
        raise DamagedError(path, "its content differs from its digest")
    if digest is None and version == FORMAT:
        raise DamagedError(path, "it has no digest")
    return manifest_of(values, path)


def manifest_of(values: dict[str, Any], path: Path) -> Manifest:
    """Return the manifest with the values of `asdict`, read from `path`.

    Raises DamagedError, NewerFormatError or FormatError, see `read_manifest`.
    """
    directory = path.parent
    try:
        _check_version(directory, values["format"])
        values["roots"] = tuple(Root(**root) for root in values["roots"])
        values["segments"] = tuple(map(_segment_entry, values["segments"]))
        values["embedding_mode"] = EmbeddingMode(values["embedding_mode"])
        values["precision"] = Precision(values["precision"])
        values["digests"] = {
            name: FileDigest(**digest) for name, digest in values["digests"].items()
        }
        for store in (values["store"], *(entry.store for entry in values["segments"])):
            check_store(store)
        return Manifest(**values)
    except SettingError as error:
        raise FormatError(
            f"the index in {directory} cannot be opened: {error}. Or make another index: "
            "pincite index PATH --index OTHER"
        ) from None
    except (KeyError, TypeError, AttributeError):
        raise DamagedError(path, "it is not a manifest") from None


def _check_version(directory: Path, version: object) -> None:
    """Raise an error unless the manifest has a version that can be read."""
    found = f"the index in {directory} has format {version}"
    if not isinstance(version, int):
        raise DamagedError(directory / MANIFEST_NAME, "its format is not a number")
    if version > FORMAT:
        raise NewerFormatError(
            f"{found}; this version of Pincite reads format {FORMAT}. Install the newer version "
            "that made it"
        )
    if version < FORMAT:
        raise FormatError(
            f"{found}; this version of Pincite reads format {FORMAT}. {rebuild_advice(directory)}"
        )


def _segment_entry(values: dict[str, Any]) -> SegmentEntry:
    precisions = tuple(map(Precision, values["precisions"]))
    return SegmentEntry(**{**values, "precisions": precisions})


def rebuild_advice(directory: Path) -> str:
    """Return the sentence that says how to make another index of the same articles."""
    return (
        "Make another index in a new folder: pincite index PATH --index OTHER (index "
        f"{directory / UPLOADS} too if articles were uploaded)"
    )


Removed = dict[str, frozenset[str]]
"""The ids of removed articles by segment name."""

Files = dict[str, dict[str, FileState]]
"""Files by the path of their root and their path relative to it."""


def write_removed(path: Path, removed: Removed) -> None:
    """Write the ids of removed articles to a new file."""
    write_json(path, {name: sorted(ids) for name, ids in sorted(removed.items()) if ids})


def read_removed(path: Path, digest: FileDigest | None) -> Removed:
    """Read what `write_removed` wrote. Raises OSError or DamagedError."""
    data = json.loads(read_checked(path, digest))
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

    def corrected(self, corrections: Mapping[str, Mapping[str, Any]]) -> FilesRecord:
        """Return a record with these corrections, by article id, after those known before."""
        files = {
            root: {
                name: replace(file, corrections={**file.corrections, **corrections[file.article]})
                if file.article is not None and file.article in corrections
                else file
                for name, file in files.items()
            }
            for root, files in self.files.items()
        }
        return FilesRecord(files, self.synced)

    def upload_digests(self) -> dict[str, FileDigest]:
        """Return the digests of uploaded files, by their paths relative to the index."""
        return {
            f"{UPLOADS}/{name}": FileDigest(state.size, state.sha256)
            for name, state in self.files.get(UPLOADS, {}).items()
            if state.article and state.sha256
        }

    def to_json(self) -> dict[str, Any]:
        """Return the record in a form for JSON."""
        return {
            root: {
                "synced": self.synced.get(root, 0),
                "files": {
                    name: [
                        file.size,
                        file.modified,
                        file.sha256,
                        file.article,
                        file.reason,
                        file.sidecar,
                        file.corrections,
                    ]
                    for name, file in files.items()
                },
            }
            for root, files in self.files.items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FilesRecord:
        """Return the record that `to_json` returned."""
        files = {
            root: {name: FileState(*values) for name, values in entry["files"].items()}
            for root, entry in data.items()
        }
        return cls(files, {root: entry["synced"] for root, entry in data.items()})

    def write(self, path: Path) -> None:
        """Write to a new file."""
        write_json(path, self.to_json())

    @classmethod
    def read(cls, path: Path, digest: FileDigest) -> FilesRecord:
        """Read what `write` wrote. Raises StorageError or DamagedError."""
        try:
            return cls.from_json(json.loads(read_checked(path, digest)))
        except OSError as error:
            raise StorageError.of(error, path) from error
