"""The vectors of chunks and of their sentences: found in the index, or encoded now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from index.embedding.precision import choose_precision
from index.errors import EncoderError
from index.settings import EmbeddingMode, Precision
from index.storage.segment import vector_key
from index.storage.sentence_vectors import Bytes, heading_spans, quantize, sentence_spans
from index.storage.snapshot import Snapshot
from index.types import Article, Chunk, Span
from index.vector_stores.base import Vectors

if TYPE_CHECKING:
    from index.embedding.encoder import Encoder


ChunkVectors = dict[bytes, tuple[Vectors, Bytes]]
"""By each chunk's key: its vector, and its sentences' quantised, shape (m, dimensions)."""


@dataclass(frozen=True)
class ChunkText:
    """What of a chunk is encoded: `text`, of which the first `start` characters are the title's.

    `sentences` are spans within `text`; none where the index keeps none or there is only one. Where
    there are spans in `averaged`, its vector is the mean of theirs, weighted by their lengths, as a
    text's own vector is the mean over its tokens.
    """

    text: str
    start: int
    sentences: tuple[Span, ...]
    averaged: tuple[Span, ...] = ()

    @cached_property
    def key(self) -> bytes:
        """What its vectors are found again by."""
        return vector_key(self.text)

    @cached_property
    def alone(self) -> list[str]:
        """Each of its sentences as a text by itself, after the title."""
        return [self._after_title(span) for span in self.sentences]

    @property
    def texts(self) -> list[str]:
        """All that is encoded for it, every distinct text once."""
        return list(dict.fromkeys((*self.parts, *self.alone)))

    @cached_property
    def parts(self) -> dict[str, int]:
        """The texts whose vectors its own is the mean of, with their weights."""
        if not self.averaged:
            return {self.text: 1}
        weights: Counter[str] = Counter()
        for span in self.averaged:
            weights[self._after_title(span)] += len(span)
        return weights

    def _after_title(self, span: Span) -> str:
        return self.text[: self.start] + span.of(self.text)


def chunk_text(article: Article, chunk: Chunk, title: str, mode: EmbeddingMode) -> ChunkText:
    """Return what is encoded of a chunk."""
    words = chunk.span.of(article.text)
    text = mode.encoder_input(words, title)
    start = len(text) - len(words)
    moved = start - chunk.span.start

    def within(spans: Sequence[Span]) -> tuple[Span, ...]:
        return tuple(Span(one.start + moved, one.end + moved) for one in spans)

    if not mode.has_sentences:
        return ChunkText(text, start, ())
    found = within(sentence_spans(article, chunk))
    if not found or not mode.averages_sentences(chunk.tokens):
        return ChunkText(text, start, found)
    return ChunkText(text, start, found, (*within(heading_spans(article, chunk)), *found))


class ChunkEncoder:
    """Gives the vectors of chunks; what the index holds already is not encoded again.

    `encoded` counts the texts that were encoded, `precisions` has in what.
    """

    def __init__(self, base: Snapshot, encoder: Callable[[], Encoder], *, encoded: int = 0) -> None:
        """`encoder` is called only when there is something to encode; counting goes on from
        `encoded`."""
        self._base = base
        self._encoder = encoder
        self.encoded = encoded
        self.precisions: set[Precision] = set()
        self._in_bulk = False  # which pays for fewer texts once its model is loaded

    def vectors(self, chunks: Sequence[ChunkText], progress: Callable[[], None]) -> ChunkVectors:
        """The vectors of chunks. `progress` is called whenever `encoded` has grown.

        Raises EncoderError.
        """
        wanted = {chunk.key: chunk for chunk in chunks}
        known = self._base.vectors_by_key(list(wanted))
        if known:
            self.precisions.update(*(e.precisions for e in self._base.manifest.segments))
        if self._base.manifest.embedding_mode.has_sentences:
            blocks = self._base.sentences_by_key(list(known))
        else:
            blocks = dict.fromkeys(known, np.zeros((0, self._base.manifest.dimensions), np.int8))
        before = self.encoded

        def report(done: int, _total: int) -> None:
            self.encoded = before + done
            progress()

        found = {key: (known[key], blocks[key]) for key in known if key in blocks}
        missing = [chunk for key, chunk in wanted.items() if key not in found]
        if missing:
            keys = [chunk.key for chunk in missing]
            found.update(zip(keys, self._encode(missing, report), strict=True))
        return found

    def _encode(
        self, chunks: Sequence[ChunkText], report: Callable[[int, int], None]
    ) -> list[tuple[Vectors, Bytes]]:
        """Each sentence by itself, and what else the vector needs: every distinct text once."""
        texts = list(dict.fromkeys(text for one in chunks for text in one.texts))
        places = {text: place for place, text in enumerate(texts)}
        vectors = self._in_precision(texts, report)

        def rows(wanted: Iterable[str]) -> Vectors:
            return vectors[np.array([places[text] for text in wanted], dtype=np.int64)]

        made = []
        for one in chunks:
            own = rows(one.parts)
            vector = own[0]
            if len(own) > 1:
                mean = np.array(list(one.parts.values()), dtype=np.float32) @ own
                vector = mean / np.linalg.norm(mean)
            made.append((vector, quantize(rows(one.alone))))
        return made

    def _in_precision(self, texts: list[str], report: Callable[[int, int], None]) -> Vectors:
        """The vectors of texts, in the precision that the index is set to."""
        from index.embedding.encoder import BulkEncoder

        encoder, setting = self._encoder(), self._base.manifest.precision
        precision = setting
        if setting == Precision.AUTO:
            able = isinstance(encoder, BulkEncoder) and encoder.bulk
            precision = choose_precision(setting, texts) if able else Precision.FP32
            if self._in_bulk:
                precision = Precision.BF16
        if precision == Precision.FP32:
            self.precisions.add(Precision.FP32)
            return encoder.encode(texts, progress=report)
        if not isinstance(encoder, BulkEncoder):
            raise EncoderError(
                f"the encoder {encoder.name} encodes in fp32 only; use: --precision fp32"
            )
        try:
            vectors = encoder.encode_in_bulk(texts, progress=report)
        except EncoderError:
            if setting != Precision.AUTO:
                raise
            precision, vectors = Precision.FP32, encoder.encode(texts, progress=report)
        self._in_bulk = precision == Precision.BF16
        self.precisions.add(precision)
        return vectors
