"""Export trained weights to the shipped files: an ONNX graph and its description.

    python -m training.export training/runs/untaught/weights.pt --version 1 \
        --into training/runs/untaught/export

Matrices are stored in 8 bits with a scale for each row (largest value over 127) and become
float32 when the graph is loaded: 8-bit arithmetic would cost accuracy, 8-bit storage does not.
Word vectors are not stored: they are the packaged encoder's, unchanged.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.model import HEADS, HIDDEN, ReaderNetwork, fresh_reader, padding_bias, row_scores

OPSET = 18
WINDOW = 256


def quantized(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return `weight` (rows, columns) as int8, and the scale of each row, shape (rows, 1)."""
    scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
    return (weight / scale).round().clamp(-127, 127).to(torch.int8), scale


class Stored(nn.Module):
    """A matrix stored in 8 bits."""

    whole: Tensor
    scale: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        whole, scale = quantized(weight.detach().float())
        self.register_buffer("whole", whole)
        self.register_buffer("scale", scale)

    def forward(self) -> Tensor:
        """Return the matrix in float32."""
        return self.whole.float() * self.scale


class Exported(nn.Module):
    """The reader without word vectors, every matrix except the head stored in 8 bits."""

    def __init__(self, reader: ReaderNetwork) -> None:
        super().__init__()
        self.reader = reader
        self.positions = Stored(reader.positions.weight)
        self.matrices = nn.ModuleDict()
        for number, layer in enumerate(reader.layers):
            for name in ("qkv", "out", "up", "down"):
                self.matrices[f"{number}_{name}"] = Stored(getattr(layer, name).weight)

    def forward(self, words: Tensor, types: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores of tokens (rows, length, 3) and rows (rows, 3).

        From word vectors (rows, length, 384), types and mask.
        """
        rows, length = types.shape
        offsets = torch.arange(length)
        kinds = self.reader.types(types)
        x = self.reader.norm(words + functional.embedding(offsets, self.positions()) + kinds)
        bias = padding_bias(mask)
        size = HIDDEN // HEADS
        for number, layer in enumerate(self.reader.layers):

            def linear(name: str, value: Tensor, at: int = number) -> Tensor:
                stored = self.matrices[f"{at}_{name}"]
                return functional.linear(
                    value, stored(), getattr(self.reader.layers[at], name).bias
                )

            qkv = linear("qkv", x).view(rows, length, 3, HEADS, size).permute(2, 0, 3, 1, 4)
            query, key, value = qkv[0], qkv[1], qkv[2]
            scores = (query / math.sqrt(size)) @ key.transpose(-1, -2) + bias
            mixed = torch.softmax(scores, -1) @ value
            mixed = mixed.transpose(1, 2).reshape(rows, length, HIDDEN)
            x = layer.norm1(x + linear("out", mixed))  # type: ignore[operator]
            x = layer.norm2(x + linear("down", functional.gelu(linear("up", x))))  # type: ignore[operator]
        return self.reader.head(x), row_scores(self.reader.row_head, x, types)


def stored_weights(folder: Path) -> dict[str, Tensor]:
    """Return the float32 weights of an exported reader by name, without word vectors."""
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(str(folder / "reader.onnx")).graph
    arrays = {item.name: torch.from_numpy(to_array(item).copy()) for item in graph.initializer}
    weights = {
        name.removeprefix("reader."): value
        for name, value in arrays.items()
        if name.startswith("reader.")
    }
    for name, value in arrays.items():
        if name.endswith(".whole"):
            stem = name.removesuffix(".whole")
            matrix = value.float() * arrays[f"{stem}.scale"]
            if stem != "positions":
                number, kind = stem.removeprefix("matrices.").split("_")
                stem = f"layers.{number}.{kind}"
            weights[f"{stem}.weight"] = matrix
    return weights


def merged(paths: list[Path]) -> dict[str, Tensor]:
    """Return the mean of several weight files or folders with an exported reader."""
    every: list[Mapping[str, Tensor]] = [
        stored_weights(path) if path.is_dir() else torch.load(path) for path in paths
    ]
    return {name: sum(w[name] for w in every) / len(every) for name in every[0]}  # type: ignore[misc]


def export(weights: Mapping[str, Tensor], into: Path, *, version: str) -> None:
    """Write `reader.onnx` and `reader.json` to a folder."""
    reader = fresh_reader()
    mismatch = reader.load_state_dict(dict(weights), strict=False)
    assert not mismatch.unexpected_keys, mismatch.unexpected_keys
    words = reader.words.weight.detach().numpy()
    module = Exported(reader).eval()
    # Constant folding would store 8-bit matrices again in 32 bits.
    del reader.words
    into.mkdir(parents=True, exist_ok=True)
    sample = (torch.randn(2, 24, HIDDEN), torch.zeros(2, 24, dtype=torch.long), torch.ones(2, 24))
    axes = {0: "rows", 1: "tokens"}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            sample,
            str(into / "reader.onnx"),
            input_names=["words", "types", "mask"],
            output_names=["tokens", "rows"],
            dynamic_axes={
                **dict.fromkeys(("words", "types", "mask", "tokens"), axes),
                "rows": {0: "rows"},
            },
            opset_version=OPSET,
            do_constant_folding=False,
            dynamo=False,
        )
    card = {
        "name": "pincite",
        "version": version,
        "window": WINDOW,
        "words_sha256": hashlib.sha256(words.tobytes()).hexdigest(),
        "graph_sha256": hashlib.sha256((into / "reader.onnx").read_bytes()).hexdigest(),
    }
    (into / "reader.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Export and print the sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "weights", type=Path, nargs="+", help="several are averaged; exported folders too"
    )
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--version", required=True)
    options = parser.parse_args()
    export(
        merged(options.weights),
        options.into,
        version=options.version,
    )
    for path in sorted(options.into.iterdir()):
        print(f"{path.stat().st_size:10,} {path.name}")


if __name__ == "__main__":
    main()
