"""Train the span reader in bfloat16 on a CPU: all weights except the word vectors.

    python -m training.train --start EXPORT --examples 26000 --rows 24 --name all

`--minutes` sizes the schedule by wall time, `--examples` by rows. A run resumes from its last
checkpoint when started again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.data import RUNS, load_sets
from training.export import stored_weights
from training.inputs import BARRED, Batch
from training.mixture import SHARES, Mixture
from training.model import fresh_reader, grown
from training.teacher_scores import read_scores

FROZEN = ("words.weight",)
WEIGHTS = {"inside": 1.0, "answers": 0.5, "wants_short": 0.2, "is_right": 2.0}


def span_loss(
    scores: Tensor, batch: Batch, shared: float, soft: float = 0.0, heat: float = 2.0
) -> Tensor:
    """Return the cross-entropy of start and end against "no answer", plus the shared loss.

    The shared loss (Clark and Gardner 2018) normalises the right and a wrong passage of the same
    question together, so that scores of different passages compare. For a row with teacher
    scores, `soft` of the loss is the divergence from the teacher's distribution at temperature
    `heat` (Hinton, Vinyals and Dean 2015). The result is a sum over rows.
    """
    scores = scores[batch.spans, :, :2].float()
    scores = scores.masked_fill(~batch.allowed[batch.spans][..., None], BARRED)
    starts, ends = scores[..., 0], scores[..., 1]
    each = (
        functional.cross_entropy(starts, batch.starts, reduction="none")
        + functional.cross_entropy(ends, batch.ends, reduction="none")
    ) / 2
    if soft and len(batch.taught):
        taught = torch.log_softmax(batch.scores / heat, 1)
        learnt = torch.log_softmax(scores[batch.taught] / heat, 1)
        apart = (taught.exp() * (taught - learnt)).sum((1, 2)) / 2
        hard = torch.ones_like(each).index_fill(0, batch.taught, 1 - soft)
        each = (each * hard).index_add(0, batch.taught, soft * heat**2 * apart)
    total = each.sum()
    if shared and len(batch.pairs):
        right, wrong = batch.pairs[:, 0], batch.pairs[:, 1]
        for side, target in ((starts, batch.starts), (ends, batch.ends)):
            both = torch.cat([side[right][:, 1:], side[wrong][:, 1:]], dim=1)
            part = functional.cross_entropy(both, target[right] - 1, reduction="sum")
            total = total + shared * part / 2
    return total


def known_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the binary cross-entropy of each row, averaged over its labels that are known.

    Labels are 1, 0, or -1 where unknown; a row without any has no loss. Shape (rows,).
    """
    logits, labels = logits.reshape(len(logits), -1).float(), labels.reshape(len(labels), -1)
    known = labels >= 0
    each = functional.binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0), reduction="none"
    )
    return (each * known).sum(1) / known.sum(1).clamp(min=1)


def losses(
    tokens: Tensor, rows: Tensor, batch: Batch, shared: float, soft: float = 0.0, heat: float = 2.0
) -> dict[str, Tensor]:
    """Return the weighted losses by name, each a sum over the batch divided by its rows."""
    inside = known_loss(tokens[..., 2], batch.inside)
    # Most tokens of wrong passages are easy; their rows weigh less.
    inside = torch.where(batch.answers == 0, 0.4 * inside, inside)
    parts = {
        "span": span_loss(tokens, batch, shared, soft, heat),
        "inside": inside.sum(),
        "answers": known_loss(rows[:, 0], batch.answers).sum(),
        "wants_short": known_loss(rows[:, 1], batch.wants_short).sum(),
        "is_right": known_loss(rows[:, 2], batch.is_right).sum(),
    }
    return {name: WEIGHTS.get(name, 1.0) * value / len(batch.ids) for name, value in parts.items()}


class Trainer:
    """Bfloat16 weights for arithmetic, float32 masters for the steps."""

    def __init__(self, model: nn.Module, rate: float, decay: float) -> None:
        self.model = model
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name not in FROZEN)
        self.names = [n for n, p in model.named_parameters() if p.requires_grad]
        self.live = [p for p in model.parameters() if p.requires_grad]
        self.masters = [p.detach().clone().float() for p in self.live]
        model.bfloat16()
        self.live = [p for p in model.parameters() if p.requires_grad]
        plain = [i for i, m in enumerate(self.masters) if m.ndim == 1]
        other = [i for i in range(len(self.masters)) if i not in plain]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [self.masters[i] for i in other], "weight_decay": decay},
                {"params": [self.masters[i] for i in plain], "weight_decay": 0.0},
            ],
            lr=rate,
            betas=(0.9, 0.98),
            eps=1e-6,
            fused=True,
        )
        self.rate = rate

    def step(self, scale: float) -> None:
        """Take one optimizer step at `scale` times the peak rate."""
        for master, parameter in zip(self.masters, self.live, strict=True):
            assert parameter.grad is not None
            master.grad = parameter.grad.float()
            parameter.grad = None
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * scale
        self.optimizer.step()
        with torch.no_grad():
            for master, parameter in zip(self.masters, self.live, strict=True):
                parameter.copy_(master)

    def weights(self) -> dict[str, Tensor]:
        """Return the trained float32 weights by name, without the frozen ones."""
        return dict(zip(self.names, self.masters, strict=True))


