"""Items put into a collection as they are, and taken out as a file, over the real library."""

import io
import json

import pyarrow.parquet as pq
import pytest
from api_app import b64, check_error, ingest, pdf, png, running, wav


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("exchange")) as client:
        for name in ("source", "empty"):
            client.post("/v1/vector_stores", json={"name": name})
        ingest(client, "source", "gale.pdf", pdf())
        ingest(client, "source", "red.png", png("red"))
        ingest(client, "source", "tone.wav", wav())
        yield client


def exported(api, **params):
    answer = api.get("/v1/vector_stores/source/export", params={"format": "jsonl", **params})
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["x-items"]) == len(answer.text.splitlines())
    return [json.loads(line) for line in answer.text.splitlines()]


def test_what_was_exported_comes_back_the_same(api):
    rows = exported(api, vectors=True, media=True)
    assert {row["modality"] for row in rows} == {"text", "image", "audio"}
    api.post("/v1/vector_stores", json={"name": "copy"})
    added = api.post("/v1/vector_stores/copy/items", json={"items": rows}).json()
    assert (added["added"], added["replaced"], added["embedded"], added["warnings"]) == (len(rows), 0, 0, [])
    copied = [json.loads(line) for line in api.get("/v1/vector_stores/copy/export?format=jsonl&vectors=1&media=1").text.splitlines()]
    assert [row | {"id": ""} for row in copied] == [row | {"id": ""} for row in rows]
    picture = next(row["id"] for row in copied if row["modality"] == "image")
    assert api.get(f"/v1/items/{picture}/content").headers["content-type"] == "image/png"
    assert api.post("/v1/vector_stores/copy/items", json={"items": rows}).json()["replaced"] == len(rows)


def test_parquet_is_a_file_that_others_read(api):
    answer = api.get("/v1/vector_stores/source/export?vectors=true")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    table = pq.read_table(io.BytesIO(answer.content))
    assert {"id", "text", "title", "modality", "metadata", "locator"} <= set(table.column_names)
    assert "media" not in table.column_names
    vectors = next(name for name in table.column_names if name.startswith("vector:minilm"))
    assert len(table[vectors][0].as_py()) == 384
    assert pq.read_table(io.BytesIO(api.get("/v1/vector_stores/empty/export").content)).num_rows == 0


def test_without_media_only_words_leave(api):
    assert all("media" not in row and "vectors" not in row for row in exported(api))


def test_items_of_ones_own_are_found(api):
    api.post("/v1/vector_stores", json={"name": "own"})
    items = [{"text": "The lighthouse keeper is called Ada Brandt.", "id": "7", "metadata": {"tide": 3}},
             {"title": "photo", "modality": "image", "media": b64(png("blue"))}]  # fmt: skip
    added = api.post("/v1/vector_stores/own/items", json={"items": items}).json()
    assert added["added"] == 2
    assert added["embedded"] >= 3
    found = api.post("/v1/search", json={"query": "who keeps the lighthouse?", "collection": "own", "filter": "tide = 3"}).json()["data"]
    assert (found[0]["item_id"], found[0]["metadata"]["external_id"]) == (added["ids"][0], "7")


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"items": []}, 400), ({"items": [{}]}, 400), ({"items": [{"text": "x", "more": 1}]}, 400),
     ({"items": [{"text": "x"}] * 501}, 400), ({"items": [{"modality": "image", "media": b64(b"no picture")}]}, 415),
     ({"items": [{"text": "x", "vectors": {"minilm-53aa5117-256": [1.0]}}]}, 400)],
)  # fmt: skip
def test_bad_items_are_refused_whole(api, body, status):
    check_error(api.post("/v1/vector_stores/empty/items", json=body), status)
    assert api.get("/v1/vector_stores/empty").json()["items"] == 0


def test_unknown_collections_and_formats(api):
    check_error(api.get("/v1/vector_stores/none/export"), 404, "collection_not_found")
    check_error(api.post("/v1/vector_stores/none/items", json={"items": [{"text": "x"}]}), 404)
    check_error(api.get("/v1/vector_stores/source/export?format=xlsx"), 400, param="format")
