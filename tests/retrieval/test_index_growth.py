"""A space outgrows its flat index: an inverted one is built behind the searches, follows every commit, and takes its place."""

import logging
import time

import numpy as np
import pytest
from test_index_cache import HERE, Opened, item
from test_inverted import clustered

from retrieval import index_building, index_cache, indexes
from retrieval.stores.base import Batch

COUNT, MOST = 2400, 2000
VECTORS = clustered(COUNT + 600)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(indexes, "FLAT_MOST", MOST)


def fill(store, start, stop):
    store.add(Batch([item(n) for n in range(start, stop)], {"words-1": {f"item-ann-{n}": VECTORS[n] for n in range(start, stop)}}))


def state(store):
    return store.status()[0]["index"]


def settled(store, kind="ivf"):
    deadline = time.monotonic() + 30
    while state(store) == "building":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert state(store) == kind


def recall(store, numbers):
    found = total = 0
    for query in clustered(30, seed=5):
        true = {f"item-ann-{n}" for n in sorted(numbers, key=lambda n: -float(VECTORS[n] @ query))[:10]}
        got = store.dense("words-1", query, 10, HERE)
        assert len(got) == 10
        found, total = found + len(true & {hit.item_id for hit in got}), total + 10
    return found / total


@pytest.fixture
def grown(tmp_path):
    opened = Opened(tmp_path)
    fill(opened.store, 0, MOST)
    opened.store.dense("words-1", VECTORS[0], 1, HERE)
    assert state(opened.store) == "flat"
    fill(opened.store, MOST, COUNT)
    yield opened
    opened.close()


def test_a_larger_space_is_inverted_by_itself_and_says_so(grown, caplog):
    with caplog.at_level(logging.INFO, "retrieval"):
        settled(grown.store)
    assert "inverted now" in caplog.text
    assert recall(grown.store, range(COUNT)) >= 0.98
    assert grown.store.status()[0]["published"] is True
    fill(grown.store, COUNT, COUNT + 3)
    grown.store.delete(["item-ann-5"], "ann")
    assert recall(grown.store, [n for n in range(COUNT + 3) if n != 5]) >= 0.98
    assert grown.store.dense("words-1", VECTORS[COUNT], 1, HERE)[0].item_id == f"item-ann-{COUNT}"


def test_commits_during_the_building_are_in_it(tmp_path, monkeypatch):
    made, wait = index_building.inverted, []

    def slow(stored, stop):
        built = made(stored, stop)
        while not wait:
            time.sleep(0.005)
        return built

    monkeypatch.setattr(index_building, "inverted", slow)
    opened = Opened(tmp_path)
    fill(opened.store, 0, COUNT)
    opened.store.dense("words-1", VECTORS[0], 1, HERE)
    assert state(opened.store) == "building"
    fill(opened.store, COUNT, COUNT + 500)
    opened.store.delete([f"item-ann-{n}" for n in range(0, 300)], "ann")
    assert recall(opened.store, range(300, COUNT + 500)) >= 0.98, "the old one answers and follows"
    wait.append(True)
    settled(opened.store)
    assert recall(opened.store, range(300, COUNT + 500)) >= 0.98
    assert opened.store._indexes.get("words-1").kind == "ivf"
    assert len(opened.store._indexes.get("words-1")) == COUNT + 200
    opened.close()


def test_a_published_one_is_read_at_the_next_start(grown, tmp_path, caplog):
    settled(grown.store)
    before = [grown.store.dense("words-1", query, 10, HERE) for query in clustered(5, seed=6)]
    grown.close()
    opened = Opened(tmp_path)
    with caplog.at_level(logging.INFO, "retrieval"):
        assert state(opened.store) == "ivf"
        assert [opened.store.dense("words-1", query, 10, HERE) for query in clustered(5, seed=6)] == before
    assert not caplog.text
    opened.close()


def test_without_a_published_one_searches_are_right_at_once(grown, tmp_path):
    settled(grown.store)
    grown.database.close()  # as after a kill
    for path in (tmp_path / "indexes").iterdir():
        path.unlink()
    opened = Opened(tmp_path)
    assert recall(opened.store, range(COUNT)) >= 0.995
    settled(opened.store)
    assert recall(opened.store, range(COUNT)) >= 0.98
    opened.store.rebuild()
    assert recall(opened.store, range(COUNT)) >= 0.98
    settled(opened.store)
    opened.close()


def test_a_much_larger_one_is_built_anew_with_more_lists(grown, monkeypatch):
    settled(grown.store)
    index = grown.store._indexes.get("words-1")
    index.most = COUNT + 100
    fill(grown.store, COUNT, COUNT + 600)
    settled(grown.store)
    again = grown.store._indexes.get("words-1")
    assert (again is not index, again.built, len(again)) == (True, COUNT + 600, COUNT + 600)


def test_closing_stops_the_building(tmp_path, monkeypatch):
    monkeypatch.setattr(index_building, "BLOCK", 10)
    opened = Opened(tmp_path)
    fill(opened.store, 0, COUNT)
    opened.store.dense("words-1", VECTORS[0], 1, HERE)
    builder = opened.store._indexes._builders["words-1"]
    opened.close()
    assert not builder.is_alive()
    opened = Opened(tmp_path)
    assert recall(opened.store, range(COUNT)) >= 0.98
    opened.close()


def test_a_failed_building_leaves_the_old_one_and_is_not_tried_at_once_again(tmp_path, monkeypatch, caplog):
    tried = []

    def fails(*_):
        tried.append(1)
        raise MemoryError("no room")

    monkeypatch.setattr(index_building, "inverted", fails)
    opened = Opened(tmp_path)
    fill(opened.store, 0, MOST)
    opened.store.dense("words-1", VECTORS[0], 1, HERE)
    fill(opened.store, MOST, COUNT)
    settled(opened.store, "flat")
    fill(opened.store, COUNT, COUNT + 10)
    assert (len(tried), "stays as it is: no room" in caplog.text) == (1, True)
    assert recall(opened.store, range(COUNT + 10)) == 1
    opened.close()


def test_a_disk_that_refuses_costs_no_index(grown, monkeypatch, caplog):
    settled(grown.store)
    monkeypatch.setattr("retrieval.index_files.write_durably", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    monkeypatch.setattr(index_cache, "SAVE_EVERY", 1)
    monkeypatch.setattr(index_cache, "SAVE_SHARE", 20)
    fill(grown.store, COUNT, COUNT + 200)
    assert "was not saved" in caplog.text
    assert recall(grown.store, range(COUNT + 200)) >= 0.98
    assert np.isfinite(grown.store.status()[0]["generation"])
