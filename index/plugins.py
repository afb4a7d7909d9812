"""Load objects that other packages declare through entry points."""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger(__name__)


def load_plugins(group: str, kind: type) -> list[Any]:
    """Return the objects of an entry point group, sorted by the names of the entry points.

    One that cannot be loaded, or is not a `kind` (a class or a runtime-checkable protocol), is
    logged as a warning and left out.
    """
    from importlib.metadata import entry_points  # takes 0.2 s to import

    plugins: list[Any] = []
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        name = f"{entry.name} = {entry.value}"
        try:
            plugin = entry.load()
        except Exception as error:  # loading runs code of another package
            log.warning(
                "cannot load the plugin %s of %s: %s: %s", name, group, type(error).__name__, error
            )
            continue
        if isinstance(plugin, kind):
            plugins.append(plugin)
        else:
            log.warning(
                "ignoring the plugin %s of %s: it is a %s; it must be a %s",
                name, group, type(plugin).__name__, kind.__name__,
            )  # fmt: skip
    return plugins
