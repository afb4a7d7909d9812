"""The deadline of an answer, and whether its caller still wants it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from index.errors import CancelledError
from index.validation import check_number
from qa.errors import AnswerTimeoutError


@dataclass(frozen=True, slots=True)
class Deadline:
    """Checked between the steps of an answer, each of which takes some tenths of a second.

    `timeout` is in seconds from now, None for no limit. `cancelled` returns true once nobody waits
    for the answer.
    """

    timeout: float | None = None
    cancelled: Callable[[], bool] | None = None
    _started: float = field(default_factory=time.monotonic, init=False)

    def __post_init__(self) -> None:
        if self.timeout is not None:
            check_number("timeout", self.timeout)

    def check(self) -> None:
        """Raise AnswerTimeoutError after the timeout, CancelledError when it was cancelled."""
        if self.cancelled is not None and self.cancelled():
            raise CancelledError("the question was cancelled")
        if self.timeout is not None and time.monotonic() - self._started >= self.timeout:
            raise AnswerTimeoutError(
                f"no answer within {self.timeout:g} s; give it more time, or fewer articles with "
                "a filter"
            )
