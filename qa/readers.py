"""Readers, and the judges that know how far to trust them, by name."""

from __future__ import annotations

from index.encoder import Encoder
from qa.errors import ReaderError
from qa.judge import Judge
from qa.reader import Reader
from qa.sentence_reader import SentenceConfidence, SentenceReader

DEFAULT_READER = "sentence"


def load_reader(name: str | None, encoder: Encoder) -> Reader:
    """The reader of that name; None is the default one.

    `sentence` needs no training. Raises ReaderError for a name that cannot be loaded.
    """
    name = name or DEFAULT_READER
    if name == "sentence":
        return SentenceReader(encoder)
    raise ReaderError(f"there is no reader called {name!r}; the readers are: sentence")


def load_judge(reader: Reader) -> Judge:
    """The judge whose confidence belongs to a reader."""
    confidences = {"sentence": SentenceConfidence}
    return Judge(confidences[reader.name]())
