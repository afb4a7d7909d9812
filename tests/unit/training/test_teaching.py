"""The teacher network equals MPNet, and its scores are saved and loaded unchanged."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.training import CONTEXT, example
from training.export import export, merged, stored_weights
from training.inputs import BARRED, Example, collate, make_row, tokens
from training.model import fresh_reader
from training.teach import TOP_TOKENS, read_scores, teach, whole_row, write_scores
from training.teacher import PAD, SHIFT, SPECIAL, Teacher, fresh_teacher
from training.train import losses


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small MPNet with random weights, saved by transformers."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.MPNetConfig(
        vocab_size=30527,
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        max_position_embeddings=514,
        layer_norm_eps=1e-5,
    )
    path = tmp_path_factory.mktemp("mpnet")
    network = transformers.MPNetModel(config, add_pooling_layer=False)
    # The default initialisation is too small for a distance to change the result.
    torch.nn.init.normal_(network.encoder.relative_attention_bias.weight)
    network.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def teacher(folder: Path) -> Teacher:
    return fresh_teacher(folder).eval()


def test_the_teacher_equals_mpnet(folder: Path, teacher: Teacher) -> None:
    transformers = pytest.importorskip("transformers")
    reference = transformers.MPNetModel.from_pretrained(folder, add_pooling_layer=False).eval()
    # 300 pieces: distances from 128 on share one bucket.
    ids = torch.randint(1000, 20000, (2, 300))
    ids[:, 0], ids[:, 12], ids[:, -1] = 101, 102, 102
    ids[1, 200:] = PAD
    mask = (ids != PAD).long()
    pieces = ids + SHIFT
    for bert, mpnet in SPECIAL.items():
        pieces = pieces.masked_fill(ids == bert, mpnet)
    with torch.no_grad():
        hidden = reference(pieces, attention_mask=mask).last_hidden_state
        expected, actual = teacher.head(hidden), teacher(ids, mask, mask)
    assert torch.allclose(expected[mask.bool()], actual[mask.bool()], atol=1e-5)


def test_a_window_has_the_teacher_scores_of_its_tokens(teacher: Teacher) -> None:
    long = example(context=CONTEXT + " " + CONTEXT.replace("Clara Imhof", "nobody") * 5)
    taught = teach(teacher, [long])
    scores = taught[long.key]
    ids = tokens(long.context)[0]
    assert scores.shape == (1 + len(ids), 2)
    windows = 0
    for seed in range(40):
        row = make_row(long, random.Random(seed), 0.0, taught)
        assert row is not None
        if row.taught is None:
            assert row.start == 0, "only a window without the answer has no teacher scores"
            continue
        windows += 1
        window = row.ids[row.context_from : -1]
        batch = collate([[row]])
        assert batch.taught.tolist() == [0]
        first = next(
            at
            for at in range(len(ids) - len(window) + 1)
            if ids[at : at + len(window)] == window
            and np.array_equal(row.taught[1:], scores[1 + at : 1 + at + len(window)])
        )
        batch_scores = batch.scores[0].numpy()
        assert np.array_equal(batch_scores[0], scores[0].astype(np.float32))
        inside = scores[1 + first : 1 + first + len(window)].astype(np.float32)
        assert np.array_equal(
            batch_scores[row.context_from : row.context_from + len(window)], inside
        )
        outside = [*range(1, row.context_from), *range(len(row.ids) - 1, batch_scores.shape[0])]
        assert (batch_scores[outside] == BARRED).all()
    assert windows > 20


def test_the_loss_of_a_row_without_teacher_scores_uses_its_answer_only(teacher: Teacher) -> None:
    taught_example, other_example = example(), example("640,000 marks")
    other_example = Example(
        "squad", "squad", "", "How much did it cost?", CONTEXT, other_example.answer
    )
    rows = [
        make_row(e, random.Random(1), 1.0, teach(teacher, [taught_example]))
        for e in (taught_example, other_example)
    ]
    assert all(rows)
    batch = collate([[row] for row in rows if row])
    scores = torch.randn(*batch.ids.shape, 2)
    plain = collate([[row] for row in rows[1:] if row])
    alone = losses(scores[1:, : plain.ids.shape[1]], plain, 0.0)
    both = losses(scores, batch, 0.0, soft=1.0)
    only = collate([[row] for row in rows[:1] if row])
    first = losses(scores[:1, : only.ids.shape[1]], only, 0.0, soft=1.0)
    assert torch.allclose(both, (alone + first) / 2, atol=1e-5)


@given(heat=st.floats(0.5, 5.0), soft=st.floats(0.1, 1.0), moved=st.floats(-3.0, 3.0))
def test_the_soft_loss_is_zero_for_the_scores_of_the_teacher(
    teacher: Teacher, heat: float, soft: float, moved: float
) -> None:
    row = make_row(example(), random.Random(0), 1.0, teach(teacher, [example()]))
    assert row is not None
    batch = collate([[row]])
    # Adding a constant to all scores does not change a softmax.
    same = batch.scores.clone() + moved
    hard = float(losses(same, batch, 0.0))
    mixed = float(losses(same, batch, 0.0, soft, heat))
    assert mixed == pytest.approx((1 - soft) * hard, abs=1e-4)
    apart = same.clone()
    apart[0, row.context_from] += 5.0
    assert losses(apart, batch, 0.0, 1.0, heat) > 1e-3


def test_a_paragraph_longer_than_one_window_gets_no_teacher_scores(teacher: Teacher) -> None:
    long = example(context=CONTEXT * 20)
    assert whole_row(long) is None
    assert set(teach(teacher, [long, example()])) == {example().key}


def test_only_the_best_scores_are_saved(teacher: Teacher, tmp_path: Path) -> None:
    short = example("Imhof", "By Imhof.")
    scores_by_key = teach(teacher, [example(), short])
    write_scores(tmp_path / "squad-000000.npz", scores_by_key)
    again = read_scores(tmp_path)
    assert set(again) == set(scores_by_key)
    assert np.array_equal(again[short.key], scores_by_key[short.key]), (
        "fewer tokens than TOP_TOKENS"
    )
    scores, loaded = scores_by_key[example().key], again[example().key]
    assert loaded.shape == scores.shape
    for side in range(2):
        best = [0, *(1 + np.argsort(-scores[1:, side], kind="stable")[:TOP_TOKENS])]
        assert np.array_equal(loaded[best, side], scores[best, side])
        assert (np.delete(loaded[:, side], best) == BARRED).all()


def test_the_weights_of_an_exported_reader_can_be_loaded(tmp_path: Path) -> None:
    reader = fresh_reader(3)
    weights = {name: value for name, value in reader.state_dict().items() if "words" not in name}
    export(weights, tmp_path, version="0", titled=True)
    again = stored_weights(tmp_path)
    assert set(again) == set(weights)
    for name, value in weights.items():
        step = value.abs().max() / 127
        assert (again[name] - value).abs().max() <= step / 2 + 1e-6, name


def test_weight_files_and_exported_readers_are_averaged(
    tmp_path: Path,
) -> None:
    first, second = (
        {
            name: value
            for name, value in fresh_reader(seed).state_dict().items()
            if "words" not in name
        }
        for seed in (3, 4)
    )
    export(first, tmp_path / "first", version="0", titled=True)
    torch.save(second, tmp_path / "weights.pt")
    averaged = merged([tmp_path / "first", tmp_path / "weights.pt", tmp_path / "weights.pt"])
    stored = stored_weights(tmp_path / "first")
    assert set(averaged) == set(stored)
    for name, value in averaged.items():
        assert torch.allclose(value, (stored[name] + 2 * second[name]) / 3, atol=1e-6), name
