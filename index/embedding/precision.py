"""In which arithmetic texts are encoded: float32, or bfloat16 where many come at once.

bfloat16 halves the time where the processor computes in it, but takes another runtime than
questions do. Questions and few texts are always encoded in float32.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index.embedding.openvino import has_bf16
from index.errors import SettingError

AUTO, FP32, BF16, MIXED = "auto", "fp32", "bf16", "mixed"

PRECISIONS = (AUTO, FP32, BF16)
"""What the setting of an index may be: `auto` is bf16 where the processor has it and enough
texts are encoded together to pay for loading the model once more."""

LEAST_CHARACTERS = 100_000
"""Characters of texts encoded together from which bf16 pays: about 25,000 tokens, of which
each saves a tenth of a millisecond, against .6 s for loading OpenVINO (bench/README.md)."""


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
