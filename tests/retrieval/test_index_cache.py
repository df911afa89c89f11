import logging
import os
import random

import numpy as np
import pytest
from test_indexes import vectors

from retrieval import index_cache
from retrieval.database import Database
from retrieval.items import Item
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import create

HERE = Scope("ann")


@pytest.fixture(autouse=True)
def _small_ones_are_published(monkeypatch):
    monkeypatch.setattr(index_cache, "KEPT_FROM", 0)


def item(n, owner="ann"):
    return Item(id=f"item-{owner}-{n}", collection="vs_1", owner=owner, modality="text", text=f"number {n}", metadata={"n": n})


class Opened:
    def __init__(self, folder):
        self.database = Database(folder / "library.db")
        self.store = create(self.database, folder / "indexes")

    def close(self):
        self.store.close()
        self.database.close()


@pytest.fixture
def folder(tmp_path):
    opened = Opened(tmp_path)
    opened.store.add(Batch([item(n) for n in range(60)], {"words-1": {f"item-ann-{n}": v for n, v in enumerate(vectors())}}))
    opened.close()
    opened = Opened(tmp_path)
    opened.store.dense("words-1", vectors()[0], 1, HERE)
    opened.close()
    return tmp_path


def answers(folder):
    opened = Opened(folder)
    found = [opened.store.dense("words-1", vectors(seed=9)[n], 10, HERE) for n in range(5)]
    opened.close()
    return found


def index_file(folder):
    return next((folder / "indexes").glob("*.faiss"))


def flip(folder):
    path = index_file(folder)
    data = bytearray(path.read_bytes())
    data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    path.write_bytes(data)


def older(folder):
    """The index as it was before the last change."""
    saved = {path.name: path.read_bytes() for path in (folder / "indexes").iterdir()}
    opened = Opened(folder)
    opened.store.dense("words-1", vectors()[0], 1, HERE)
    opened.store.add(Batch([item(60)], {"words-1": {"item-ann-60": vectors()[1]}}))
    opened.store.delete(["item-ann-60"], "ann")
    opened.close()
    for path in (folder / "indexes").iterdir():
        path.unlink()
    for name, data in saved.items():
        (folder / "indexes" / name).write_bytes(data)


DAMAGE = {
    "one bit": flip,
    "half": lambda folder: os.truncate(index_file(folder), 500),
    "empty": lambda folder: os.truncate(index_file(folder), 0),
    "zeros": lambda folder: index_file(folder).write_bytes(bytes(index_file(folder).stat().st_size)),
    "missing": lambda folder: index_file(folder).unlink(),
    "manifest": lambda folder: (folder / "indexes" / "words-1.json").write_text("{"),
    "older": older,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_is_noticed_and_built_anew_with_the_same_answers(folder, damage, caplog):
    expected = answers(folder)
    DAMAGE[damage](folder)
    with caplog.at_level(logging.INFO, "retrieval"):
        assert answers(folder) == expected
    assert damage == "missing" or "built anew" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.INFO, "retrieval"):
        assert answers(folder) == expected
    assert not caplog.text, "the rebuilt index was published"


def test_an_index_of_another_library_is_not_believed(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    opened = Opened(other)
    opened.store.add(Batch([item(n) for n in range(60)], {"words-1": {f"item-ann-{n}": v for n, v in enumerate(vectors(seed=5))}}))
    opened.close()
    expected = answers(other)
    for path in (folder / "indexes").iterdir():
        (other / "indexes").mkdir(exist_ok=True)
        (other / "indexes" / path.name).write_bytes(path.read_bytes())
    assert answers(other) == expected


def test_changes_reach_a_loaded_index_and_survive_without_publishing(folder):
    opened = Opened(folder)
    opened.store.dense("words-1", vectors()[0], 1, HERE)
    new = -vectors()[3]
    opened.store.add(Batch([item(77)], {"words-1": {"item-ann-77": new}}))
    assert opened.store.dense("words-1", new, 1, HERE)[0].item_id == "item-ann-77"
    opened.store.delete(["item-ann-77"], "ann")
    assert opened.store.dense("words-1", new, 1, HERE)[0].item_id != "item-ann-77"
    opened.store.add(Batch([item(78)], {"words-1": {"item-ann-78": new}}))
    opened.database.close()  # as after a kill: no index was published
    opened = Opened(folder)
    assert opened.store.dense("words-1", new, 1, HERE)[0].item_id == "item-ann-78"
    opened.close()


def test_an_index_is_published_after_enough_changes(folder, monkeypatch):
    monkeypatch.setattr(index_cache, "SAVE_EVERY", 3)
    monkeypatch.setattr(index_cache, "SAVE_SHARE", 100)
    opened = Opened(folder)
    opened.store.dense("words-1", vectors()[0], 1, HERE)
    for n in range(80, 84):
        opened.store.add(Batch([item(n)], {"words-1": {f"item-ann-{n}": vectors()[1]}}))
        state = opened.store.status()[0]
        assert state["published"] == (n == 82)
    assert (state["vectors"], state["loaded"]) == (64, True)
    opened.close()


def test_a_small_index_is_not_kept_twice(folder, monkeypatch):
    expected = answers(folder)
    monkeypatch.setattr(index_cache, "KEPT_FROM", 61)
    assert answers(folder) == expected, "what an earlier version published is still read"
    opened = Opened(folder)
    opened.store.dense("words-1", vectors()[0], 1, HERE)
    opened.store.add(Batch([item(60)], {"words-1": {"item-ann-60": -vectors()[3]}}))
    opened.store.delete(["item-ann-60"], "ann")
    opened.close()
    assert list((folder / "indexes").iterdir()) == []
    assert answers(folder) == expected
    assert list((folder / "indexes").iterdir()) == []


def test_a_change_the_index_cannot_follow_is_built_anew(folder, monkeypatch):
    opened = Opened(folder)
    opened.store.dense("words-1", vectors()[0], 1, HERE)

    def broken(*_):
        raise MemoryError

    monkeypatch.setattr("retrieval.indexes.Index.add", broken)
    opened.store.add(Batch([item(90)], {"words-1": {"item-ann-90": -vectors()[3]}}))
    monkeypatch.undo()
    assert opened.store.dense("words-1", -vectors()[3], 1, HERE)[0].item_id == "item-ann-90"
    opened.close()


def test_a_disk_that_refuses_indexes_costs_no_answer(folder, monkeypatch):
    expected = answers(folder)
    index_file(folder).unlink()
    monkeypatch.setattr("retrieval.index_files.write_durably", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert answers(folder) == expected


def test_rebuild_makes_every_index_from_the_truth(folder):
    expected = answers(folder)
    opened = Opened(folder)
    opened.store._indexes._loaded["words-1"] = None
    opened.store.rebuild()
    assert opened.store.dense("words-1", vectors(seed=9)[0], 10, HERE) == expected[0]
    assert opened.store.lexical("number 7", 1, HERE)[0].item_id == "item-ann-7"
    assert np.isfinite(opened.store.status()[0]["generation"])
    opened.close()
