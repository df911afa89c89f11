"""The store on Milvus Lite: it agrees with the store on FAISS, and comes into step with the database whatever happened to either."""

import random
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from retrieval.database import Database
from retrieval.faults import DataLocked, InvalidInput, NotInstalled, Unavailable
from retrieval.items import Item
from retrieval.stores import _milvus_mirror as mirror
from retrieval.stores import _milvus_server as server
from retrieval.stores import milvus
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import FaissStore

SPACE, DIMENSION = "words-1", 8
WORDS = "warranty covers zips seams jacket washing degrees 保修期 夹克 防水 dogs bark night shell hood".split()
HERE = Scope("ann")
needed = pytest.mark.skipif(
    not all(map(server.find_spec, ("pymilvus", "milvus_lite"))), reason="the packages of the extra grown are not installed: make test-grown"
)


def batch(names, seed=0, **more):
    chance, numbers = random.Random(seed), np.random.default_rng(seed)
    items = [
        Item(id=name, **{"collection": "vs_1", "owner": "ann", "modality": "text", "text": " ".join(chance.choices(WORDS, k=9)),
             "metadata": {"n": n}} | more) for n, name in enumerate(names)
    ]  # fmt: skip
    vectors = numbers.normal(size=(len(items), DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Batch(items, {SPACE: {item.id: vector for item, vector in zip(items, vectors, strict=True)}})


@contextmanager
def library(folder, create=milvus.create):
    database = Database(folder / "library.db")
    store = create(database, folder / "indexes")
    try:
        yield store
    finally:
        store.close()
        database.close()


def everything(store, scope=HERE):
    """What is found of all there is, by meaning and by words."""
    asked = np.ones(DIMENSION, np.float32) / DIMENSION**0.5
    dense, words = store.dense(SPACE, asked, 1000, scope), store.lexical("jacket 保修期 dogs", 1000, scope)
    return {hit.item_id: hit.score for hit in dense}, {hit.item_id: hit.score for hit in words}


@needed
def test_it_finds_what_faiss_finds_with_the_same_scores(tmp_path):
    with library(tmp_path) as store:
        store.add(batch([f"a{n}" for n in range(60)]))
        store.add(batch([f"b{n}" for n in range(20)], seed=1, owner="bob"))
        for scope in (HERE, Scope("bob"), Scope("ann", filter="n < 7")):
            ours, theirs = everything(store, scope), everything(FaissStore(store._database, tmp_path / "other"), scope)
            for found, expected in zip(ours, theirs, strict=True):
                assert found
                assert found == pytest.approx(expected, rel=0.02, abs=1e-3)


@needed
@pytest.mark.parametrize("named", [1000, 10], ids=["by key", "sifted"])
def test_a_filter_finds_all_that_match(tmp_path, monkeypatch, named):
    monkeypatch.setattr(milvus, "NAMED", named)
    monkeypatch.setattr(milvus, "MOST", 40)
    with library(tmp_path) as store:
        store.add(batch([f"a{n}" for n in range(120)]))
        for question, count in (("n >= 60", 60), ("n >= 118", 2), ("n < 0", 0), ("n >= 0", 120)):
            dense, words = everything(store, Scope("ann", filter=question))
            assert len(dense) == count
            assert words.keys() <= dense.keys()
            best = store.dense(SPACE, np.ones(DIMENSION, np.float32), 3, Scope("ann", filter=question))
            assert [hit.item_id for hit in best] == sorted(dense, key=dense.get, reverse=True)[:3]


@needed
def test_names_of_owners_need_no_quoting(tmp_path):
    odd = ['ann" or owner != "', "o'neil\\", "安", "x" * 500]
    with library(tmp_path) as store:
        for n, owner in enumerate(odd):
            store.add(batch([f"i{n}"], owner=owner, collection=owner))
        for n, owner in enumerate(odd):
            assert list(everything(store, Scope(owner, (owner,)))[0]) == [f"i{n}"]


@needed
@pytest.mark.parametrize("clean", [True, False])
def test_what_was_written_with_another_store_is_brought_over(tmp_path, monkeypatch, clean):
    with library(tmp_path) as store:
        store.add(batch([f"a{n}" for n in range(10)]))
        everything(store)
    with library(tmp_path, FaissStore) as other:
        other.delete(["a1", "a2"], "ann")
        other.add(batch(["new1", "a3"], seed=5))
        other.add(batch(["short"], seed=6))
        other.delete(["short"], "ann")
        expected = everything(other)
    with library(tmp_path) as store:
        store._certain = not clean
        dense, words = everything(store)
        assert (dense.keys(), words.keys()) == (expected[0].keys(), expected[1].keys())
        assert dense == pytest.approx(expected[0], abs=1e-3)


@needed
def test_a_lost_copy_is_made_anew_and_an_older_database_wins(tmp_path):
    with library(tmp_path) as store:
        store.add(batch([f"a{n}" for n in range(10)]))
        before = everything(store)
    shutil.copy(tmp_path / "library.db", tmp_path / "old.db")
    with library(tmp_path) as store:
        store.add(batch(["later1", "later2"], seed=3))
        store.delete(["a0"], "ann")
        after = everything(store)
    shutil.rmtree(tmp_path / "indexes" / "milvus")
    with library(tmp_path) as store:
        assert everything(store)[0] == pytest.approx(after[0], abs=1e-5)
    for name in ("library.db-wal", "library.db-shm", "library.db-mark"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.move(tmp_path / "old.db", tmp_path / "library.db")
    with library(tmp_path) as store:
        assert everything(store)[0] == pytest.approx(before[0], abs=1e-5)


KILLED = """
import sys, os, signal
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.retrieval.test_milvus import batch, milvus, Database
folder = Path({folder!r})
store = milvus.create(Database(folder / "library.db"), folder / "indexes")
store.add(batch([f"a{{n}}" for n in range(10)]))
store.add(batch(["b1", "b2"], seed=1))
store.delete(["a0"], "ann")
os.kill(os.getpid(), signal.SIGKILL)
"""


@needed
def test_what_was_acknowledged_is_found_after_a_kill(tmp_path):
    script = KILLED.format(root=str(Path(__file__).parents[2]), folder=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", script], timeout=120).returncode == -signal.SIGKILL
    with library(tmp_path) as store:
        assert everything(store)[0].keys() == {*(f"a{n}" for n in range(1, 10)), "b1", "b2"}


@needed
def test_while_milvus_is_away_nothing_is_added_or_found_and_then_nothing_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(milvus, "PAUSE", 0.0)
    with library(tmp_path) as store:
        store.add(batch([f"a{n}" for n in range(5)]))

        def away(*_):
            raise Unavailable("gone")

        with monkeypatch.context() as broken:
            for name in ("put", "remove", "search", "count", "keys"):
                broken.setattr(server.Server, name, away)
            store.add(batch(["b"], seed=1))  # it is in the database when Milvus is found away
            assert [space["in_step"] for space in store.status()] == [False]
            with pytest.raises(Unavailable):
                store.add(batch(["c"], seed=2))
            with pytest.raises(Unavailable):
                everything(store)
            assert store.delete(["a1"], "ann") == 1, "what is to be forgotten is forgotten"
            assert store.get(["c"], "ann") == []
        assert everything(store)[0].keys() == {"a0", "a2", "a3", "a4", "b"}
        assert [space["in_step"] for space in store.status()] == [True]


@needed
def test_a_table_that_somebody_dropped_is_made_anew(tmp_path):
    with library(tmp_path) as store:
        store.add(batch(["a", "b"]))
        before = everything(store)
        _, kept = store._ready()
        store._server.drop(kept.table(SPACE))
        with pytest.raises(Unavailable):
            everything(store)
        assert everything(store) == before


@needed
def test_a_failed_write_reaches_milvus_not_at_all(tmp_path):
    with library(tmp_path) as store:
        store.add(batch(["a"]))

        def twice():
            with store._database.write():
                store.add(batch(["b"], seed=1))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            twice()
        store.add(batch(["c"], seed=2))
        assert everything(store)[0].keys() == {"a", "c"}
        _, kept = store._ready()
        assert store._server.count(kept.words) == 2


@needed
def test_the_weight_of_words_follows_the_length_of_items(tmp_path, monkeypatch):
    monkeypatch.setattr(mirror, "BLOCK", 7)
    with library(tmp_path) as store:
        store.add(batch([f"a{n}" for n in range(20)]))
        store.add(batch([f"long{n}" for n in range(20)], text=" ".join(WORDS * 9)))
        expected = everything(FaissStore(store._database, tmp_path / "other"))[1]
        assert everything(store)[1] == pytest.approx(expected, rel=1e-3, abs=1e-5)


@needed
def test_a_directory_serves_one_process_and_what_is_deleted_can_be_compacted(tmp_path):
    with library(tmp_path) as store:
        store.add(batch(["a", "b"]))
        store.delete(["a"], "ann")
        store.publish()
        with pytest.raises(DataLocked):
            milvus.look("", tmp_path / "indexes")
    assert "2 tables" in milvus.look("", tmp_path / "indexes")
    assert "first start" in milvus.look(str(tmp_path / "none"), tmp_path)


@needed
def test_a_cluster_that_does_not_answer_is_told_at_the_first_use(tmp_path):
    database = Database(tmp_path / "library.db")
    store = milvus.create(database, tmp_path / "indexes", "http://127.0.0.1:9", token="secret")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9") as told:
        store.add(batch(["a"]))
    assert "secret" not in str(told.value.to_dict())
    with pytest.raises(Unavailable):
        store.lexical("jacket", 1, HERE)
    assert store.delete(["a"], "ann") == 0
    store.close()
    database.close()


@pytest.mark.parametrize("reference", ["ftp://host", "http://", "https://user:secret@host"])
def test_a_bad_address_is_refused(tmp_path, reference):
    with pytest.raises(InvalidInput) as told:
        server.place_of(reference, tmp_path)
    assert "secret" not in str(told.value.to_dict())


def test_places():
    default = Path("d")
    assert server.place_of("", default) == server.Place(default)
    assert server.place_of("~/m", default).directory == Path("~/m").expanduser()
    cluster = server.place_of("https://milvus.example:19530/team", default)
    assert (cluster.address, cluster.database, cluster.local) == ("https://milvus.example:19530", "team", False)
    assert server.place_of("http://[::1]:19530", default).local
    assert server.place_of("http://localhost:19530", default).local
    with pytest.raises(InvalidInput):
        milvus.place_for("http://milvus.example:19530", default, offline=True)


def test_missing_packages_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    with pytest.raises(NotInstalled, match="pymilvus") as told:
        milvus.place_for("", tmp_path, offline=True)
    assert "grown" in told.value.hint
