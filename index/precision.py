"""In which arithmetic texts are encoded: float32, or bfloat16 where many come at once.

bfloat16 halves the time where the processor computes in it, but only torch does so, and that
takes seconds to import. Questions and few texts are always encoded in float32.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from index.errors import SettingError

AUTO, FP32, BF16, MIXED = "auto", "fp32", "bf16", "mixed"

PRECISIONS = (AUTO, FP32, BF16)
"""What the setting of an index may be: `auto` is bf16 where the processor has it and enough
texts are encoded together to pay for importing torch."""

LEAST_CHARACTERS = 400_000
"""Characters of texts encoded together from which bf16 pays: about 100,000 tokens, of which
each saves 0.1 to 0.2 ms, against 2 to 9 s for importing torch (bench/README.md)."""


def checked_precision(setting: str) -> str:
    """`setting` itself. Raises SettingError where it is not one of `PRECISIONS`."""
    if setting not in PRECISIONS:
        raise SettingError(f"the precision is {setting!r}; choose one of: {', '.join(PRECISIONS)}")
    return setting


def chosen_precision(setting: str, texts: Sequence[str]) -> str:
    """`FP32` or `BF16` for texts encoded together, by what an index is set to."""
    if setting != AUTO:
        return setting
    many = sum(map(len, texts)) >= LEAST_CHARACTERS
    return BF16 if many and has_bf16() else FP32


def together(precisions: Iterable[str]) -> str:
    """The one word for vectors of several precisions; `FP32` for none."""
    found = set(precisions)
    return next(iter(found or {FP32})) if len(found) < 2 else MIXED


@cache
def has_bf16() -> bool:
    """Whether this processor multiplies bfloat16, as far as the system tells (Linux only)."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    lines = (line for line in told.splitlines() if line.startswith(("flags", "Features")))
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(next(lines, "").split()))
