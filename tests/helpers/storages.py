"""The kinds of index that one suite compares: each way to store and search the same articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.embedding.encoder import Encoder
from index.library import Library
from index.vector_stores import registry
from index.vector_stores.ivf import IVFStore

KINDS = ("exact", "ivf", "lance")


def create(kind: str, folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Return an empty index of a kind in a new folder; `ivf` compresses few vectors too."""
    path = folder / kind
    if kind == "lance":
        pytest.importorskip("lance")
        return Library.create(f"lance://{path}", encoder=encoder)
    if kind == "ivf":
        monkeypatch.setattr(registry, "_by_name", dict(registry._by_name))
        registry.register_store(IVFStore(name="ivf", min_rows=1))
    return Library.create(path, encoder=encoder, store=kind)
