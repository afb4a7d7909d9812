"""Measure peak memory while indexing, beyond the vectors themselves.

    python -m bench.memory [--passages N]

Passages have words drawn with the frequencies of the texts in `seeds`, ten to an article, each
article a text file. They are parsed, split, encoded and written as `pincite index` does it. The
peak is that of this process, which does nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.scale.words import Curve, articles
from bench.timing import PROJECT, Bound, save_results
from index.library import Library, SyncProgress
from qa.evaluation.environment import peak_memory_mb

_MOST = 1_500.0
_EVERY = 500


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--passages", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "articles"
        folder.mkdir()
        seeds = sorted(path for end in ("md", "txt") for path in PROJECT.glob(f"seeds/**/*.{end}"))
        texts = [path.read_text(encoding="utf-8") for path in seeds]
        for article, _ in articles(Curve(texts), texts, 0, args.passages, 1):
            (folder / Path(article.id).name).write_text(
                article.text.replace("\n", "\n\n"), encoding="utf-8"
            )
        curve = [(0, peak_memory_mb())]

        def note(progress: SyncProgress) -> None:
            if progress.chunks >= curve[-1][0] + _EVERY:
                curve.append((progress.chunks, peak_memory_mb()))

        library = Library.create(Path(scratch) / "index")
        library.sync(folder, progress=note)
        snapshot = library.snapshot()
        rows, dimensions = snapshot.rows, library.manifest.dimensions
        encoded = curve[-1][0]
    # float32 for each passage, one byte per dimension for each sentence
    vectors = (rows * dimensions * 4 + (encoded - rows) * dimensions) / 1e6
    peak = peak_memory_mb()
    half = next(mb for texts_so_far, mb in curve if texts_so_far >= encoded / 2)
    save_results(
        "memory",
        [Bound("peak memory beyond the vectors, MB", peak - vectors, _MOST)],
        {
            "passages": rows,
            "texts_encoded": encoded,
            "precision": library.manifest.segments[0].precisions,
            "peak_mb": peak,
            "vectors_mb": vectors,
            "second_half_mb": peak - half,
            "curve": curve,
        },
    )


if __name__ == "__main__":
    main()
