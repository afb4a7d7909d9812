"""Encode texts to vectors: the `Encoder` protocol, and sentence-transformers models.

An index can be made with any object that implements `Encoder`, passed as `encoder` to
`Library.create`; it is passed again whenever the index is opened.

Only this file imports sentence-transformers, and only to encode: how long texts and vectors may
be is read from the model's files alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from index.embedding.batching import full_batches
from index.embedding.model_files import DEFAULT_MODEL, ModelFiles, encodable, find_model
from index.embedding.onnx import OnnxModel, export_model, open_export
from index.embedding.openvino import MAX_TOKENS, MIN_COSINE, WIDTH_STEP, BulkModel
from index.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]

_MAX_SPECIAL_TOKENS = 8  # more than any model adds to a text
_COMPARED_TEXTS = 8  # encoded both in bfloat16 and in float32 before the former is used


@runtime_checkable
class Encoder(Protocol):
    """Encodes texts to vectors whose dot product measures how close their meanings are."""

    @property
    def name(self) -> str:
        """The name in the manifest, by which `load_encoder` loads the encoder if it can."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """The maximum length of a text in the encoder's tokens, special ones included."""
        ...

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits that change when the vectors do."""
        ...

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return the unit vectors of `texts`, in order: float32, shape (n, dimensions).

        `progress(done, total)` is called after each batch. Raises EncoderError for a text that
        does not fit: texts are never truncated silently. Safe to call from several threads.
        """
        ...

    def fits(self, text: str) -> bool:
        """Whether the encoder reads the whole of `text`."""
        ...


