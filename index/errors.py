"""Every error the `index` package raises on purpose, under one root.

    LibraryError
    ├── ArticleError          one file cannot be read; the rest of the folder can
    ├── ParserError           a parser is declared wrongly or cannot be loaded
    ├── RootError             a folder that was indexed is missing or suddenly empty
    ├── NoIndexError          there is no index at that place yet
    ├── FormatError           the index was written by another format or encoder
    ├── LockedError           another process is writing the index
    ├── UnknownArticleError   no article has that id
    ├── EncoderError          an encoder cannot be loaded, or a text is longer than it reads
    ├── CancelledError        the caller stopped a sync; nothing changed
    └── SettingError          a value outside its range (k, chunk sizes, names)

Messages name the value, the rule it broke, and the next step.
"""

from __future__ import annotations


class LibraryError(Exception):
    """Root of the errors of `index`; catching it catches all of them."""


class ArticleError(LibraryError):
    """One article cannot be read. Its message is the reason shown in a skip list."""


class ParserError(LibraryError):
    """A parser has an invalid declaration, claims a taken suffix, or cannot be imported."""


class RootError(LibraryError):
    """An indexed folder is missing, or empty although it held articles before."""


class NoIndexError(LibraryError):
    """No index exists at the place named, or none can be made there."""


class FormatError(LibraryError):
    """The index on disk has another format version, or another encoder's vectors."""


class LockedError(LibraryError):
    """Another process holds the write lock; the message names it."""


class UnknownArticleError(LibraryError):
    """No article in the index has the id asked for."""


class EncoderError(LibraryError):
    """An encoder cannot be loaded by the name given, or a text is longer than it reads."""


class CancelledError(LibraryError):
    """The caller cancelled the work; the message says what the index holds now."""


class SettingError(LibraryError, ValueError):
    """A setting is outside its range."""
