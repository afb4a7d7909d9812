"""The errors that the `index` package raises.

    LibraryError
    ├── ArticleError          one file cannot be read as an article
    ├── ParserError           a parser is declared wrongly or cannot be loaded
    ├── RootError             a root is missing, suddenly empty, or cannot be indexed
    ├── NoIndexError          there is no index in that folder
    ├── FormatError           the index has another format or encoder
    │   ├── DamagedError      a file of the index differs from its digest
    │   └── NewerFormatError  the index was written by a newer version of Pincite
    ├── StorageError          the operating system refused or failed; also an OSError
    ├── LockedError           another process is writing the index
    ├── UnknownArticleError   no article has that id
    ├── EncoderError          an encoder cannot be loaded, or a text is longer than it reads
    ├── CancelledError        the caller cancelled a change of the index, or a question
    └── SettingError          an invalid argument or setting

Each message names the value, the rule that it breaks, and the next step.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Self


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


class DamagedError(FormatError):
    """A file of the index is missing, or differs from its digest.

    `path` is the file and `problem` what is wrong with it.
    """

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"{path} is damaged: {problem}. pincite check lists all that is damaged, and pincite "
            "repair makes it again from the articles (both with the same --index)"
        )
        self.path = path
        self.problem = problem


class NewerFormatError(FormatError):
    """The index was written by a newer version of Pincite."""


class StorageError(LibraryError, OSError):
    """The operating system refused access, failed, or ran out of space; `errno` says which.

    This is not damage: the index may be whole.
    """

    @classmethod
    def of(cls, error: OSError, path: Path | str | None = None) -> Self:
        """Return the error for a failed call on a file, with its cause and what to do."""
        where = f"{path or error.filename}: " if path or error.filename else ""
        cause = _CAUSES.get(error.errno or 0, f"{error.strerror or error}; try again")
        made = cls(f"{where}{cause}. The index is not known to be damaged; keep it")
        made.errno = error.errno
        return made

    def __str__(self) -> str:
        return str(self.args[0])


_CAUSES = {
    errno.EACCES: "permission denied; use the account that owns the index, or give yours access",
    errno.EPERM: "permission denied; use the account that owns the index, or give yours access",
    errno.EIO: "the disk failed to read or write (input/output error); copy the index to another "
    "disk, then check it with pincite check",
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "your disk quota is used up; free some space and try again",
    errno.EFBIG: "the file is larger than the system allows; raise the limit (ulimit -f)",
    errno.EROFS: "the file system is read-only; write to another place",
    errno.EMFILE: "this process has too many open files; raise the limit (ulimit -n)",
    errno.ENFILE: "the system has too many open files; close some programs and try again",
    errno.ENOMEM: "there is not enough memory; close some programs and try again",
}


class LockedError(LibraryError):
    """Another process, named in the message, holds the write lock."""


class UnknownArticleError(LibraryError):
    """No article of the index has that id."""


class EncoderError(LibraryError):
    """An encoder cannot be loaded, or a text is longer than the encoder can read."""


class CancelledError(LibraryError):
    """The caller cancelled a change, or a question; the message says what the index holds now."""


class SettingError(LibraryError, ValueError):
    """An argument or a setting is invalid."""
