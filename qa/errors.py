"""Every error the `qa` package raises on purpose, under one root.

    QAError
    ├── QuestionError      the question cannot be asked (empty, far too long)
    ├── QuestionSetError   a question-set file is wrong; names the file and the line
    ├── RunError           a saved evaluation run cannot be read or compared
    ├── MetricError        a metric is unknown, ambiguous or declared wrongly
    ├── ReaderError        a reader or re-ranker cannot be loaded by that name
    └── VoteError          a vote on an answer cannot be kept; nothing was written

Errors of the index underneath are `index.LibraryError`; both roots reach the caller.
"""

from __future__ import annotations


class QAError(Exception):
    """Root of the errors of `qa`; catching it catches all of them."""


class QuestionError(QAError, ValueError):
    """The question itself cannot be asked."""


class QuestionSetError(QAError):
    """A question-set file is malformed; the message names file, line and reason."""


class RunError(QAError):
    """A saved evaluation run is unreadable, or two runs cannot be compared."""


class MetricError(QAError, ValueError):
    """A metric is unknown, ambiguous or declared wrongly."""


class ReaderError(QAError):
    """No reader or re-ranker can be loaded by the name given."""


class VoteError(QAError):
    """A vote on an answer says nothing that could be kept; nothing was written."""
