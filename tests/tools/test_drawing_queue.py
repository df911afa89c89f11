"""The drawing queue with real threads: turns, places that are told, a full queue, and those who leave."""

import threading
import time

import pytest

from retrieval.faults import Busy, Cancelled
from tools.drawing_queue import DrawingQueue

PATIENCE = 20.0
"""Seconds until a thread that should have come is given up."""


def until(true):
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.005)


class Person:
    """A thread that asks for a place."""

    def __init__(self, queue, owner, served, hold=None):
        self.cancel, self.told, self.fault = threading.Event(), [], None
        self._queue, self._owner, self._served, self._hold = queue, owner, served, hold
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _check(self):
        if self.cancel.is_set():
            raise Cancelled("Stopped.")

    def _run(self):
        try:
            with self._queue.place(self._owner, self._check, self.told.append):
                self._served.append(self._owner)
                if self._hold is not None:
                    assert self._hold.wait(PATIENCE)
        except (Busy, Cancelled) as fault:
            self.fault = fault

    def ends(self):
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        return self


def row(queue, served, owners):
    """Somebody draws until told; the others wait behind in this order."""
    hold = threading.Event()
    people = [Person(queue, "first", served, hold)]
    until(lambda: queue.load()[0] == 1)
    for count, owner in enumerate(owners, 1):
        people.append(Person(queue, owner, served))
        until(lambda count=count: queue.load()[1] == count)
    return hold, people


def test_people_take_turns():
    queue, served = DrawingQueue(1, 16), []
    hold, people = row(queue, served, ["ann", "ann", "ann", "bob", "ann", "eve"])
    until(lambda: people[-1].told == [3])
    hold.set()
    for person in people:
        person.ends()
    assert served == ["first", "ann", "bob", "eve", "ann", "ann", "ann"]
    assert queue.load() == (0, 0)


def test_one_who_waits_hears_the_place_and_every_change_of_it():
    queue, served = DrawingQueue(1, 16), []
    hold, people = row(queue, served, ["ann", "bob"])
    until(lambda: people[2].told == [2])
    people[1].cancel.set()
    people[1].ends()
    until(lambda: people[2].told == [2, 1])
    hold.set()
    people[2].ends()
    assert served == ["first", "bob"]


def test_leaving_frees_the_place_at_once():
    queue, served = DrawingQueue(1, 1), []
    hold, people = row(queue, served, ["ann"])
    people[1].cancel.set()
    assert isinstance(people[1].ends().fault, Cancelled)
    assert queue.load() == (1, 0)
    later = Person(queue, "bob", served)
    until(lambda: queue.load() == (1, 1))
    hold.set()
    later.ends()
    assert served == ["first", "bob"]


def test_a_listener_that_fails_leaves_the_queue():
    queue, served = DrawingQueue(1, 4), []
    hold, people = row(queue, served, [])

    def gone(before):
        raise ConnectionError("the client vanished")

    with pytest.raises(ConnectionError), queue.place("ann", lambda: None, gone):
        pytest.fail("it was served")
    assert queue.load() == (1, 0)
    hold.set()
    people[0].ends()


def test_a_drawing_that_fails_frees_its_place():
    queue = DrawingQueue(1, 0)
    with pytest.raises(ZeroDivisionError), queue.place("ann", lambda: None, lambda before: None):
        raise ZeroDivisionError
    with queue.place("ann", lambda: None, lambda before: None):
        assert queue.load() == (1, 0)


def test_a_full_queue_says_when_to_come_back():
    queue, served = DrawingQueue(1, 2), []
    hold, people = row(queue, served, ["ann", "bob"])
    with pytest.raises(Busy) as caught, queue.place("eve", lambda: None, lambda before: None, "zh"):
        pytest.fail("it was served")
    assert (caught.value.code, caught.value.status, caught.value.retryable) == ("queue_full", 429, True)
    assert caught.value.retry_after >= 1
    assert "排队" in caught.value.message
    assert str(caught.value.retry_after) in caught.value.hint
    hold.set()
    for person in people:
        person.ends()


def test_one_person_cannot_take_every_place():
    queue, served = DrawingQueue(1, 4), []
    hold, people = row(queue, served, ["ann", "ann", "ann"])
    assert isinstance(Person(queue, "ann", served).ends().fault, Busy)
    people.append(Person(queue, "bob", served))
    until(lambda: queue.load() == (1, 4))
    hold.set()
    for person in people:
        person.ends()
    assert served == ["first", "ann", "bob", "ann", "ann"]


def test_never_more_draw_at_once_than_may():
    queue, most, lock, drawing = DrawingQueue(2, 40), 0, threading.Lock(), 0

    def draw(owner):
        nonlocal most, drawing
        with queue.place(owner, lambda: None, lambda before: None):
            with lock:
                drawing += 1
                most = max(most, drawing)
            time.sleep(0.002)
            with lock:
                drawing -= 1

    threads = [threading.Thread(target=draw, args=(f"owner {n % 8}",)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert most == 2
    assert queue.load() == (0, 0)
