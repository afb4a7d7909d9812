"""The encoder returns the model's vectors, in order, and truncates nothing silently."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save, save_file
from sentence_transformers import SentenceTransformer

from index.embedding.encoder import Encoder, SentenceTransformerEncoder, load_encoder
from index.embedding.model_files import BASE_MODEL, DEFAULT_MODEL, ModelFiles, find_model
from index.embedding.onnx import export_folder, open_export
from index.errors import EncoderError
from tests import PROJECT

TEXTS = [
    "Who trains the agents?",
    "El presidente Calderón habló el 15 de diciembre de 2010. " * 4,
    "x",
    "文です。",
    "👩‍👩‍👧‍👦 families",
    "THE U.S. SENT DRONES, officials said. " * 20,
    "The commandos assembled at a base on the American side.",
]


@pytest.fixture(scope="module")
def reference() -> SentenceTransformer:
    return SentenceTransformer(
        str(find_model(BASE_MODEL).folder), device="cpu", local_files_only=True
    )


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights with 32 dimensions that reads 48 tokens."""
    from sentence_transformers.models import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    parts, folder = tmp_path_factory.mktemp("parts"), tmp_path_factory.mktemp("small")
    tokenizer = AutoTokenizer.from_pretrained(
        str(find_model(BASE_MODEL).folder), local_files_only=True
    )
    tokenizer.save_pretrained(str(parts))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(str(parts))
    body = Transformer(str(parts), max_seq_length=48)
    SentenceTransformer(modules=[body, Pooling(32, "cls")], device="cpu").save(str(folder))
    return folder


def reference_vectors(model: SentenceTransformer, texts: list[str]) -> np.ndarray:
    return model.encode(texts, normalize_embeddings=True, show_progress_bar=False)


@pytest.mark.parametrize("onnx", [True, False])
def test_vectors_equal_those_of_sentence_transformers(
    reference: SentenceTransformer, onnx: bool
) -> None:
    encoder = SentenceTransformerEncoder(find_model(BASE_MODEL), onnx=onnx)
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dimensions)
    np.testing.assert_allclose(vectors, reference_vectors(reference, TEXTS), atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_properties_and_limits_are_the_model_s_own(reference: SentenceTransformer) -> None:
    encoder = load_encoder()
    assert isinstance(encoder, Encoder)
    assert encoder.name == DEFAULT_MODEL
    assert encoder.dimensions == reference.get_embedding_dimension()
    assert encoder.max_tokens == reference.max_seq_length
    for length in range(encoder.max_tokens - 3, encoder.max_tokens + 2):
        text = "cat " * length
        read = len(reference.tokenizer(text, truncation=False, verbose=False)["input_ids"])
        assert encoder.fits(text) == (read <= reference.max_seq_length)


def test_order_and_batch_do_not_change_a_vector() -> None:
    encoder = load_encoder()
    many = [f"{text} {number}" for number in range(9) for text in TEXTS]
    vectors = encoder.encode(many)
    np.testing.assert_allclose(encoder.encode(many[::-1])[::-1], vectors, atol=2e-6)
    for row in (0, 5, 33, len(many) - 1):
        np.testing.assert_allclose(encoder.encode([many[row]])[0], vectors[row], atol=2e-6)


def test_threads_encode_independently() -> None:
    encoder = load_encoder()
    expected = encoder.encode(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: encoder.encode([text])[0], TEXTS * 4))
    np.testing.assert_allclose(np.array(found), np.tile(expected, (4, 1)), atol=2e-6)


