"""The exceptions of the `qa` package.

    QAError
    ├── QuestionError      a question or its mode is invalid (empty, too long); also a ValueError
    ├── AnswerTimeoutError an answer took longer than its timeout; also a TimeoutError
    ├── QuestionSetError   a question-set file is malformed
    ├── RunError           a saved evaluation run cannot be read or compared
    ├── MetricError        a metric is unknown, ambiguous or malformed; also a ValueError
    ├── ReaderError        a reader or re-ranker cannot be loaded or used
    ├── VoteError          a vote on an answer cannot be recorded
    ├── AccountError       accounts or their file cannot be used
    ├── BusyError          too much is waiting already; try again later
    └── StoppingError      the server is being stopped

Errors of the index are `index.errors.LibraryError`. Functions of `qa` raise both.
"""

from __future__ import annotations


class QAError(Exception):
    """Base class of all errors of `qa`."""


class QuestionError(QAError, ValueError):
    """A question, or a setting given with it, is invalid."""


class AnswerTimeoutError(QAError, TimeoutError):
    """An answer took longer than its timeout."""


class QuestionSetError(QAError):
    """A question-set file is malformed; the message names file, line and reason."""


class RunError(QAError):
    """A saved evaluation run cannot be read, or two runs cannot be compared."""


class MetricError(QAError, ValueError):
    """A metric is unknown or ambiguous, or its declaration is malformed."""


class ReaderError(QAError):
    """A reader or re-ranker cannot be loaded, registered or used."""


class VoteError(QAError):
    """A vote on an answer cannot be recorded; nothing was written."""


class AccountError(QAError):
    """An account is invalid or unknown, or the file of accounts cannot be used."""


class BusyError(QAError):
    """Too much is waiting already. `retry_after` says in how many seconds to try again."""

    def __init__(self, what: str, retry_after: int) -> None:
        super().__init__(f"too many {what} are waiting; try again in {retry_after} s")
        self.retry_after = retry_after


class StoppingError(QAError):
    """The server is being stopped, and begins nothing new."""

    def __init__(self) -> None:
        super().__init__("the server is being stopped; try again when it has been started")
