import json
import subprocess
import sys
import threading

import pytest
from library_samples import document, ingested, open_library

from retrieval.faults import Conflict, DataLocked, Fault, InvalidInput, NotFound, StorageFull
from retrieval.items import Draft, Locator
from retrieval.library import Library, Query

GUIDE = "The warranty covers zips and seams.\n\nWash the jacket at thirty degrees.\n\n![leaf.png] greenleaf"

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def library(tmp_path):
    made = open_library(tmp_path / "data")
    yield made
    made.close()


def found(library, text, owner="ann", **more):
    return [hit.item.text for hit in library.search(Query(owner=owner, text=text, **more))]


def blobs(library):
    return {path.name for path in (library.data_dir / "blobs").rglob("*") if path.is_file()}


def test_from_a_file_to_a_hit_that_says_where(library):
    file_id = ingested(library, GUIDE)
    hit = library.search(Query(owner="ann", text="what does the warranty cover?", k=3))[0]
    assert hit.item.text == "The warranty covers zips and seams."
    assert (hit.item.parent, hit.item.locator, hit.item.title) == (file_id, Locator(char_span=(0, 35)), "notes.txt")
    assert hit.ranks == {"lexical": 1, "hashed": 1}
    assert 0 < hit.probability < 1
    info = library.collection("default", "ann")
    assert (info.items, info.files, info.bytes) == (3, 1, len(GUIDE))


def test_the_same_bytes_are_read_once(library):
    first = ingested(library, GUIDE)
    again = library.ingest(first, "default", "ann")
    assert (again.status, again.items) == ("completed", 3)
    second = ingested(library, GUIDE, name="copy.txt")
    assert library.collection("default", "ann").items == 3
    assert "notes.txt" in library.attachment("default", second, "ann").warnings[0]
    library.delete_file(first, "ann")
    assert {item.parent for item in library.items("default", "ann")} == {second}
    assert found(library, "warranty")
    library.delete_file(second, "ann")
    assert library.items("default", "ann") == []
    assert blobs(library) == set()


def test_the_same_bytes_with_other_metadata_are_items_of_their_own(library):
    ingested(library, GUIDE, metadata={"shop": 1})
    ingested(library, GUIDE, metadata={"shop": 2}, name="second.txt")
    assert len(library.items("default", "ann")) == 6
    assert len(found(library, "warranty", filter="shop = 2", modalities=("text",))) == 2


def test_metadata_of_file_and_attachment_reach_the_items(library):
    library.ensure_collection("default", "ann")
    file = library.add_file(document(GUIDE), "ann", metadata={"from": "file", "both": 1})
    library.ingest(file.id, "default", "ann", {"both": 2})
    assert library.items("default", "ann")[0].metadata == {"from": "file", "both": 2}


def test_attaching_is_durable_before_it_is_read(library, tmp_path):
    collection = library.ensure_collection("default", "ann")
    file = library.add_file(document(GUIDE), "ann")
    attached = library.attach(file.id, "default", "ann", {"n": 1})
    assert (attached.status, attached.collection) == ("in_progress", collection.id)
    assert library.pending() == [(file.id, collection.id, "ann")]
    library.close()
    again = open_library(tmp_path / "data")
    job = again.pending()[0]
    assert again.ingest(*job).status == "completed"
    assert again.pending() == []
    assert again.items("default", "ann")[0].metadata == {"n": 1}
    again.close()


def test_detaching_leaves_the_file(library):
    file_id = ingested(library, GUIDE)
    ingested(library, "Another text.", name="b.txt")
    library.detach("default", file_id, "ann")
    assert [item.text for item in library.items("default", "ann")] == ["Another text."]
    assert library.open_file(file_id, "ann").data == GUIDE.encode()
    with pytest.raises(NotFound):
        library.attachment("default", file_id, "ann")
    assert library.ingest(file_id, "default", "ann").items == 3


def test_deleting_a_collection_takes_its_items_not_its_files(library):
    file_id = ingested(library, GUIDE)
    library.delete_collection("default", "ann")
    assert library.collections("ann") == []
    assert found(library, "warranty") == []
    assert library.file(file_id, "ann").id == file_id
    picture = {library.file(file_id, "ann").sha256}
    assert blobs(library) == picture


