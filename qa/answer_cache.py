"""Recent answers, reused while the index has not changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from qa.answer import Answer

MAX_ANSWERS = 128
"""How many answers are cached; each keeps the articles of its passages in memory."""


class AnswerCache:
    """A least-recently-used cache for one state of the index. Safe to use from several threads."""

    def __init__(self, max_answers: int = MAX_ANSWERS) -> None:
        self._max_answers = max_answers
        self._lock = threading.Lock()
        self._state: Hashable = None
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def get(self, state: Hashable, key: Hashable) -> Answer | None:
        """Return the answer cached for a key when the index was in `state`, or None."""
        with self._lock:
            if state != self._state or key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def put(self, state: Hashable, key: Hashable, answer: Answer) -> None:
        """Cache an answer; those of other states are dropped."""
        with self._lock:
            if state != self._state:
                self._answers.clear()
                self._state = state
            self._answers[key] = answer
            self._answers.move_to_end(key)
            if len(self._answers) > self._max_answers:
                self._answers.popitem(last=False)
