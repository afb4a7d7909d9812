"""An index in Lance tables, named by an address.

`lance:///path` is a folder, `lance+s3://bucket/prefix` a place in object storage, whose
credentials and endpoint Lance reads from the environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT`, …).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs

from index.storage.lance.snapshot import LanceSnapshot
from index.storage.lance.tables import Tables
from index.storage.lance.writer import LanceWriter, check_store
from index.storage.location import IndexLocation
from index.storage.manifest import Manifest
from index.storage.snapshot import Snapshot


class LanceLocation(IndexLocation):
    """See the module. In object storage, `directory` is a folder in the user's data folder."""

    def __init__(self, address: str) -> None:
        scheme, _, path = address.partition("://")
        self.name = address
        if scheme == "lance":
            self.directory = Path(path)
            uri = path
        else:
            name = hashlib.sha256(address.encode()).hexdigest()[:20]
            self.directory = platformdirs.user_data_path("pincite") / "lance" / name
            uri = address.removeprefix("lance+")
        self._tables = Tables(uri, address)

    def exists(self) -> bool:
        return self._tables.newest() is not None

    def read_manifest(self) -> Manifest:
        return self._tables.read_manifest()

    def write_new(self, manifest: Manifest) -> None:
        check_store(manifest)
        self._tables.create(manifest)

    def open_snapshot(self, previous: Snapshot | None = None) -> LanceSnapshot:
        return LanceSnapshot(self._tables, self.read_manifest(), self.directory)

    def open_writer(self, base: Snapshot) -> LanceWriter:
        assert isinstance(base, LanceSnapshot)
        return LanceWriter(self._tables, base)