def test_items_are_listed_in_pages_opened_and_deleted(library):
    ingested(library, "\n\n".join(f"paragraph number {n}" for n in range(25)))
    pages, after = [], None
    while page := library.items("default", "ann", 10, after):
        pages.append([item.text for item in page])
        after = page[-1].id
    assert [len(page) for page in pages] == [10, 10, 5]
    assert pages[0][0] == "paragraph number 0"
    item = library.items("default", "ann", 1)[0]
    assert library.item(item.id, "ann") == item
    assert library.item_content(item.id, "ann") is None
    library.delete_item(item.id, "ann")
    with pytest.raises(NotFound):
        library.item(item.id, "ann")
    assert item.text not in found(library, "paragraph number 0", k=25)


def test_pictures_inside_a_file_can_be_opened_and_found(library):
    ingested(library, GUIDE + "\n\n![sea.png] bluewave")
    leaf = next(item for item in library.items("default", "ann") if item.title == "leaf.png")
    content = library.item_content(leaf.id, "ann")
    assert (content.data, content.modality, content.media_type) == (b"greenleaf", "image", "image/png")
    assert library.search(Query(owner="ann", contents=(content,)))[0].item == leaf
    assert [hit.item.title for hit in library.similar(leaf.id, "ann", 5, modalities=("image",))] == ["sea.png"]
    library.delete_item(leaf.id, "ann")
    assert leaf.blob not in blobs(library)


def test_drafts_become_items(library):
    library.ensure_collection("faq", "ann")
    file = library.add_file(document("q"), "ann")
    items = library.add_drafts([Draft(modality="text", text="Opening hours are nine to five", title="hours")], "faq", "ann", parent=file.id)
    assert library.items("faq", "ann") == items
    assert items[0].parent == file.id
    assert found(library, "opening hours", collections=("faq",)) == ["Opening hours are nine to five"]
    library.delete_file(file.id, "ann")
    assert library.items("faq", "ann") == []
    assert library.add_drafts([], "faq", "ann") == []


