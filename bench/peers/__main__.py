"""Compare Pincite with txtai, LlamaIndex, LangChain and Haystack in one run.

    python -m bench.peers --work WORK [--questions N] [--articles N] [--repeats N] [--rounds N]
                          [--again]

Each peer gets its own environment in WORK, with the packages that its documentation names for
a quick start; later runs reuse it. All index the same texts with the same model. Measurements
are saved in WORK as they come: an interrupted run resumes, `--again` starts over.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.timing import PROJECT, Bound, save_results, shared_path
from index.embedding.cpu import usable_cores
from index.embedding.model_files import BASE_MODEL, find_model
from index.embedding.openvino import has_bf16

SYSTEMS = ("pincite", "txtai", "llamaindex", "langchain", "haystack")

_TORCH = "torch==2.13.0"

_LEAST = 80
"""Least characters of a text; shorter pieces of covid_qa's articles are headings and captions."""

_MORE_IS_BETTER = ("texts a second", "texts a processor second", "recall@5")

_VERSIONS = """
import importlib.metadata as metadata, json, sys
print(json.dumps({name: metadata.version(name) for name in sys.argv[1:]}))
"""


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--articles", type=int, default=30, help="of covid_qa, beside SQuAD's")
    parser.add_argument("--repeats", type=int, default=5, help="cold starts of each")
    parser.add_argument("--rounds", type=int, default=3, help="of indexing and searching")
    parser.add_argument("--again", action="store_true", help="forget what was measured")
    args = parser.parse_args()
    data = shared_path("data")
    if data is None:
        parser.error("the public sets are not here; name their folder with PINCITE_SHARED")
    work: Path = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    inputs = prepared(data, args.questions, args.articles)
    text = json.dumps(inputs)
    (work / "texts.json").write_text(text, encoding="utf-8")
    pythons = {system: environment(system, work) for system in SYSTEMS}
    figures_file = work / f"figures-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    if args.again:
        figures_file.unlink(missing_ok=True)
    runs = measured(pythons, work, figures_file, {"index": args.rounds, "first": args.repeats})
    found = {system: columns(parts) for system, parts in runs.items()}
    figures = {
        "texts": len(inputs["texts"]),
        "characters": sum(map(len, inputs["texts"])),
        "questions": len(inputs["questions"]),
        "cold_starts": args.repeats,
        "rounds": args.rounds,
        "threads": os.environ.get("OMP_NUM_THREADS", "as each chooses"),
        "processors": usable_cores(),
        "systems": found,
        "versions": {system: versions(system, python) for system, python in pythons.items()},
        "runs": runs,
    }
    save_results("peers", compared(found), figures)
    print(table(found))


