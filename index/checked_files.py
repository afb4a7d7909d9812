"""Files of an index, compared with their digests before anything in them is used.

Nothing is memory-mapped: a mapped file that another program shortens kills the process that reads
it. Files are opened once and read by position, so they stay readable after they are removed.
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import DamagedError, StorageError

BLOCK = 1 << 14
"""Bytes of a block, the part of a large file that has its own digest."""

BLOCKS_SUFFIX = ".blocks"
"""Ending of the file that holds the digests of another file's blocks."""

_DIGEST_BYTES = 16  # of a block's SHA-256
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The size of a file in bytes, and the SHA-256 of its content in hexadecimal."""

    size: int
    sha256: str


Digests = Mapping[str, FileDigest]
"""Digests of files by their paths, relative to the folder of an index or of a part of it."""


def digest_of(path: Path) -> FileDigest:
    """Return the digest that a file has now. Raises OSError."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return FileDigest(file.tell(), sha256)


def digests_below(digests: Digests, folder: str) -> dict[str, FileDigest]:
    """Return the digests of the files in a folder, by their paths relative to it."""
    prefix = f"{folder}/"
    return {
        name.removeprefix(prefix): digest
        for name, digest in digests.items()
        if name.startswith(prefix)
    }


def check_size(path: Path, size: int, digest: FileDigest | None) -> None:
    """Raise DamagedError unless a file has the size of its digest, if it has one."""
    if digest is not None and size != digest.size:
        raise DamagedError(path, f"it has {size:,} bytes instead of {digest.size:,}")


def write_block_digests(path: Path) -> None:
    """Write the digests of a file's blocks to a new file beside it."""
    target = path.with_name(path.name + BLOCKS_SUFFIX)
    with path.open("rb") as file, target.open("wb") as digests:
        while block := file.read(BLOCK):
            digests.write(_block_digest(block))


def read_checked(path: Path, digest: FileDigest | None) -> bytes:
    """Return the content of a file. Raises OSError, or DamagedError if the digest differs."""
    return b"".join(CheckedFile(path, digest).parts())


class CheckedFile:
    """A file that is read as a whole. `digest` is None for one that was written just now."""

    def __init__(self, path: Path, digest: FileDigest | None) -> None:
        """Raises OSError if it cannot be opened, DamagedError if it has another size."""
        self.path = path
        self._digest = digest
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        self._lock = threading.Lock()
        self._is_checked = digest is None
        check_size(path, os.fstat(self._descriptor).st_size, digest)

    def parts(self) -> Iterator[bytes]:
        """Yield the content in parts. Raises OSError, and DamagedError after the last part."""
        hashed, start = hashlib.sha256(), 0
        while part := os.pread(self._descriptor, _READ_BYTES, start):
            hashed.update(part)
            start += len(part)
            yield part
        if self._digest is not None and hashed.hexdigest() != self._digest.sha256:
            raise DamagedError(self.path, "its content differs from its digest")

    def equals_digest(self) -> bool:
        """Compare the content with its digest again; False without one. Raises StorageError."""
        try:
            self._compare()
        except DamagedError:
            return False
        return self._digest is not None

    def check(self) -> None:
        """Compare the content with the digest, once. Raises DamagedError or StorageError."""
        with self._lock:
            if not self._is_checked:
                self._compare()
                self._is_checked = True

    def _compare(self) -> None:
        try:
            for _ in self.parts():
                pass
        except OSError as error:
            raise StorageError.of(error, self.path) from error


class BlockFile:
    """A file read in parts. Each block is compared with its digest when it is first read.

    Blocks are compared again if the file was changed since. Safe to use from several threads.
    """

    def __init__(
        self, path: Path, digest: FileDigest | None = None, blocks: bytes | None = None
    ) -> None:
        """`blocks` are the checked contents of the file of block digests, None for no checks.

        Raises OSError if the file cannot be opened, DamagedError if it has another size.
        """
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        status = os.fstat(self._descriptor)
        self.size = status.st_size
        check_size(path, self.size, digest)
        self._blocks = blocks
        self._changed = status.st_mtime_ns
        self._is_checked = np.zeros(-(-self.size // BLOCK), dtype=np.bool_)
        if blocks is not None and len(blocks) != len(self._is_checked) * _DIGEST_BYTES:
            raise DamagedError(path, "it does not belong to the digests of its blocks")

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to `stop`. Raises DamagedError or StorageError."""
        return self.rows(np.array([start]), stop - start).tobytes() if stop > start else b""

    def rows(self, starts: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
        """Return `size` bytes from each of the positions, shape (len(starts), size).

        Raises DamagedError or StorageError.
        """
        found = np.empty((len(starts), size), dtype=np.uint8)
        if not found.size:
            return found
        try:
            self._check(starts, size)
            # Adjacent rows are read together.
            gaps = np.flatnonzero(np.diff(starts) != size) + 1
            for first, last in pairwise((0, *gaps.tolist(), len(starts))):
                self._read_into(found[first:last].data.cast("B"), int(starts[first]))
        except OSError as error:
            if isinstance(error, StorageError):
                raise
            raise StorageError.of(error, self.path) from error
        return found

    def _check(self, starts: NDArray[np.int64], size: int) -> None:
        """Compare the blocks that some rows touch, unless they have been compared before."""
        if self._blocks is None:
            return
        changed = os.fstat(self._descriptor).st_mtime_ns
        if changed != self._changed:
            self._is_checked[:] = False
            self._changed = changed
        offsets = (*range(0, size, BLOCK), size - 1)
        touched = np.unique(np.concatenate([(starts + offset) // BLOCK for offset in offsets]))
        for number in touched[~self._is_checked[touched]].tolist():
            expected = self._blocks[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES]
            if _block_digest(os.pread(self._descriptor, BLOCK, number * BLOCK)) != expected:
                raise DamagedError(
                    self.path,
                    f"the {BLOCK:,} bytes from {number * BLOCK:,} differ from their digest",
                )
            self._is_checked[number] = True

    def _read_into(self, view: memoryview, start: int) -> None:
        done = 0
        while done < len(view):
            count = os.preadv(self._descriptor, [view[done:]], start + done)
            if not count:
                raise DamagedError(self.path, "it was shortened while it was in use")
            done += count


def _block_digest(block: bytes) -> bytes:
    return hashlib.sha256(block).digest()[:_DIGEST_BYTES]
