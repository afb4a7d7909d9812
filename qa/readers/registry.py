"""Registry of readers by name.

To add a reader, subclass `qa.readers.base.Reader` and write a factory for it, a function or class
that takes the index's encoder. In this package, add the factory to `_factories`. Another package
adds one through an entry point, whose name is that of the reader:

    [project.entry-points."pincite.readers"]
    overlap = "my_package.plugin:OverlapReader"

A program adds one for its own process with `register_reader`. Any other name is a Hugging Face
question-answering checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.embedding.encoder import Encoder
from qa.errors import ReaderError
from qa.readers.base import Reader
from qa.readers.sentence import SentenceReader
from qa.readers.span import SpanReader
from qa.readers.span_model import shipped_model

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

ENTRY_POINTS = "pincite.readers"
"""The entry point group in which other packages declare readers."""

DEFAULT_READER = "pincite"
"""The trained reader that comes with Pincite."""

Factory = Callable[[Encoder], Reader]


_factories: dict[str, Factory] = {
    DEFAULT_READER: lambda _: SpanReader(shipped_model()),
    SentenceReader.name: SentenceReader,
}


def register_reader(name: str, factory: Factory) -> None:
    """Add a reader for this process.

    Raises ReaderError if another reader has the name; registering the same one again does nothing.
    """
    if _factories.get(name, factory) is not factory:
        raise ReaderError(
            f"cannot register a reader named {name!r}: it exists; choose another name"
        )
    _factories[name] = factory


def load_reader(name: str | None, encoder: Encoder) -> Reader:
    """Return the reader of that name, or the default one for None.

    Built-in and registered readers win over entry points, and both over a checkpoint, which is a
    folder or a name in the local model cache. Raises ReaderError when it cannot be loaded.
    """
    name = name or DEFAULT_READER
    factory = _factories.get(name) or _from_entry_point(name)
    if factory is not None:
        return factory(encoder)
    from qa.readers.huggingface import TransformersModel

    return SpanReader(TransformersModel(name))


def reader_names() -> tuple[str, ...]:
    """Return the names of all readers but checkpoints, built-in ones first."""
    return tuple(dict.fromkeys([*_factories, *sorted(entry.name for entry in _entry_points())]))


def _entry_points() -> EntryPoints:
    from importlib.metadata import entry_points  # takes 0.2 s to import

    return entry_points(group=ENTRY_POINTS)


def _from_entry_point(name: str) -> Factory | None:
    """Return the factory that another package declares under a name."""
    for entry in _entry_points():
        if entry.name != name:
            continue
        try:
            factory: Factory = entry.load()
        except Exception as error:  # loading runs code of another package
            raise ReaderError(
                f"cannot load the reader plugin {name} = {entry.value}: {type(error).__name__}: "
                f"{error}; repair or uninstall its package, or choose another reader"
            ) from error
        if not callable(factory):
            raise ReaderError(
                f"the reader plugin {name} = {entry.value} is {factory!r}; it must be a function "
                "or class that takes an encoder and returns a qa.Reader"
            )
        return factory
    return None
