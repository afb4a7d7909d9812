"""Where an index is kept: the contract, and an index in a folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from index.storage.folder_snapshot import FolderSnapshot, open_snapshot
from index.storage.folder_writer import FolderWriter
from index.storage.manifest import MANIFEST_COPY, MANIFEST_NAME, Manifest, read_manifest
from index.storage.snapshot import Snapshot
from index.storage.writer import IndexWriter


class IndexLocation(ABC):
    """Where an index is kept.

    `name` is what users call it, and `directory` a folder on this machine, which has the write
    lock, uploaded files and votes.
    """

    name: str
    directory: Path

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is an index, a damaged one included."""

    @abstractmethod
    def read_manifest(self) -> Manifest:
        """Read the newest manifest. Raises what `Library.open` raises."""

    @abstractmethod
    def write_new(self, manifest: Manifest) -> None:
        """Write the manifest of an empty index. Call it under the write lock only."""

    @abstractmethod
    def open_snapshot(self, previous: Snapshot | None = None) -> Snapshot:
        """Open the newest state; what `previous` has open is shared with it."""

    @abstractmethod
    def open_writer(self, base: Snapshot) -> IndexWriter:
        """Start to write the state after `base`. Call it under the write lock only."""


class FolderLocation(IndexLocation):
    """An index in a folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.name = str(directory)

    def exists(self) -> bool:
        return any((self.directory / name).exists() for name in (MANIFEST_NAME, MANIFEST_COPY))

    def read_manifest(self) -> Manifest:
        return read_manifest(self.directory)

    def write_new(self, manifest: Manifest) -> None:
        manifest.write(self.directory)

    def open_snapshot(self, previous: Snapshot | None = None) -> FolderSnapshot:
        shared = previous if isinstance(previous, FolderSnapshot) else None
        return open_snapshot(self.directory, shared)

    def open_writer(self, base: Snapshot) -> FolderWriter:
        assert isinstance(base, FolderSnapshot)
        return FolderWriter(base)
