"""Plot time and memory against the number of passages, as one self-contained page."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
Curve = tuple[str, Callable[[Figures], float]]

WIDTH, HEIGHT, MARGIN = 460, 300, 60
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")

PLOTS: dict[str, tuple[str, Sequence[Curve]]] = {
    "Build, without encoding": (
        "s",
        (
            ("segment", lambda f: f["build"]["segment"]),
            ("words", lambda f: f["build"]["words"]),
            ("approximate store", lambda f: f["build"]["store"]),
        ),
    ),
    "Open": ("s", (("open", lambda f: f["open"]["open_s"]),)),
    "Search by vector": (
        "ms",
        (
            ("exact p50", lambda f: f["search"]["exact_ms"]["p50"]),
            ("as chosen p50", lambda f: f["search"]["store_ms"]["p50"]),
        ),
    ),
    "Search by words": (
        "ms",
        (
            ("p50", lambda f: f["search"]["words_ms"]["p50"]),
            ("p95", lambda f: f["search"]["words_ms"]["p95"]),
        ),
    ),
    "Whole retrieval": (
        "ms",
        (
            ("retrieval p50", lambda f: f["search"]["retrieve_ms"]["p50"]),
            ("encoder alone p50", lambda f: f["search"]["encoder_ms"]["p50"]),
        ),
    ),
    "One changed article": ("s", (("sync", lambda f: f["change"]["changed_in_large_s"]),)),
    "Disk, bytes a passage": (
        "",
        tuple(
            (part, lambda f, part=part: f["build"]["bytes"][part] / f["passages"])  # type: ignore[misc]
            for part in ("vectors", "sentences", "articles", "words")
        ),
    ),
    "Peak memory": (
        "MB",
        (
            ("build", lambda f: f["build"]["memory_peak"] / 1e6),
            ("open and two questions", lambda f: f["open"]["memory_after"] / 1e6),
        ),
    ),
}


def write_page(results: Path) -> None:
    """Write `scale.html` from the results of all complete sizes."""
    found = [json.loads(path.read_text()) for path in results.glob("scale-*.json")]
    whole = sorted(
        (one for one in found if "change" in one and "passages" in one),
        key=lambda one: int(one["passages"]),
    )
    figures = "".join(
        f"<figure><figcaption>{escape(title)}{', ' + unit if unit else ''}</figcaption>"
        f"{_plot(whole, curves)}</figure>"
        for title, (unit, curves) in PLOTS.items()
    )
    style = (
        "body{font:15px/1.4 sans-serif;margin:2em;max-width:60em}figure{display:inline-block;"
        "margin:1em}figcaption{font-weight:bold}text{font-size:11px}"
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Pincite by size</title>'
        f"<style>{style}</style><h1>From {whole[0]['passages']:,} to {whole[-1]['passages']:,} "
        "passages</h1><p>Both axes are logarithmic.</p>" + figures
        if whole
        else "<p>Nothing was measured yet.</p>"
    )
    (results / "scale.html").write_text(page + "</html>\n", encoding="utf-8")


def _plot(whole: Sequence[Figures], curves: Sequence[Curve]) -> str:
    lines = [
        (name, [(float(one["passages"]), max(value(one), 1e-6)) for one in whole if value(one)])
        for name, value in curves
    ]
    across = [x for _, points in lines for x, _ in points] or [1.0]
    up = [y for _, points in lines for _, y in points] or [1.0]
    left, right = math.log10(min(across)), math.log10(max(across))
    low, high = math.floor(math.log10(min(up))), math.ceil(math.log10(max(up)))

    def place(x: float, y: float) -> tuple[float, float]:
        wide, tall = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
        return (
            MARGIN + wide * (math.log10(x) - left) / max(right - left, 1e-9),
            HEIGHT - MARGIN - tall * (math.log10(y) - low) / max(high - low, 1e-9),
        )

    parts = []
    for power in range(low, high + 1):
        _, y = place(min(across), 10.0**power)
        parts.append(
            f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ccc"/>'
            f'<text x="{MARGIN - 6}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>'
        )
    for number in sorted(set(across)):
        x, _ = place(number, 10.0**low)
        parts.append(
            f'<text x="{x:.0f}" y="{HEIGHT - 42}" text-anchor="middle">{number:,.0f}</text>'
        )
    for (name, points), colour, row in zip(lines, COLOURS, range(len(lines)), strict=False):
        placed = [place(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}">'
            f"<title>{escape(name)}: {value:.3g}</title></circle>"
            for (x, y), (_, value) in zip(placed, points, strict=True)
        ]
        parts.append(
            f'<text x="{MARGIN + 8}" y="{16 + 14 * row}" fill="{colour}">{escape(name)}</text>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img">{"".join(parts)}</svg>'
