"""Tune all-MiniLM-L6-v2 on pairs of questions and sentences, and export its layers in 8 bits.

    python -m training.tune_encoder --pairs training/runs/pairs.jsonl --name encoder \
        --export index/models/encoder/layers.safetensors

The right sentence of each question has to be closer to it than three wrong ones and all sentences
of the other questions of the batch (InfoNCE, van den Oord et al. 2018). The word vectors stay as
they are: the reader uses them too, and what is exported is then 11 MB. `training/runs/NAME/model`
is a folder that `load_encoder` reads. A run resumes from its last checkpoint when started again.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from training.data import RUNS
from training.export import quantized
from training.mixture import NEWS_TWINS
from training.model import encoder_folder
from training.pairs import DOMAINS

SCALE = 20.0
"""What cosines are multiplied by, as sentence-transformers has it."""

MAX_TOKENS = 128
WRONG = 3
DROPOUT = 0.05
WARM_UP = 0.1
"""The share of the steps in which the learning rate grows."""

_GROUPS = 4
"""Texts of a batch are encoded in so many groups of similar length, which saves padding."""

_CHECKPOINT = 25  # steps


@dataclass(frozen=True)
class Pair:
    """A question, the sentences that answer it, and others."""

    question: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def read_pairs(path: Path, without: Sequence[str]) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of `asked` and of the public sets, from `training.pairs`.

    Domains in `without` are left out, and with the news the public set of the same articles.
    """
    left_out = {*without, *(NEWS_TWINS if "news" in without else ())}
    asked: list[Pair] = []
    public: list[Pair] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["domain"] not in left_out and row["wrong"]:
            pair = Pair(row["question"], tuple(row["right"]), tuple(row["wrong"]))
            (asked if row["domain"] in DOMAINS else public).append(pair)
    return asked, public


def batches(
    asked: Sequence[Pair], public: Sequence[Pair], epochs: float, share: float, size: int
) -> list[list[Pair]]:
    """Return the batches of a run: `epochs` times the pairs of `asked`, and public ones.

    `share` (0..1) of the pairs are public.
    """
    rng = random.Random(1)

    def shuffled(pairs: Sequence[Pair]) -> Iterator[Pair]:
        while True:
            yield from rng.sample(pairs, len(pairs))

    streams = shuffled(asked), shuffled(public)
    steps = int(len(asked) * epochs / (1 - share)) // size
    return [[next(streams[rng.random() < share]) for _ in range(size)] for _ in range(steps)]


class Encoder(nn.Module):
    """The network with mean pooling."""

    def __init__(self) -> None:
        from transformers import AutoModel, AutoTokenizer

        super().__init__()
        self.tokenizer: Any = AutoTokenizer.from_pretrained(encoder_folder())
        self.network: Any = AutoModel.from_pretrained(encoder_folder())
        self.network.embeddings.word_embeddings.weight.requires_grad_(False)
        for module in self.network.modules():
            if isinstance(module, nn.Dropout):
                module.p = DROPOUT

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Return the unit vectors of texts, shape (n, dimensions)."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        size = -(-len(texts) // _GROUPS)
        parts = [
            self._encode([texts[at] for at in order[start : start + size]])
            for start in range(0, len(order), size)
        ]
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(parts)[back]

    def _encode(self, texts: list[str]) -> Tensor:
        tokens = self.tokenizer(
            texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.network(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        return functional.normalize((hidden.float() * mask).sum(1) / mask.sum(1), dim=-1)


def _drawn(wrong: Sequence[str], rng: random.Random) -> list[str]:
    """Return `WRONG` of the wrong texts, repeated only where there are fewer."""
    enough = len(wrong) >= WRONG
    return rng.sample(wrong, WRONG) if enough else rng.choices(wrong, k=WRONG)


def loss_of(encoder: Encoder, batch: Sequence[Pair], rng: random.Random) -> Tensor:
    """Return the mean cross-entropy of the right sentence among all of the batch."""
    right = [rng.choice(pair.right) for pair in batch]
    wrong = [text for pair in batch for text in _drawn(pair.wrong, rng)]
    texts = [*right, *wrong]
    cosines = encoder([pair.question for pair in batch]) @ encoder(texts).T
    # Another question's sentence can be right for this one too.
    accepted = torch.tensor(
        [
            [text in pair.right and at != own for at, text in enumerate(texts)]
            for own, pair in enumerate(batch)
        ]
    )
    logits = (SCALE * cosines).masked_fill(accepted, -1e4)
    return functional.cross_entropy(logits, torch.arange(len(batch)))


def tune(encoder: Encoder, plan: Sequence[Sequence[Pair]], rate: float, folder: Path) -> None:
    """Train on the batches of `plan`, with a checkpoint and a log in `folder`."""
    learnt = [p for p in encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=rate, weight_decay=0.01)
    warm = max(1, int(WARM_UP * len(plan)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (len(plan) - step) / (len(plan) - warm))
    )
    checkpoint, first = folder / "checkpoint.pt", 0
    if checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        first = saved["step"]
        for part, name in ((encoder, "encoder"), (optimizer, "optimizer"), (schedule, "schedule")):
            part.load_state_dict(saved[name])  # type: ignore[attr-defined]
    encoder.train()
    for step in range(first, len(plan)):
        torch.manual_seed(step)
        before = time.perf_counter()
        loss = loss_of(encoder, plan[step], random.Random(step))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        schedule.step()
        seconds = round(time.perf_counter() - before, 1)
        with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
            line = {"step": step, "loss": round(loss.item(), 4), "seconds": seconds}
            log.write(json.dumps(line) + "\n")
        if (step + 1) % _CHECKPOINT == 0:
            torch.save(
                {
                    "step": step + 1,
                    "encoder": encoder.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                },
                checkpoint,
            )


def export_layers(weights: dict[str, Tensor], path: Path) -> None:
    """Store all weights but the word vectors, matrices in 8 bits with a scale for each row."""
    stored: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if "word_embeddings" in name or "position_ids" in name:
            continue
        if weight.ndim == 2:
            stored[name], stored[f"{name}.scale"] = quantized(weight.float())
        else:
            stored[name] = weight.float()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: weight.contiguous() for name, weight in stored.items()}, path)


def main() -> None:
    """Tune, save the model, and export its layers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--name", required=True, help="of the run")
    parser.add_argument("--without", nargs="*", default=[], help="domains to leave out")
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--public", type=float, default=1 / 3, help="share of public pairs")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--export", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    folder = RUNS / options.name
    folder.mkdir(parents=True, exist_ok=True)
    asked, public = read_pairs(options.pairs, options.without)
    plan = batches(asked, public, options.epochs, options.public, options.batch)
    encoder = Encoder()
    tune(encoder, plan, options.rate, folder)
    shutil.copytree(encoder_folder(), folder / "model", dirs_exist_ok=True)
    encoder.network.save_pretrained(folder / "model")
    if options.export:
        export_layers(encoder.network.state_dict(), options.export)


if __name__ == "__main__":
    main()
