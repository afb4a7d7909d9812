"""Registry of vector stores, and which one a segment gets.

To add a store to this package, write a class that implements `VectorStore` (see
`index.vector_stores.base`) and add it to `BUILT_IN`. Another package adds one through an entry
point that names an instance of such a class:

    [project.entry-points."pincite.stores"]
    hnsw = "my_package.plugin:STORE"

A program adds one for its own process with `register_store`. The store is then chosen by its
name: `Library.create(path, store="hnsw")` or `pincite index PATH --store hnsw`.
"""

from __future__ import annotations

import logging
import re
from functools import cache

from index.errors import SettingError
from index.plugins import load_plugins
from index.settings import StoreSetting
from index.vector_stores.base import VectorStore
from index.vector_stores.flat import FlatStore
from index.vector_stores.ivf import IVFStore

ENTRY_POINTS = "pincite.stores"
"""The entry point group in which other packages declare vector stores."""

AUTO_IVF_ROWS = 20_000
"""Rows of a segment from which `StoreSetting.AUTO` chooses `ivfpq`; measured in bench/scale."""

log = logging.getLogger(__name__)

BUILT_IN: tuple[VectorStore, ...] = (FlatStore(), IVFStore())

_by_name = {store.name: store for store in BUILT_IN}


def register_store(store: VectorStore) -> None:
    """Add a vector store for this process.

    Indexes made with it can be opened only where it is registered or installed. Raises
    SettingError for an invalid or taken name; registering the same store again does nothing.
    """
    if problem := _name_problem(store, _by_name):
        raise SettingError(f"cannot register the vector store {store.name!r}: {problem}")
    _by_name[store.name] = store


def _name_problem(store: VectorStore, known: dict[str, VectorStore]) -> str | None:
    """Return why a store cannot have its name, or None."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", store.name):
        return "the name may have lower-case letters, digits, '-' and '_' only"
    if store.name == StoreSetting.AUTO or known.get(store.name, store) is not store:
        return "the name is taken; choose another one"
    return None


def get_store(name: str) -> VectorStore:
    """Return the store of that name. Raises SettingError if there is none.

    Built-in and registered stores win over entry points, which are looked up only for a name
    that is neither.
    """
    store = _by_name.get(name) or _from_entry_points().get(name)
    if store is None:
        raise SettingError(
            f"unknown vector store {name!r}; choose one of: {', '.join(store_choices())}. For "
            "another one, install the package that provides it, or call register_store"
        )
    return store


def store_choices() -> tuple[str, ...]:
    """Return every value of the store setting: `auto`, and the name of each store."""
    return (StoreSetting.AUTO.value, *(_by_name | _from_entry_points()))


def check_store(setting: str) -> str:
    """Return the name as a plain string. Raises SettingError if no store has it."""
    return setting if setting == StoreSetting.AUTO else get_store(setting).name


def choose_store(setting: str, rows: int) -> str:
    """Return the name of the store for a segment with so many rows."""
    if setting == StoreSetting.AUTO:
        setting = StoreSetting.IVFPQ if rows >= AUTO_IVF_ROWS else StoreSetting.EXACT
    store = get_store(setting)
    return store.name if rows >= store.min_rows else StoreSetting.EXACT.value


@cache
def _from_entry_points() -> dict[str, VectorStore]:
    """Return the stores of other packages by name.

    One with an invalid or taken name is logged as a warning and left out.
    """
    stores: dict[str, VectorStore] = {}
    for store in load_plugins(ENTRY_POINTS, VectorStore):
        if problem := _name_problem(store, _by_name | stores):
            log.warning("ignoring the vector store %s: %s", store.name, problem)
        else:
            stores[store.name] = store
    return stores
