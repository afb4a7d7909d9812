"""Compare ways of encoding in bulk with ONNX Runtime in float32.

    taskset -c 1 python -m bench.precision --data DATA [--set squad-train] [--rounds 5]

Each variant encodes the passages in turn, a share of the batches at a time, so that the load of
the machine is the same for all; processor time counts. Then questions, always encoded in float32,
find their ten nearest passages among the vectors of each variant.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.retrieval.sets import SETS
from bench.timing import save_results
from index.embedding.batching import full_batches
from index.embedding.encoder import load_encoder
from index.embedding.model_files import DEFAULT_MODEL, ModelFiles, find_model
from index.embedding.onnx import OnnxModel, export_folder, open_export
from index.embedding.openvino import BulkModel
from index.segmentation.chunking import chunk_article
from index.settings import EmbeddingMode

Vectors = npt.NDArray[np.float32]
Way = Callable[[Sequence[str]], Vectors]


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="the folder of public sets")
    parser.add_argument("--set", choices=sorted(SETS), default="squad-train")
    parser.add_argument("--passages", type=int, default=3000, help="at most (default: 3000)")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=6, help="turns that each way has")
    args = parser.parse_args()
    asked = SETS[args.set].read(args.data)
    texts, places = _passages(asked.articles or (), args.passages)
    known = set(places)
    able = [
        (question.question, gold)
        for question in asked.questions
        if (gold := {(one.article, one.paragraph or 0) for one in question.evidence} & known)
    ]
    chosen = random.Random(7).sample(able, min(args.questions, len(able)))
    questions = load_encoder().encode([question for question, _ in chosen])
    files = find_model(DEFAULT_MODEL)
    with tempfile.TemporaryDirectory() as scratch:
        ways = made(files, Path(scratch))
        vectors, seconds = encoded(texts, ways, files, args.rounds)
    first, figures = next(iter(ways)), {}
    wanted = _nearest(questions, vectors[first])
    for name in ways:
        found = _nearest(questions, vectors[name])
        same = [len(set(a) & set(b)) / 10 for a, b in zip(wanted, found, strict=True)]
        hits = [
            any(places[row] in gold for row in rows[:5])
            for rows, (_, gold) in zip(found, chosen, strict=True)
        ]
        figures[name] = {
            "passages_a_second": round(len(texts) / seconds[name], 2),
            "faster": round(seconds[first] / seconds[name], 3),
            "top_10_agreement": round(float(np.mean(same)), 4),
            "recall@5": round(float(np.mean(hits)), 4),
            "least_cosine": round(float((vectors[name] * vectors[first]).sum(axis=1).min()), 5),
        }
        print(f"{name:28}", *(f"{key} {value:<8}" for key, value in figures[name].items()))
    save_results("precision", [], {"set": args.set, "passages": len(texts), "ways": figures})


def _passages(articles: Sequence[Any], most: int) -> tuple[list[str], list[tuple[str, int]]]:
    """Return chunks as an index encodes them, and the first paragraph of each."""
    texts, places = [], []
    for article in articles:
        for chunk in chunk_article(article):
            words = chunk.span.of(article.text)
            texts.append(EmbeddingMode.SENTENCES.encoder_input(words, article.metadata.title))
            places.append((article.id, chunk.paragraphs[0]))
    return texts[:most], places[:most]


def made(files: ModelFiles, scratch: Path) -> dict[str, Way]:
    """Return the variants, the shipped one first."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    exported = open_export(files)
    if exported is None:
        raise SystemExit("there is no export of the encoder yet; ask something first")
    small = scratch / "int8.onnx"
    quantize_dynamic(export_folder(files) / "model.onnx", small, weight_type=QuantType.QInt8)
    return {
        "onnxruntime, float32": exported.encode,
        "onnxruntime, int8": OnnxModel(files, small).encode,
        "openvino, bfloat16": BulkModel(files, export_folder(files) / "model.onnx").encode,
        "torch, bfloat16, plain": _torch(files, "eager", torch.bfloat16),
    }


def _torch(files: ModelFiles, attention: str, precision: Any) -> Way:
    import torch
    from transformers import AutoModel

    model: Any = AutoModel.from_pretrained(files.folder, attn_implementation=attention)
    model = model.to(precision).eval()
    tokenizer: Any = files.tokenizer

    def encode(texts: Sequence[str]) -> Vectors:
        found = tokenizer.encode_batch(list(texts))
        widest = max(len(one.ids) for one in found)
        ids = torch.full((len(found), widest), files.padding, dtype=torch.long)
        mask = torch.zeros((len(found), widest), dtype=torch.long)
        for row, one in enumerate(found):
            ids[row, : len(one.ids)] = torch.tensor(one.ids)
            mask[row, : len(one.ids)] = 1
        with torch.inference_mode():
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            kept = mask.unsqueeze(-1).float()
            mean = (hidden * kept).sum(dim=1) / kept.sum(dim=1)
            vectors: Vectors = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors

    return encode


def encoded(
    texts: Sequence[str], ways: dict[str, Way], files: ModelFiles, rounds: int
) -> tuple[dict[str, Vectors], dict[str, float]]:
    """Return the vectors of all texts and the processor seconds, for each variant."""
    tokenizer: Any = files.tokenizer
    batches = list(full_batches([len(tokenizer.encode(text).ids) for text in texts]))
    random.Random(7).shuffle(batches)
    vectors = {name: np.zeros((len(texts), 384), dtype=np.float32) for name in ways}
    seconds = dict.fromkeys(ways, 0.0)
    for way in ways.values():
        way([texts[0]])
    for turn in range(rounds):
        for name, way in ways.items():
            began = time.process_time()
            for batch in batches[turn::rounds]:
                vectors[name][batch] = way([texts[place] for place in batch])
            seconds[name] += time.process_time() - began
        print(
            f"  turn {turn + 1} of {rounds}",
            {n: round(s, 1) for n, s in seconds.items()},
            flush=True,
        )
    return vectors, seconds


def _nearest(questions: Vectors, vectors: Vectors) -> list[list[int]]:
    """Return the ten nearest rows of each question, best first."""
    return np.argsort(-(questions @ vectors.T), axis=1, kind="stable")[:, :10].tolist()


if __name__ == "__main__":
    main()
