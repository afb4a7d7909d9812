"""Text to vectors: the `Encoder` protocol and the sentence-transformers models behind it.

The only file that imports sentence-transformers, and only when something is encoded: how
much a model reads, how long its vectors are and whether a text fits is told by the files of
the model alone.
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
from index.embedding.model_files import DEFAULT_MODEL, ModelFiles, find_model
from index.embedding.onnx import OnnxModel, export_model, open_export
from index.embedding.openvino import LEAST_COSINE, STEP, BulkModel
from index.embedding.openvino import MOST_TOKENS as BULK_TOKENS
from index.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]

_AROUND = 8  # more tokens than any model puts around a text
_COMPARED = 8  # texts on which bfloat16 is compared with float32 before it is used


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into vectors whose dot product says how close their meanings are.

    `name` loads it again through `load_encoder`; `dimensions` is the length of a vector,
    `max_tokens` how many of its own tokens it reads (special ones included), `fingerprint`
    64 hexadecimal digits that change when the vectors would.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Vectors of `texts`, in their order: float32, shape (n, dimensions), of length 1.

        `progress(done, total)` is called after each batch. Raises EncoderError when a text
        does not fit: a text is never cut silently. Safe to call from several threads.
        """
        ...

    def fits(self, text: str) -> bool:
        """Whether the encoder reads the whole of `text`."""
        ...


