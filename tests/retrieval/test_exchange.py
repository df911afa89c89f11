import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from library_samples import HashedWords, ingested, open_library

from retrieval import exchange
from retrieval.content import Content
from retrieval.exchange import Record
from retrieval.exchange_formats import FORMATS, read, record_of, write
from retrieval.faq_records import Row
from retrieval.faults import InvalidInput, NotFound, Unreadable, UnsupportedType
from retrieval.records import Query

NOTES = "The zip is covered.\n\n![shop.png] abcdefgh\n\n保修两年 ☂"


@pytest.fixture
def library(tmp_path):
    library = open_library(tmp_path / "data")
    ingested(library, NOTES, metadata={"price": 3.5, "tags": ["a", {"b": None}]})
    yield library
    library.close()


def saved(library, path, collection="default", **more):
    found = library.exchange
    spaces = found.spaces if more.get("vectors") else []
    blocks = found.export(collection, "ann", **more)
    path.write_bytes(b"".join(write(blocks, path.suffix[1:], spaces, media=more.get("media", False))))
    return path


def records(path):
    return [record for _, _, record in read(path)]


def brought(library, path, collection):
    library.ensure_collection(collection, "ann")
    found = records(path)
    media = [Content(modality=r.modality, media_type=r.media_type, data=r.media, name=r.title) if r.media else None for r in found]
    return library.exchange.add(found, collection, "ann", media)


def same(item, **changed):
    return item.model_copy(update={"collection": "", **changed})


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_comes_back_exactly_in_another_library(library, tmp_path, form, monkeypatch):
    monkeypatch.setattr(exchange, "AT_ONCE", 2)
    path = saved(library, tmp_path / f"out.{form}", vectors=True, media=True)
    before = library.items("default", "ann")
    with pytest.raises(NotFound):
        library.exchange.export("none", "ann").__next__()
    other = open_library(tmp_path / "other")
    added = brought(other, path, "copy")
    assert (added.embedded, added.replaced, added.warnings) == (0, 0, [])
    after = other.items("copy", "ann")
    assert [same(item) for item in after] == [same(item, parent=None) for item in before], "its file is not in that library"
    for space in library.exchange.spaces:
        ids = [item.id for item in before]
        ours, theirs = library._store.vectors(space, ids, "ann"), other._store.vectors(space, ids, "ann")
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    picture = next(item for item in after if item.modality == "image")
    assert other.item_content(picture.id, "ann").data == b"abcdefgh"
    other.close()


def test_without_vectors_and_media_the_words_are_embedded_anew(library, tmp_path):
    path = saved(library, tmp_path / "out.jsonl")
    assert not {"vectors", "media"} & {key for line in path.read_text().splitlines() for key in json.loads(line)}
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if row["text"]))
    other = open_library(tmp_path / "other")
    assert brought(other, path, "copy").embedded == 2
    assert other.search(Query(owner="ann", text="zip covered"))[0].item.text == "The zip is covered."
    other.close()


def test_importing_again_replaces_and_beside_the_original_it_copies(library, tmp_path):
    path = saved(library, tmp_path / "out.parquet", vectors=True, media=True)
    before = library.items("default", "ann")
    assert brought(library, path, "default").replaced == 3
    assert [same(item) for item in library.items("default", "ann")] == [same(item) for item in before]
    for replaced in (0, 3):
        added = brought(library, path, "copy")
        assert (added.replaced, len(set(added.ids) & {item.id for item in before})) == (replaced, 0)
    assert [item.text for item in library.items("copy", "ann")] == [item.text for item in before]
    assert all(item.parent for item in library.items("copy", "ann")), "the file is there"
    picture = next(item for item in library.items("default", "ann") if item.blob)
    assert library.item_content(picture.id, "ann").data == b"abcdefgh"


def test_importing_words_only_takes_no_picture_away(library, tmp_path):
    path = saved(library, tmp_path / "out.jsonl", vectors=True)
    picture = next(item for item in library.items("default", "ann") if item.blob)
    before = library._store.vectors("means-1", [picture.id], "ann")[picture.id]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps({**line, "vectors": {}, "text": line["text"] or "a shop"}) + "\n" for line in lines))
    assert brought(library, path, "default").replaced == 3
    assert library.item_content(picture.id, "ann").data == b"abcdefgh"
    assert library.item(picture.id, "ann").text == "a shop"
    assert np.array_equal(library._store.vectors("means-1", [picture.id], "ann")[picture.id], before)


def test_a_curated_answer_is_not_replaced(library):
    library.faq.add(Row(question="Is the zip covered?", answer="Yes, for two years."), "default", "ann")
    entry = next(item for item in library.items("default", "ann") if "two years" in item.text)
    added = library.exchange.add([Record(id=entry.id, text="other", title="x")], "default", "ann")
    assert "curated" in added.warnings[0]
    assert library.item(entry.id, "ann") == entry


