"""Only so many questions are answered at once; the others wait in order and know their position."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

import pytest

from qa.errors import BusyError, StoppingError
from qa.web.admission import AdmissionQueue
from qa.web.chat.answering import answer_events, waiting_status
from qa.web.chat.history import ChatHistory, Exchange
from qa.web.service import ALL_ARTICLES, Service

TIMEOUT = 20


def test_slots_are_limited_and_given_in_order_of_arrival() -> None:
    queue = AdmissionQueue(2)
    most = current = 0
    order: list[int] = []
    positions: dict[int, list[int]] = {}
    lock, full = threading.Lock(), threading.Event()

    def ask(number: int) -> None:
        nonlocal most, current
        positions[number] = []
        with queue.slot(positions[number].append):
            with lock:
                current += 1
                most = max(most, current)
                order.append(number)
            full.wait(TIMEOUT)
            with lock:
                current -= 1

    threads = []
    for number in range(6):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        deadline = time.monotonic() + TIMEOUT
        # The next one starts once this one has a slot or a position.
        while number not in order and not positions.get(number) and time.monotonic() < deadline:
            time.sleep(0.001)
    assert queue.is_busy
    assert sorted(order) == [0, 1]
    assert {number: seen[0] for number, seen in positions.items() if seen} == {
        2: 1,
        3: 2,
        4: 3,
        5: 4,
    }
    full.set()
    for thread in threads:
        thread.join(TIMEOUT)
    assert most == 2
    assert sorted(order) == list(range(6))
    assert not queue.is_busy
    for seen in positions.values():
        assert seen == sorted(seen, reverse=True)


def test_an_error_while_waiting_or_holding_a_slot_frees_it() -> None:
    queue = AdmissionQueue(1)
    with pytest.raises(ValueError, match="in its slot"), queue.slot():
        raise ValueError("in its slot")

    def leave(position: int) -> None:
        raise ValueError(f"left at {position}")

    with queue.slot(), pytest.raises(ValueError, match="left at 1"), queue.slot(leave):
        raise AssertionError("there was no free slot")
    with queue.slot():
        assert queue.is_busy
    assert not queue.is_busy


def test_background_work_pauses_while_there_are_questions() -> None:
    queue = AdmissionQueue(1, max_pause=TIMEOUT)
    queue.pause_background_work()  # there are no questions, so this returns
    waiting, answered = threading.Event(), threading.Event()

    def ask() -> None:
        with queue.slot(lambda _: waiting.set()):
            answered.set()

    with queue.slot():
        thread = threading.Thread(target=ask)
        thread.start()
        assert waiting.wait(TIMEOUT)
    queue.pause_background_work()
    assert answered.is_set()
    thread.join(TIMEOUT)


def test_background_work_pauses_for_a_limited_time() -> None:
    queue = AdmissionQueue(1, max_pause=0.01)
    with queue.slot():
        queue.pause_background_work()
        assert queue.is_busy


def test_a_waiting_question_knows_its_position(web_index: Path) -> None:
    service = Service(web_index)
    service.start()
    service.chatbot()
    queue = service.queue
    with contextlib.ExitStack() as others:
        for _ in range(queue.slots):
            others.enter_context(queue.slot())
        events = answer_events(
            service, "Who closed the Halden bridge?", ChatHistory(), ALL_ARTICLES
        )
        assert next(events) == 1
        assert waiting_status(service, 1) == "Waiting for 1 other question"
    last = list(events)[-1]
    assert isinstance(last, Exchange)
    assert last.question == "Who closed the Halden bridge?"


def test_a_full_queue_refuses_and_says_when_to_try_again() -> None:
    queue = AdmissionQueue(1, max_waiting=1)
    waits, free = threading.Event(), threading.Event()

    def wait() -> None:
        with queue.slot(lambda _: waits.set()):
            free.set()

    with queue.slot():
        thread = threading.Thread(target=wait)
        thread.start()
        assert waits.wait(TIMEOUT)
        with pytest.raises(BusyError, match="too many questions are waiting") as refused:
            queue.slot().__enter__()
        assert 1 <= refused.value.retry_after <= 60
    assert free.wait(TIMEOUT)
    thread.join(TIMEOUT)
    with queue.slot():
        assert queue.is_busy


def test_a_closed_queue_ends_what_waits_and_keeps_what_runs() -> None:
    queue = AdmissionQueue(1)
    waits = threading.Event()
    refused: list[Exception] = []

    def wait() -> None:
        try:
            with queue.slot(lambda _: waits.set()):
                pass
        except StoppingError as error:
            refused.append(error)

    with queue.slot():
        thread = threading.Thread(target=wait)
        thread.start()
        assert waits.wait(TIMEOUT)
        queue.close()
        thread.join(TIMEOUT)
        assert len(refused) == 1
        assert not queue.wait_until_idle(0.01)
        with pytest.raises(StoppingError, match="the server is being stopped"):
            queue.slot().__enter__()
    assert queue.wait_until_idle(0)
