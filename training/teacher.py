"""The teacher network for distillation: twelve layers of width 768.

    python -m training.train --teacher FOLDER --minutes 45 --name teacher

FOLDER holds all-mpnet-base-v2 (Apache-2.0; `config.json`, `model.safetensors`), trained like the
packaged encoder. Both use BERT's word pieces, so rows are shared and only token ids differ. The
teacher is not shipped.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from training.inputs import CLS, PAD, SEP
from training.model import Layer, Shape, initialise, layer_weights, padding_bias

# MPNet's vocabulary is BERT's with four special tokens before and one after.
PIECES, SHIFT = 30527, 4
SPECIAL = {CLS: 0, SEP: 2, PAD: 1}
BUCKETS, FARTHEST = 32, 128


def buckets(length: int) -> Tensor:
    """Return the bucket of 32 relative positions, shape (length, length), as in T5.

    Half of the buckets for each direction; 8 exact positions, then by logarithm.
    """
    position = torch.arange(length)
    distance = position[:, None] - position[None, :]
    half = BUCKETS // 2
    near = half // 2
    size = distance.abs()
    far = near + (
        torch.log(size.clamp(min=1).float() / near) / math.log(FARTHEST / near) * (half - near)
    ).to(torch.long)
    return torch.where(size < near, size, far.clamp(max=half - 1)) + (distance < 0) * half


class Teacher(nn.Module):
    """MPNet's encoder and a span head; token 0 carries the score of "no answer here"."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.Embedding(PIECES, shape.hidden)
        self.positions = nn.Embedding(514, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)
        self.distances = nn.Embedding(BUCKETS, shape.heads)
        self.layers = nn.ModuleList(Layer(dropout, shape) for _ in range(shape.layers))
        self.head = nn.Linear(shape.hidden, 2)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Return start and end scores, shape (rows, length, 2), from a reader's ids and mask.

        `types` is ignored: MPNet has no token types.
        """
        length = ids.shape[1]
        pieces = ids + SHIFT
        for theirs, ours in SPECIAL.items():
            pieces = pieces.masked_fill(ids == theirs, ours)
        # MPNet counts positions from 2; 1 is padding.
        x = self.norm(self.words(pieces) + self.positions(torch.arange(length) + 2))
        near = self.distances(buckets(length)).permute(2, 0, 1)[None]
        bias = padding_bias(mask.to(x.dtype)) + near
        for layer in self.layers:
            x = layer(x, bias)
        scores: Tensor = self.head(x)
        return scores


def fresh_teacher(folder: Path, seed: int = 0, dropout: float = 0.0) -> Teacher:
    """Return a teacher with the weights of all-mpnet-base-v2 and a small random head."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    shape = Shape(
        config["hidden_size"],
        config["num_attention_heads"],
        config["num_hidden_layers"],
        config["intermediate_size"],
        config["layer_norm_eps"],
    )
    torch.manual_seed(seed)
    teacher = Teacher(shape, dropout)
    flat = load_file(folder / "model.safetensors")
    theirs = {
        "out": "attention.attn.o",
        "norm1": "attention.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm2": "output.LayerNorm",
    }
    qkv = [f"attention.attn.{name}" for name in "qkv"]
    weights = layer_weights(flat, shape.layers, qkv, theirs) | {
        "words.weight": flat["embeddings.word_embeddings.weight"],
        "positions.weight": flat["embeddings.position_embeddings.weight"],
        "norm.weight": flat["embeddings.LayerNorm.weight"],
        "norm.bias": flat["embeddings.LayerNorm.bias"],
        "distances.weight": flat["encoder.relative_attention_bias.weight"],
    }
    initialise(teacher, teacher.head, weights)
    return teacher
