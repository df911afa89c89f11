"""What holds only where several processes share a library: each sees at once what another wrote, and takes over what it left."""

import threading
from pathlib import Path

import numpy as np
import postgres_server
import pytest
from library_samples import document, ingested, open_library

from retrieval import feed_postgres
from retrieval.calibration import Calibration
from retrieval.database_postgres import PostgresDatabase
from retrieval.faults import DataLocked, Fault, NotAllowed
from retrieval.items import Draft
from retrieval.library import Query
from retrieval.stores.base import Scope

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)
HERE = Path(__file__).parent.parent
PATIENCE = 60.0


@pytest.fixture
def both(data):
    """Two libraries over one database and one directory, as two processes have them: nothing else is shared."""
    made = [open_library(data), open_library(data)]
    yield made
    for library in made:
        library.close()


def found(library, text, owner="ann", **more):
    return {hit.item.text for hit in library.search(Query(owner=owner, text=text, **more))}


def test_filters_words_and_vectors_follow_the_other_library(both):
    one, two = both
    one.create_collection("default", "ann")
    items = one.add_drafts(
        [Draft(modality="text", text=f"word{n % 3} common text {n}", metadata={"price": n}) for n in range(30)], "default", "ann"
    )
    assert len(found(two, "common", k=100)) == 30
    assert found(two, "common", k=100, filter="price < 3") == {items[n].text for n in range(3)}
    two._store.change_metadata({items[29].id: {"price": 0}}, "ann")
    assert found(one, "common", k=100, filter="price = 0") == {items[0].text, items[29].text}
    one.delete_item(items[0].id, "ann")
    assert found(two, "common", k=100, filter="price = 0") == {items[29].text}
    two._store.add_vectors("late-1", {items[5].id: np.array([1, 0, 0], np.float32)})
    query = np.array([1, 0, 0], np.float32)
    assert [hit.item_id for hit in one._store.dense("late-1", query, 5, Scope("ann"))] == [items[5].id]
    one._store.add_vectors("late-1", {items[6].id: np.array([0, 1, 0], np.float32)})
    assert len(two._store.dense("late-1", query, 5, Scope("ann"))) == 2
    assert one._store.frequencies(["common"]) == two._store.frequencies(["common"]) == (29, {"common": 29})


def test_who_has_not_looked_for_long_starts_anew(both, monkeypatch):
    monkeypatch.setattr(feed_postgres, "KEPT", 3)
    monkeypatch.setattr(feed_postgres, "TRIMMED", 1)
    one, two = both
    one.create_collection("default", "ann")
    first = one.add_drafts([Draft(modality="text", text="the first of many texts")], "default", "ann")
    assert len(found(two, "many texts", k=50)) == 1
    for n in range(8):
        one.add_drafts([Draft(modality="text", text=f"one more of many texts {n}")], "default", "ann")
    one.delete_item(first[0].id, "ann")
    assert one._database.one("SELECT count(*) FROM changes")[0] == 3
    assert found(two, "many texts", k=50) == {f"one more of many texts {n}" for n in range(8)}


def test_calibrations_are_those_of_the_last_fit(both):
    one, two = both
    where = one.create_collection("default", "ann").id
    for shift in (0.5, 0.75):
        fitted = Calibration({"en": shift}, {"en": 40}, 100, 1.0, "hashed-1")
        assert two.calibration(where, "ann") != fitted
        one._calibrations.put(where, "ann", fitted)
        found(two, "anything")
        assert two.calibration(where, "ann") == fitted


def test_a_change_that_is_rolled_back_is_told_to_nobody(both):
    one, two = both
    one.create_collection("default", "ann")
    one.add_drafts([Draft(modality="text", text="the text that stays")], "default", "ann")
    before = two._database.feed.at

    def break_off():
        with one._database.write():
            one.add_drafts([Draft(modality="text", text="the text that goes")], "default", "ann")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert found(two, "text") == found(one, "text") == {"the text that stays"}
    assert two._database.feed.at == one._database.feed.at >= before
    one.add_drafts([Draft(modality="text", text="the text that came after")], "default", "ann")
    assert found(two, "text") == {"the text that stays", "the text that came after"}


def test_two_that_read_the_same_file_store_it_once(both):
    one, two = both
    one.ensure_collection("default", "ann")
    file = one.add_file(document("The warranty covers zips."), "ann")
    threads = [threading.Thread(target=library.ingest, args=(file.id, "default", "ann")) for library in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(one.items("default", "ann")) == len(two.items("default", "ann")) == 1


def test_a_blob_that_another_process_is_about_to_use_stays(both):
    one, two = both
    file = one.add_file(document("some bytes"), "ann")
    with two._blobs.keep(b"some bytes") as sha256:
        one.delete_file(file.id, "ann")
        assert two._blobs.path(sha256).exists()
    again = one.add_file(document("some bytes"), "ann")
    one.delete_file(again.id, "ann")
    assert not one._blobs.path(sha256).exists()


def test_one_of_several_does_what_is_to_be_done_once(both):
    one, two = both
    with one.once("sample") as mine, two.once("sample") as other, two.once("retention") as another:
        assert (mine, other, another) == (True, False, True)
    with two.once("sample") as mine:
        assert mine


def test_nobody_writes_while_one_holds_all_off(both):
    one, two = both
    done = threading.Event()

    def write():
        two.create_collection("later", "ann")
        done.set()

    thread = threading.Thread(target=write)
    with one._database.quiet():
        thread.start()
        assert not done.wait(0.5)
        one.create_collection("sooner", "ann")
    thread.join(PATIENCE)
    assert {info.name for info in one.collections("ann")} == {"sooner", "later"}


def test_a_directory_of_sqlite_is_not_shared(both, data, engine):
    with pytest.raises(DataLocked):
        open_library(data, open_database=None)


def test_the_server_restarts_and_the_library_goes_on(both):
    one, two = both
    ingested(one, "The warranty covers zips.")
    assert found(two, "warranty")
    server = postgres_server.server()
    server.stop()
    for library in both:
        with pytest.raises(Fault) as raised:
            library.search(Query(owner="ann", text="warranty"))
        assert (raised.value.code, raised.value.status, raised.value.retryable) == ("database_unavailable", 503, True)
    server.start()
    assert found(two, "warranty") == {"The warranty covers zips."}
    ingested(two, "Wash the jacket.", name="b.txt")
    assert "Wash the jacket." in found(one, "jacket")


def test_a_backup_is_the_matter_of_postgresql(both, tmp_path):
    with pytest.raises(NotAllowed, match="PostgreSQL") as raised:
        both[0].backup(tmp_path / "backup.tar")
    assert "pg_dump" in raised.value.hint
    assert not (tmp_path / "backup.tar").exists()


def test_another_schema_is_another_library(engine, data):
    one, two = (PostgresDatabase(engine.address(data), postgres_server.PASSWORD, schema) for schema in ("one", "two"))
    assert one.library_id != two.library_id
    assert PostgresDatabase(engine.address(data), postgres_server.PASSWORD, "one").library_id == one.library_id
    one.close()
    two.close()
