"""Work handed to another thread: its result, its error, and what becomes of both."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from functools import partial

import pytest

from index.embedding.cpu import usable_cores
from qa.retrieval.beside import beside

several = pytest.mark.skipif(usable_cores() < 2, reason="one core: nothing is done beside")


def test_results_belong_to_their_work_however_many_wait() -> None:
    results = [beside(partial(pow, number, 2)) for number in range(100)]
    assert [result() for result in results] == [number**2 for number in range(100)]


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    result = beside(partial(int, "snow"))
    with pytest.raises(ValueError, match="snow"):
        result()
    assert beside(partial(int, "7"))() == 7


@several
def test_it_begins_before_it_is_asked_for() -> None:
    begun = threading.Event()
    result = beside(begun.set)
    assert begun.wait(timeout=30)
    result()


@several
def test_nothing_of_it_is_kept() -> None:
    class Work:
        def __call__(self) -> None:
            pass

    work = Work()
    kept = weakref.ref(work)
    beside(work)()
    del work
    gc.collect()
    assert kept() is None


@several
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own() -> None:
    assert beside(os.getpid)() == os.getpid()
    child = os.fork()
    if not child:
        try:
            os._exit(0 if beside(os.getpid)() == os.getpid() else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
