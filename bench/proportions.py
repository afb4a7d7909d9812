"""Shares of counted cases, with their intervals."""

from __future__ import annotations

from scipy.stats import binomtest


def share(part: int, whole: int) -> str:
    """Return a share with its Wilson interval (95%), and both counts."""
    if not whole:
        return "none"
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    return f"{part / whole:.2f} ({interval.low:.2f}–{interval.high:.2f}; {part} of {whole})"
