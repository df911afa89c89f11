import threading

import pytest

from retrieval.collections import MAX_NAME, Collections, checked_name, checked_owner
from retrieval.database import Database
from retrieval.faults import Conflict, InvalidInput, NotFound


@pytest.fixture
def collections(tmp_path):
    database = Database(tmp_path / "library.db")
    yield Collections(database)
    database.close()


def test_made_found_renamed(collections):
    made = collections.create("Garden 花园", "ann", {"colour": "green"})
    assert made.id.startswith("vs_")
    assert collections.get("Garden 花园", "ann") == collections.get(made.id, "ann")
    assert collections.get(made.id, "ann").metadata == {"colour": "green"}
    assert collections.id("Garden 花园", "ann") == collections.id(made.id, "ann") == made.id
    collections.rename(made.id, "Yard", "ann")
    assert collections.get("Yard", "ann").id == made.id
    with pytest.raises(NotFound):
        collections.get("Garden 花园", "ann")


def test_names_are_an_owners_own(collections):
    anns = collections.create("notes", "ann")
    bobs = collections.create("notes", "bob")
    assert anns.id != bobs.id
    with pytest.raises(Conflict, match="notes"):
        collections.create("notes", "ann")
    other = collections.create("other", "ann")
    with pytest.raises(Conflict):
        collections.rename(other.id, "notes", "ann")
    assert collections.rename(other.id, "other", "ann").name == "other"
    assert [c.name for c in collections.all("ann")] == ["notes", "other"]
    for stranger in (collections.get, collections.id):
        with pytest.raises(NotFound):
            stranger(anns.id, "bob")


def test_a_name_that_looks_like_an_id_is_found_as_a_name(collections):
    first = collections.create("first", "ann")
    tricky = collections.create("vs_looks_like_one", "ann")
    named = collections.create(first.id, "ann")
    assert collections.get("vs_looks_like_one", "ann").id == tricky.id
    assert collections.get(first.id, "ann").id == collections.id(first.id, "ann") == first.id
    assert collections.get(named.id, "ann").id == named.id


def test_ensuring_from_many_threads_makes_one(collections):
    found = []
    threads = [threading.Thread(target=lambda: found.append(collections.ensure("default", "ann").id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x00", "x" * (MAX_NAME + 1), "\ud800"])
def test_bad_names_are_refused(name):
    with pytest.raises(InvalidInput) as caught:
        checked_name(name)
    assert caught.value.param == "name"


def test_nobody_is_no_owner():
    with pytest.raises(InvalidInput):
        checked_owner("")
    assert checked_name("  padded ") == "padded"
