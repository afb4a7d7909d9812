"""Which store a segment gets: by its number of rows, unless a setting says otherwise.

Small segments are compared row by row. Larger ones get a file of shortened vectors beside
the full ones (see `index.vector_stores.ivf`): four bits for each two dimensions.
"""

from __future__ import annotations

from index.errors import SettingError
from index.settings import StoreSetting
from index.vector_stores.ivf import Approximation

APPROXIMATIONS = {
    "ivfpq": Approximation("PQ{pairs}x4fs", even=True, lists=1.0, widen=3.0),
    "ivf": Approximation("SQ8"),
    "ivf4": Approximation("SQ4", widen=3.0),
}
"""The approximate stores by name: product quantisation in four bits for each two dimensions, in
FAISS's layout for scanning blocks of rows; one byte a dimension; half a byte a dimension.
"""

STORES = (StoreSetting.AUTO, StoreSetting.EXACT, *APPROXIMATIONS)
"""What the setting of an index may be: one store for all segments, or a choice by size."""

FROM_ROWS = {"ivfpq": 20_000}
"""The rows from which on a segment gets that store; measured in bench/scale."""

LEAST_ROWS = 1_000
"""Smaller segments are exact whatever the setting: there is nothing to sort into lists."""


def checked_store(setting: str) -> str:
    """`setting` itself. Raises SettingError where it is not one of `STORES`."""
    if setting not in STORES:
        raise SettingError(f"unknown store {setting!r}; choose one of: {', '.join(STORES)}")
    return setting


def chosen_store(setting: str, rows: int) -> str:
    """The store, "exact" or one of `APPROXIMATIONS`, of a segment of that many rows."""
    if rows < LEAST_ROWS:
        return StoreSetting.EXACT
    if setting != StoreSetting.AUTO:
        return setting
    fitting = [name for name, least in FROM_ROWS.items() if rows >= least]
    return max(fitting, key=FROM_ROWS.__getitem__, default=StoreSetting.EXACT)
