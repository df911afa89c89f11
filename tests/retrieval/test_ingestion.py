import errno
import threading
from pathlib import Path

import pytest
from library_samples import HashedWords, Paragraphs, PictureMeans, document, open_library

from retrieval.content import Content
from retrieval.faults import Cancelled, InvalidInput, NotFound, StorageFull, StorageRefused, Unavailable
from retrieval.items import Draft, Item
from retrieval.library import Query
from retrieval.origins import digest, origin_metadata

MIXED = "Words of the guide.\n\n![leaf.png] greenleaf\n\nMore words."


def start(tmp_path, **more):
    library = open_library(tmp_path / "data", **more)
    library.ensure_collection("default", "ann")
    return library


def add(library, text=MIXED):
    return library.add_file(document(text), "ann").id


@pytest.fixture
def opened(tmp_path):
    libraries = []

    def make(**more):
        libraries.append(start(tmp_path, **more))
        return libraries[-1]

    yield make
    for library in libraries:
        library.close()


def test_pictures_are_found_by_their_description(opened):
    library = opened(describe={"image": lambda content: f"a picture of {content.data.decode()}"})
    library.ingest(add(library), "default", "ann")
    hit = library.search(Query(owner="ann", text="picture of greenleaf"))[0]
    assert (hit.item.modality, hit.item.text) == ("image", "a picture of greenleaf")


def test_progress_rises_from_0_to_1_through_the_stages(opened):
    library = opened()
    seen = []
    library.ingest(add(library), "default", "ann", progress=lambda part, stage: seen.append((part, stage)))
    parts = [part for part, _ in seen]
    assert parts == sorted(parts)
    assert (parts[0], parts[-1]) == (0.0, 1.0)
    assert list(dict.fromkeys(stage for _, stage in seen)) == ["read", "describe", "embed", "store", "done"]


def test_a_file_that_cannot_be_read_fails_with_its_reason_and_may_be_tried_again(opened):
    library = opened()
    file = library.add_file(document(""), "ann").id
    failed = library.ingest(file, "default", "ann")
    assert failed.status == "failed"
    assert failed.error["code"] == "unreadable"
    assert failed.error["hint"]
    assert library.pending() == []
    assert library.ingest(file, "default", "ann").status == "failed"


def test_a_fault_of_ours_fails_the_file_and_not_the_service(opened, caplog):
    class Broken(Paragraphs):
        def read(self, content):
            raise RuntimeError("secret detail")

    library = opened(decoder=Broken())
    failed = library.ingest(add(library), "default", "ann")
    assert failed.status == "failed"
    assert "secret" not in str(failed.error)
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("wrong", [RuntimeError("broken"), Unavailable("no model")])
def test_what_cannot_be_described_is_kept_with_a_warning(opened, wrong):
    def describe(_):
        raise wrong

    library = opened(describe={"image": describe})
    done = library.ingest(add(library), "default", "ann")
    assert (done.status, done.items) == ("completed", 3)
    assert "leaf.png" in done.warnings[0]
    assert library.search(Query(owner="ann", contents=(Content(modality="image", media_type="image/png", data=b"greenleaf"),)))


def test_one_picture_that_cannot_be_embedded_costs_only_itself(opened):
    class Picky(PictureMeans):
        def embed(self, contents):
            if any(content.data.startswith(b"bad") for content in contents):
                raise InvalidInput("not this one")
            return super().embed(contents)

    library = opened(embedders={"text_embedder": HashedWords(), "image_embedder": Picky()})
    done = library.ingest(add(library, "![a.png] good\n\n![b.png] bad\n\n![c.png] fine"), "default", "ann")
    assert (done.status, done.items) == ("completed", 3)
    assert any("b.png" in warning for warning in done.warnings)
    assert {space["name"]: space["vectors"] for space in library.status()["spaces"]}["means-1"] == 2


def test_words_that_cannot_be_embedded_fail_the_file(opened):
    class Down(HashedWords):
        def embed(self, contents):
            raise Unavailable("no model")

    library = opened(embedders={"text_embedder": Down()})
    assert library.ingest(add(library), "default", "ann").error["code"] == "unavailable"
    assert library.items("default", "ann") == []