def test_strangers_find_nothing_and_touch_nothing(library):
    file_id = ingested(library, GUIDE)
    item = library.items("default", "ann")[0]
    collection = library.collection("default", "ann").id
    library.ensure_collection("default", "bob")
    assert found(library, "warranty", owner="bob") == []
    for act in (
        lambda: library.file(file_id, "bob"), lambda: library.open_file(file_id, "bob"), lambda: library.delete_file(file_id, "bob"),
        lambda: library.attach(file_id, "default", "bob"), lambda: library.ingest(file_id, "default", "bob"),
        lambda: library.item(item.id, "bob"), lambda: library.item_content(item.id, "bob"), lambda: library.delete_item(item.id, "bob"),
        lambda: library.similar(item.id, "bob", 3), lambda: library.detach("default", file_id, "bob"),
        lambda: library.attachment(collection, file_id, "bob"), lambda: library.attachments(collection, "bob"),
        lambda: library.collection(collection, "bob"), lambda: library.rename_collection(collection, "mine", "bob"),
        lambda: library.delete_collection(collection, "bob"), lambda: library.items(collection, "bob"),
        lambda: library.add_drafts([Draft(modality="text", text="x")], collection, "bob"),
        lambda: library.add_drafts([Draft(modality="text", text="x")], "default", "bob", parent=file_id),
        lambda: found(library, "warranty", owner="bob", collections=(collection,)),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            act()
    assert len(library.items("default", "ann")) == 3
    assert library.items("default", "ann", after=item.id, limit=5) != library.items("default", "ann")
    ingested(library, "Bob's own words about warranty.", owner="bob")
    assert library.items("default", "bob", after=item.id) == library.items("default", "bob")


@pytest.mark.parametrize(
    "query",
    [Query(owner="ann"), Query(owner="ann", text=" \n "), Query(owner="ann", text="x", k=0), Query(owner="ann", text="x", k=10**6),
     Query(owner="ann", text="x", filter="price <"), Query(owner="", text="x"), Query(owner="ann", text="x" * 20_000)],
)  # fmt: skip
def test_bad_queries_are_refused_with_a_reason(library, query):
    with pytest.raises(Fault) as caught:
        library.search(query)
    assert 400 <= caught.value.status < 500


def test_an_unknown_collection_is_said_to_be_unknown(library):
    with pytest.raises(NotFound, match="nowhere"):
        found(library, "x", collections=("nowhere",))


def test_filters_and_modalities_narrow_the_search(library):
    ingested(library, "red jacket for the rain", metadata={"price": 59, "category": "jackets"}, name="a.txt")
    ingested(library, "red kettle for the fire", metadata={"price": 20, "category": "kettles"}, name="b.txt")
    assert found(library, "red", filter='price < 60 and category = "jackets"') == ["red jacket for the rain"]
    assert found(library, "red", modalities=("image",)) == []


@ON_SQLITE
def test_a_second_library_in_the_same_place_is_refused(library):
    with pytest.raises(DataLocked):
        open_library(library.data_dir)
    code = (
        f"import sys; sys.path.insert(0, {str(__file__).rsplit('/', 2)[0]!r}); from library_samples import open_library;"
        f"from pathlib import Path; open_library(Path({str(library.data_dir)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "is in use by process" in done.stderr


def test_closing_twice_and_opening_again(tmp_path, monkeypatch):
    monkeypatch.setattr("retrieval.index_cache.KEPT_FROM", 0)
    first = open_library(tmp_path / "data")
    ingested(first, GUIDE)
    found(first, "warranty")
    first.close()
    first.close()
    second = open_library(tmp_path / "data")
    assert found(second, "warranty")
    assert second.status()["spaces"][0]["published"]
    second.close()


def test_status_counts(library):
    ingested(library, GUIDE)
    bad = library.add_file(document(""), "ann")
    library.ingest(bad.id, "default", "ann")
    status = library.status()
    assert {key: status[key] for key in ("collections", "files", "items", "pending", "failed")} == {
        "collections": 1, "files": 2, "items": 3, "pending": 0, "failed": 1,
    }  # fmt: skip
    assert {space["name"]: space["vectors"] for space in status["spaces"]} == {"hashed-1": 3, "means-1": 1}
    assert status["database_bytes"] > 10_000
    library.rebuild()
    assert found(library, "warranty")


@ON_SQLITE
def test_orphans_of_a_killed_process_are_swept_up(tmp_path):
    first = open_library(tmp_path / "data")
    ingested(first, GUIDE)
    kept = blobs(first)
    orphan = tmp_path / "data" / "blobs" / "00" / ("0" * 64)
    first.close()
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"x")
    second = open_library(tmp_path / "data")
    assert orphan.exists(), "after a clean end nothing is searched for"
    with second._database.write() as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE name = 'clean'")
    for connection in (second._database._writer, *second._database._readers):
        connection.close()
    second._give_back()
    third = open_library(tmp_path / "data")
    assert blobs(third) == kept
    third.close()


def test_a_full_disk_is_told_and_nothing_is_half_there(library, monkeypatch):
    ingested(library, GUIDE)
    library.ensure_collection("other", "ann")
    file = library.add_file(document("later"), "ann")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("retrieval.blobs.os.fsync", refuse)
    with pytest.raises(StorageFull):
        library.add_file(document("more"), "ann")
    with pytest.raises(StorageFull):
        library.add_drafts([Draft(modality="image", data=b"new bytes", media_type="image/png")], "other", "ann")
    assert found(library, "warranty"), "reading goes on"
    monkeypatch.undo()
    assert library.items("other", "ann") == []
    assert library.ingest(file.id, "other", "ann").status == "completed"


@pytest.mark.case("D10")
def test_many_threads_at_once(library):
    """Eight writers and four readers: nothing is lost, nothing doubled, and each finds what it has just stored."""
    library.ensure_collection("default", "ann")
    failures, stop = [], threading.Event()

    def write(n):
        for k in range(6):
            word = f"unique{n}x{k}"
            ingested(library, f"text with {word} inside", name=f"{word}.txt")
            if found(library, word, k=1) != [f"text with {word} inside"]:
                failures.append(word)

    def read():
        while not stop.is_set():
            library.search(Query(owner="ann", text="text inside", k=20))

    readers = [threading.Thread(target=read) for _ in range(4)]
    writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert not failures
    items = library.items("default", "ann", 1000)
    assert len(items) == len({item.text for item in items}) == 48


def test_a_bad_collection_or_conflict_is_told(library):
    library.create_collection("a", "ann")
    with pytest.raises(Conflict):
        library.create_collection("a", "ann")
    with pytest.raises(InvalidInput):
        library.create_collection("", "ann")
    with pytest.raises(NotFound):
        library.items("b", "ann")


def test_importing_is_light():
    code = (
        "import sys, json; import retrieval.library; heavy = [m for m in ('torch', 'faiss', 'onnxruntime', 'jieba', 'cv2', 'tokenizers',"
        " 'transformers', 'tarfile') if m in sys.modules]; print(json.dumps(heavy))"
    )
    assert json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) == []
    assert Library.search.__doc__
