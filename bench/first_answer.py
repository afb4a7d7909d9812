"""Time the first answer: `pincite ask` in a fresh process, and the chat's first paint.

python -m bench.first_answer [--repeats N]
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.timing import (
    PROJECT,
    Bound,
    Timing,
    median_ratio,
    medians,
    run_in_turn,
    run_program,
    save_results,
    shared_path,
)

QUESTION = "How much is the Merida Initiative worth?"
_FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
_OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_EMPTY = """
import gradio as gr
with gr.Blocks(analytics_enabled=False) as window:
    pass
print("starting on http://127.0.0.1:%d" % {port}, flush=True)
window.launch(server_name="127.0.0.1", server_port={port}, share=False, quiet=True, ssr_mode=False)
"""


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as scratch:
        articles = Path(scratch) / "articles"
        articles.mkdir()
        for path in sorted((shared_path("seeds") or PROJECT / "seeds").rglob("*.txt"))[:5]:
            shutil.copy(path, articles)
        count = len(list(articles.iterdir()))
        index = Path(scratch) / "index"
        run_program([sys.executable, "-m", "qa", "index", articles, "--index", index])
        ask = [sys.executable, "-m", "qa", "ask", QUESTION]
        # The first call with `--articles` makes the index that later ones check for changes.
        first = run_program([*ask, "--articles", articles])
        processes = run_in_turn(
            repeats,
            ask=lambda: run_program([*ask, "--index", index]),
            ask_articles=lambda: run_program([*ask, "--articles", articles]),
            library=lambda: run_program([sys.executable, "-c", "import sentence_transformers"]),
            runtime=lambda: run_program([sys.executable, "-c", "import onnxruntime, tokenizers"]),
        )
        paints = first_paints(index, repeats)
    asked, library = processes["ask"], processes["library"]
    peak = max(timing.peak_mb for timing in [*asked, *processes["ask_articles"]])
    save_results(
        "first_answer",
        [
            Bound(
                "pincite ask / import sentence_transformers (clock)",
                median_ratio(asked, library),
                0.35,
            ),
            Bound("the same in processor time", median_ratio(asked, library, "cpu"), 0.35),
            Bound(
                "pincite ask --articles / import sentence_transformers",
                median_ratio(processes["ask_articles"], library),
                0.35,
            ),
            Bound("peak memory of pincite ask, MB", peak, 600),
            Bound(
                "first paint, chat / empty Gradio app",
                median_ratio(paints["chat"], paints["empty"]),
                1.5,
            ),
        ],
        {
            "articles": count,
            "repeats": repeats,
            "processes": {name: medians(timings) for name, timings in processes.items()},
            "the_first_call_which_indexes": medians([first]),
            "first_paint_seconds": {name: medians(found) for name, found in paints.items()},
        },
    )


def first_paints(index: Path, repeats: int) -> dict[str, list[Timing]]:
    """Time the first contentful paint of the chat and of an empty Gradio app, in new contexts."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is not installed; on Debian: apt-get install chromium")
    chat = [sys.executable, "-m", "qa", "chat", "--index", str(index), "--port", str(_free_port())]
    empty = [sys.executable, "-c", _EMPTY.format(port=_free_port())]
    with (
        _server(chat, "ready for questions") as ours,
        _server(empty, "starting on") as theirs,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*_FLAGS.split(), _OFFLINE]
        )
        for address in (ours, theirs):  # the first response of a server is slower
            _paint(browser, address)
        found = run_in_turn(
            repeats,
            chat=lambda: _paint(browser, ours),
            empty=lambda: _paint(browser, theirs),
        )
        browser.close()
    return found


def _paint(browser: Any, address: str) -> Timing:
    context = browser.new_context()
    page = context.new_page()
    for attempt in range(60):
        try:
            page.goto(address, wait_until="load", timeout=120_000)
            break
        except Exception:  # not listening yet
            if attempt == 59:
                raise
            time.sleep(1)
    page.wait_for_function(
        "performance.getEntriesByName('first-contentful-paint').length > 0", timeout=120_000
    )
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return Timing(painted / 1000, 0.0)


@contextmanager
def _server(command: list[str], ready: str) -> Iterator[str]:
    """Start a server in its own process, wait until it prints `ready`, and yield its address."""
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = ""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            said += line
            if ready in line:
                break
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        if found is None:
            raise RuntimeError(f"{command} did not start: {said}")
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
