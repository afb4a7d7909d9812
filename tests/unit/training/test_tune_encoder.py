"""Pairs for the encoder, batches of them, and its layers as they are exported."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from index.embedding.model_files import ModelFiles
from training.tune_encoder import Pair, batches, export_layers, loss_of, read_pairs


def test_left_out_domains_take_their_twins_with_them(tmp_path: Path) -> None:
    domains = ["news", "policy", "onestopqa_news", "tydiqa_en"]
    lines = [
        json.dumps({"domain": name, "question": name, "right": ["a"], "wrong": ["b"]})
        for name in domains
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join([*lines, '{"domain": "policy", "question": "?", "wrong": []}']))
    asked, public = read_pairs(path, ["news"])
    assert [pair.question for pair in asked] == ["policy"]
    assert [pair.question for pair in public] == ["tydiqa_en"]


def test_each_pair_comes_once_before_any_comes_again() -> None:
    asked = [Pair(f"asked {n}", ("a",), ("b",)) for n in range(30)]
    public = [Pair(f"public {n}", ("a",), ("b",)) for n in range(300)]
    plan = batches(asked, public, epochs=4, share=0.5, size=8)
    assert len(plan) == 30
    assert plan == batches(asked, public, epochs=4, share=0.5, size=8)
    counts = Counter(pair.question for batch in plan for pair in batch)
    times = [counts[pair.question] for pair in asked]
    assert max(times) - min(times) <= 1
    assert 0.4 < sum(times) / 240 < 0.6


class Spelling:
    """Vectors that are equal for equal texts and orthogonal for others."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def __call__(self, texts: list[str]) -> torch.Tensor:
        return torch.eye(len(self.texts))[[self.texts.index(text) for text in texts]]


def test_a_sentence_that_is_right_for_two_questions_counts_against_neither() -> None:
    pairs = [Pair("rye", ("rye",), ("oats",)), Pair("rye", ("rye",), ("oats",))]
    loss = loss_of(Spelling(["rye", "oats"]), pairs, random.Random(0))  # type: ignore[arg-type]
    assert loss.item() == pytest.approx(0, abs=1e-6)


def test_exported_layers_are_the_weights_but_for_rounding(tmp_path: Path) -> None:
    weights = {
        "embeddings.word_embeddings.weight": torch.randn(5, 4),
        "encoder.dense.weight": torch.randn(6, 4) * torch.logspace(-3, 3, 6)[:, None],
        "encoder.dense.bias": torch.randn(6),
    }
    path = tmp_path / "models" / "layers.safetensors"
    export_layers(weights, path)
    layers = ModelFiles("tuned", tmp_path, path).tuned_layers()
    assert set(layers) == {"encoder.dense.weight", "encoder.dense.bias"}
    np.testing.assert_array_equal(layers["encoder.dense.bias"], weights["encoder.dense.bias"])
    matrix = weights["encoder.dense.weight"].numpy()
    step = np.abs(matrix).max(axis=1, keepdims=True) / 127
    assert (np.abs(layers["encoder.dense.weight"] - matrix) <= step / 2 * 1.001).all()
