"""Encoding in bfloat16: its vectors, the record in the manifest, and when it is used."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index.embedding.cpu import usable_cores
from index.embedding.encoder import BulkEncoder, Encoder, load_encoder, map_batches
from index.embedding.openvino import BulkModel, has_bf16
from index.embedding.precision import (
    BULK_CHARACTERS,
    choose_precision,
)
from index.errors import EncoderError, FormatError, SettingError
from index.library import Library
from index.settings import EmbeddingMode, Precision
from tests.helpers.library import write

needs_bf16 = pytest.mark.skipif(not has_bf16(), reason="this processor has no bfloat16")

ADDED = "A lighthouse keeper in Ribadeo counted 312 ships in the fog."


@pytest.fixture(scope="module")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Three articles encoded in bfloat16 by the real model, and one added in float32 later."""
    folder = tmp_path_factory.mktemp("articles")
    write(folder / "harbour.txt", "The harbour of Lisbon was dredged in 1887 by a Dutch firm.")
    write(folder / "bridge.txt", "Engineers closed the Halden bridge after a storm.")
    write(folder / "orchard.txt", "Pears from the orchard won a medal in Ghent.")
    library = Library.create(
        tmp_path_factory.mktemp("index"), embedding_mode=EmbeddingMode.TEXT, precision="bf16"
    )
    library.sync(folder)
    return library


@needs_bf16
def test_bf16_is_recorded_and_close_to_fp32(bulk: Library) -> None:
    assert bulk.manifest.precision == "bf16"
    assert [entry.precisions for entry in bulk.manifest.segments] == [("bf16",)]
    rows = range(3)
    texts = [
        chunk.span.of(bulk.article(chunk.article).text) for chunk in bulk.snapshot().chunks(rows)
    ]
    exact, found = bulk.encoder.encode(texts), bulk.snapshot().vectors(rows)
    assert not np.array_equal(exact, found)
    assert ((exact * found).sum(axis=1) > 0.999).all()
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    (hit,) = bulk.snapshot().search_vectors(
        bulk.encoder.encode(["Who dredged the port of Lisbon?"])[0], 1
    )
    assert bulk.snapshot().chunk(hit.row).article == "harbour.txt"


@needs_bf16
def test_bf16_is_deterministic() -> None:
    encoder = load_encoder()
    assert isinstance(encoder, BulkEncoder)
    texts = [ADDED, "Short.", "The storm took the roof off the customs house at Halden. " * 9]
    assert np.array_equal(encoder.encode_in_bulk(texts), encoder.encode_in_bulk(texts))


@needs_bf16
def test_precisions_mix_in_one_index_and_nothing_is_encoded_again(bulk: Library) -> None:
    before = bulk.snapshot().vectors(range(3))
    bulk.use_precision("fp32")
    bulk.add(ADDED, id="light")
    assert [entry.precisions for entry in bulk.manifest.segments] == [("bf16",), ("fp32",)]
    assert np.array_equal(bulk.snapshot().vectors(range(3)), before)
    assert np.array_equal(bulk.snapshot().vectors([3]), bulk.encoder.encode([ADDED]))
    # A renamed file keeps its vectors, whatever the setting.
    root = Path(bulk.manifest.roots[0].path)
    (root / "harbour.txt").rename(root / "port.txt")
    bulk.sync()
    (row,) = bulk.snapshot().article_rows("port.txt")
    assert any(np.array_equal(bulk.snapshot().vectors([row])[0], vector) for vector in before)
    assert Library.open(bulk.path).manifest.precision == "fp32"


