"""The registry of vector stores: names, choice by size, and stores of other packages."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from index.errors import SettingError
from index.vector_stores import registry
from index.vector_stores.registry import (
    AUTO_IVF_ROWS,
    choose_store,
    get_store,
    register_store,
    store_choices,
)
from tests.helpers.vectors import HALF_STORE, HalfStore


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the registry after each test."""
    monkeypatch.setattr(registry, "_by_name", dict(registry._by_name))


def test_the_store_is_chosen_by_size() -> None:
    assert choose_store("auto", AUTO_IVF_ROWS - 1) == "exact"
    assert choose_store("auto", AUTO_IVF_ROWS) == "ivfpq"
    assert choose_store("exact", AUTO_IVF_ROWS) == "exact"
    least = get_store("ivfpq").min_rows
    assert choose_store("ivfpq", least) == "ivfpq"
    assert choose_store("ivfpq", least - 1) == "exact"


def test_a_registered_store_is_found_by_its_name() -> None:
    with pytest.raises(SettingError, match=r"'half'; choose one of: auto, exact, ivfpq\..*install"):
        get_store("half")
    register_store(HALF_STORE)
    register_store(HALF_STORE)
    assert get_store("half") is HALF_STORE
    assert store_choices() == ("auto", "exact", "ivfpq", "half")
    assert choose_store("half", 1) == "half"


@pytest.mark.parametrize("name", ["exact", "auto", "half", "Half", "a/b", ""])
def test_invalid_and_taken_names_are_refused(name: str) -> None:
    register_store(HALF_STORE)
    store = HalfStore()
    store.name = name
    with pytest.raises(SettingError, match="cannot register the vector store"):
        register_store(store)


def test_entry_points_add_stores(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    plugin = tmp_path / "plugin-1.0.dist-info"
    plugin.mkdir()
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.0\n")
    (plugin / "entry_points.txt").write_text(
        "[pincite.stores]\n"
        "half = tests.helpers.vectors:HALF_STORE\n"
        "gone = no_such_module:STORE\n"
        "taken = index.vector_stores.flat:FlatStore\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    request.addfinalizer(registry._from_entry_points.cache_clear)
    registry._from_entry_points.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert get_store("half") is HALF_STORE
    assert store_choices() == ("auto", "exact", "ivfpq", "half")
    assert "gone = no_such_module:STORE of pincite.stores: ModuleNotFoundError" in caplog.text
    assert "ignoring the vector store exact: the name is taken" in caplog.text
