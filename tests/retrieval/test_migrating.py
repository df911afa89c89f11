"""A library in use is copied to Milvus, and nothing that was written meanwhile is missing there afterwards."""

import threading

import pytest

from retrieval import migrating
from retrieval.database import Database
from retrieval.faults import Conflict, NotFound
from retrieval.stores.base import Scope, Scored
from retrieval.stores.faiss import FaissStore
from tests.retrieval.test_milvus import batch, everything, library, needed


def migrate(folder, collection=None, told=None):
    told = [] if told is None else told
    return migrating.migrate(
        folder, "", "", offline=True, collection=collection, total=lambda count: told.append(-count), step=lambda count: told.append(count)
    )


@needed
def test_a_library_moves_while_it_is_written(tmp_path):
    database = Database(tmp_path / "library.db")
    store = FaissStore(database, tmp_path / "indexes")
    store.add(batch([f"a{n}" for n in range(300)]))
    stop, written = threading.Event(), []

    def write():
        while not stop.is_set() or len(written) < 3:
            store.add(batch([f"meanwhile{len(written)}"], seed=len(written)))
            store.delete([f"a{len(written)}"], "ann")
            written.append(1)
            stop.wait(0.05)

    thread, told = threading.Thread(target=write), []
    thread.start()
    try:
        done = migrate(tmp_path, told=told)
    finally:
        stop.set()
        thread.join()
    assert done.rows == 2 * done.items == -told[0] == sum(told[1:])
    assert done.searches >= 20
    assert (done.same, done.differing) == (done.searches, ())
    expected = everything(store)
    store.close()
    database.close()
    assert not list(tmp_path.glob(".migrate-*"))
    with library(tmp_path) as moved:
        dense, words = everything(moved)
        assert dense == pytest.approx(expected[0], abs=1e-3)
        assert words.keys() == expected[1].keys()


@needed
def test_one_collection_moves_and_the_rest_follows_at_the_start(tmp_path):
    with library(tmp_path, FaissStore) as store:
        store.add(batch(["a", "b"]))
        store.add(batch(["c"], seed=1, collection="vs_2"))
        with store._database.write() as connection:
            for n, name in enumerate(("manuals", "pictures"), 1):
                connection.execute("INSERT INTO collections VALUES (?, ?, 'ann', '{}', 0)", (f"vs_{n}", name))
            connection.execute("INSERT INTO collections VALUES ('vs_3', 'manuals', 'bob', '{}', 0)")
    assert migrate(tmp_path, "pictures").items == 1
    assert (migrate(tmp_path, "vs_1").rows, migrate(tmp_path, "vs_1").rows) == (4, 0)
    with pytest.raises(NotFound, match="none"):
        migrate(tmp_path, "none")
    with pytest.raises(Conflict, match="Several") as told:
        migrate(tmp_path, "manuals")
    assert "vs_3" in told.value.hint
    with library(tmp_path) as store:
        assert everything(store, Scope("ann"))[0].keys() == {"a", "b", "c"}


def test_without_a_library_there_is_nothing_to_move(tmp_path):
    with pytest.raises(NotFound):
        migrate(tmp_path)


def test_what_counts_as_the_same():
    one = [Scored("a", 0.9), Scored("b", 0.5), Scored("c", 0.5)]
    assert migrating.alike(one, [Scored("a", 0.91), Scored("c", 0.5), Scored("b", 0.5)])
    assert migrating.alike(one, [Scored("a", 0.9), Scored("b", 0.3), Scored("c", 0.5)]), "the same item is the same, whatever its score"
    assert not migrating.alike(one, [Scored("z", 0.3), Scored("b", 0.5), Scored("c", 0.5)])
    assert not migrating.alike(one, one[:2])
