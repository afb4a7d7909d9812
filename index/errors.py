"""The errors that the `index` package raises.

    LibraryError
    ├── ArticleError          one file cannot be read as an article
    ├── ParserError           a parser is declared wrongly or cannot be loaded
    ├── RootError             a root is missing, suddenly empty, or cannot be indexed
    ├── NoIndexError          there is no index in that folder
    ├── FormatError           the index has another format or encoder, or is damaged
    ├── LockedError           another process is writing the index
    ├── UnknownArticleError   no article has that id
    ├── EncoderError          an encoder cannot be loaded, or a text is longer than it reads
    ├── CancelledError        the caller cancelled a change of the index
    └── SettingError          an invalid argument or setting

Each message names the value, the rule that it breaks, and the next step.
"""

from __future__ import annotations


class LibraryError(Exception):
    """Base class of all errors of the `index` package."""


class ArticleError(LibraryError):
    """A file cannot be read as an article; the message is the reason for a `Skip`."""


class ParserError(LibraryError):
    """A parser has an invalid declaration, claims a taken suffix, or cannot be imported."""


class RootError(LibraryError):
    """A root is missing, suddenly empty, inside another, or cannot be listed."""


class NoIndexError(LibraryError):
    """There is no index in a folder, or none can be created there."""


class FormatError(LibraryError):
    """The index has another format version, encoder or settings, or is damaged."""


class LockedError(LibraryError):
    """Another process, named in the message, holds the write lock."""


class UnknownArticleError(LibraryError):
    """No article of the index has that id."""


class EncoderError(LibraryError):
    """An encoder cannot be loaded, or a text is longer than the encoder can read."""


class CancelledError(LibraryError):
    """The caller cancelled a change; the message says what the index holds now."""


class SettingError(LibraryError, ValueError):
    """An argument or a setting is invalid."""
