"""Embed chunks and their sentences, reusing the vectors that the index already has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from index.embedding.precision import choose_precision
from index.errors import EncoderError
from index.segmentation.context import Context
from index.settings import EmbeddingMode, Precision
from index.storage.records import vector_key
from index.storage.sentence_vectors import Bytes, heading_spans, quantize, sentence_spans
from index.storage.snapshot import Snapshot
from index.types import Article, Chunk, Span
from index.vector_stores.base import Vectors

if TYPE_CHECKING:
    from index.embedding.encoder import Encoder


@dataclass(frozen=True, slots=True)
class ChunkEmbedding:
    """The vector of a chunk, and those of its sentences, quantised, of shape (m, dimensions)."""

    vector: Vectors
    sentences: Bytes


Embeddings = dict[bytes, ChunkEmbedding]
"""Embeddings by the keys of their `ChunkText`."""


@dataclass(frozen=True)
class ChunkText:
    """What the encoder reads of a chunk: `text`, whose first `start` characters are its context.

    `sentences` are spans of `text`; there are none if the index keeps no sentence vectors or the
    chunk is a single sentence. If `averaged` has spans, the chunk's vector is the mean of their
    vectors, weighted by length, just as the vector of a text is the mean over its tokens.
    """

    text: str
    start: int
    sentences: tuple[Span, ...]
    averaged: tuple[Span, ...] = ()

    @cached_property
    def key(self) -> bytes:
        """Key of the text, by which its vectors are found in the index."""
        return vector_key(self.text)

    @cached_property
    def sentence_texts(self) -> list[str]:
        """The text of each sentence, after the context."""
        return [self._after_context(span) for span in self.sentences]

    @cached_property
    def weights(self) -> dict[str, int]:
        """The texts whose weighted mean is the chunk's vector, with their weights."""
        if not self.averaged:
            return {self.text: 1}
        weights: Counter[str] = Counter()
        for span in self.averaged:
            weights[self._after_context(span)] += len(span)
        return weights

    @property
    def texts(self) -> list[str]:
        """The distinct texts that are encoded for the chunk."""
        return list(dict.fromkeys((*self.weights, *self.sentence_texts)))

    def _after_context(self, span: Span) -> str:
        return self.text[: self.start] + span.of(self.text)


def chunk_text(
    article: Article,
    chunk: Chunk,
    title: str,
    mode: EmbeddingMode,
    context: Context = Context(),  # noqa: B008 (immutable)
    fits: Callable[[str], bool] = lambda _: True,
) -> ChunkText:
    """Return what the encoder reads of a chunk, with `title` as its article's title.

    Title, headings and lead-in come first, a line each. What makes a text too long for `fits`
    is left out: the lead-in, then the headings.
    """
    body = chunk.span.of(article.text)
    headed = (title, *context.headings)
    for lines in ((*headed, context.lead_in), headed, (title,)):
        text = mode.encoder_input(body, "\n".join(filter(None, lines)))
        if fits(text):
            break
    start = len(text) - len(body)
    offset = start - chunk.span.start

    def in_text(spans: Sequence[Span]) -> tuple[Span, ...]:
        return tuple(Span(span.start + offset, span.end + offset) for span in spans)

    if not mode.has_sentences:
        return ChunkText(text, start, ())
    sentences = in_text(sentence_spans(article, chunk))
    if not sentences or not mode.averages_sentences(chunk.tokens):
        return ChunkText(text, start, sentences)
    headings = in_text(heading_spans(article, chunk))
    return ChunkText(text, start, sentences, averaged=(*headings, *sentences))


class ChunkEncoder:
    """Embeds chunks; what the index already holds is not encoded again.

    `encoded` counts the texts encoded so far, starting from the argument, and `to_encode` those
    together with the rest of the current batch; `precisions` are those of the vectors returned.
    `encoder` is called only if there is something to encode.
    """

    def __init__(self, base: Snapshot, encoder: Callable[[], Encoder], *, encoded: int = 0) -> None:
        self._base = base
        self._encoder = encoder
        self.encoded = self.to_encode = encoded
        self.precisions: set[Precision] = set()
        self._has_bulk_model = False  # once it is loaded, few texts are worth it too

    def embed(self, chunks: Sequence[ChunkText], on_progress: Callable[[], None]) -> Embeddings:
        """Return the embeddings of chunks. `on_progress` is called when `encoded` has grown.

        Raises EncoderError.
        """
        chunks_by_key = {chunk.key: chunk for chunk in chunks}
        embeddings = self._stored_embeddings(list(chunks_by_key))
        missing = {key: chunk for key, chunk in chunks_by_key.items() if key not in embeddings}
        if missing:
            before = self.encoded

            def count(done: int, total: int) -> None:
                self.encoded, self.to_encode = before + done, before + total
                on_progress()

            embeddings.update(zip(missing, self._compute(missing.values(), count), strict=True))
        return embeddings

    def _stored_embeddings(self, keys: Sequence[bytes]) -> Embeddings:
        manifest = self._base.manifest
        vectors = self._base.vectors_by_key(keys)
        if vectors:
            self.precisions.update(*(segment.precisions for segment in manifest.segments))
        if manifest.embedding_mode.has_sentences:
            sentences = self._base.sentences_by_key(list(vectors))
        else:
            sentences = dict.fromkeys(vectors, np.zeros((0, manifest.dimensions), np.int8))
        return {key: ChunkEmbedding(vectors[key], sentences[key]) for key in sentences}

    def _compute(
        self, chunks: Collection[ChunkText], on_progress: Callable[[int, int], None]
    ) -> list[ChunkEmbedding]:
        """Encode every distinct text once, and average where a chunk asks for it."""
        texts = list(dict.fromkeys(text for chunk in chunks for text in chunk.texts))
        rows = {text: row for row, text in enumerate(texts)}
        encoded = self._encode(texts, on_progress)

        def vectors_of(texts: Iterable[str]) -> Vectors:
            return encoded[np.array([rows[text] for text in texts], dtype=np.int64)]

        embeddings = []
        for chunk in chunks:
            parts = vectors_of(chunk.weights)
            vector = parts[0]
            if len(parts) > 1:
                mean = np.array(list(chunk.weights.values()), dtype=np.float32) @ parts
                vector = mean / np.linalg.norm(mean)
            embeddings.append(ChunkEmbedding(vector, quantize(vectors_of(chunk.sentence_texts))))
        return embeddings

    def _encode(self, texts: list[str], on_progress: Callable[[int, int], None]) -> Vectors:
        """Encode texts in the precision that the index is set to."""
        from index.embedding.encoder import BulkEncoder

        encoder, setting = self._encoder(), self._base.manifest.precision
        precision = setting
        if setting == Precision.AUTO:
            is_able = isinstance(encoder, BulkEncoder) and encoder.supports_bulk
            precision = choose_precision(setting, texts) if is_able else Precision.FP32
            if self._has_bulk_model:
                precision = Precision.BF16
        if precision == Precision.FP32:
            self.precisions.add(Precision.FP32)
            return encoder.encode(texts, progress=on_progress)
        if not isinstance(encoder, BulkEncoder):
            raise EncoderError(
                f"the encoder {encoder.name} encodes in fp32 only; use: --precision fp32"
            )
        try:
            vectors = encoder.encode_in_bulk(texts, progress=on_progress)
        except EncoderError:
            if setting != Precision.AUTO:
                raise
            precision, vectors = Precision.FP32, encoder.encode(texts, progress=on_progress)
        self._has_bulk_model = precision == Precision.BF16
        self.precisions.add(precision)
        return vectors
