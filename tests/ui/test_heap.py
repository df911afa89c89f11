"""The collector of a process that serves: what stays is passed over, and what is unloaded is found all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

PREPARED = """
import gc, weakref
from retrieval.hosting.residency import Residency
from ui.api import heap

class Model:
    def __init__(self):
        self.itself = self  # only the collector can free it
"""


def ran(script: str) -> str:
    """What a script printed, in a process whose collector is its own."""
    done = subprocess.run([sys.executable, "-c", PREPARED + script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_is_looked_for_while_it_starts_and_what_came_stays_out_of_sight():
    said = ran(
        "heap.starting(); print(gc.isenabled()); kept = [Model() for _ in range(50_000)]\n"
        "heap.started(); print(gc.isenabled(), gc.get_freeze_count() >= 50_000, gc.get_threshold()[0] == heap.YOUNG)\n"
        "print(len(gc.get_objects()) < 10_000)"
    )
    assert said.split() == ["False", "True", "True", "True", "True"]


def test_a_process_that_does_not_serve_keeps_its_collector():
    said = ran("before = gc.get_threshold(); heap.started(); print(gc.get_threshold() == before, gc.get_freeze_count())")
    assert said == "True 0"


@pytest.mark.parametrize(("slow", "joins"), [("0.0", "True"), ("9.0", "False")])
def test_what_a_slow_look_found_alive_is_passed_over_from_then_on(slow, joins):
    said = ran(
        f"heap.SLOW_SECONDS = {slow}; heap.starting(); heap.started(); before = gc.get_freeze_count()\n"
        "kept = [Model() for _ in range(10_000)]; gc.collect(); print(gc.get_freeze_count() >= before + 10_000)"
    )
    assert said == joins


def test_garbage_of_turns_is_still_found():
    said = ran("heap.starting(); heap.started(); one = weakref.ref(Model()); junk = [[] for _ in range(5_000_000)]; print(one() is None)")
    assert said == "True"


def test_a_model_that_is_unloaded_is_freed_though_it_was_passed_over():
    said = ran(
        "heap.starting(); rooms = Residency(100); resident = rooms.resident('large', Model, 10)\n"
        "with resident.use() as model: seen = weakref.ref(model)\n"
        "del model; heap.started(); print(seen() is not None); rooms.unload(); print(seen() is None)"
    )
    assert said.split() == ["True", "True"]