def test_ids_of_others_are_ours_to_map_and_never_theirs_to_take(library):
    library.ensure_collection("bobs", "bob")
    taken = library.items("default", "ann")[0].id
    added = library.exchange.add([Record(id=taken, text="stolen")], "bobs", "bob")
    assert added.ids != [taken]
    assert library.item(taken, "ann").text == "The zip is covered."
    for text in ("one", "two"):
        again = library.exchange.add([Record(id="7", text="earlier"), Record(id="7", text=text)], "bobs", "bob")
    assert (len(set(again.ids)), library.item(again.ids[0], "bob").text) == (1, "two")
    assert library.item(again.ids[0], "bob").metadata == {"external_id": "7"}
    with pytest.raises(NotFound):
        library.exchange.add([Record(text="x")], "default", "bob")


@pytest.mark.parametrize("vector", [[1.0], [0.0] * 1024, [float("nan")] * 1024])
def test_vectors_that_do_not_fit_are_refused(library, vector):
    before = library.status()["items"]
    with pytest.raises(InvalidInput, match="hashed-1"):
        library.exchange.add([Record(text="good"), Record(text="bad", vectors={"hashed-1": vector})], "default", "ann")
    assert library.status()["items"] == before


def test_vectors_of_another_encoder_are_computed_anew_and_long_ones_are_shortened(library):
    long = (HashedWords().embed([Content.from_text("boat")])[0] * 5).tolist()
    added = library.exchange.add(
        [Record(text="ship", vectors={"other-1": [1.0]}), Record(text="far", vectors={"hashed-1": long})], "default", "ann"
    )
    assert added.embedded == 1
    found = library._store.vectors("hashed-1", added.ids, "ann")
    assert {round(float(np.linalg.norm(vector)), 2) for vector in found.values()} == {1.0}
    assert set(found) == set(added.ids)


@pytest.mark.parametrize("form", FORMATS)
def test_the_place_on_the_map_leaves_when_it_is_known(library, tmp_path, form):
    def places():
        path = saved(library, tmp_path / f"out.{form}", media=True)
        return [(record.x, record.y) for record in records(path)]

    assert set(places()) == {(None, None)}
    library.maps.of(library.collection("default", "ann").id, "ann")
    assert len({place for place in places() if None not in place}) > 1
    assert brought(library, tmp_path / f"out.{form}", "copy").replaced == 0


def test_foreign_parquet(tmp_path):
    import datetime

    table = {"id": [1, 2], "text": ["a boat", None], "title": ["Boat", "None"], "price": [3.5, None], "day": [datetime.date(2026, 1, 2)] * 2,
             "raw": [b"x", b"y"], "metadata": ['{"deep": {"a": 1}}', None], "tags": [["x"], None]}  # fmt: skip
    pq.write_table(pa.table(table), tmp_path / "f.parquet")
    first, second = read(tmp_path / "f.parquet")
    assert first[2] == Record(
        id="1", text="a boat", title="Boat", metadata={"deep": {"a": 1}, "price": 3.5, "day": "2026-01-02", "tags": ["x"]}
    )
    assert (second[0], second[1]) == (2, 1.0)
    assert isinstance(second[2], InvalidInput)
    pq.write_table(pa.table({"words": ["x"]}), tmp_path / "g.parquet")
    with pytest.raises(Unreadable, match="words"):
        list(read(tmp_path / "g.parquet"))
    (tmp_path / "h.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(Unreadable, match="damaged"):
        list(read(tmp_path / "h.parquet"))
    with pytest.raises(UnsupportedType):
        list(read(tmp_path / "h.xlsx"))


def test_foreign_json_lines_and_their_errors_by_line(tmp_path):
    lines = ['{"Question": "How long?", "Answer": "Two years.", "price": 3}', "", "{", "[1]", '{"text": ""}', '{"text": "x", "metadata": "["}',
             '{"text": "x", "modality": "smell"}', '{"text": "x", "locator": {"page": "one"}}', '{"text": "last", "id": 4, "title": 7}']  # fmt: skip
    (tmp_path / "f.jsonl").write_text("\n".join(lines))
    found = {number: record for number, _, record in read(tmp_path / "f.jsonl")}
    assert (found[1].text, found[1].title) == ("How long?\nTwo years.", "How long?")
    assert (found[1].metadata["faq"], found[1].metadata["price"]) == (True, 3)
    assert {number for number, record in found.items() if isinstance(record, InvalidInput)} == {3, 4, 5, 6, 7, 8}
    assert found[7].message.startswith("modality")
    assert (found[9].id, found[9].title, found[9].text) == ("4", "7", "last")
    assert 2 not in found


def test_a_record_that_says_nothing_is_refused():
    for value in ({}, {"text": " "}, {"text": "x" * 100_001}, {"media": "%%"}, {"text": 5}, None):
        with pytest.raises(InvalidInput):
            record_of(value)


def test_media_are_pictures_sounds_or_video(library):
    words = Content(modality="file", media_type="text/plain", data=b"no picture")
    with pytest.raises(UnsupportedType):
        library.exchange.add([Record(title="x", modality="image", media=b"eA==")], "default", "ann", [words])


def test_broken_unicode_stores_nothing(library):
    before = library.status()["items"]
    with pytest.raises(InvalidInput):
        Record.of({"text": "\ud800"})
    with pytest.raises(InvalidInput):
        library.exchange.add([Record(text="good"), Record(text="bad", metadata={"x": "\ud800"})], "default", "ann")
    assert library.status()["items"] == before