@runtime_checkable
class BulkEncoder(Protocol):
    """An encoder that can also encode in bfloat16, faster and a little less exactly."""

    @property
    def supports_bulk(self) -> bool:
        """Whether `encode_in_bulk` can be tried."""
        ...

    def encode_in_bulk(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Encode in bfloat16; see `Encoder.encode`. Raises EncoderError if that is impossible."""
        ...


class SentenceTransformerEncoder:
    """A sentence-transformers model in a folder, run on the processor.

    ONNX Runtime runs it, from an export made at first use; torch does if the model cannot be
    exported, or if `onnx` is False.
    """

    def __init__(self, files: ModelFiles, *, onnx: bool = True) -> None:
        self._files = files
        self._onnx = onnx
        self._model: SentenceTransformer | None = None
        self._exported: OnnxModel | None = None
        self._bulk: BulkModel | None = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The name or folder by which it was loaded."""
        return self._files.name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        known = self._files.dimensions
        return known if known is not None else int(self._loaded().get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """The maximum length of a text in tokens, special ones included."""
        known = self._files.max_tokens
        return known if known is not None else int(self._loaded().max_seq_length or 512)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the model's files, 64 hexadecimal digits."""
        return self._files.fingerprint

    def _loaded(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = _load_torch(self._files)
            return self._model

    def _runner(self) -> OnnxModel | None:
        """Return the exported model, exporting it if necessary; None if torch has to run it."""
        with self._lock:
            if self._onnx and self._exported is None:
                self._exported = open_export(self._files)
                if self._exported is None:
                    self._exported = export_model(self._files, self._loaded())
                # Export is tried once, and torch's copy of the model is not needed after it.
                self._onnx = self._exported is not None
                self._model = self._model if self._exported is None else None
            return self._exported

    def length(self, text: str) -> int:
        """Return the length of `text` in the model's tokens, special ones included."""
        tokenizer = self._files.tokenizer
        if tokenizer is not None:
            # The faster method, without offsets, exists for batches only.
            return len(tokenizer.encode_batch_fast([self._files.prompt + encodable(text)])[0])
        with self._lock:
            slow: Any = self._loaded().tokenizer
            whole = self._files.prompt + encodable(text)
            return len(slow(whole, truncation=False, verbose=False)["input_ids"])

    def fits(self, text: str) -> bool:
        """Whether the model reads the whole of `text`."""
        whole = self._files.prompt + text
        # In ASCII, each token but the special ones has at least one character.
        if whole.isascii() and len(whole) <= self.max_tokens - _MAX_SPECIAL_TOKENS:
            return True
        return self.length(text) <= self.max_tokens

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """See `Encoder.encode`. Texts are batched by length, so their order does not matter."""
        batches = full_batches(self._lengths(texts))
        return self._encode(texts, batches, self._encode_batch, progress)

    @property
    def supports_bulk(self) -> bool:
        """Whether bfloat16 can be tried: it needs an exported model."""
        return self._files.tokenizer is not None

    def encode_in_bulk(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """See `BulkEncoder.encode_in_bulk`."""
        with self._lock:
            if self._bulk is None:
                self._bulk = self._checked_bulk(texts[:_COMPARED_TEXTS])
        batches = full_batches(self._lengths(texts), MAX_TOKENS, step=WIDTH_STEP)
        return self._encode(texts, batches, self._bulk.encode, progress, self._bulk.parallel)

    def _checked_bulk(self, texts: Sequence[str]) -> BulkModel:
        exported = self._runner()
        if exported is None:
            raise EncoderError(
                f"the encoder {self.name} cannot be exported, so it cannot run in bf16; "
                "use: --precision fp32"
            )
        model = BulkModel(self._files, exported.path)
        samples = [encodable(text) for text in texts if self.fits(text)]
        if samples:
            cosines = (model.encode(samples) * self.encode(samples)).sum(axis=1)
            if not cosines.min() >= MIN_COSINE:
                raise EncoderError(
                    f"the encoder {self.name} gives other vectors in bf16 than in fp32 (cosine "
                    f"{cosines.min():.4f}, at least {MIN_COSINE} is needed); "
                    "use: --precision fp32"
                )
        return model

    def _encode(
        self,
        texts: Sequence[str],
        batches: Iterable[list[int]],
        encode_batch: Callable[[list[str]], Vectors],
        progress: Progress | None,
        parallel: int = 1,
    ) -> Vectors:
        def encode(batch: list[int]) -> Vectors:
            return encode_batch([encodable(texts[i]) for i in batch])

        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        positions = list(batches)
        done = 0
        with closing(map_batches(encode, positions, parallel)) as results:
            for batch, batch_vectors in zip(positions, results, strict=True):
                vectors[batch] = batch_vectors
                done += len(batch)
                if progress is not None:
                    progress(done, len(texts))  # which may raise, to cancel
        return vectors

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        lengths = [self.length(text) for text in texts]
        for position, length in enumerate(lengths):
            if length > self.max_tokens:
                raise EncoderError(
                    f"text {position + 1} of {len(texts)} is {length} tokens long and {self.name} "
                    f"reads {self.max_tokens}: {texts[position][:60]!r}...; shorten or split it"
                )
        return lengths

    def _encode_batch(self, texts: list[str]) -> Vectors:
        exported = self._runner()
        if exported is not None:
            return exported.encode(texts)
        with self._lock:
            vectors = self._loaded().encode(
                texts,
                batch_size=len(texts),
                convert_to_numpy=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)


def map_batches(
    encode: Callable[[list[int]], Vectors], batches: Sequence[list[int]], parallel: int
) -> Generator[Vectors, None, None]:
    """Encode batches in order, up to `parallel` at the same time.

    At most one more batch is submitted before the caller takes the next result: a caller that
    pauses, to let questions go first, soon pauses the encoding.
    """
    if parallel == 1:
        yield from map(encode, batches)
        return
    pool = ThreadPoolExecutor(parallel, thread_name_prefix="encoding")
    remaining = iter(batches)
    try:
        futures = deque(pool.submit(encode, batch) for batch in islice(remaining, parallel + 1))
        while futures:
            yield futures.popleft().result()
            futures.extend(pool.submit(encode, batch) for batch in islice(remaining, 1))
    finally:
        pool.shutdown(cancel_futures=True)


def _load_torch(files: ModelFiles) -> SentenceTransformer:
    try:
        from sentence_transformers import SentenceTransformer  # 5 to 9 s
        from transformers.utils import logging

        transformers_logging: Any = logging
        transformers_logging.disable_progress_bar()
        # Eager attention is exported in fewer steps than torch's fused one (bench/README.md).
        options = {"attn_implementation": "eager"}
        model = SentenceTransformer(
            str(files.folder), device="cpu", local_files_only=True, model_kwargs=options
        )
        if layers := files.tuned_layers():
            import torch

            network: Any = model[0].auto_model
            tuned = {name: torch.from_numpy(values) for name, values in layers.items()}
            network.load_state_dict({**network.state_dict(), **tuned})
        return model
    except EncoderError:
        raise
    except Exception as error:  # whatever a damaged model makes torch or transformers raise
        raise EncoderError(
            f"the encoder {files.name!r} in {files.folder} cannot be loaded: {error}; give the "
            f"folder of a complete sentence-transformers model, or use {DEFAULT_MODEL}"
        ) from error


_loaded: dict[str, Encoder] = {}
_loading = threading.Lock()


def load_encoder(name: str | Path | None = None) -> Encoder:
    """Load an encoder by name; None is "pincite-minilm-l6", all-MiniLM-L6-v2 tuned for questions.

    `name` is one of these two, the folder of a sentence-transformers model, or the hub name
    of one in the local model cache; nothing is downloaded. The same name returns the same
    object, and loading reads no weights. Raises EncoderError if there is no such model on this
    machine. Safe to call from several threads.
    """
    files = find_model(str(name) if name is not None else DEFAULT_MODEL)
    with _loading:
        if files.name not in _loaded:
            _loaded[files.name] = SentenceTransformerEncoder(files)
        return _loaded[files.name]
