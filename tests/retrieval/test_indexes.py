import threading
import time

import numpy as np
import pytest

from retrieval.indexes import Index, Shared, allow

DIMENSION, COUNT = 16, 60


def vectors(count=COUNT, dimension=DIMENSION, seed=0):
    made = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float16).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def filled(dimension=DIMENSION, generation=3, seed=0):
    index = Index(dimension, generation)
    index.add(np.arange(COUNT, dtype=np.int64) * 7 + 1, vectors(dimension=dimension, seed=seed))
    return index


EVERY = allow(np.arange(COUNT, dtype=np.int64) * 7 + 1)


def test_nearest_come_first_and_agree_with_arithmetic():
    found = filled().search(vectors()[5], 10, EVERY)
    stored = vectors().astype(np.float16).astype(np.float32)
    expected = np.argsort(-(stored @ vectors()[5]))[:10]
    assert [key for key, _ in found] == [int(place) * 7 + 1 for place in expected]
    assert found[0][1] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("k", [1, 5, 60, 500])
def test_k_is_filled_from_the_allowed_only(k):
    keys = np.array([1, 8, 15, 400], np.int64)
    found = filled().search(vectors()[5], k, allow(keys))
    assert len(found) == min(k, 4)
    assert {key for key, _ in found} <= set(keys.tolist())
    assert filled().search(vectors()[5], k, allow(np.array([], np.int64))) == []


def test_added_and_removed_vectors():
    index = filled()
    index.remove(np.array([1], np.int64))
    index.add(np.array([1, 999], np.int64), np.stack([-vectors()[0], vectors()[0]]))
    assert len(index) == COUNT + 1
    every = allow(np.append(np.arange(COUNT, dtype=np.int64) * 7 + 1, 999))
    found = dict(index.search(vectors()[0], COUNT + 1, every))
    assert found[999] == pytest.approx(1, abs=1e-3)
    assert found[1] == pytest.approx(-1, abs=1e-3)
    index.remove(np.array([999, 12345], np.int64))
    assert 999 not in dict(index.search(vectors()[0], 100, every))
    assert Index(DIMENSION, 0).search(vectors()[0], 3, EVERY) == []


def test_another_kind_of_index_is_refused():
    import faiss

    for other in (faiss.IndexFlatL2(DIMENSION), faiss.IndexIDMap(faiss.IndexFlatL2(DIMENSION)), faiss.IndexIDMap(faiss.IndexFlatIP(8))):
        with pytest.raises(ValueError, match="kind"):
            Index(DIMENSION, 1, other)


def test_many_read_together_and_one_changes_alone():
    lock, seen, inside = Shared(), [], threading.Barrier(3)

    def read():
        with lock.reading():
            inside.wait(10)

    def change():
        with lock.changing():
            seen.append("changed")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    while lock._readers < 2:
        time.sleep(0.001)
    writer = threading.Thread(target=change)
    writer.start()
    while not lock._waiting:
        time.sleep(0.001)
    late = threading.Thread(target=lambda: (lock.reading().__enter__(), seen.append("late")))
    late.start()
    assert not seen
    inside.wait(10)
    for thread in (*readers, writer, late):
        thread.join(10)
    assert seen == ["changed", "late"]


def test_it_tells_its_keys():
    index = filled()
    index.remove(np.array([1, 8], np.int64))
    assert sorted(index.keys().tolist()) == [7 * n + 1 for n in range(2, COUNT)]
    assert Index(DIMENSION, 0).keys().tolist() == []
