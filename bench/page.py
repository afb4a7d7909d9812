"""Write the results as one HTML page, each figure as a bar with its bound.

python -m bench.page
"""

from __future__ import annotations

import json
from html import escape

from bench.timing import RESULTS


def main() -> None:
    """Write `bench/results/index.html` from the `.json` files of the same folder."""
    parts = []
    for path in sorted(RESULTS.glob("*.json")):
        results = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(results, dict) or not results.get("bounds"):
            continue
        rows = "".join(map(_row, results["bounds"]))
        conditions = results["conditions"]
        parts.append(
            f"<h2>{escape(path.stem)}</h2><p><code>{escape(results['command'])}</code>, "
            f"{escape(results['made'])}, {escape(str(conditions['processor']))}, "
            f"{conditions['processors']} processors, load {conditions['load_at_the_end']}</p>"
            f"<table>{rows}</table>{_systems(results['figures'].get('systems', {}))}"
        )
    style = (
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td{padding:.2rem .8rem .2rem 0}svg{display:block}.missed{color:#b00020;font-weight:600}"
        "figure{max-width:30rem;margin:0}figure text{font-size:11px}.grid{stroke:#ccc}"
        "polyline.first{stroke:#0f766e}circle.first,rect.first{fill:#0f766e}"
        "polyline.second{stroke:#b45309}circle.second,rect.second{fill:#b45309}"
        "polyline.guide{stroke:#666;stroke-dasharray:4}rect.guide{fill:#666}"
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>How fast Pincite is</title>'
        f"<style>{style}</style><h1>How fast Pincite is</h1><p>The line marks the bound; "
        f"bench/README.md explains each figure.</p>{''.join(parts)}</html>\n"
    )
    (RESULTS / "index.html").write_text(page, encoding="utf-8")


def _systems(systems: dict[str, dict[str, float]]) -> str:
    """Return a table of the other systems, empty where none was measured."""
    if not systems:
        return ""
    names = "".join(f"<th>{escape(name)}</th>" for name in systems)
    rows = "".join(
        f"<tr><td>{escape(column)}</td>"
        + "".join(f"<td>{figures[column]:,.4g}</td>" for figures in systems.values())
        + "</tr>"
        for column in next(iter(systems.values()))
    )
    return f"<table><tr><th></th>{names}</tr>{rows}</table>"


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
