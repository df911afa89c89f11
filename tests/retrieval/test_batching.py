import threading

import numpy as np
import pytest

from retrieval.batching import Batching, few_and_short


def lengths(texts):
    return np.array([[len(text)] for text in texts], np.float32)


class Slow:
    """Embeds when told to, and remembers what came together."""

    def __init__(self):
        self.batches, self.begun, self.go = [], threading.Event(), threading.Event()

    def __call__(self, texts):
        self.batches.append(list(texts))
        self.begun.set()
        assert self.go.wait(10)
        if "bad" in texts:
            raise ValueError("bad")
        return lengths(texts)


def asked_together(model, wanted, most=32):
    """What each of `wanted` gets when the first is at work while the others come."""
    batching, found = Batching(model, most), {}

    def ask(texts):
        try:
            found[texts] = batching(texts).tolist()
        except ValueError as error:
            found[texts] = str(error)

    threads = [threading.Thread(target=ask, args=(texts,)) for texts in wanted]
    threads[0].start()
    assert model.begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(batching._waiting) < len(wanted) - 1:
        pass
    model.go.set()
    for thread in threads:
        thread.join(10)
    return found


def test_one_alone_gets_its_own():
    assert Batching(lengths)(["a", "abc"]).tolist() == [[1], [3]]


def test_who_comes_meanwhile_goes_together_and_gets_their_own():
    model = Slow()
    found = asked_together(model, [("a",), ("bb", "c"), ("dddd",), ("eee",)])
    assert found == {("a",): [[1]], ("bb", "c"): [[2], [1]], ("dddd",): [[4]], ("eee",): [[3]]}
    assert [len(batch) for batch in model.batches] == [1, 4]


def test_a_batch_is_bounded_and_a_longer_job_goes_alone():
    model = Slow()
    found = asked_together(model, [("a",), ("b",), ("c", "d"), ("e",) * 5, ("f",)], most=3)
    assert len(found) == 5
    assert found[("e",) * 5] == [[1]] * 5
    assert all(len(batch) <= 3 or set(batch) == {"e"} for batch in model.batches)


def test_what_one_text_breaks_is_told_to_its_own_thread_alone():
    found = asked_together(Slow(), [("a",), ("good",), ("bad",), ("fine",)])
    assert found == {("a",): [[1]], ("good",): [[4]], ("bad",): "bad", ("fine",): [[4]]}


def test_after_a_failure_it_goes_on():
    def picky(texts):
        if "bad" in texts:
            raise ValueError("bad")
        return lengths(texts)

    batching = Batching(picky)
    with pytest.raises(ValueError, match="bad"):
        batching(["bad"])
    assert batching(["ok"]).tolist() == [[2]]


def test_many_threads_each_get_their_own():
    batching, wrong = Batching(lengths, most=8), []

    def ask(number):
        for turn in range(50):
            text = "x" * (1 + (number * 7 + turn) % 30)
            if batching([text]).tolist() != [[len(text)]]:
                wrong.append(text)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong


def test_what_goes_together():
    assert few_and_short(["How long?"])
    assert not few_and_short(["x" * 401])
    assert not few_and_short(["x"] * 9)
