"""The kinds of index that one suite compares: each way to store and search the same articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.embedding.encoder import Encoder
from index.library import Library
from index.vector_stores import registry
from index.vector_stores.ivf import IVFStore

KINDS = ("exact", "ivfpq", "lance")


def create(kind: str, folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Return an empty index of a kind in a new folder; `ivfpq` compresses few vectors too."""
    path = folder / kind
    if kind == "lance":
        pytest.importorskip("lance")
        return Library.create(f"lance://{path}", encoder=encoder)
    if kind == "ivfpq":
        # Codes of 4 bits cannot be trained with fewer than 16 vectors.
        monkeypatch.setitem(registry._by_name, kind, IVFStore(min_rows=16))
    return Library.create(path, encoder=encoder, store=kind)