@runtime_checkable
class BulkEncoder(Protocol):
    """An encoder that also encodes in bfloat16, faster and a little less exactly.

    `bulk` says whether its model can be run so; `encode_in_bulk` is `Encoder.encode` then.
    """

    @property
    def bulk(self) -> bool: ...

    def encode_in_bulk(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> Vectors: ...


class SentenceTransformerEncoder:
    """A sentence-transformers model in a folder, run on the processor.

    ONNX Runtime runs it, from an export made the first time; torch does where a model
    cannot be exported, or when `onnx` is False.
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
        """The name or folder it was loaded by."""
        return self._files.name

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        known = self._files.dimensions
        return known if known is not None else int(self._loaded().get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """How many tokens it reads, special ones included."""
        known = self._files.max_tokens
        return known if known is not None else int(self._loaded().max_seq_length or 512)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the model's files, 64 hexadecimal digits."""
        return self._files.fingerprint

    def _loaded(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = _load_torch(self._files)
            return self._model

    def _runner(self) -> OnnxModel | None:
        """The exported model, made now if need be; None when torch has to do it."""
        with self._lock:
            if self._onnx and self._exported is None:
                self._exported = open_export(self._files)
                if self._exported is None:
                    self._exported = export_model(self._files, self._loaded())
                # One attempt; and what torch holds is not needed twice.
                self._onnx = self._exported is not None
                self._model = self._model if self._exported is None else None
            return self._exported

    def length(self, text: str) -> int:
        """Length of `text` in the model's own tokens, special ones included."""
        tokenizer = self._files.tokenizer
        if tokenizer is not None:
            # Its quick way, without positions, is there for batches only.
            return len(tokenizer.encode_batch_fast([self._files.prompt + _encodable(text)])[0])
        with self._lock:
            slow: Any = self._loaded().tokenizer
            whole = self._files.prompt + _encodable(text)
            return len(slow(whole, truncation=False, verbose=False)["input_ids"])

    def fits(self, text: str) -> bool:
        """Whether the model reads the whole of `text`."""
        whole = self._files.prompt + text
        # A token has a character of ASCII or more, but for those put around a text.
        if whole.isascii() and len(whole) <= self.max_tokens - _AROUND:
            return True
        return self.length(text) <= self.max_tokens

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """See `Encoder.encode`. Texts are batched by length, so order costs nothing."""
        batches = full_batches(self._lengths(texts))
        return self._encode(texts, batches, self._encode_batch, progress)

    @property
    def bulk(self) -> bool:
        """Whether the model may be tried in bfloat16: only what can be exported is."""
        return self._files.tokenizer is not None

    def encode_in_bulk(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """See `BulkEncoder`. Raises EncoderError where the model cannot be run in bfloat16."""
        with self._lock:
            if self._bulk is None:
                self._bulk = self._checked_bulk(texts[:_COMPARED])
        batches = full_batches(self._lengths(texts), BULK_TOKENS, step=STEP)
        return self._encode(texts, batches, self._bulk.encode, progress, self._bulk.at_once)

    def _checked_bulk(self, texts: Sequence[str]) -> BulkModel:
        exported = self._runner()
        if exported is None:
            raise EncoderError(
                f"the encoder {self.name} cannot be exported, and is not run in bf16; "
                "use: --precision fp32"
            )
        model = BulkModel(self._files, exported.path)
        given = [_encodable(text) for text in texts if self.fits(text)]
        if given:
            least = float((model.encode(given) * self.encode(given)).sum(axis=1).min())
            if not least >= LEAST_COSINE:
                raise EncoderError(
                    f"the encoder {self.name} gives other vectors in bf16 (a cosine of "
                    f"{least:.4f} with those of float32); use: --precision fp32"
                )
        return model

    def _encode(
        self,
        texts: Sequence[str],
        batches: Iterable[list[int]],
        encode_batch: Callable[[list[str]], Vectors],
        progress: Progress | None,
        at_once: int = 1,
    ) -> Vectors:
        def encode(batch: list[int]) -> Vectors:
            return encode_batch([_encodable(texts[i]) for i in batch])

        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        places = list(batches)
        done = 0
        with closing(in_order(encode, places, at_once)) as encoded:
            for batch, found in zip(places, encoded, strict=True):
                vectors[batch] = found
                done += len(batch)
                if progress is not None:
                    progress(done, len(texts))  # which may raise, to cancel
        return vectors

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        lengths = [self.length(text) for text in texts]
        for place, length in enumerate(lengths):
            if length > self.max_tokens:
                raise EncoderError(
                    f"text {place + 1} of {len(texts)} is {length} tokens long and {self.name} "
                    f"reads {self.max_tokens}: {texts[place][:60]!r}...; shorten or split it"
                )
        return lengths

    def _encode_batch(self, texts: list[str]) -> Vectors:
        exported = self._runner()
        if exported is not None:
            return exported.encode(texts)
        with self._lock:
            encoded = self._loaded().encode(
                texts,
                batch_size=len(texts),
                convert_to_numpy=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(encoded, dtype=np.float32)


def in_order(
    encode: Callable[[list[int]], Vectors], batches: Sequence[list[int]], at_once: int
) -> Generator[Vectors, None, None]:
    """What `encode` gives for each batch; up to `at_once` are under way together.

    One more lies ready, and another only when the caller comes for the next: who waits in
    between, to let questions go first, soon stops the work.
    """
    if at_once == 1:
        yield from map(encode, batches)
        return
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="encoding")
    left = iter(batches)
    try:
        begun = deque(pool.submit(encode, batch) for batch in islice(left, at_once + 1))
        while begun:
            yield begun.popleft().result()
            begun.extend(pool.submit(encode, batch) for batch in islice(left, 1))
    finally:
        pool.shutdown(cancel_futures=True)


def _encodable(text: str) -> str:
    """`text` with unpaired surrogates, which no tokenizer accepts, replaced."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def _load_torch(files: ModelFiles) -> SentenceTransformer:
    try:
        from sentence_transformers import SentenceTransformer  # 5 to 9 s
        from transformers.utils import logging

        quiet: Any = logging
        quiet.disable_progress_bar()  # progress is ours to show
        # Attention written out is exported in fewer steps than torch's fused one (bench/README.md).
        plain = {"attn_implementation": "eager"}
        return SentenceTransformer(
            str(files.folder), device="cpu", local_files_only=True, model_kwargs=plain
        )
    except Exception as error:  # whatever a damaged model makes torch or transformers raise
        raise EncoderError(
            f"the encoder {files.name!r} in {files.folder} cannot be loaded: {error}; give the "
            f"folder of a complete sentence-transformers model, or use {DEFAULT_MODEL}"
        ) from error


_loaded: dict[str, Encoder] = {}
_loading = threading.Lock()


def load_encoder(name: str | Path | None = None) -> Encoder:
    """The encoder of that name, the packaged all-MiniLM-L6-v2 when None.

    `name` is "all-MiniLM-L6-v2", the folder of a sentence-transformers model, or the hub
    name of one that is already in the local model cache; nothing is downloaded. The same
    name gives the same object, and loading reads no weights. Raises EncoderError when there
    is no such model here. Safe to call from several threads.
    """
    files = find_model(str(name) if name is not None else DEFAULT_MODEL)
    with _loading:
        if files.name not in _loaded:
            _loaded[files.name] = SentenceTransformerEncoder(files)
        return _loaded[files.name]
