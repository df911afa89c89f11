"""A SQLite library moved into PostgreSQL is the same library: the same rows, the same answers."""

import numpy as np
import pytest
from library_samples import ingested, open_library

from retrieval import moving
from retrieval.calibration import Calibration
from retrieval.faq_records import Row
from retrieval.faults import Conflict, NotFound, Unavailable
from retrieval.items import Draft
from retrieval.library import Query

ASKED = ("warranty", "jacket", "保修多久", "green", "nul")


@pytest.fixture
def data(tmp_path):
    """A library with something in every table, and gaps in its keys."""
    library = open_library(tmp_path / "data")
    ingested(
        library,
        "The warranty covers zips.\n\nWash the jacket.\n\n![leaf.png] greenleaf\n\n保修期为两年",
        metadata={"price": 3, "odd": "a\x00b"},
    )
    gone = ingested(library, "What goes", name="gone.txt")
    ingested(library, "With a nul \x00 inside", name="nul.txt", owner="bob")
    library.delete_file(gone, "ann")
    asked = [library.faq.questions.record(text, "refused", "default", "ann") for text in ("may I send it back?", "unanswered?")]
    library.faq.add(Row("Can I return it?", "Within thirty days.", ("send back",)), "default", "ann", closes=[asked[0].id])
    where = library.collection_id("default", "ann")
    library._calibrations.put(where, "ann", Calibration({"en": 0.5}, {"en": 40}, 4, 1.0, "hashed-1"))
    library.close()
    return tmp_path / "data"


def answers(library):
    return [
        [(hit.item.id, round(hit.score, 5)) for hit in library.search(Query(owner=owner, text=text, k=5, filter=only))]
        for text in ASKED for owner in ("ann", "bob") for only in ("", "price = 3")
    ]  # fmt: skip


def test_everything_comes_over_and_answers_the_same(data, place):
    library = open_library(data)
    before, tables = answers(library), {table: library._database.one(f"SELECT count(*) FROM {table}")[0] for table in moving.LIBRARY}
    last = library._database.one("SELECT seq FROM sqlite_sequence WHERE name = 'items'")[0]
    known, collections = library._database.library_id, library.collections("ann")
    done, totals = [], []
    database = place.open(data)
    assert moving.move_library(data, database, totals.append, done.append) == tables, "while it is in use"
    assert sum(done) == sum(tables.values()) == totals[0]
    assert all(tables.values()), "there was something in every table"
    database.close()
    library.close()
    moved = open_library(data, open_database=place.opener(data))
    try:
        assert (moved._database.library_id, moved.collections("ann")) == (known, collections)
        assert answers(moved) == before
        assert moved.faq.match("Can I return it?", [collections[0].id], "ann").exact
        added = moved.add_drafts([Draft(modality="text", text="one more")], "default", "ann")
        key = moved._database.one("SELECT key FROM items WHERE id = ?", (added[0].id,))[0]
        assert key == last + 1, "no key is used twice"
        moved._store.add_vectors("new-1", {added[0].id: np.array([1, 0], np.float32)})
    finally:
        moved.close()


def test_a_database_that_has_a_library_is_refused(data, place):
    database = place.open(data)
    moving.move_library(data, database, lambda rows: None, lambda rows: None)
    with pytest.raises(Conflict):
        moving.move_library(data, database, lambda rows: None, lambda rows: None)
    database.close()


def test_what_breaks_off_leaves_nothing(data, place, monkeypatch):
    database = place.open(data)
    seen = iter(range(10**6))
    with monkeypatch.context() as broken:
        broken.setattr(moving, "_told", lambda row: str(next(seen)).encode())
        with pytest.raises(Unavailable, match="not the same"):
            moving.move_library(data, database, lambda rows: None, lambda rows: None)
    assert [database.one(f"SELECT count(*) FROM {table}")[0] for table in moving.LIBRARY] == [0] * len(moving.LIBRARY)
    moving.move_library(data, database, lambda rows: None, lambda rows: None)
    database.close()


def test_there_must_be_a_library(tmp_path, place):
    database = place.open(tmp_path)
    with pytest.raises(NotFound):
        moving.move_library(tmp_path, database, lambda rows: None, lambda rows: None)
    database.close()
