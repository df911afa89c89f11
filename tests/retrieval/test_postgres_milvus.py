"""One Milvus behind several processes over PostgreSQL: each finds what any of them acknowledged, whoever dies in between."""

import numpy as np
import pytest

from retrieval import feed_postgres
from retrieval.items import Item
from retrieval.stores.base import Batch, Scope

pytest.importorskip("pymilvus", reason="the store milvus needs pymilvus: make test-grown")
pytest.importorskip("milvus_lite", reason="these tests need milvus_lite: make test-grown")

HERE = Scope("ann")


def item(number, text="umbrella"):
    return Item(id=f"i{number}", collection="vs_1", owner="ann", modality="text", title="", text=f"{text} number {number}")


def unit(number):
    vector = np.zeros(8, np.float32)
    vector[number % 8] = 1
    return vector


def batch(*numbers, space="words-1"):
    return Batch([item(n) for n in numbers], {space: {f"i{n}": unit(n) for n in numbers}})


@pytest.fixture
def server(tmp_path):
    """The address of a Milvus Lite, which takes the place of a cluster here."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    running, database, port = start_server_in_thread(str(tmp_path / "milvus"))
    yield f"http://127.0.0.1:{port}"
    running.stop(grace=2).wait()
    database.close()


@pytest.fixture
def both(server, place, tmp_path):
    from retrieval.stores.milvus import create

    opened = []
    for name in ("one", "two"):
        database = place.open(tmp_path)
        opened.append((create(database, tmp_path / name, server), database))
    yield [store for store, _ in opened]
    for store, database in opened:
        store.close()
        database.close()


def ids(found):
    return {hit.item_id for hit in found}


def test_what_one_adds_and_deletes_the_other_finds(both):
    one, two = both
    one.add(batch(0, 1))
    two.add(batch(2))
    assert ids(one.lexical("umbrella", 9, HERE)) == ids(two.lexical("umbrella", 9, HERE)) == {"i0", "i1", "i2"}
    assert ids(one.dense("words-1", unit(2), 1, HERE)) == {"i2"}
    two.delete(["i0"], "ann")
    assert ids(one.lexical("umbrella", 9, HERE)) == ids(one.dense("words-1", unit(0), 9, HERE)) == {"i1", "i2"}
    one.add(batch(3, space="new-1"))
    assert ids(two.dense("new-1", unit(3), 9, HERE)) == {"i3"}
    two.change_metadata({"i1": {"price": 3}}, "ann")
    assert ids(one.lexical("umbrella", 9, Scope("ann", filter="price = 3"))) == {"i1"}


def test_what_a_killed_process_left_is_brought_over_by_the_next(both, monkeypatch):
    one, two = both
    one.add(batch(0))
    two.add(batch(1))
    monkeypatch.setattr(one, "_bring", lambda work: None)  # the process ends between the two writes
    one.add(batch(2))
    one.delete(["i0"], "ann")
    assert ids(two.lexical("umbrella", 9, HERE)) == ids(two.dense("words-1", unit(0), 9, HERE)) == {"i1", "i2"}


def test_what_the_feed_has_forgotten_is_found_by_comparing(both, monkeypatch):
    monkeypatch.setattr(feed_postgres, "KEPT", 1)
    monkeypatch.setattr(feed_postgres, "TRIMMED", 1)
    one, two = both
    one.add(batch(0))
    two.add(batch(1))
    with monkeypatch.context() as silent:
        silent.setattr(one, "_bring", lambda work: None)
        for number in range(2, 6):
            one.add(batch(number))
        one.delete(["i0"], "ann")
    two.lexical("umbrella", 9, HERE)
    assert ids(two.lexical("umbrella", 9, HERE)) == {f"i{n}" for n in range(1, 6)}


def test_one_builds_anew_and_the_other_goes_on(both):
    one, two = both
    one.add(batch(0, 1))
    assert len(two.lexical("umbrella", 9, HERE)) == 2
    one.rebuild()
    two.add(batch(2))
    assert len(two.lexical("umbrella", 9, HERE)) == len(one.dense("words-1", unit(0), 9, HERE)) == 3