def test_progress_reaches_the_end() -> None:
    seen: list[tuple[int, int]] = []
    load_encoder().encode(TEXTS * 10, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert len(seen) > 1
    assert seen[-1] == (70, 70)


def test_no_texts_give_no_vectors() -> None:
    assert load_encoder().encode([]).shape == (0, load_encoder().dimensions)
    assert load_encoder().encode([""]).shape == (1, load_encoder().dimensions)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(EncoderError, match=r"text 2 of 2 is \d+ tokens long and .* reads 256"):
        load_encoder().encode(["short", "long " * 300])


@given(st.text("ab 1.,[SEP]#\t\n-", min_size=200, max_size=300))
def test_fits_agrees_with_the_length_in_tokens(text: str) -> None:
    encoder = load_encoder()
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert encoder.fits(text) == (encoder.length(text) <= encoder.max_tokens)


def test_unpaired_surrogates_are_encoded() -> None:
    assert load_encoder().fits("broken \ud800 text")
    assert np.isfinite(load_encoder().encode(["broken \ud800 text"])).all()


def test_a_model_is_loaded_from_its_folder(small_model: Path) -> None:
    encoder = load_encoder(small_model)
    own = SentenceTransformer(str(small_model), device="cpu", local_files_only=True)
    assert (encoder.name, encoder.dimensions, encoder.max_tokens) == (str(small_model), 32, 48)
    short = [text for text in TEXTS if encoder.fits(text)]
    assert 2 < len(short) < len(TEXTS)
    np.testing.assert_allclose(encoder.encode(short), reference_vectors(own, short), atol=2e-6)
    assert load_encoder(encoder.name) is encoder
    assert encoder.fingerprint != load_encoder().fingerprint


def test_the_default_is_another_model_than_the_packaged_one() -> None:
    tuned, packaged = load_encoder(), load_encoder("sentence-transformers/all-MiniLM-L6-v2")
    assert packaged.name == BASE_MODEL
    assert tuned.fingerprint != packaged.fingerprint
    cosines = (tuned.encode(TEXTS) * packaged.encode(TEXTS)).sum(axis=1)
    assert cosines.max() < 0.999


@pytest.mark.parametrize("onnx", [True, False])
def test_tuned_layers_replace_those_of_the_folder(
    small_model: Path, tmp_path: Path, onnx: bool
) -> None:
    name = "encoder.layer.0.output.dense.weight"
    whole = np.random.default_rng(0).integers(-127, 127, (32, 64), np.int8, endpoint=True)
    scale = np.linspace(0.001, 0.01, 32, dtype=np.float32)[:, None]
    layers = tmp_path / "layers.safetensors"
    save_file({name: whole, f"{name}.scale": scale}, layers)
    own = SentenceTransformer(str(small_model), device="cpu", local_files_only=True)
    short = [text for text in TEXTS if load_encoder(small_model).fits(text)]
    before = reference_vectors(own, short)
    network: Any = own[0].auto_model
    network.encoder.layer[0].output.dense.weight.data = torch.from_numpy(whole * scale)
    encoder = SentenceTransformerEncoder(ModelFiles("tuned", small_model, layers), onnx=onnx)
    np.testing.assert_allclose(encoder.encode(short), reference_vectors(own, short), atol=2e-6)
    assert np.abs(encoder.encode(short) - before).max() > 0.01


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not weights", "cannot read the layers of the encoder tuned .*; reinstall Pincite"),
        (None, "cannot read the layers of the encoder tuned .*; reinstall Pincite"),
        (
            save({"no.such.layer": np.zeros(3, np.float32)}),
            r"cannot be loaded: [\s\S]*no\.such\.layer",
        ),
    ],
)
def test_damaged_layers_raise_an_error(
    small_model: Path, tmp_path: Path, content: bytes | None, words: str
) -> None:
    layers = tmp_path / "layers.safetensors"
    if content is not None:
        layers.write_bytes(content)
    with pytest.raises(EncoderError, match=words):
        SentenceTransformerEncoder(ModelFiles("tuned", small_model, layers)).encode(["Who?"])


def test_the_fingerprint_changes_with_the_model(small_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(small_model, copy)
    assert find_model(str(copy)).fingerprint == find_model(str(small_model)).fingerprint
    pooling = next(copy.glob("*Pooling*/config.json"))
    pooling.write_text(pooling.read_text().replace("cls", "mean", 1))
    assert find_model(str(copy)).fingerprint != find_model(str(small_model)).fingerprint
    (tmp_path / "layers").write_bytes(b"")
    tuned = ModelFiles("tuned", copy, tmp_path / "layers")
    assert tuned.fingerprint != find_model(str(copy)).fingerprint


def test_a_damaged_export_is_replaced(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINCITE_CACHE", str(tmp_path))
    files = find_model(str(small_model))
    expected = SentenceTransformerEncoder(files).encode(["Who?"])
    export = export_folder(files) / "model.onnx"
    export.write_bytes(export.read_bytes()[:1000])
    np.testing.assert_allclose(
        SentenceTransformerEncoder(files).encode(["Who?"]), expected, atol=1e-6
    )
    assert open_export(files) is not None


def test_torch_encodes_if_the_export_cannot_be_written(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("PINCITE_CACHE", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    files = find_model(str(small_model))
    own = SentenceTransformer(str(small_model), device="cpu", local_files_only=True)
    vectors = SentenceTransformerEncoder(files).encode(["Who?"])
    np.testing.assert_allclose(vectors, reference_vectors(own, ["Who?"]), atol=1e-6)


def test_an_exported_model_encodes_without_torch() -> None:
    load_encoder().encode(["make the export"])
    code = (
        "import sys\n"
        "from index.embedding.encoder import load_encoder\n"
        "assert load_encoder().encode(['Who?']).shape == (1, 384)\n"
        "assert not {'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


@pytest.mark.parametrize("name", ["no-such-model", "nobody/no-such-model", "/no/such/folder", ""])
def test_the_error_for_an_unknown_model_says_what_to_do(name: str) -> None:
    with pytest.raises(
        EncoderError, match=r"no encoder .* give its folder, or use pincite-minilm-l6"
    ):
        load_encoder(name)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="holds no model"):
        load_encoder(tmp_path)


def test_a_damaged_model_raises_an_error(small_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "damaged"
    shutil.copytree(small_model, copy)
    (copy / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(EncoderError, match=r"cannot be loaded: .*give the folder of a complete"):
        load_encoder(copy).encode(["Who?"])
    (copy / "modules.json").write_text(json.dumps("nonsense")[:4])
    with pytest.raises(EncoderError, match=r"modules\.json is not readable JSON"):
        _ = SentenceTransformerEncoder(find_model(str(copy))).dimensions
