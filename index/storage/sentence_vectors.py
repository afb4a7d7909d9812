"""The vectors of the sentences of each chunk.

A question is often closer to the one sentence that answers it than to a whole paragraph. Searches
find chunks; the best sentence of each candidate is then looked up here. Only directions matter, so
vectors are quantized to one byte per dimension; cosines differ from the exact ones by less than
0.01.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.checked_files import BLOCKS_SUFFIX, BlockFile, Digests, read_checked, write_block_digests
from index.errors import DamagedError
from index.segmentation.sentences import sentences
from index.types import Article, Chunk, Kind, Span
from index.vector_stores.base import Rows, Vectors

Bytes = npt.NDArray[np.int8]

_VECTORS = "sentences.int8"
_ENDS = "sentences.ends"


def sentence_spans(article: Article, chunk: Chunk) -> list[Span]:
    """Return the sentences of a chunk without headings, or none if there is only one.

    A sentence that crosses the edge of the chunk is cut there.
    """
    spans = [
        sentence
        for kind, part in _parts(article, chunk)
        if kind is not Kind.HEADING
        for sentence in sentences(article.text, part)
    ]
    return spans if len(spans) > 1 else []


def heading_spans(article: Article, chunk: Chunk) -> list[Span]:
    """Return the headings in a chunk."""
    return [part for kind, part in _parts(article, chunk) if kind is Kind.HEADING]


def _parts(article: Article, chunk: Chunk) -> Iterator[tuple[Kind, Span]]:
    """Iterate over the parts of paragraphs in a chunk, each with the paragraph's kind."""
    for number in chunk.paragraphs:
        paragraph = article.paragraphs[number - 1]
        start = max(paragraph.span.start, chunk.span.start)
        end = min(paragraph.span.end, chunk.span.end)
        if start < end:
            yield paragraph.kind, Span(start, end)


def quantize(vectors: Vectors) -> Bytes:
    """Scale vectors to integers from -127 to 127, of the same shape and directions."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True, initial=0.0)
    scaled = np.rint(vectors * (127.0 / np.maximum(largest, 1e-12)))
    return np.asarray(scaled, dtype=np.int8)


class SentenceVectorWriter:
    """Writes the sentence vectors of a segment to its folder."""

    def __init__(self, path: Path, dimensions: int) -> None:
        self._path = path
        self._dimensions = dimensions
        self._ends: list[int] = []
        self._file = (path / _VECTORS).open("wb")

    def add(self, block: Bytes) -> None:
        """Add the sentences of the next row, shape (m, dimensions); m may be 0."""
        self._file.write(np.ascontiguousarray(block, dtype=np.int8).tobytes())
        self._ends.append((self._ends[-1] if self._ends else 0) + len(block))

    def finish(self) -> None:
        """Complete the files; the writer is not used afterwards."""
        self._file.close()
        write_block_digests(self._path / _VECTORS)
        (self._path / _ENDS).write_bytes(np.array(self._ends, dtype="<i8").tobytes())

    def abandon(self) -> None:
        """Close the files without completing them."""
        self._file.close()


class SentenceVectors:
    """The sentence vectors of a segment. Readable after its files are removed."""

    def __init__(
        self, path: Path, rows: int, dimensions: int, digests: Digests | None = None
    ) -> None:
        """Open the files in a segment's folder. `digests` are those of the segment's files.

        Raises OSError if a file cannot be opened, DamagedError if one differs from its digest or
        they do not belong to so many rows.
        """
        digests = digests or {}
        ends = np.frombuffer(read_checked(path / _ENDS, digests.get(_ENDS)), dtype="<i8")
        self._ends = np.concatenate([[0], ends]).astype(np.int64)
        self._dimensions = dimensions
        self._file = open_blocks(path / _VECTORS, digests)
        if len(ends) != rows or self._file.size != self._ends[-1] * dimensions:
            raise DamagedError(path / _VECTORS, f"it does not belong to {rows} chunks")

    def block(self, row: int) -> Bytes:
        """Return the sentence vectors of a row, shape (m, dimensions)."""
        return self._read(np.arange(self._ends[row], self._ends[row + 1]))

    def _read(self, numbers: Rows) -> Bytes:
        return self._file.rows(numbers * self._dimensions, self._dimensions).view(np.int8)

    def best_cosines(self, rows: Sequence[int] | Rows, vector: Vectors) -> Vectors:
        """Return the best cosine of each row's sentences with a unit vector; NaN without any."""
        numbers = np.asarray(rows, dtype=np.int64)
        starts = self._ends[numbers]
        sizes = self._ends[numbers + 1] - starts
        result = np.full(len(numbers), np.nan, dtype=np.float32)
        ends = np.cumsum(sizes)
        if not len(ends) or not ends[-1]:
            return result
        firsts = ends - sizes
        offsets = np.arange(ends[-1]) + np.repeat(starts - firsts, sizes)
        filled = sizes > 0
        cosines = _cosines(self._read(offsets), vector)
        result[filled] = np.maximum.reduceat(cosines, firsts[filled])
        return result


def best_cosine(block: Bytes, vector: Vectors) -> float:
    """Return the best cosine of sentence vectors, shape (m, dimensions), with a unit vector.

    NaN for m = 0.
    """
    return float(_cosines(block, vector).max()) if len(block) else np.nan


def _cosines(block: Bytes, vector: Vectors) -> Vectors:
    sentence_vectors = block.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", sentence_vectors, sentence_vectors))
    return np.asarray((sentence_vectors @ vector) / np.maximum(lengths, 1e-12))


def open_blocks(path: Path, digests: Digests) -> BlockFile:
    """Open a file of a segment, whose blocks are checked if `digests` has it."""
    digest = digests.get(path.name)
    if digest is None:
        return BlockFile(path)
    blocks = path.name + BLOCKS_SUFFIX
    return BlockFile(path, digest, read_checked(path.with_name(blocks), digests.get(blocks)))


def open_sentence_vectors(
    path: Path, rows: int, dimensions: int, digests: Digests | None = None
) -> SentenceVectors | None:
    """Open the sentence vectors in a segment's folder, or return None if it has none."""
    names = digests if digests is not None else {file.name for file in path.iterdir()}
    return SentenceVectors(path, rows, dimensions, digests) if _ENDS in names else None
