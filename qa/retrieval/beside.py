"""Work done beside the caller's, handed over in half the time that an executor takes for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache
from queue import SimpleQueue
from typing import Any, TypeVar

from index.embedding.cpu import usable_cores

T = TypeVar("T")

_Reply = SimpleQueue[tuple[Any, BaseException | None]]


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """What waits, once, for what `work` gives or raises, begun at once in another thread.

    Where this process may use one core only it is done when that function is called: a thread
    would wait for this one.
    """
    waiting = _waiting()
    if waiting is None:
        return work
    reply: _Reply = SimpleQueue()
    waiting.put((work, reply))

    def result() -> T:
        given: T
        given, error = reply.get()
        if error is not None:
            raise error
        return given

    return result


@cache
def _waiting() -> SimpleQueue[tuple[Callable[[], Any], _Reply]] | None:
    """What is to be done, and a thread for each core that does it."""
    if usable_cores() < 2:
        return None
    waiting: SimpleQueue[tuple[Callable[[], Any], _Reply]] = SimpleQueue()
    for number in range(usable_cores()):
        threading.Thread(
            target=_work, args=(waiting,), name=f"beside-{number}", daemon=True
        ).start()
    return waiting


def _work(waiting: SimpleQueue[tuple[Callable[[], Any], _Reply]]) -> None:
    told: tuple[Any, BaseException | None]
    while True:
        work, reply = waiting.get()
        try:
            told = work(), None
        except BaseException as error:
            told = None, error
        # Nothing of it is kept until something else comes.
        del work
        reply.put(told)
        del told, reply


# A forked process has none of its parent's threads.
os.register_at_fork(after_in_child=_waiting.cache_clear)
