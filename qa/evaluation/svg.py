"""Draw small plots as inline SVG: axes, lines, points and bars.

Colours come from the page's style sheet through classes, so that dark mode works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

Point = tuple[float, float]

WIDTH, HEIGHT = 420, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 14, 14, 42
_VALUE = 70
"""The space for a bar's value."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points joined by a line, with a name for the legend and a class for the colour."""

    name: str
    points: Sequence[Point]
    style: str = "first"
    dots: bool = False


def line_plot(
    title: str,
    series: Sequence[Series],
    *,
    x: str,
    y: str,
    x_max: float = 1.0,
    y_max: float = 1.0,
    diagonal: bool = False,
) -> Markup:
    """Plot lines over axes that start at 0; `diagonal` adds the line where both are equal."""
    parts = [_axes(x, y, x_max, y_max)]
    if diagonal:
        parts.append(_path([(0.0, 0.0), (x_max, y_max)], x_max, y_max, "guide"))
    for line in series:
        parts.append(_path(line.points, x_max, y_max, line.style))
        if line.dots:
            parts += [
                f'<circle class="{line.style}" cx="{_x(a, x_max):.1f}" cy="{_y(b, y_max):.1f}" '
                f'r="3"><title>{escape(line.name)}: {a:.3g}, {b:.3g}</title></circle>'
                for a, b in line.points
            ]
    if len(series) > 1:
        for number, line in enumerate(series):
            top = _TOP + 6 + 16 * number
            parts.append(
                f'<rect class="{line.style}" x="{WIDTH - 150}" y="{top}" width="10" height="3"/>'
                f'<text x="{WIDTH - 134}" y="{top + 5}">{escape(line.name)}</text>'
            )
    return _figure(title, "".join(parts))


def bar_plot(title: str, bars: Sequence[tuple[str, float]], *, unit: str = "") -> Markup:
    """Plot horizontal bars with their names and values."""
    most = max((value for _, value in bars), default=0.0) or 1.0
    step = 38
    parts = []
    for number, (name, value) in enumerate(bars):
        # A name is above its bar, since it may be as long as the plot is wide.
        top = 16 + step * number
        length = (WIDTH - _VALUE) * value / most
        parts.append(
            f'<text x="0" y="{top}">{escape(name)}</text>'
            f'<rect class="first" x="0" y="{top + 5}" width="{length:.1f}" height="14"/>'
            f'<text x="{length + 6:.1f}" y="{top + 16}">{value:,.0f}{escape(unit)}</text>'
        )
    return _figure(title, "".join(parts), step * len(bars) + 12)


def _figure(title: str, content: str, height: int = HEIGHT) -> Markup:
    return Markup(
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{escape(title)}">{content}</svg></figure>'
    )


def _x(value: float, most: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * value / most


def _y(value: float, most: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / most


def _path(points: Sequence[Point], x_max: float, y_max: float, style: str) -> str:
    if not points:
        return ""
    steps = " ".join(f"{_x(a, x_max):.1f},{_y(b, y_max):.1f}" for a, b in points)
    return f'<polyline class="{style}" fill="none" points="{steps}"/>'


def _axes(x: str, y: str, x_max: float, y_max: float) -> str:
    parts = []
    for tick in range(5):
        share = tick / 4
        anchor = "end" if share == 1 else "middle"  # the last one would be cut off
        across, up = _x(share * x_max, x_max), _y(share * y_max, y_max)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{up:.1f}" y2="{up:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{up + 4:.1f}" text-anchor="end">{share * y_max:.3g}</text>'
            f'<text x="{across:.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="{anchor}">'
            f"{share * x_max:.3g}</text>"
        )
    parts.append(
        f'<text x="{(_LEFT + WIDTH - _RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(x)}</text>"
        f'<text x="12" y="{HEIGHT / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {HEIGHT / 2})">{escape(y)}</text>'
    )
    return "".join(parts)
