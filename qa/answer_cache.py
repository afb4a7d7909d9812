"""Answers given lately, kept as long as the index they came from is the newest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from qa.answer import Answer

MOST = 128
"""How many answers are kept; each holds on to the articles of its passages."""


class KeptAnswers:
    """The answers of one state of the index. Safe to use from several threads.

    Exact: the same question, asked in the same way of the same index, has the same answer.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._state: Hashable = None
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def get(self, state: Hashable, asked: Hashable) -> Answer | None:
        """The answer given when the index was in `state`, or None."""
        with self._lock:
            if state != self._state or asked not in self._answers:
                return None
            self._answers.move_to_end(asked)
            return self._answers[asked]

    def put(self, state: Hashable, asked: Hashable, answer: Answer) -> None:
        """Keep an answer; those of other states are forgotten."""
        with self._lock:
            if state != self._state:
                self._answers.clear()
                self._state = state
            self._answers[asked] = answer
            self._answers.move_to_end(asked)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
