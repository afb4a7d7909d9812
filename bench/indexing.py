"""Articles to a committed index, against encoding the same texts alone; and an unchanged folder.

    python -m bench.indexing [--articles FOLDER] [--repeats N] [--files N]

The texts to encode are those that the index encodes: each chunk, and each sentence of it,
every distinct one once. Alone, they are encoded in one call: sorted by length, in batches of
the size that is fastest, in the same precision. Where the public sets are here
(`PINCITE_SHARED`), the articles are paragraphs of SQuAD as text files, else those in `seeds/`.
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

from bench.measuring import PROJECT, Bound, Timing, in_turn, keep, medians, ratio, shared, timed
from index.embedding.encoder import BulkEncoder, Encoder, Progress, Vectors, load_encoder
from index.embedding.precision import AUTO, BF16, chosen_precision
from index.library import Library
from qa.evaluation.environment import peak_memory_mb

_ARTICLES = 16
_LINE = "The harbour of Lisbon was dredged by a Dutch firm in that year.\n"


class Noting:
    """An encoder that notes what it encodes."""

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
    """Measure, print and keep."""
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
    keep("indexing", [*bounds, bound], figures)


def squad_articles(folder: Path) -> Path | None:
    """Some articles of SQuAD's paragraphs as text files, where the set is here."""
    source = shared("data/squad2_dev_half/dev-v2.0.json")
    if source is None:
        return None
    folder.mkdir()
    for article in json.loads(source.read_text(encoding="utf-8"))["data"][:_ARTICLES]:
        paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
        for part in range(0, len(paragraphs), 10):  # ten paragraphs are a usual article
            name = f"{article['title']}-{part // 10}.txt".replace("/", "-")
            text = "\n\n".join([article["title"].replace("_", " "), *paragraphs[part : part + 10]])
            (folder / name).write_text(text + "\n", encoding="utf-8")
    return folder


def against_encoding(
    folder: Path, scratch: Path, repeats: int
) -> tuple[list[Bound], dict[str, Any]]:
    """The rate of indexing over that of encoding alone."""
    encoder = load_encoder()
    noting = Noting(encoder)
    library = Library.create(scratch / "noted", encoder=noting)
    library.sync(folder)
    rows = library.snapshot().rows
    made = iter(range(1_000))

    def index() -> Timing:
        target = Library.create(scratch / f"index-{next(made)}", encoder=encoder)
        return timed(partial(target.sync, folder))[0]

    found = in_turn(repeats, index=index, alone=lambda: timed(partial(_encode, encoder, noting))[0])
    index_took, alone_took = medians(found["index"]), medians(found["alone"])
    bounds = [
        Bound(
            "rate of indexing / of encoding alone (clock)",
            ratio(found["alone"], found["index"]),
            0.9,
            most=False,
        ),
        Bound(
            "the same in processor time",
            ratio(found["alone"], found["index"], "cpu"),
            0.9,
            most=False,
        ),
    ]
    return bounds, {
        "articles": len(library),
        "chunks": rows,
        "texts_encoded": len(noting.texts),
        "precision": chosen_precision(AUTO, noting.texts),
        "chunks_per_second": {
            "index": rows / index_took["wall"],
            "alone": rows / alone_took["wall"],
        },
        "medians": {"index": index_took, "alone": alone_took},
    }


def _encode(encoder: Encoder, noting: Noting) -> Vectors:
    """All texts in one call, in the precision that the index chooses for them."""
    if isinstance(encoder, BulkEncoder) and chosen_precision(AUTO, noting.texts) == BF16:
        return encoder.encode_in_bulk(noting.texts)
    return encoder.encode(noting.texts)


def unchanged(scratch: Path, files: int, repeats: int) -> tuple[Bound, dict[str, Any]]:
    """Syncing a folder in which nothing changed, over walking it and asking for each file."""
    folder = scratch / "unchanged"
    for number in range(files):
        place = folder / f"{number % 100:03}" / f"article-{number:06}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_LINE)  # the same words: they are encoded once
        os.utime(place, (1_000_000_000, 1_000_000_000))
    path = scratch / "unchanged-index"
    Library.create(path).sync(folder)

    def walk() -> None:
        for place, _, names in os.walk(folder):
            for name in names:
                os.stat(os.path.join(place, name))  # noqa: PTH116, PTH118

    found = in_turn(
        repeats,
        sync=lambda: timed(lambda: Library.open(path).sync(folder))[0],
        walk=lambda: timed(walk)[0],
    )
    bound = Bound(
        f"sync of {files:,} unchanged files / os.walk", ratio(found["sync"], found["walk"]), 20
    )
    return bound, {"files": files, "medians": {name: medians(took) for name, took in found.items()}}


if __name__ == "__main__":
    main()
