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
from qa.readers.span_model import candidate_row as candidate_row_of
from tests.helpers.training import CONTEXT, example
from training.export import export, quantized
from training.inputs import Row, candidate_row, collate, make_row, token_range, tokens
from training.mixture import is_right
from training.model import Softmax, encoder_folder, fresh_reader
from training.train import known_loss, scale_at, span_loss


def test_the_network_equals_bert() -> None:
    transformers = pytest.importorskip("transformers")
    reference = transformers.BertModel.from_pretrained(encoder_folder(), add_pooling_layer=False)
    ours = fresh_reader()
    ours.head = torch.nn.Identity()  # type: ignore[assignment]
    ours.row_head = torch.nn.Identity()  # type: ignore[assignment]
    ids = torch.randint(1000, 20000, (2, 30))
    types = (torch.arange(30) > 10).long().expand(2, 30)
    mask = torch.ones(2, 30, dtype=torch.long)
    mask[1, 20:] = 0
    with torch.no_grad():
        expected = reference.eval()(
            ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        actual, _ = ours(ids, types, mask)
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
            assert row.start >= row.first
    assert windows > 20


def test_the_target_of_an_unanswerable_question_is_the_first_token() -> None:
    row = make_row(example(None), random.Random(0))
    assert row is not None
    assert (row.start, row.end) == (0, 0)


def test_the_full_answer_and_the_sentences_are_marked() -> None:
    row = make_row(example(), random.Random(1))
    assert row is not None
    assert row.inside is not None
    (first, last), second = row.sentences
    assert row.inside == [1] * (last - first + 1) + [0] * (second[1] - second[0] + 1)
    assert row.ids[row.short[0][0] : row.short[0][1] + 1] == tokens("Clara Imhof")[0]


def test_the_row_of_a_candidate_marks_it_and_keeps_what_is_around() -> None:
    row = make_row(example("Clara Imhof", CONTEXT * 6), random.Random(4))
    assert row is not None
    assert row.start
    assert row.end
    asked = candidate_row(row, (row.start, row.end), is_right=True)
    assert asked.candidate is not None
    low, high = asked.candidate
    assert asked.ids[low : high + 1] == tokens("Clara Imhof")[0]
    assert len(asked.ids) < len(row.ids)
    batch = collate([[asked]])
    assert (batch.types[0] == 2).nonzero().flatten().tolist() == list(range(low, high + 1))
    assert batch.is_right.tolist() == [1.0]
    assert not len(batch.spans)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Clara Imhof", True),
        ("drawn by Clara Imhof in", True),
        ("640,000 marks", False),
        # A whole sentence that has the answer is right, two words of it are not.
        (CONTEXT[: CONTEXT.index(" Most")], True),
        ("The bridge at Tamsel was drawn", False),
    ],
)
def test_a_candidate_is_right_if_it_is_the_answer_or_its_sentence(
    words: str, expected: bool
) -> None:
    row = make_row(example(), random.Random(1))
    assert row is not None
    start = CONTEXT.index(words)
    found = token_range(tokens(CONTEXT)[1], start, start + len(words))
    assert found is not None
    assert is_right(row, (found[0] + row.first, found[1] + row.first)) == expected


def test_only_a_right_and_a_wrong_row_make_a_pair() -> None:
    right, wrong = Row([101, 7, 102, 8, 9, 102], 3, 3, 4), Row([101, 7, 102, 5, 102], 3, 0, 0)
    batch = collate([[wrong], [right, wrong], [wrong, wrong], [right]])
    assert batch.pairs.tolist() == [[1, 2]]
    assert batch.allowed[1].nonzero().flatten().tolist() == [0, 3, 4]


def test_the_shared_loss_falls_with_the_scores_of_the_wrong_passage() -> None:
    right, wrong = Row([101, 7, 102, 8, 9, 102], 3, 3, 4), Row([101, 7, 102, 5, 6, 102], 3, 0, 0)
    batch = collate([[right, wrong]])
    scores = torch.zeros(*batch.ids.shape, 3)
    low = scores.clone()
    low[1, 3:5] = -3.0
    alone = span_loss(low, batch, 0.0) - span_loss(scores, batch, 0.0)
    together = span_loss(low, batch, 1.0) - span_loss(scores, batch, 1.0)
    assert together < alone


def test_a_label_that_is_not_known_costs_nothing() -> None:
    logits = torch.tensor([[5.0, -5.0], [5.0, -5.0], [5.0, -5.0]])
    labels = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
    nothing, little, much = known_loss(logits, labels).tolist()
    assert nothing == 0.0
    assert little < 0.01 < 5.0 <= much


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
    export(weights, tmp_path, version="0")
    model = ShippedModel(tmp_path)
    rows = [
        model.row("Who drew the bridge?", "Tamsel", CONTEXT),
        model.row("How much?", "", CONTEXT[:60]),
    ]
    rows.append(candidate_row_of(rows[0], rows[0].first + 2, rows[0].first + 5))
    actual = model.scores(rows)
    for row, scores in zip(rows, actual, strict=True):
        ids = torch.tensor([row.ids])
        with torch.no_grad():
            expected, whole = reader(ids, torch.tensor([row.types]), torch.ones_like(ids))
        assert scores.inside is not None
        found = np.concatenate([scores.edges, scores.inside[:, None]], axis=1)
        assert found.shape == (len(row.ids), 3)
        # 8-bit weights change a score by about 1% of the range of the scores.
        assert np.abs(found - expected[0].numpy()).max() < 0.15 * expected.std() + 0.02
        rest = [scores.answers, scores.few_words, scores.is_right]
        assert rest == pytest.approx(whole[0].tolist(), abs=0.05)