@pytest.mark.case("D06")
@pytest.mark.parametrize("where", ["blob", "model"])
def test_too_many_open_files_put_the_reading_off(opened, monkeypatch, where):
    class Loading(HashedWords):
        refuses = where == "model"

        def embed(self, contents):
            if self.refuses:
                raise OSError(errno.EMFILE, "Too many open files")
            return super().embed(contents)

    words = Loading()
    library = opened(embedders={"text_embedder": words})
    file = add(library)
    with monkeypatch.context() as full:
        if where == "blob":
            full.setattr(Path, "read_bytes", lambda path: (_ for _ in ()).throw(OSError(errno.EMFILE, "Too many open files")))
        with pytest.raises(StorageRefused) as caught:
            library.ingest(file, "default", "ann")
    assert caught.value.retryable
    assert [row[0] for row in library.pending()] == [file]
    words.refuses = False
    assert library.ingest(file, "default", "ann").status == "completed"


def test_a_file_without_words_is_completed_with_a_warning(opened):
    library = opened()
    done = library.ingest(add(library, "\n\n   \n\n"), "default", "ann")
    assert (done.status, done.items) == ("completed", 0)
    assert done.warnings[0].startswith("no_text")


def test_cancelling_leaves_nothing_half_done(opened):
    library = opened()

    def stop(part, stage):
        if stage == "embed":
            raise Cancelled("stopped")

    file = add(library)
    with pytest.raises(Cancelled):
        library.ingest(file, "default", "ann", progress=stop)
    assert library.items("default", "ann") == []
    assert library.attachment("default", file, "ann").error["code"] == "cancelled"
    assert library.ingest(file, "default", "ann").status == "completed"


def test_a_full_disk_leaves_the_file_to_be_read_later(opened, monkeypatch):
    library = opened()
    file = add(library)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("retrieval.blobs.os.fsync", refuse)
    with pytest.raises(StorageFull):
        library.ingest(file, "default", "ann")
    monkeypatch.undo()
    assert [job[0] for job in library.pending()] == [file]
    assert library.items("default", "ann") == []
    assert library.ingest(*library.pending()[0]).status == "completed"


def test_a_file_removed_while_it_is_read_leaves_no_items(opened):
    class Slow(Paragraphs):
        def read(self, content):
            library.delete_file(file, "ann")
            return super().read(content)

    library = opened(decoder=Slow())
    file = add(library)
    with pytest.raises(NotFound):
        library.ingest(file, "default", "ann")
    assert library.items("default", "ann") == []