def test_few_texts_are_encoded_in_fp32_without_torch(tmp_path: Path) -> None:
    write(tmp_path / "articles" / "light.txt", ADDED)
    code = (
        "import sys; from index.library import Library\n"
        f"library = Library.create({str(tmp_path / 'index')!r})\n"
        f"library.sync({str(tmp_path / 'articles')!r})\n"
        "print(library.manifest.precision, *library.manifest.segments[0].precisions, "
        "'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["auto", "fp32", "False"]


def test_auto_uses_bf16_for_many_texts_on_a_processor_that_supports_it() -> None:
    many = ["x" * 1_000] * (BULK_CHARACTERS // 1_000)
    best = Precision.BF16 if has_bf16() else Precision.FP32
    assert choose_precision(Precision.AUTO, many) == best
    assert choose_precision(Precision.AUTO, many[1:]) == Precision.FP32
    assert choose_precision(Precision.BF16, []) == Precision.BF16
    assert choose_precision(Precision.FP32, many * 2) == Precision.FP32


@needs_bf16
def test_bulk_encoding_loads_neither_torch_nor_telemetry() -> None:
    code = (
        "import sys; from index.embedding.encoder import load_encoder\n"
        "load_encoder().encode_in_bulk(['A dam.'])\n"
        "print(*(name in sys.modules for name in ('openvino', 'openvino_telemetry', 'torch')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False"]


@needs_bf16
def test_a_progress_callback_that_waits_pauses_the_encoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = load_encoder()
    assert isinstance(encoder, BulkEncoder)
    encoder.encode_in_bulk([ADDED])
    started = []
    encode = BulkModel.encode

    def recording(model: BulkModel, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        started.append(len(texts))
        return encode(model, texts)

    monkeypatch.setattr(BulkModel, "encode", recording)
    started_while_waiting = []

    def progress(_done: int, _total: int) -> None:
        if not started_while_waiting:
            time.sleep(1.5)  # long enough to encode everything
            started_while_waiting.append(len(started))

    encoder.encode_in_bulk(["Pears won a medal. " * 35] * 64, progress=progress)
    assert len(started) > started_while_waiting[0]
    assert started_while_waiting[0] <= usable_cores() + 1


@pytest.mark.skipif(has_bf16(), reason="this processor has bfloat16")
def test_without_bf16_the_error_says_so_and_auto_uses_fp32(tmp_path: Path) -> None:
    library = Library.create(
        tmp_path / "index", embedding_mode=EmbeddingMode.TEXT, precision="bf16"
    )
    with pytest.raises(EncoderError, match="computes in f32, not in bf16; use: --precision fp32"):
        library.add(ADDED)
    assert len(library) == 0
    library.use_precision("auto")
    library.add(ADDED)
    assert [entry.precisions for entry in library.manifest.segments] == [("fp32",)]


def test_batches_come_in_order_and_few_are_submitted_ahead() -> None:
    started: list[list[int]] = []
    ahead = []

    def encode(batch: list[int]) -> npt.NDArray[np.float32]:
        started.append(batch)
        return np.array(batch, dtype=np.float32)

    results: list[float] = []
    for count, result in enumerate(map_batches(encode, [[n] for n in range(12)], 2), start=1):
        results += result.tolist()
        time.sleep(0.02)  # long enough to encode everything
        ahead.append(len(started) - count)
    assert results == list(range(12))
    assert 1 <= max(ahead) <= 2


def test_an_encoder_without_bf16_raises_an_error(tmp_path: Path, encoder: Encoder) -> None:
    library = Library.create(tmp_path / "index", encoder=encoder, precision="bf16")
    with pytest.raises(EncoderError, match="encodes in fp32 only; use: --precision fp32"):
        library.add(ADDED)
    library.use_precision("auto")
    library.add(ADDED)
    assert [entry.precisions for entry in library.manifest.segments] == [("fp32",)]


def test_an_unknown_precision_raises_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="unknown precision 'half'; choose one of: auto, fp32"):
        Library.create(tmp_path / "index", precision="half")
    library = Library.create(tmp_path / "index")
    replace(library.manifest, precision="half").write(library.path)  # type: ignore[arg-type]
    with pytest.raises(FormatError, match=r"unknown precision 'half'; choose one of: auto"):
        Library.open(library.path)
