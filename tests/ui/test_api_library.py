"""Collections, items and search over the real library."""

import base64
import json

import pytest
from api_app import check_error, data_url, ingest, package, png, running, settle


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("library")) as client:
        yield client


class TestCollections:
    def test_make_list_get_change_delete(self, api):
        made = api.post("/v1/vector_stores", json={"name": "tmp", "metadata": {"a": "b"}}).json()
        assert (made["object"], made["name"], made["status"]) == ("vector_store", "tmp", "completed")
        assert made["file_counts"] == {"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0}
        assert made["id"] in [s["id"] for s in api.get("/v1/vector_stores").json()["data"]]
        assert api.get("/v1/vector_stores/tmp").json()["id"] == made["id"]
        assert api.post(f"/v1/vector_stores/{made['id']}", json={"name": "other"}).json()["name"] == "other"
        check_error(api.get("/v1/vector_stores/tmp"), 404, "collection_not_found")
        check_error(api.post("/v1/vector_stores", json={"name": "other"}), 409)
        assert api.delete("/v1/vector_stores/other").json() == {"id": made["id"], "object": "vector_store.deleted", "deleted": True}
        check_error(api.delete(f"/v1/vector_stores/{made['id']}"), 404)

    def test_nameless_ones_and_files_from_the_start(self, api):
        file = api.post("/v1/files", files={"file": ("a.txt", "The sea is salt.")}).json()["id"]
        made = api.post("/v1/vector_stores", json={"file_ids": [file]}).json()
        assert made["name"]
        assert settle(api, made["id"])["completed"] == 1
        check_error(api.post("/v1/vector_stores", json={"file_ids": ["file-none"]}), 404)

    def test_what_was_read_of_a_file(self, api, store, document):
        attached = api.get(f"/v1/vector_stores/{store}/files/{document}").json()
        assert (attached["object"], attached["status"], attached["last_error"]) == ("vector_store.file", "completed", None)
        assert attached["items"] >= 1
        passages = api.get(f"/v1/vector_stores/{store}/files/{document}/content").json()["data"]
        assert any("two years" in passage["text"] for passage in passages)
        listed = api.get(f"/v1/vector_stores/{store}/files", params={"filter": "completed"}).json()["data"]
        assert document in [f["id"] for f in listed]
        items = api.get(f"/v1/vector_stores/{store}/items", params={"limit": 1}).json()
        assert (len(items["data"]), items["has_more"]) == (1, True)

    def test_a_file_that_cannot_be_read_fails_with_its_reason(self, api, store):
        _, attached = ingest(api, store, "broken.docx", package("[Content_Types].xml", "word/document.xml"))
        assert attached["status"] == "failed"
        assert attached["last_error"]["message"]
        assert attached["last_error"]["code"] in ("server_error", "unsupported_file", "invalid_file")

    def test_detach(self, api, store):
        file, _ = ingest(api, store, "gone.txt", "The password of the vault is swordfish.")
        assert api.delete(f"/v1/vector_stores/{store}/files/{file}").json()["deleted"]
        check_error(api.get(f"/v1/vector_stores/{store}/files/{file}"), 404)
        assert api.get(f"/v1/files/{file}").status_code == 200

    def test_batches(self, api, store):
        ids = [api.post("/v1/files", files={"file": (f"b{n}.txt", f"Batch number {n}.")}).json()["id"] for n in range(2)]
        batch = api.post(f"/v1/vector_stores/{store}/file_batches", json={"file_ids": ids}).json()
        assert batch["file_counts"]["total"] == 2
        settle(api, store)
        assert api.get(f"/v1/vector_stores/{store}/file_batches/{batch['id']}").json()["file_counts"]["completed"] == 2
        files = api.get(f"/v1/vector_stores/{store}/file_batches/{batch['id']}/files").json()["data"]
        assert {f["id"] for f in files} == set(ids)
        deep = base64.urlsafe_b64encode(b"[" * 9000).decode()
        for made_up in ("vsfb_%21%21", "vsfb_NQ", "vsfb_W10", f"vsfb_{deep}"):  # no base64, a number, an empty list, 9,000 lists
            check_error(api.get(f"/v1/vector_stores/{store}/file_batches/{made_up}"), 404)
        check_error(api.post(f"/v1/vector_stores/{store}/file_batches", json={"file_ids": []}), 400)

    def test_unknown_ones_list_the_known(self, api, store):
        for answer in (
            api.get("/v1/vector_stores/none"), api.post("/v1/vector_stores/none/files", json={"file_id": "file-x"}),
            api.post("/v1/vector_stores/none/search", json={"query": "x"}), api.get("/v1/vector_stores/none/items"),
        ):  # fmt: skip
            assert "shop" in check_error(answer, 404, "collection_not_found")["message"]
        check_error(api.post(f"/v1/vector_stores/{store}/files", json={"file_id": "file-none"}), 404)
        check_error(api.post(f"/v1/vector_stores/{store}/files", json={}), 400, param="file_id")


class TestSearch:
    def test_in_openais_shape(self, api, store, document):
        found = api.post(
            f"/v1/vector_stores/{store}/search", json={"query": "does the warranty cover the heating element?", "max_num_results": 3}
        ).json()
        assert found["object"] == "vector_store.search_results.page"
        best = found["data"][0]
        assert {"file_id", "filename", "score", "attributes", "content"} <= set(best)
        assert (best["file_id"], best["filename"]) == (document, "gale_g40.md")
        assert "two years" in best["content"][0]["text"]

    @pytest.mark.parametrize(
        "filters",
        [{"type": "eq", "key": "category", "value": "jackets"}, {"type": "and", "filters": [{"type": "gt", "key": "price", "value": 70}]}],
    )
    def test_with_openais_filters(self, api, store, document, photo, filters):
        found = api.post(f"/v1/vector_stores/{store}/search", json={"query": "warranty", "filters": filters}).json()["data"]
        assert {hit["file_id"] for hit in found} == {photo}

    def test_ours(self, api, document, photo):
        found = api.post("/v1/search", json={"query": "does the warranty cover the heating element?", "collection": "shop", "k": 5}).json()[
            "data"
        ]
        assert {"item_id", "modality", "title", "text", "score", "probability", "locator", "metadata", "url"} <= set(found[0])
        assert found[0]["file_id"] == document
        assert 0 <= found[0]["probability"] <= 1
        assert api.get(found[0]["url"]).status_code == 200
        assert api.get(found[0]["evidence_url"]).json()["text"]

    def test_by_a_picture_and_with_words(self, api, photo):
        query = [{"type": "image_url", "image_url": {"url": data_url(png("red"))}}]
        for parts in (query, [*query, {"type": "text", "text": "red jacket"}]):
            found = api.post("/v1/search", json={"query": parts, "modalities": ["image"], "collection": "shop"}).json()["data"]
            assert found[0]["file_id"] == photo
            assert found[0]["modality"] == "image"

    @pytest.mark.parametrize("condition", ["price < 70", {"price": {"lt": 70}}, {"category": "kettles"}, {"category": ["kettles", "pots"]}])
    def test_filters(self, api, document, photo, condition):
        found = api.post("/v1/search", json={"query": "warranty", "filter": condition, "collection": "shop"}).json()["data"]
        assert {hit["file_id"] for hit in found} == {document}

    @pytest.mark.parametrize(
        "body",
        [{}, {"query": ""}, {"query": []}, {"query": 5}, {"query": "x", "k": 0}, {"query": "x", "k": 10**9},
         {"query": "x", "modalities": ["smell"]},
         {"query": "x", "filter": "price <"}, {"query": "x", "filter": 5}, {"query": "x", "filter": {"price": {"near": 5}}},
         {"query": "x", "more": 1},
         {"query": "x", "filter": "'; DROP TABLE items; --"}],
    )  # fmt: skip
    def test_bad_requests(self, api, body):
        check_error(api.post("/v1/search", json=body), 400)

    def test_missing_collection_and_long_query(self, api):
        check_error(api.post("/v1/search", json={"query": "x", "collection": "none"}), 404, "collection_not_found")
        check_error(api.post("/v1/search", json={"query": "x" * 100_000}), 413)


class TestItems:
    def first(self, api, query, **more):
        return api.post("/v1/search", json={"query": query, "collection": "shop", **more}).json()["data"][0]["item_id"]

    def test_an_item_and_its_content(self, api, document, photo):
        words = self.first(api, "warranty", modalities=["text"])
        assert api.get(f"/v1/items/{words}").json()["modality"] == "text"
        assert "two years" in api.get(f"/v1/items/{words}/content").text
        picture = self.first(api, "red jacket", modalities=["image"])
        assert api.get(f"/v1/items/{picture}/content").headers["content-type"].startswith("image/")
        assert api.get(f"/v1/items/{picture}/evidence").headers["content-type"] == "image/png"
        assert picture not in [h["item_id"] for h in api.get(f"/v1/items/{picture}/similar").json()["data"]]

    def test_a_passage_of_a_pdf_is_shown_on_its_page(self, api, paper):
        found = api.post("/v1/search", json={"query": "warranty lasts two years", "collection": "shop"}).json()["data"]
        passage = next(hit for hit in found if hit["file_id"] == paper)
        assert passage["locator"]["page"] == 1
        assert api.get(passage["evidence_url"]).headers["content-type"] == "image/png"
        assert "two years" in api.get(passage["evidence_url"], params={"format": "text"}).json()["text"]

    def test_delete(self, api, store):
        ingest(api, store, "once.txt", "The zebra crossing is striped.")
        item = self.first(api, "zebra crossing striped")
        assert api.delete(f"/v1/items/{item}").json()["deleted"]
        for path in ("", "/content", "/evidence", "/similar"):
            check_error(api.get(f"/v1/items/{item}{path}"), 404)


def test_a_killed_server_reads_on_at_the_next_start(tmp_path):
    with running(tmp_path) as api:
        store = api.post("/v1/vector_stores", json={"name": "later"}).json()["id"]
        file = api.post("/v1/files", files={"file": ("a.txt", "The moon is made of basalt.")}).json()["id"]
        api.assistant.library.attach(file, store, "local")  # attached durably, and killed before it was read
    with running(tmp_path) as api:
        assert settle(api, store) == {"in_progress": 0, "completed": 1, "failed": 0, "cancelled": 0, "total": 1}


def test_every_answer_is_strict_json(api, document):
    for path in ("/v1/files", "/v1/vector_stores", f"/v1/files/{document}"):
        json.loads(api.get(path).content, parse_constant=lambda name: pytest.fail(name))
