"""As many have their turn as there is room for; the others wait in order and know their place."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

import pytest

from qa.web.admission import Turns
from qa.web.chat import conversation as talk
from qa.web.chat.exchange import Exchange, Talk
from qa.web.service import EVERYTHING, Service

PATIENCE = 20


def test_never_more_at_once_and_first_come_first_served() -> None:
    turns = Turns(2)
    most = now = 0
    order: list[int] = []
    places: dict[int, list[int]] = {}
    lock, full = threading.Lock(), threading.Event()

    def ask(number: int) -> None:
        nonlocal most, now
        places[number] = []
        with turns.turn(places[number].append):
            with lock:
                now += 1
                most = max(most, now)
                order.append(number)
            full.wait(PATIENCE)
            with lock:
                now -= 1

    threads = []
    for number in range(6):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        deadline = time.monotonic() + PATIENCE
        # The next one comes when this one has its turn or its place.
        while number not in order and not places.get(number) and time.monotonic() < deadline:
            time.sleep(0.001)
    assert turns.asking
    assert sorted(order) == [0, 1]
    assert {number: told[0] for number, told in places.items() if told} == {2: 1, 3: 2, 4: 3, 5: 4}
    full.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert most == 2
    assert sorted(order) == list(range(6))
    assert not turns.asking
    for told in places.values():
        assert told == sorted(told, reverse=True)


def test_one_who_fails_or_leaves_the_line_holds_nobody_up() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="in its turn"), turns.turn():
        raise ValueError("in its turn")

    def leave(place: int) -> None:
        raise ValueError(f"left at {place}")

    with turns.turn(), pytest.raises(ValueError, match="left at 1"), turns.turn(leave):
        raise AssertionError("its turn cannot have come")
    with turns.turn():
        assert turns.asking
    assert not turns.asking


def test_background_work_waits_for_those_who_ask() -> None:
    turns = Turns(1, patience=PATIENCE)
    turns.give_way()  # nobody asks, so this ends
    waiting, answered = threading.Event(), threading.Event()

    def ask() -> None:
        with turns.turn(lambda _: waiting.set()):
            answered.set()

    with turns.turn():
        thread = threading.Thread(target=ask)
        thread.start()
        assert waiting.wait(PATIENCE)
    turns.give_way()
    assert answered.is_set()
    thread.join(PATIENCE)


def test_background_work_does_not_wait_for_ever() -> None:
    turns = Turns(1, patience=0.01)
    with turns.turn():
        turns.give_way()
        assert turns.asking


def test_a_question_in_line_is_told_its_place(web_index: Path) -> None:
    service = Service(web_index)
    service.start()
    service.chatbot()
    turns = service._turns
    with contextlib.ExitStack() as others:
        for _ in range(turns.at_once):
            others.enter_context(turns.turn())
        news = talk.replies(service, "Who closed the Halden bridge?", Talk(), EVERYTHING)
        place = next(news)
        assert place == 1
        assert "In line: 1 question before this one" in talk.waiting(service, "Who?", 1)
    last = list(news)[-1]
    assert isinstance(last, Exchange)
    assert last.question == "Who closed the Halden bridge?"
