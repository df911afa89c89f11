"""Whatever is uploaded, no route of the service gives bytes that a browser would run."""

import io
import zipfile

import pytest
from api_app import running
from PIL import Image

ACTIVE = ("html", "svg", "xml", "javascript", "ecmascript", "xhtml", "shockwave", "x-shellscript")
SCRIPT = "<script>alert(1)</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{SCRIPT}<image href="http://evil.example/x.png"/></svg>'
XXE = f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{SVG.replace("<image", "&x;<image")}'
OWN_PAGES = {"/docs", "/redoc", "/voice", "/devices", "/openapi.json"}
"""Pages of the service itself, which hold nothing that a person sent."""
ENDLESS = {"/v1/devices/events"}


def picture(kind, tail):
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, kind)
    return out.getvalue() + tail


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("evil.html", SCRIPT)
    return out.getvalue()


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("served") / "data") as client:
        yield client


def upload(api, name, data, kind="application/octet-stream"):
    return api.post("/v1/files", files={"file": (name, data, kind)}, data={"purpose": "assistants"})


@pytest.mark.case("U07", "ASVS 5.3.1", "ASVS 5.4.3")
@pytest.mark.parametrize("name", ["a.svg", "a.png", "a.jpg", "a.gif"])
@pytest.mark.parametrize("text", [SVG, XXE, "\ufeff" + SVG, "<!-- x -->\n" + SVG])
def test_a_drawing_with_a_script_is_not_taken(api, name, text):
    before = len(api.get("/v1/files").json()["data"])
    answer = upload(api, name, text.encode(), "image/svg+xml")
    assert answer.status_code in (415, 422), answer.text
    assert SCRIPT not in answer.text
    assert len(api.get("/v1/files").json()["data"]) == before


@pytest.mark.case("U08", "ASVS 5.3.1", "ASVS 5.4.3", "LLM05")
@pytest.mark.parametrize(("name", "data", "kind"), [
    ("a.gif", lambda: picture("GIF", f"/*{SCRIPT}*/=1;".encode()), "image/"), ("a.png", lambda: picture("PNG", archive()), "image/"),
    ("a.jpg", lambda: picture("JPEG", f"<html>{SCRIPT}".encode()), "image/"), ("a.html", lambda: f"<html>{SCRIPT}<p>Words.".encode(), "text/plain"),
    ("a.txt", lambda: SVG.encode(), "text/plain"), ("a.md", lambda: f"# x\n{SCRIPT}".encode(), "text/plain"),
])  # fmt: skip
def test_files_of_two_kinds_are_served_as_one_that_does_nothing(api, name, data, kind):
    found = upload(api, name, data())
    if found.status_code in (415, 422):
        return
    answer = api.get(f"/v1/files/{found.json()['id']}/content")
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("inline" if kind == "image/" else "attachment")
    if kind == "image/":
        assert b"alert(1)" not in answer.content
        assert b"evil.html" not in answer.content
        Image.open(io.BytesIO(answer.content)).load()


@pytest.mark.case("U07", "U08", "ASVS 5.4.2")
def test_no_route_gives_anything_active(api):
    file = upload(api, 'a".html', f"<html>{SCRIPT}<p>Words about a parcel.".encode()).json()["id"]
    store = api.post("/v1/vector_stores", json={"name": "served"}).json()["id"]
    api.post(f"/v1/vector_stores/{store}/files", json={"file_id": file})
    ids = {"file_id": file, "vector_store_id": store, "store_id": store, "item_id": file, "collection_id": store}
    tried = 0
    for path, methods in api.get("/openapi.json").json()["paths"].items():
        if "get" not in methods or path in OWN_PAGES | ENDLESS:
            continue
        for known, value in ids.items():
            path = path.replace(f"{{{known}}}", value)
        answer = api.get(path.replace("{", "").replace("}", ""))
        kind = answer.headers.get("content-type", "")
        tried += 1
        assert answer.headers.get("x-content-type-options") == "nosniff", path
        own = path.startswith("/widget") and "javascript" in kind
        assert own or not any(active in kind for active in ACTIVE), (path, kind)
        assert "content-security-policy" in answer.headers, path
    assert tried > 30