def scale_at(progress: float, warmup: float) -> float:
    """Return the rate factor: linear warm-up, then linear decay to a fiftieth."""
    if progress < warmup:
        return max(progress / warmup, 0.02)
    return max(0.0, (1 - progress) / (1 - warmup)) * 0.98 + 0.02


def save(path: Path, value: Any) -> None:
    """Write a checkpoint atomically."""
    part = path.with_suffix(".part")
    torch.save(value, part)
    part.replace(path)


def main() -> None:
    """Run the training loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--examples", type=int, default=0)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--decay", type=float, default=0.01)
    parser.add_argument("--warmup", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--shared", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="go on from the reader exported to this folder")
    parser.add_argument("--taught", type=Path, help="the teacher's scores (a file or folder)")
    parser.add_argument("--soft", type=float, default=0.6, help="the teacher's share of the loss")
    parser.add_argument("--heat", type=float, default=2.0, help="temperature of its scores")
    parser.add_argument("--share", nargs="*", default=[], metavar="KIND=SHARE")
    parser.add_argument("--asked", type=Path, default=RUNS / "asked-train.jsonl")
    parser.add_argument("--without", nargs="*", default=[], metavar="DOMAIN")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpoint-minutes", type=float, default=5.0)
    parser.add_argument("--runs", type=Path, default=RUNS)
    options = parser.parse_args()
    if bool(options.minutes) == bool(options.examples):
        parser.error("give one of --minutes and --examples")
    torch.set_num_threads(options.threads)
    folder = options.runs / options.name
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    taught = read_scores(options.taught) if options.taught else None
    shares = {kind: float(share) for kind, _, share in (s.partition("=") for s in options.share)}
    if unknown := set(shares) - set(SHARES):
        parser.error(
            f"no kind is called {', '.join(sorted(unknown))}; there are {', '.join(SHARES)}"
        )
    mixture = Mixture(load_sets(), options.asked, options.seed, taught, options.without, shares)
    model = fresh_reader(options.seed, options.dropout)
    if options.start:
        start = (
            stored_weights(options.start) if options.start.is_dir() else torch.load(options.start)
        )
        model.load_state_dict(grown(start), strict=False)
    trainer = Trainer(model, options.rate, options.decay)
    seconds, seen, step = 0.0, 0, 0
    if checkpoint.exists():
        kept = torch.load(checkpoint)
        for master, saved_master in zip(trainer.masters, kept["masters"], strict=True):
            master.copy_(saved_master)
        trainer.optimizer.load_state_dict(kept["optimizer"])
        with torch.no_grad():
            for master, parameter in zip(trainer.masters, trainer.live, strict=True):
                parameter.copy_(master)
        seconds, seen, step = kept["seconds"], kept["seen"], kept["step"]
        mixture.rng.seed(f"{options.seed}-{step}")
    log = (folder / "log.jsonl").open("a", encoding="utf-8")
    log.write(json.dumps({"options": {k: str(v) for k, v in vars(options).items()}}) + "\n")
    log.write(json.dumps({"sizes": mixture.sizes}) + "\n")
    saved, lines = time.monotonic(), 0
    running: dict[str, float] = defaultdict(float)
    began = time.monotonic() - seconds

    def progress() -> float:
        done: float = (
            seen / options.examples if options.examples else seconds / 60 / options.minutes
        )
        return min(1.0, done)

    def keep() -> None:
        save(
            checkpoint,
            {
                "masters": trainer.masters,
                "optimizer": trainer.optimizer.state_dict(),
                "seconds": seconds,
                "seen": seen,
                "step": step,
            },
        )
        save(folder / "weights.pt", trainer.weights())

    while progress() < 1:
        for rows, batch in mixture.batches(options.rows, pool=24):
            scores, row_scores = trainer.model(batch.ids, batch.types, batch.mask)
            parts = losses(scores, row_scores, batch, options.shared, options.soft, options.heat)
            loss = torch.stack(list(parts.values())).sum()
            loss.backward()  # type: ignore[no-untyped-call]
            mixture.propose(rows, scores.detach().float().numpy())
            trainer.step(scale_at(progress(), options.warmup))
            step += 1
            seen += len(batch.ids)
            lines += 1
            for name, part in parts.items():
                running[name] += (float(part.detach()) - running[name]) / min(lines, 100)
            seconds = time.monotonic() - began
            if step % 20 == 0:
                line = {
                    "step": step,
                    "seen": seen,
                    "seconds": round(seconds),
                    "progress": round(progress(), 4),
                    "loss": {name: round(value, 4) for name, value in running.items()},
                }
                log.write(json.dumps(line) + "\n")
                log.flush()
            if time.monotonic() - saved > options.checkpoint_minutes * 60:
                keep()
                saved = time.monotonic()
            if progress() >= 1:
                break
    keep()
    log.write(json.dumps({"done": True, "seen": seen, "seconds": round(seconds)}) + "\n")


if __name__ == "__main__":
    main()
