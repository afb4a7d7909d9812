"""The network equals BERT, and its inputs, losses and export are correct."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qa.readers.span_model import ShippedModel
from tests.helpers.training import CONTEXT, example
from training.export import export, quantized
from training.inputs import Row, collate, make_row, tokens
from training.model import Softmax, encoder_folder, fresh_reader
from training.train import losses, scale_at


def test_the_network_equals_bert() -> None:
    transformers = pytest.importorskip("transformers")
    reference = transformers.BertModel.from_pretrained(encoder_folder(), add_pooling_layer=False)
    ours = fresh_reader()
    ours.head = torch.nn.Identity()  # type: ignore[assignment]
    ids = torch.randint(1000, 20000, (2, 30))
    types = (torch.arange(30) > 10).long().expand(2, 30)
    mask = torch.ones(2, 30, dtype=torch.long)
    mask[1, 20:] = 0
    with torch.no_grad():
        expected = reference.eval()(
            ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        actual = ours(ids, types, mask)
    assert torch.allclose(expected[mask.bool()], actual[mask.bool()], atol=1e-4)


def test_the_softmax_has_the_gradient_of_a_softmax() -> None:
    scores = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Softmax.apply, (scores,))


@pytest.mark.parametrize("answer", ["Clara Imhof", "640,000 marks", "tolls on the old ferry"])
def test_the_targets_of_a_window_are_the_tokens_of_the_answer(answer: str) -> None:
    windows = 0
    for seed in range(60):
        row = make_row(example(answer, CONTEXT * 6), random.Random(seed))
        assert row is not None
        if row.start:
            windows += 1
            assert row.ids[row.start : row.end + 1] == tokens(answer)[0]
            assert row.start >= row.context_from
    assert windows > 20


def test_the_target_of_an_unanswerable_question_is_the_first_token() -> None:
    row = make_row(example(None), random.Random(0))
    assert row is not None
    assert (row.start, row.end) == (0, 0)


def test_only_a_right_and_a_wrong_row_make_a_pair() -> None:
    right, wrong = Row([101, 7, 102, 8, 9, 102], 3, 3, 4), Row([101, 7, 102, 5, 102], 3, 0, 0)
    batch = collate([[wrong], [right, wrong], [wrong, wrong], [right]])
    assert batch.pairs.tolist() == [[1, 2]]
    assert batch.allowed[1].nonzero().flatten().tolist() == [0, 3, 4]


def test_the_shared_loss_falls_with_the_scores_of_the_wrong_passage() -> None:
    right, wrong = Row([101, 7, 102, 8, 9, 102], 3, 3, 4), Row([101, 7, 102, 5, 6, 102], 3, 0, 0)
    batch = collate([[right, wrong]])
    scores = torch.zeros(*batch.ids.shape, 2)
    low = scores.clone()
    low[1, 3:5] = -3.0
    alone = losses(low, batch, 0.0) - losses(scores, batch, 0.0)
    together = losses(low, batch, 1.0) - losses(scores, batch, 1.0)
    assert together < alone


@given(st.floats(0, 1), st.floats(0.01, 0.5))
def test_the_rate_stays_positive_and_at_most_its_peak(progress: float, warmup: float) -> None:
    assert 0 < scale_at(progress, warmup) <= 1.0 + 1e-9


def test_quantization_errors_are_at_most_half_a_step() -> None:
    weight = torch.randn(20, 30) * torch.rand(20, 1)
    whole, scale = quantized(weight)
    assert whole.dtype == torch.int8
    assert bool(((whole.float() * scale - weight).abs() <= scale / 2 + 1e-7).all())


def test_the_exported_network_gives_nearly_the_same_scores(tmp_path: Path) -> None:
    reader = fresh_reader(3)
    names = [name for name, _ in reader.named_parameters() if name != "words.weight"]
    weights = {name: reader.state_dict()[name] for name in names}
    export(weights, tmp_path, version="0", titled=True)
    model = ShippedModel(tmp_path)
    rows = [
        model.row("Who drew the bridge?", "Tamsel", CONTEXT),
        model.row("How much?", "", CONTEXT[:60]),
    ]
    actual = model.scores(rows)
    for row, scores in zip(rows, actual, strict=True):
        ids = torch.tensor([row.ids])
        with torch.no_grad():
            expected = reader(ids, torch.tensor([row.types]), torch.ones_like(ids))[0].numpy()
        assert scores.shape == (len(row.ids), 2)
        # 8-bit weights change a score by about 1% of the range of the scores.
        assert np.abs(scores - expected).max() < 0.15 * expected.std() + 0.02
