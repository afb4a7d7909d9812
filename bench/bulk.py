"""Measure how the shape of bfloat16 batches changes time per token and memory.

    python -m bench.bulk --data DATA [--set squad-train] [--texts 4000] [--rounds 2]

Each variant runs in its own process; they take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.retrieval.sets import SETS
from bench.timing import PROJECT, save_results
from index.embedding.batching import full_batches, rounded_up
from index.embedding.cpu import usable_cores
from index.embedding.encoder import map_batches
from index.embedding.model_files import DEFAULT_MODEL, find_model
from index.embedding.onnx import export_folder
from index.embedding.openvino import MAX_TOKENS, WIDTH_STEP, BulkModel
from index.ingest.embed_chunks import chunk_text
from index.segmentation.chunking import chunk_article
from index.settings import EmbeddingMode
from qa.evaluation.environment import peak_memory_mb

_WAYS = {
    "as shipped": (MAX_TOKENS, WIDTH_STEP, usable_cores()),
    "one batch at a time": (MAX_TOKENS, WIDTH_STEP, 1),
    "2,048 tokens": (2048, WIDTH_STEP, usable_cores()),
    "2,048 tokens, any width": (2048, 1, usable_cores()),
    "2,048 tokens, widths of 8": (2048, 8, usable_cores()),
}
"""Tokens in a batch, the multiple that widths are padded to, and batches run in parallel."""


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="the folder of public sets")
    parser.add_argument("--set", choices=sorted(SETS), default="squad-train")
    parser.add_argument("--texts", type=int, default=4_000, help="chunks and sentences, at most")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--way", choices=_WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        print(json.dumps(run(args, *_WAYS[args.way])))
        return
    found: dict[str, list[dict[str, float]]] = {name: [] for name in _WAYS}
    for _ in range(args.rounds):
        for name, runs in found.items():
            command = [sys.executable, "-m", "bench.bulk", *sys.argv[1:], "--way", name]
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
            runs.append(json.loads(done.stdout))
    figures: dict[str, Any] = {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in found.items()
    }
    for name, row in figures.items():
        print(f"{name:28}", *(f"{key} {value:<9.4g}" for key, value in row.items()))
    save_results("bulk", [], {"set": args.set, "ways": figures})


def run(args: argparse.Namespace, most: int, step: int, at_once: int) -> dict[str, float]:
    """Encode the texts with one variant; print milliseconds per token and the peak in MB."""
    files = find_model(DEFAULT_MODEL)
    texts: list[str] = []
    for article in SETS[args.set].read(args.data).articles or ():
        title = article.metadata.title
        chunks = [
            chunk_text(article, chunk, title, EmbeddingMode.SENTENCES)
            for chunk in chunk_article(article)
        ]
        texts += [text for chunk in chunks for text in chunk.texts]
    tokenizer: Any = files.tokenizer
    pairs = [(text, len(tokenizer.encode(files.prompt + text).ids)) for text in texts[: args.texts]]
    pairs = [(text, length) for text, length in pairs if length <= (files.max_tokens or 512)]
    lengths = [length for _, length in pairs]
    batches = list(full_batches(lengths, most, step=step))
    model = BulkModel(files, export_folder(files) / "model.onnx", parallel=at_once, step=step)

    def encode(batch: list[int]) -> Any:
        return model.encode([pairs[place][0] for place in batch])

    began, used = time.perf_counter(), time.process_time()
    for _ in map_batches(encode, batches, at_once):
        pass
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    tokens = sum(lengths)
    return {
        "texts": len(pairs),
        "tokens": tokens,
        "shapes": len({(len(b), rounded_up(lengths[b[0]], step)) for b in batches}),
        "ms_a_token": 1e3 * wall / tokens,
        "processor_ms_a_token": 1e3 * cpu / tokens,
        "peak_mb": peak_memory_mb(),
    }


if __name__ == "__main__":
    main()
