"""Build, open, search and change an index of each size: `python -m bench.scale`.

Every part runs in its own process and saves its figures in `--work`, so an interrupted run
resumes; complete sizes go into bench/results. Indexes are in `--work` too; `--clear` deletes each
one once measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.retrieval.sets import SETS
from bench.scale.spread import Spread, fit

RESULTS = Path(__file__).parents[1] / "results"
PARTS = ("build", "open", "search", "change")
SIZES = (1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    """Run the parts that have no figures yet."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--data", type=Path, required=True, help="the folder of public sets")
    parser.add_argument("--work", type=Path, required=True, help="where indexes are made")
    parser.add_argument(
        "--like", type=Path, nargs="+", help="real indexes, the first one of squad-train"
    )
    parser.add_argument("--store", default="auto")
    parser.add_argument("--clear", action="store_true", help="delete each index once measured")
    parser.add_argument("--again", action="store_true", help="forget what was measured")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.part:
        print(json.dumps(run(args.part, args.passages[0], args)))
        return
    _fitted(args)
    for passages in args.passages:
        _measure(passages, args)
    from bench.scale.page import write_page

    write_page(RESULTS)


def _measure(passages: int, args: argparse.Namespace) -> None:
    RESULTS.mkdir(exist_ok=True)
    name = f"scale-{passages}" + ("" if args.store == "auto" else f"-{args.store}") + ".json"
    # Not bench/results: those of the repository come from other machines and days.
    so_far = args.work / name
    known: dict[str, Any] = {"passages": passages, "cores": os.cpu_count()}
    if so_far.exists() and not args.again:
        known = json.loads(so_far.read_text())
    for part in PARTS:
        if part in known:
            print(f"{passages:,}: {part} was measured; --again forgets it", flush=True)
            continue
        if part != "build" and not (_folder(passages, args) / "manifest.json").exists():
            print(f"{passages:,}: the index is gone; run with --again", file=sys.stderr)
            return
        print(f"{passages:,}: {part}", flush=True)
        command = [sys.executable, "-m", "bench.scale", "--part", part, "--passages"]
        command += [str(passages), "--data", str(args.data), "--work", str(args.work)]
        command += ["--store", args.store]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        known[part] = json.loads(done.stdout.splitlines()[-1])
        known["load"] = os.getloadavg()[0]
        so_far.write_text(json.dumps(known, indent=1) + "\n")
    shutil.copyfile(so_far, RESULTS / name)
    if args.clear:
        shutil.rmtree(_folder(passages, args), ignore_errors=True)
        so_far.unlink()


def _folder(passages: int, args: argparse.Namespace) -> Path:
    folder: Path = args.work / f"index-{passages}-{args.store}"
    return folder


def _fitted(args: argparse.Namespace) -> Spread:
    path = args.work / "spread.npz"
    if not path.exists():
        asked = SETS["squad-train"].read(args.data)
        like = args.like
        if not like:
            from index.library import Library

            like = [args.work / "real"]
            library = Library.open_or_create(like[0])
            library.add_articles(asked.articles or ())
        fit(like, asked).write(path)
    return Spread.read(path)


def run(part: str, passages: int, args: argparse.Namespace) -> dict[str, Any]:
    """Run one part for one size in this process."""
    from bench.scale import build, measure

    folder = _folder(passages, args)
    asked = SETS["squad-train"].read(args.data)
    questions = [one.question for one in asked.questions[:: len(asked.questions) // 200]]
    texts = [
        paragraph.span.of(article.text)
        for article in asked.articles or ()
        for paragraph in article.paragraphs
        if len(paragraph.span) > 200
    ]
    if part == "build":
        made = build.build(folder, passages, _fitted(args), texts, args.store)
        return {**made, "bytes": build.sizes(folder)}
    if part == "open":
        return measure.opening(folder, questions[0])
    if part == "search":
        return measure.searching(folder, _fitted(args), questions)
    return measure.changing(folder, texts)


if __name__ == "__main__":
    main()