def test_two_threads_read_a_file_once(opened):
    library = opened()
    file = add(library)
    results = []
    threads = [threading.Thread(target=lambda: results.append(library.ingest(file, "default", "ann").items)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [3] * 6
    assert library.collection("default", "ann").items == 3


def test_a_typed_text_is_read_like_a_text_file(opened):
    library = opened()
    file = library.add_file(Content.from_text("typed words", "note"), "ann").id
    assert library.ingest(file, "default", "ann").items == 1


def test_headings_are_embedded_with_their_text_and_file_names_are_not():
    from retrieval.preparing import words_of

    item = Item(id="i", collection="c", owner="o", modality="text", title="Warranty", text="Two years")
    assert words_of(item, "guide.pdf") == "Warranty\nTwo years"
    assert words_of(item.model_copy(update={"title": "guide.pdf"}), "guide.pdf") == "Two years"
    assert words_of(item.model_copy(update={"modality": "image", "text": "", "title": "a.png"}), "a.png") == "a.png"


def test_many_drafts_are_embedded_in_blocks(opened):
    sizes = []

    class Counting(HashedWords):
        def embed(self, contents):
            sizes.append(len(contents))
            return super().embed(contents)

    library = opened(embedders={"text_embedder": Counting()})
    items = library.add_drafts([Draft(modality="text", text=f"passage {n}") for n in range(300)], "default", "ann")
    assert len(items) == 300
    assert sizes == [128, 128, 44]


def keep(library, text, origin="/notes/a.txt"):
    content = document(text)
    return library.add_file(content, "ann", metadata=origin_metadata(origin, content.data)).id


def words_in(library):
    return [item.text for item in library.items("default", "ann")]


def test_a_changed_file_takes_the_place_of_its_former_version_once_it_was_read(opened):
    library = opened()
    old, other = keep(library, "The old words."), keep(library, "Other words.", "/notes/b.txt")
    for file in (old, other):
        library.ingest(file, "default", "ann")
    new = keep(library, "The new words.")
    library.attach(new, "default", "ann")
    assert words_in(library) == ["The old words.", "Other words."]
    library.ingest(new, "default", "ann")
    assert words_in(library) == ["Other words.", "The new words."]
    assert [a.file_id for a in library.attachments("default", "ann")] == [other, new]
    assert library.file(old, "ann").name == "notes.txt"
    assert library.search(Query(owner="ann", text="old words"))[0].item.text != "The old words."


def test_a_former_version_stays_when_the_new_one_cannot_be_read_and_failures_do_not_pile_up(opened):
    library = opened()
    library.ingest(keep(library, "The old words."), "default", "ann")
    for length in (1, 2):
        content = document(" " * length).model_copy(update={"data": b""})
        broken = library.add_file(content, "ann", metadata=origin_metadata("/notes/a.txt", b" " * length)).id
        assert library.ingest(broken, "default", "ann").status == "failed"
    assert words_in(library) == ["The old words."]
    assert [a.status for a in library.attachments("default", "ann")] == ["completed", "failed"]
    library.ingest(keep(library, "The new words."), "default", "ann")
    assert words_in(library) == ["The new words."]
    assert [a.status for a in library.attachments("default", "ann")] == ["completed"]


def test_an_older_version_that_is_read_later_does_not_replace_a_newer_one(opened):
    library = opened()
    first, second = keep(library, "First words."), keep(library, "Second words.")
    library.attach(first, "default", "ann")
    library.attach(second, "default", "ann")
    library.ingest(second, "default", "ann")
    assert words_in(library) == ["Second words."]
    assert library.pending() == []


def test_versions_are_told_apart_by_collection_and_owner(opened):
    library = opened()
    for collection, owner in (("other", "ann"), ("default", "bob")):
        library.ensure_collection(collection, owner)
    content = document("Words.")
    for collection, owner in (("default", "ann"), ("other", "ann"), ("default", "bob")):
        file = library.add_file(content, owner, metadata=origin_metadata("/notes/a.txt", content.data)).id
        library.ingest(file, collection, owner)
    library.ingest(keep(library, "New words."), "default", "ann")
    assert [i.text for i in library.items("other", "ann")] == ["Words."]
    assert [i.text for i in library.items("default", "bob")] == ["Words."]


def test_the_same_words_at_two_places_are_read_once_and_stay_until_both_are_gone(opened):
    library = opened()
    first, twin = keep(library, "Same words."), keep(library, "Same words.", "/notes/copy.txt")
    library.ingest(first, "default", "ann")
    assert library.ingest(twin, "default", "ann").warnings[-1].startswith("same_bytes")
    library.ingest(keep(library, "New words."), "default", "ann")
    assert sorted(words_in(library)) == ["New words.", "Same words."]
    again = keep(library, "Same words.", "/notes/copy.txt")
    assert library.ingest(again, "default", "ann").status == "completed"
    assert [a.file_id for a in library.attachments("default", "ann") if a.origin.endswith("copy.txt")] == [again]
    assert sorted(words_in(library)) == ["New words.", "Same words."]


def test_where_a_file_was_read_is_known_of_the_file_and_not_of_its_items(opened):
    library = opened()
    library.ingest(keep(library, "Words."), "default", "ann")
    (attachment,) = library.attachments("default", "ann")
    assert (attachment.origin, attachment.origin_sha256) == ("/notes/a.txt", digest(b"Words."))
    assert library.items("default", "ann")[0].metadata == {}