def prepared(data: Path, questions: int, articles: int) -> dict[str, Any]:
    """Return the texts, each on one line, and questions with the number of the answering text."""
    numbers: dict[str, int] = {}
    answerable: list[dict[str, Any]] = []
    for paragraph in _paragraphs(data / "squad2_dev_half/dev-v2.0.json"):
        number = numbers.setdefault(_line(paragraph["context"]), len(numbers))
        answerable += [
            {"question": one["question"], "text": number}
            for one in paragraph["qas"]
            if not one["is_impossible"]
        ]
    for article in _paragraphs(data / "covid_qa/200423_covidQA.json")[:articles]:
        for line in map(_line, article["context"].split("\n\n")):
            if len(line) >= _LEAST:
                numbers.setdefault(line, len(numbers))
    step = max(1, len(answerable) // questions)
    return {"texts": list(numbers), "questions": answerable[::step][:questions]}


def _line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(path: Path) -> list[dict[str, Any]]:
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [paragraph for article in articles for paragraph in article["paragraphs"]]


def packages(system: str) -> tuple[str, ...]:
    """Return the packages of a system's quick start; none for Pincite."""
    found: tuple[str, ...] = importlib.import_module(f"bench.peers.systems.{system}").PACKAGES
    return found


def environment(system: str, work: Path) -> Path:
    """Return the Python of the system's environment, created where it is missing."""
    requirements = packages(system)
    if not requirements:
        return Path(sys.executable)
    folder = work / system
    python = folder / "bin" / "python"
    done = folder / "done"
    if not done.exists():
        print(f"{system}: an environment with {', '.join(requirements)}", flush=True)
        venv.create(folder, with_pip=True)
        # torch first, so that no other package installs a build for graphics cards.
        for step in (["-U", "pip"], [_TORCH], requirements):
            subprocess.run([python, "-m", "pip", "install", "-q", *step], check=True)
        done.touch()
    return python


def versions(system: str, python: Path) -> dict[str, str]:
    """Return the releases that are measured."""
    names = [*packages(system), "torch", "transformers"]
    if not packages(system):
        names = ["pincite", "onnxruntime", "torch", "transformers"]
    done = subprocess.run(
        [python, "-c", _VERSIONS, *names], capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def measured(
    pythons: Mapping[str, Path], work: Path, figures_file: Path, turns: Mapping[str, int]
) -> dict[str, dict[str, Any]]:
    """Time each system's runs by part; the systems take turns, and the last index is searched.

    `turns` gives the number of indexing runs and of cold starts; there are as many search runs as
    indexing runs. Runs saved in `figures_file` are not repeated.
    """
    found: dict[str, dict[str, Any]] = {system: {} for system in pythons}
    if figures_file.exists():
        found |= json.loads(figures_file.read_text(encoding="utf-8"))
    for part, count in (*turns.items(), ("search", turns["index"])):
        for turn in range(count):
            for system, python in pythons.items():
                runs = found[system].setdefault(part, [])
                # The folder may hold an index of other texts.
                if part != "index" and not (work / f"index-{system}" / figures_file.stem).exists():
                    raise SystemExit(f"{work} holds another index of {system}; add --again")
                if len(runs) > turn:
                    continue
                runs.append(run_part(system, part, python, work))
                print(f"{system}: {part} {runs[-1]}", flush=True)
                if part == "index":
                    (work / f"index-{system}" / figures_file.stem).touch()
                figures_file.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


def run_part(system: str, part: str, python: Path, work: Path) -> dict[str, float]:
    """Run one part in its own process and return its timing. Raises RuntimeError on failure."""
    if part == "index":
        shutil.rmtree(work / f"index-{system}", ignore_errors=True)
    command = [python, PROJECT / "bench/peers/measure.py", system, part, work]
    command.append(find_model(BASE_MODEL).folder)
    began, first = time.perf_counter(), 0.0
    output: list[str] = []
    errors = work / f"{system}-{part}.log"
    with (
        errors.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if line == "first\n":
                first = time.perf_counter() - began
            output.append(line)
    if process.returncode:
        raise RuntimeError(f"{system}, {part}: {errors.read_text(encoding='utf-8')[-2000:]}")
    figures: dict[str, float] = json.loads(output[-1])
    return {**figures, "first": first} if part == "first" else figures


def columns(parts: Mapping[str, list[dict[str, float]]]) -> dict[str, float]:
    """Return the medians of one system's runs."""

    def median(part: str, name: str) -> float:
        return statistics.median(run[name] for run in parts[part])

    texts = parts["index"][0]["texts"]
    found = {
        "cold start, s": median("first", "first"),
        "cold start, processor s": median("first", "processor_seconds"),
        "texts a second": texts / median("index", "seconds"),
        "texts a processor second": texts / median("index", "processor_seconds"),
        "search p50, ms": 1000 * median("search", "p50"),
        "search p95, ms": 1000 * median("search", "p95"),
        "search, processor ms": 1000 * median("search", "processor_seconds"),
        "memory to search, MB": median("search", "peak_mb"),
        "memory to index, MB": median("index", "peak_mb"),
        "recall@5": median("search", "recall@5"),
    }
    return {name: round(value, 4) for name, value in found.items()}


def compared(found: Mapping[str, Mapping[str, float]]) -> list[Bound]:
    """Return Pincite's figure divided by the best peer's, in each column."""
    peers = [figures for system, figures in found.items() if system != "pincite"]
    bounds = []
    for column, value in found["pincite"].items():
        more = column in _MORE_IS_BETTER
        best = (max if more else min)(other[column] for other in peers)
        limit = 1.0
        if column.startswith("cold start"):
            limit = 0.5
        elif column.startswith("texts") and has_bf16():
            limit = 2.0
        bounds.append(Bound(f"{column}: Pincite / best peer", value / best, limit, most=not more))
    return bounds


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Return the figures of all systems as a Markdown table."""
    lines = [f"| | {' | '.join(found)} |", "| --- |" + " ---: |" * len(found)]
    for column in found["pincite"]:
        cells = (f"{figures[column]:.3g}" for figures in found.values())
        lines.append(f"| {column} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
