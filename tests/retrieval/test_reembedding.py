"""A library of an earlier version gets its vectors in the spaces of today."""

import numpy as np
from library_samples import HashedWords, PictureMeans, ingested, open_library

from retrieval.faults import InvalidInput
from retrieval.library import Query

MIXED = "Words of the guide.\n\n![leaf.png] greenleaf\n\n![sea.png] bluesea"


class Retrained(PictureMeans):
    """The same embedder with other weights."""

    space = "means-2"

    def embed(self, contents):
        return np.roll(super().embed(contents), 1, axis=1)


def counts(library):
    return {space["name"]: space["vectors"] for space in library.status()["spaces"]}


def upgraded(path, **embedders):
    return open_library(path, embedders={"text_embedder": HashedWords(), "image_embedder": Retrained(), **embedders})


def old(path):
    library = open_library(path)
    ingested(library, MIXED)
    picture = next(item for item in library.items("default", "ann") if item.title == "leaf.png")
    content = library.item_content(picture.id, "ann")
    library.close()
    return content


def test_pictures_of_an_earlier_version_are_found_by_their_looks_again(tmp_path):
    leaf = old(tmp_path / "data")
    library = upgraded(tmp_path / "data")
    query = Query(owner="ann", contents=(leaf,))
    assert library.search(query) == [], "nothing has a vector of the new weights yet"
    library.reembedding.start()
    library.reembedding._thread.join(20)
    assert [hit.item.title for hit in library.search(query)] == ["leaf.png", "sea.png"]
    assert counts(library) == {"hashed-1": 3, "means-1": 2, "means-2": 2}, "what the earlier version made stays"
    library.close()


def test_nothing_to_do_does_nothing_and_what_fails_is_passed_over(tmp_path):
    class Picky(Retrained):
        def embed(self, contents):
            if any(content.data.startswith(b"blue") for content in contents):
                raise InvalidInput("not this one")
            return super().embed(contents)

    old(tmp_path / "data")
    library = upgraded(tmp_path / "data", image_embedder=Picky())
    assert library.reembedding.run() == 1
    assert library.reembedding.run() == 0
    assert counts(library)["means-2"] == 1
    library.close()


def test_a_changed_text_embedder_is_asked_for_every_word(tmp_path):
    class Other(HashedWords):
        space = "hashed-2"

    old(tmp_path / "data")
    library = open_library(tmp_path / "data", embedders={"text_embedder": Other(), "image_embedder": PictureMeans()})
    assert library.reembedding.run() == 3
    assert library.search(Query(owner="ann", text="guide"))[0].ranks["hashed"] == 1
    library.close()


def test_it_stops_when_told(tmp_path):
    old(tmp_path / "data")
    library = upgraded(tmp_path / "data")
    assert library.reembedding.run(stop=lambda: True) == 0
    library.reembedding.start()
    library.close()


def test_an_embedder_of_two_roles_is_asked_once(tmp_path):
    class Counting(Retrained):
        calls = 0

        def embed(self, contents):
            Counting.calls += len(contents)
            return super().embed(contents)

    both = Counting()
    old(tmp_path / "data")
    library = upgraded(tmp_path / "data", image_embedder=both, audio_embedder=both)
    assert library.reembedding.run() == 2
    ingested(library, "![dark.png] dark", name="more.txt")
    assert Counting.calls == 3
    library.close()
