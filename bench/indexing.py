"""Measure indexing against encoding alone, and the sync of an unchanged folder.

    python -m bench.indexing [--articles FOLDER] [--repeats N] [--files N]

The texts to encode are those that the index encodes, each distinct one once. Alone, they are
encoded in one call: sorted by length, in batches of the fastest size, in the same precision. With
the public sets (`PINCITE_SHARED`) the articles are paragraphs of SQuAD, otherwise `seeds/`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.timing import (
    PROJECT,
    Bound,
    Timing,
    median_ratio,
    medians,
    run_in_turn,
    save_results,
    shared_path,
    time_call,
)
from index.embedding.encoder import BulkEncoder, Encoder, Progress, Vectors, load_encoder
from index.embedding.precision import choose_precision
from index.library import Library
from index.settings import Precision
from qa.evaluation.environment import peak_memory_mb

_ARTICLES = 16
_LINE = "The harbour of Lisbon was dredged by a Dutch firm in that year.\n"


class RecordingEncoder:
    """An encoder that records the texts it encodes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.texts: list[str] = []
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dimensions, self.max_tokens = encoder.dimensions, encoder.max_tokens
        self.fits = encoder.fits

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """See `Encoder.encode`."""
        self.texts += texts
        return self._encoder.encode(texts, progress=progress)


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--files", type=int, default=10_000, help="in the unchanged folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.articles or squad_articles(Path(scratch) / "squad") or PROJECT / "seeds"
        bounds, figures = against_encoding(folder, Path(scratch), args.repeats)
        figures["peak_memory_mb"] = peak_memory_mb()
        bound, figures["unchanged"] = unchanged(Path(scratch), args.files, args.repeats + 2)
    save_results("indexing", [*bounds, bound], figures)


def squad_articles(folder: Path) -> Path | None:
    """Write paragraphs of SQuAD as text files; return None where the set is missing."""
    source = shared_path("data/squad2_dev_half/dev-v2.0.json")
    if source is None:
        return None
    folder.mkdir()
    for article in json.loads(source.read_text(encoding="utf-8"))["data"][:_ARTICLES]:
        paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
        for part in range(0, len(paragraphs), 10):  # an article usually has about ten paragraphs
            name = f"{article['title']}-{part // 10}.txt".replace("/", "-")
            text = "\n\n".join([article["title"].replace("_", " "), *paragraphs[part : part + 10]])
            (folder / name).write_text(text + "\n", encoding="utf-8")
    return folder


def against_encoding(
    folder: Path, scratch: Path, repeats: int
) -> tuple[list[Bound], dict[str, Any]]:
    """Return the rate of indexing divided by that of encoding alone."""
    encoder = load_encoder()
    recording = RecordingEncoder(encoder)
    library = Library.create(scratch / "noted", encoder=recording)
    library.sync(folder)
    rows = library.snapshot().rows
    numbers = iter(range(1_000))

    def index() -> Timing:
        target = Library.create(scratch / f"index-{next(numbers)}", encoder=encoder)
        return time_call(partial(target.sync, folder))[0]

    found = run_in_turn(
        repeats, index=index, alone=lambda: time_call(partial(_encode, encoder, recording))[0]
    )
    index_took, alone_took = medians(found["index"]), medians(found["alone"])
    bounds = [
        Bound(
            "rate of indexing / of encoding alone (clock)",
            median_ratio(found["alone"], found["index"]),
            0.9,
            most=False,
        ),
        Bound(
            "the same in processor time",
            median_ratio(found["alone"], found["index"], "cpu"),
            0.9,
            most=False,
        ),
    ]
    return bounds, {
        "articles": len(library),
        "chunks": rows,
        "texts_encoded": len(recording.texts),
        "precision": choose_precision(Precision.AUTO, recording.texts),
        "chunks_per_second": {
            "index": rows / index_took["wall"],
            "alone": rows / alone_took["wall"],
        },
        "medians": {"index": index_took, "alone": alone_took},
    }


def _encode(encoder: Encoder, recording: RecordingEncoder) -> Vectors:
    """Encode all texts in one call, in the precision that the index would choose."""
    precision = choose_precision(Precision.AUTO, recording.texts)
    if isinstance(encoder, BulkEncoder) and precision == Precision.BF16:
        return encoder.encode_in_bulk(recording.texts)
    return encoder.encode(recording.texts)


def unchanged(scratch: Path, files: int, repeats: int) -> tuple[Bound, dict[str, Any]]:
    """Return the time of syncing an unchanged folder divided by walking it with `stat`."""
    folder = scratch / "unchanged"
    for number in range(files):
        file = folder / f"{number % 100:03}" / f"article-{number:06}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_LINE)  # equal texts are encoded once
        os.utime(file, (1_000_000_000, 1_000_000_000))
    path = scratch / "unchanged-index"
    Library.create(path).sync(folder)

    def walk() -> None:
        for parent, _, names in os.walk(folder):
            for name in names:
                os.stat(os.path.join(parent, name))  # noqa: PTH116, PTH118

    found = run_in_turn(
        repeats,
        sync=lambda: time_call(lambda: Library.open(path).sync(folder))[0],
        walk=lambda: time_call(walk)[0],
    )
    bound = Bound(
        f"sync of {files:,} unchanged files / os.walk",
        median_ratio(found["sync"], found["walk"]),
        20,
    )
    return bound, {"files": files, "medians": {name: medians(took) for name, took in found.items()}}


if __name__ == "__main__":
    main()
