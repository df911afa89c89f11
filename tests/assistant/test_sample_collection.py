"""The sample collection: loaded once into an empty library, never mixed with a person's own files, and fit to answer the suggestions."""

import pytest

from assistant import sample_collection
from assistant.sample_collection import load, places_for
from assistant.settings import Settings
from retrieval.backends import load as backend
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.items import Draft
from retrieval.library import Library, Query

OWNER = "local"


@pytest.fixture(scope="module")
def parts():
    settings = Settings()
    decoder = Decoder(settings.limits)
    embedders = {role: backend("retrieval.embedders", settings.backend(role)[0])(settings.cache_dir.expanduser())
                 for role in ("text_embedder", "image_embedder", "audio_embedder")}  # fmt: skip
    yield {"embedders": embedders, "decoder": decoder, "describe": {}, "limits": settings.limits}
    decoder.close()


@pytest.fixture(scope="module")
def loaded(parts, tmp_path_factory):
    library = Library(tmp_path_factory.mktemp("sample"), **parts)
    assert load(library, OWNER) == len(library.attachments("sample", OWNER)) > 20
    yield library
    library.close()


@pytest.fixture
def library(parts, tmp_path):
    library = Library(tmp_path, **parts)
    yield library
    library.close()


@pytest.fixture
def few(monkeypatch):
    """Load the first two files only."""
    every = sample_collection.paths
    monkeypatch.setattr(sample_collection, "paths", lambda root: every(root)[:2])


def test_every_file_was_read(loaded):
    for attachment in loaded.attachments("sample", OWNER):
        assert (attachment.status, attachment.items > 0) == ("completed", True), attachment.name


def test_a_second_start_does_nothing(loaded):
    before = loaded.collection("sample", OWNER)
    assert load(loaded, OWNER) == 0
    assert loaded.collection("sample", OWNER) == before


@pytest.mark.parametrize(
    ("question", "modality", "expected"),
    [
        ("What does the warranty cover?", "text", "faults in material and workmanship"),
        ("保修包括什么？", "text", "材料和做工的缺陷"),
        ("Find a red jacket", "text", "colour: red"),
        ("How long does delivery take?", "text", "2 to 4 working days"),
        ("Who can see my data?", "text", "listens on this machine only"),
        ("How do I wash a down jacket?", "text", "tennis balls"),
    ],
)
def test_the_suggestions_find_their_evidence(loaded, question, modality, expected):
    hits = loaded.search(Query(owner=OWNER, text=question, modalities=(modality,), k=4, collections=("sample",)))
    assert any(expected in hit.item.text for hit in hits)


@pytest.mark.parametrize(("words", "modality", "title"), [("red jacket", "image", "red_jacket.png"), ("rain", "audio", "rain_falling.ogg")])
def test_pictures_and_sounds_are_found_by_words(loaded, words, modality, title):
    assert loaded.search(Query(owner=OWNER, text=words, modalities=(modality,), k=1, collections=("sample",)))[0].item.title == title


def names(library, owner):
    """Of the collections that are looked into."""
    return [library.collection(place, owner).name for place in places_for(library, owner, "drawn")]


def test_it_is_used_until_there_is_something_of_ones_own(library, few):
    load(library, OWNER)
    assert names(library, OWNER) == ["sample"]
    own = library.add_file(Content(modality="file", media_type="text/plain", data=b"My own words.", name="own.txt"), OWNER)
    library.attach(own.id, "default", OWNER)
    assert names(library, OWNER) == ["default"]


def test_another_owner_gets_an_empty_default(library, few):
    load(library, OWNER)
    assert names(library, "somebody") == ["default"]


def test_what_was_drawn_is_looked_into_as_soon_as_there_is_something(library):
    drawn = library.ensure_collection("drawn", OWNER).id
    assert names(library, OWNER) == ["default"]
    library.add_drafts([Draft(modality="text", text="A red kite.")], drawn, OWNER)
    assert names(library, OWNER) == ["default", "drawn"]


def test_a_library_in_use_is_left_alone(library, few):
    own = library.add_file(Content(modality="file", media_type="text/plain", data=b"My own words.", name="own.txt"), OWNER)
    library.attach(own.id, library.ensure_collection("default", OWNER).id, OWNER)
    assert load(library, OWNER) == 0
    assert [c.name for c in library.collections(OWNER)] == ["default"]


def test_a_killed_start_begins_anew(library, few, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(library, "rename_collection", killed)
        with pytest.raises(KeyboardInterrupt):
            load(library, OWNER)
    assert load(library, OWNER) == 2
    assert [c.name for c in library.collections(OWNER)] == ["sample"]
    assert len(library.files(OWNER)) == 2


def test_it_stops_when_told_and_the_rest_is_pending(library, few):
    told = iter([False, True])
    assert load(library, OWNER, stop=lambda: next(told)) == 1
    assert len(library.pending()) == 1
