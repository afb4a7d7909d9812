"""Choice of float32 or bfloat16 for texts that are encoded together.

bfloat16 halves the time on processors that support it, but needs another runtime than questions
do. Questions and small batches are therefore encoded in float32.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.embedding.openvino import has_bf16
from index.settings import Precision

BULK_CHARACTERS = 100_000
"""Characters of texts encoded together from which bf16 pays: about 25,000 tokens, each a tenth
of a millisecond faster, against 0.6 s for loading OpenVINO (bench/README.md)."""


def choose_precision(setting: Precision, texts: Sequence[str]) -> Precision:
    """Return `FP32` or `BF16` for texts encoded together, given the index's setting."""
    if setting is not Precision.AUTO:
        return setting
    is_bulk = sum(map(len, texts)) >= BULK_CHARACTERS
    return Precision.BF16 if is_bulk and has_bf16() else Precision.FP32
