"""The results as one page: every bound, as a bar against what it has to keep.

python -m bench.page
"""

from __future__ import annotations

import json
from html import escape

from bench.measuring import RESULTS


def main() -> None:
    """Write `bench/results/index.html` from the `.json` files beside it."""
    parts = []
    for path in sorted(RESULTS.glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(told, dict) or "bounds" not in told:
            continue
        rows = "".join(map(_row, told["bounds"]))
        where = told["conditions"]
        parts.append(
            f"<h2>{escape(path.stem)}</h2><p><code>{escape(told['command'])}</code>, "
            f"{escape(told['made'])}, {escape(str(where['processor']))}, "
            f"{where['processors']} processors, load {where['load_at_the_end']}</p>"
            f"<table>{rows}</table>"
        )
    style = (
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td{padding:.2rem .8rem .2rem 0}svg{display:block}.missed{color:#b00020;font-weight:600}"
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>How fast Pincite is</title>'
        f"<style>{style}</style><h1>How fast Pincite is</h1><p>The line marks the bound; what "
        f"each figure means stands in bench/README.md.</p>{''.join(parts)}</html>\n"
    )
    (RESULTS / "index.html").write_text(page, encoding="utf-8")


def _row(bound: dict[str, float | str | bool]) -> str:
    value, limit = float(bound["value"]), float(bound["bound"])
    width, mark = min(2.0, value / limit) * 150, 150
    sign = "≤" if bound["most"] else "≥"
    missed = "" if bound["kept"] else ' class="missed"'
    colour = "#0f766e" if bound["kept"] else "#b00020"
    figure, label = escape(str(bound["figure"])), f"{value / limit:.0%} of the bound"
    return (
        f"<tr{missed}><td>{figure}</td><td>{value:.3g} ({sign} {limit:g})</td>"
        f'<td><svg width="304" height="16" role="img" aria-label="{label}">'
        f'<rect width="{width:.0f}" height="16" fill="{colour}"/>'
        f'<line x1="{mark}" x2="{mark}" y2="16" stroke="#000" stroke-width="2"/></svg></td></tr>'
    )


if __name__ == "__main__":
    main()
