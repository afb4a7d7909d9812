"""How long the first answer takes: `pincite ask` in a fresh process, and the chat's first paint.

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

from bench.measuring import PROJECT, Bound, Timing, in_turn, keep, medians, program, ratio, shared

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
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as scratch:
        articles = Path(scratch) / "articles"
        articles.mkdir()
        for path in sorted((shared("seeds") or PROJECT / "seeds").rglob("*.txt"))[:5]:
            shutil.copy(path, articles)
        count = len(list(articles.iterdir()))
        index = Path(scratch) / "index"
        program([sys.executable, "-m", "qa", "index", articles, "--index", index])
        ask = [sys.executable, "-m", "qa", "ask", QUESTION]
        # The index that `--articles` looks for changes in is made by the first such call.
        first = program([*ask, "--articles", articles])
        processes = in_turn(
            repeats,
            ask=lambda: program([*ask, "--index", index]),
            ask_articles=lambda: program([*ask, "--articles", articles]),
            library=lambda: program([sys.executable, "-c", "import sentence_transformers"]),
            runtime=lambda: program([sys.executable, "-c", "import onnxruntime, tokenizers"]),
        )
        paints = first_paints(index, repeats)
    asked, library = processes["ask"], processes["library"]
    peak = max(timing.peak_mb for timing in [*asked, *processes["ask_articles"]])
    keep(
        "first_answer",
        [
            Bound(
                "pincite ask / import sentence_transformers (clock)", ratio(asked, library), 0.35
            ),
            Bound("the same in processor time", ratio(asked, library, "cpu"), 0.35),
            Bound(
                "pincite ask --articles / import sentence_transformers",
                ratio(processes["ask_articles"], library),
                0.35,
            ),
            Bound("peak memory of pincite ask, MB", peak, 600),
            Bound(
                "first paint, chat / empty Gradio app", ratio(paints["chat"], paints["empty"]), 1.5
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
    """First contentful paint of the chat and of an empty Gradio app, each in a new context."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is not installed; on Debian: apt-get install chromium")
    chat = [sys.executable, "-m", "qa", "chat", "--index", str(index), "--port", "0"]
    empty = [sys.executable, "-c", _EMPTY.format(port=_free_port())]
    with (
        _server(chat, "ready for questions") as ours,
        _server(empty, "starting on") as theirs,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*_FLAGS.split(), _OFFLINE]
        )
        for address in (ours, theirs):  # the very first answer of a server is slower
            _paint(browser, address)
        found = in_turn(
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
    """A server in a process of its own, until it says `ready`; its address."""
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
