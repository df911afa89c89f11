"""Files from addresses, changed files, progress and 3D models over HTTP; the addresses lead to a real server on this machine."""

import io
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import media_samples as samples
import pytest
from api_app import check_error, ingest, running, settle
from in_a_thread import answering
from PIL import Image


class Pages(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        body = self.server.pages.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(body or b"")


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.pages = {}
    with answering(server):
        yield server


@pytest.fixture(scope="module")
def api(tmp_path_factory, site):
    with running(tmp_path_factory.mktemp("ingestion"), offline=False, fetch_hosts=(f"127.0.0.1:{site.server_port}",)) as client:
        yield client


@pytest.fixture
def store(api):
    return api.post("/v1/vector_stores", json={"name": f"c{len(api.get('/v1/vector_stores').json()['data'])}"}).json()["id"]


def attach(api, store, url):
    answer = api.post(f"/v1/vector_stores/{store}/files", json={"url": url})
    assert answer.status_code == 200, answer.text
    settle(api, store)
    return answer.json()


def texts(api, store, words):
    hits = api.post(f"/v1/vector_stores/{store}/search", json={"query": words}).json()["data"]
    return [part["text"] for hit in hits for part in hit["content"]]


def test_a_page_is_read_and_only_a_changed_one_is_read_again(api, store, site):
    site.pages["/terms.html"] = b"<html><body><h1>Terms</h1><p>The kettle warranty lasts two years.</p></body></html>"
    first = attach(api, store, f"{site.address}/terms.html#top")
    assert first["origin"] == f"{site.address}/terms.html"
    assert "two years" in " ".join(texts(api, store, "kettle warranty"))
    assert attach(api, store, f"{site.address}/terms.html")["id"] == first["id"]
    site.pages["/terms.html"] = b"<html><body><h1>Terms</h1><p>The kettle warranty lasts five years.</p></body></html>"
    second = attach(api, store, f"{site.address}/terms.html")
    assert second["id"] != first["id"]
    found = " ".join(texts(api, store, "kettle warranty"))
    assert "five years" in found
    assert "two years" not in found
    assert [f["id"] for f in api.get(f"/v1/vector_stores/{store}/files").json()["data"]] == [second["id"]]


def test_what_cannot_be_fetched_or_read_says_why(api, store, site):
    path = f"/v1/vector_stores/{store}/files"
    check_error(api.post(path, json={"url": f"{site.address}/none"}), 404, "url_not_found", "url")
    check_error(api.post(path, json={"url": "http://169.254.169.254/latest/meta-data/"}), 400, "url_not_allowed", "url")
    check_error(api.post(path, json={"url": f"http://localhost:{site.server_port}/"}), 400, "url_not_allowed", "url")
    check_error(api.post(path, json={"url": "file:///etc/passwd"}), 400, "url_not_allowed", "url")
    check_error(api.post(path, json={}), 400, param="file_id")
    check_error(api.post(path, json={"url": f"{site.address}/a", "file_id": "file-1"}), 400, param="file_id")
    site.pages["/a.png"] = b"\x7fELF not a picture at all, but a program"
    check_error(api.post(path, json={"url": f"{site.address}/a.png"}), 415)
    assert api.get(path).json()["data"] == []


def test_offline_no_address_is_fetched(api, store, monkeypatch, site):
    monkeypatch.setattr(api.assistant, "settings", api.assistant.settings.model_copy(update={"offline": True}))
    check_error(api.post(f"/v1/vector_stores/{store}/files", json={"url": f"{site.address}/a"}), 403, "offline", "url")


def test_an_upload_with_its_origin_takes_the_place_of_the_former_one(api, store):
    for words in (b"Otters swim.", b"Badgers dig."):
        file = api.post("/v1/files", files={"file": ("a.txt", words)}, data={"purpose": "assistants", "origin": "/notes/a.txt"}).json()
        assert file["metadata"]["origin"] == "/notes/a.txt"
        api.post(f"/v1/vector_stores/{store}/files", json={"file_id": file["id"]})
        settle(api, store)
    assert texts(api, store, "animals that swim or dig") == ["Badgers dig."]
    answer = api.post("/v1/files", files={"file": ("a.txt", b"x")}, data={"purpose": "assistants", "origin": "a\nb"})
    check_error(answer, 400, param="origin")


def test_progress_is_told_and_ends_with_done(api, store):
    file, attached = ingest(api, store, "a.md", "# A\n\nWords.")
    assert attached["progress"] == {"part": 1.0, "stage": "done"}
    (job,) = api.get(f"/v1/vector_stores/{store}/files").json()["data"]
    assert (job["id"], job["origin"]) == (file, None)


def test_a_3d_model_is_found_and_shown(api, store):
    file, attached = ingest(api, store, "crate.glb", samples.mesh("glb"))
    assert (attached["status"], attached["items"]) == ("completed", 4)
    hits = api.post(f"/v1/vector_stores/{store}/search", json={"query": "crate"}).json()["data"]
    assert hits[0]["filename"] == "crate.glb"
    for path in (f"files/{file}/thumbnail", f"files/{file}/evidence"):
        shown = api.get(f"/v1/{path}")
        assert shown.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(shown.content)).convert("RGB").getextrema() != ((255, 255),) * 3
    items = api.get(f"/v1/vector_stores/{store}/files/{file}/content").json()["data"]
    views = [api.get(f"/v1/items/{item['item_id']}/evidence") for item in items]
    assert all(view.headers["content-type"] == "image/png" for view in views)
    assert len({view.content for view in views}) == 4
    assert api.get(f"/v1/files/{file}/content").headers["content-disposition"].startswith("attachment")


def test_a_picture_inside_a_document_is_shown_itself(api, store):
    file, _ = ingest(api, store, "a.docx", samples.docx())
    items = api.get(f"/v1/vector_stores/{store}/files/{file}/content").json()["data"]
    shown = [api.get(f"/v1/items/{item['item_id']}/evidence").headers["content-type"] for item in items]
    assert shown.count("image/png") == 1


def test_no_such_path_is_ever_opened(api, store, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    for url in (f"file://{tmp_path}/secret.txt", str(Path(tmp_path) / "secret.txt")):
        check_error(api.post(f"/v1/vector_stores/{store}/files", json={"url": url}), 400, "url_not_allowed")
