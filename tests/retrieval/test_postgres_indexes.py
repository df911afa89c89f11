"""Indexes of a shared database: loaded at one state, followed by the feed, published by whoever ends, exchanged while others write."""

import threading

import numpy as np
import pytest

from retrieval import index_cache, indexes
from retrieval.items import Item
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import create

SPACE, DIMENSION = "words-1", 16
HERE = Scope("ann")


def vectors(count, seed=0):
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float16).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def batch(first, count):
    items = [
        Item(id=f"i{n}", collection="vs_1", owner="ann", modality="text", title="", text=f"text {n}") for n in range(first, first + count)
    ]
    return Batch(items, {SPACE: {item.id: vector for item, vector in zip(items, vectors(count, first), strict=True)}})


@pytest.fixture
def opened(place, tmp_path):
    kept = []

    def open_store():
        database = place.open(tmp_path)
        kept.append((create(database, tmp_path / "indexes"), database))
        return kept[-1][0]

    yield open_store
    for store, database in kept:
        store.close()
        database.close()


def everything(store):
    return {hit.item_id for hit in store.dense(SPACE, vectors(1)[0], 10**6, HERE)}


def stored(store):
    return {row["id"] for row in store._database.all("SELECT id FROM items")}


def test_a_published_index_is_read_by_the_next_and_followed_from_there(opened, monkeypatch):
    monkeypatch.setattr(index_cache, "KEPT_FROM", 1)
    one = opened()
    one.add(batch(0, 50))
    assert len(everything(one)) == 50
    one.publish()
    assert one.status()[0]["published"]
    two = opened()
    assert everything(two) == stored(two)
    two.add(batch(50, 5))
    one.delete(["i0", "i51"], "ann")
    assert everything(one) == everything(two) == stored(one)
    assert not one.status()[0]["published"]
    two.publish()
    assert everything(opened()) == stored(one)


def test_an_index_is_exchanged_for_a_better_one_while_another_process_writes(opened, monkeypatch):
    monkeypatch.setattr(indexes, "FLAT_MOST", 300)
    one, two = opened(), opened()
    one.add(batch(0, 200))
    assert len(everything(one)) == len(everything(two)) == 200
    for first in range(200, 500, 50):
        two.add(batch(first, 50))
        assert everything(one) == everything(two) == stored(one)
    two.delete([f"i{n}" for n in range(0, 500, 7)], "ann")
    for store in (one, two):
        for thread in list(store._indexes._builders.values()):
            thread.join(60)
        assert everything(store) == stored(store)
    two.add(batch(600, 20))
    assert everything(one) == everything(two) == stored(one)


def test_searches_while_several_write(opened):
    stores = [opened() for _ in range(3)]
    failed, ended = [], threading.Event()

    def write(number, store):
        for n in range(8):
            store.add(batch(1000 * number + 10 * n, 5))
            store.delete([f"i{1000 * number + 10 * n}"], "ann")

    def search(store):
        while not ended.is_set():
            before = stored(store)
            found = everything(store)
            gone = before - found - (before - stored(store))
            if gone:
                failed.append(gone)

    searchers = [threading.Thread(target=search, args=(store,)) for store in stores]
    writers = [threading.Thread(target=write, args=(number, store)) for number, store in enumerate(stores)]
    for thread in (*searchers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    ended.set()
    for thread in searchers:
        thread.join()
    assert failed == [], "what was committed before a search is found by it"
    for store in stores:
        assert everything(store) == stored(store)
        assert len(stored(store)) == 3 * 8 * 4
