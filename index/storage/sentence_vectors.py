"""The vectors of the sentences of each chunk.

A question is often closer to the one sentence that answers it than to a whole paragraph. Searches
find chunks; the best sentence of each candidate is then looked up here. Only directions matter, so
vectors are quantized to one byte per dimension; cosines differ from the exact ones by less than
0.01.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.segmentation.sentences import sentences
from index.types import Article, Chunk, Kind, Span
from index.vector_stores.base import Rows, Vectors

Bytes = npt.NDArray[np.int8]

_VECTORS = "sentences.int8"
_LENGTHS = "sentences.lengths"
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
        self._lengths_file = (path / _LENGTHS).open("wb")

    def add(self, block: Bytes) -> None:
        """Add the sentences of the next row, shape (m, dimensions); m may be 0."""
        self._file.write(np.ascontiguousarray(block, dtype=np.int8).tobytes())
        floats = block.astype(np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", floats, floats))
        self._lengths_file.write(lengths.astype("<f4").tobytes())
        self._ends.append((self._ends[-1] if self._ends else 0) + len(block))

    def finish(self) -> None:
        """Complete the files; the writer is not used afterwards."""
        self._file.close()
        self._lengths_file.close()
        (self._path / _ENDS).write_bytes(np.array(self._ends, dtype="<i8").tobytes())

    def abandon(self) -> None:
        """Close the files without completing them."""
        self._file.close()
        self._lengths_file.close()


class SentenceVectors:
    """The sentence vectors of a segment. Readable after its files are removed."""

    def __init__(self, path: Path, rows: int, dimensions: int) -> None:
        """Raises OSError if the files are missing or do not belong to so many rows."""
        ends = np.frombuffer((path / _ENDS).read_bytes(), dtype="<i8")
        self._ends = np.concatenate([[0], ends]).astype(np.int64)
        total = int(self._ends[-1])
        size = (path / _VECTORS).stat().st_size
        if len(ends) != rows or size != total * dimensions:
            raise OSError(f"{path / _VECTORS} does not belong to {rows} chunks")
        self._vectors: Bytes = _mapped(path / _VECTORS, "i1", (total, dimensions))
        if (path / _LENGTHS).stat().st_size != total * 4:
            raise OSError(f"{path / _LENGTHS} does not belong to {total} sentences")
        self._lengths: Vectors = _mapped(path / _LENGTHS, "<f4", (total,))

    def block(self, row: int) -> Bytes:
        """Return the sentence vectors of a row, shape (m, dimensions)."""
        return np.asarray(self._vectors[self._ends[row] : self._ends[row + 1]])

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
        sentence_vectors = self._vectors.take(offsets, axis=0).astype(np.float32)
        cosines = (sentence_vectors @ vector) / np.maximum(self._lengths[offsets], 1e-12)
        filled = sizes > 0
        result[filled] = np.maximum.reduceat(cosines, firsts[filled])
        return result


def _mapped(path: Path, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Open a file of numbers memory-mapped."""
    if not shape[0]:  # NumPy does not map an array of no rows
        return np.zeros(shape, dtype=dtype)
    # As a plain array: taking rows of a memmap object is ten times as slow.
    return np.asarray(np.memmap(path, dtype=dtype, mode="r", shape=shape))


def open_sentence_vectors(path: Path, rows: int, dimensions: int) -> SentenceVectors | None:
    """Open the sentence vectors in a segment's folder, or return None if it has none."""
    return SentenceVectors(path, rows, dimensions) if (path / _ENDS).exists() else None
