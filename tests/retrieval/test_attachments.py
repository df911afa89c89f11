import pytest
from library_samples import LIMITS, document

from retrieval.attachments import Attachments
from retrieval.blobs import Blobs
from retrieval.collections import Collections
from retrieval.database import Database
from retrieval.faults import NotFound
from retrieval.files import Files


class Tables:
    def __init__(self, folder):
        self.database = Database(folder / "library.db")
        self.attachments = Attachments(self.database)
        self.collections = Collections(self.database)
        self.files = Files(self.database, Blobs(folder / "blobs"), LIMITS)
        self.here = self.collections.create("here", "ann").id

    def file(self, text="hello", name="a.txt", **metadata):
        return self.files.add(document(text, name), "ann", "user_data", None, metadata).id


@pytest.fixture
def tables(tmp_path):
    made = Tables(tmp_path)
    yield made
    made.database.close()


def test_from_progress_to_an_end(tables):
    file = tables.file()
    attached = tables.attachments.attach(file, tables.here, "ann", {"n": 1})
    assert (attached.status, attached.name, attached.bytes, attached.items) == ("in_progress", "a.txt", 5, 0)
    assert tables.attachments.pending() == [(file, tables.here, "ann")]
    assert tables.attachments.metadata(tables.here, file) == {"n": 1}
    tables.attachments.finish(tables.here, file, 3, ["no_text: nothing"])
    done = tables.attachments.get(tables.here, file, "ann")
    assert (done.status, done.items, done.warnings, done.error) == ("completed", 3, ("no_text: nothing",), None)
    assert tables.attachments.pending() == []
    assert tables.attachments.attach(file, tables.here, "ann", {"n": 2}) == done


def test_a_failed_one_may_be_tried_again(tables):
    file = tables.file()
    tables.attachments.attach(file, tables.here, "ann", None)
    tables.attachments.fail(tables.here, file, {"code": "unreadable", "message": "damaged"})
    assert tables.attachments.get(tables.here, file, "ann").error == {"code": "unreadable", "message": "damaged"}
    again = tables.attachments.attach(file, tables.here, "ann", {"n": 2})
    assert (again.status, again.error) == ("in_progress", None)
    assert tables.attachments.metadata(tables.here, file) == {"n": 2}


def test_what_was_removed_cannot_be_finished(tables):
    file = tables.file()
    tables.attachments.attach(file, tables.here, "ann", None)
    tables.attachments.remove(tables.here, file, "bob")
    assert tables.attachments.all(tables.here, "ann")
    tables.attachments.remove(tables.here, file, "ann")
    for act in (lambda: tables.attachments.finish(tables.here, file, 1, []), lambda: tables.attachments.fail(tables.here, file, {})):
        with pytest.raises(NotFound, match="while it was read"):
            act()
    with pytest.raises(NotFound):
        tables.attachments.get(tables.here, file, "ann")


def test_twins_are_the_same_bytes_read_the_same_way(tables):
    first, same, other, marked = tables.file(), tables.file(name="b.txt"), tables.file("else"), tables.file(colour="red")
    for file in (first, same, other, marked):
        tables.attachments.attach(file, tables.here, "ann", None)
    assert tables.attachments.twin(tables.here, same) is None
    tables.attachments.finish(tables.here, first, 1, [])
    assert tables.attachments.twin(tables.here, same) == first
    assert tables.attachments.twin(tables.here, other) is None
    assert tables.attachments.twin(tables.here, marked) is None
    there = tables.collections.create("there", "ann").id
    tables.attachments.attach(same, there, "ann", None)
    assert tables.attachments.twin(there, same) is None


def test_strangers_see_nothing(tables):
    file = tables.file()
    tables.attachments.attach(file, tables.here, "ann", None)
    assert tables.attachments.all(tables.here, "bob") == []
    with pytest.raises(NotFound):
        tables.attachments.get(tables.here, file, "bob")
