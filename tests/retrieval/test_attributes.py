import pytest
from library_samples import document, ingested, open_library

from retrieval.faults import Conflict, InvalidInput, NotFound
from retrieval.records import Query


@pytest.fixture
def library(tmp_path):
    library = open_library(tmp_path / "data")
    yield library
    library.close()


def found(library, condition):
    return [hit.item.text for hit in library.search(Query(owner="ann", text="harbour", filter=condition))]


def test_other_attributes_take_the_place_of_the_old(library):
    file = ingested(library, "The harbour.", metadata={"n": 1, "kind": "port"})
    ingested(library, "Another harbour.", metadata={"n": 2}, name="b.txt")
    assert found(library, "n = 1") == ["The harbour."]
    assert library.attributes.change("default", file, "ann", {"n": 3}).metadata == {"n": 3}
    assert (found(library, "n = 1"), found(library, "n = 3"), found(library, 'kind = "port"')) == ([], ["The harbour."], [])
    assert library.attachment("default", file, "ann").metadata == {"n": 3}


def test_what_cannot_be_changed(library):
    file = ingested(library, "The harbour.", metadata={"n": 1})
    for owner, name in (("bob", file), ("ann", "file-none")):
        with pytest.raises(NotFound):
            library.attributes.change("default", name, owner, {})
    with pytest.raises(InvalidInput):
        library.attributes.change("default", file, "ann", {"n": float("nan")})
    assert found(library, "n = 1") == ["The harbour."]
    waiting = library.add_file(document("Later.", "later.txt"), "ann")
    library.attach(waiting.id, "default", "ann")
    with pytest.raises(Conflict):
        library.attributes.change("default", waiting.id, "ann", {})
