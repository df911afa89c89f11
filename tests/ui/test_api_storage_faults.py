"""A disk that takes nothing more: 507 with Retry-After in the one shape, reading goes on, and nothing false is acknowledged."""

import errno
import os
import time
from contextlib import contextmanager

import pytest
from api_app import check_error, ingest, running, settle

WARRANTY = "The warranty of the Gale G40 lasts two years."


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with running(tmp_path_factory.mktemp("faults") / "data") as made:
        made.store = made.post("/v1/vector_stores", json={"name": "faults"}).json()["id"]
        ingest(made, made.store, "warranty.txt", WARRANTY.encode())
        yield made


@contextmanager
def full(connection):
    """SQLite takes no further page, as on a full disk; `connection` opens transactions of its own."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    try:
        yield
    finally:
        connection.execute("PRAGMA max_page_count=4294967294")


def library(client):
    return client.assistant.library._database._writer


def upload(client, name, text):
    return client.post("/v1/files", files={"file": (name, text)}, data={"purpose": "assistants"})


def refused(answer):
    error = check_error(answer, 507, "insufficient_storage")
    assert int(answer.headers["retry-after"]) >= 1
    assert "room" in error["message"].lower() or "free" in error["message"].lower()


def still_serves(client):
    found = client.post("/v1/search", json={"query": "warranty of the Gale", "k": 1, "collection": "faults"})
    assert found.json()["data"][0]["text"] == WARRANTY
    assert client.get("/v1/files").status_code == 200


@pytest.mark.case("D06", "LLM10")
def test_a_full_disk_refuses_uploads_collections_and_attributes(client):
    before = client.get("/v1/files").json()["data"]
    with full(library(client)):
        answers = [upload(client, f"{n}.txt", f"number {n} " * 400) for n in range(12)]
        answers += [client.post("/v1/vector_stores", json={"name": f"new {n}", "metadata": {"note": "x" * 500}}) for n in range(12)]
        assert {answer.status_code for answer in answers} <= {200, 507}
        failed = [answer for answer in answers if answer.status_code == 507]
        assert failed
        for answer in failed:
            refused(answer)
        still_serves(client)
    kept = [answer.json()["id"] for answer in answers[:12] if answer.status_code == 200]
    now = {file["id"] for file in client.get("/v1/files").json()["data"]}
    assert now == {file["id"] for file in before} | set(kept)
    assert upload(client, "after.txt", "there is room again").status_code == 200


@pytest.mark.case("D06")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_bytes_that_cannot_be_synced_are_not_acknowledged(client, monkeypatch, code):
    def refuse(descriptor):
        raise OSError(code, os.strerror(code))

    text = f"unheard of {code}"
    with monkeypatch.context() as patched:
        patched.setattr("retrieval.blobs.os.fsync", refuse)
        refused(upload(client, "unsynced.txt", text))
        still_serves(client)
    assert "unsynced.txt" not in {file["filename"] for file in client.get("/v1/files").json()["data"]}
    kept = upload(client, "synced.txt", text).json()["id"]
    assert client.get(f"/v1/files/{kept}/content").text == text


@pytest.mark.case("D06")
def test_conversations_say_when_the_disk_is_full(client):
    known = client.post("/v1/conversations", json={"title": "kept"}).json()["id"]
    with full(client.assistant.conversations._db):
        answers = [client.post("/v1/conversations", json={"title": "x" * 190}) for _ in range(40)]
        refused(next(answer for answer in answers if answer.status_code != 200))
        assert client.get(f"/v1/conversations/{known}").json()["title"] == "kept"
    assert client.post("/v1/conversations", json={"title": "again"}).status_code == 200


@pytest.mark.case("D06")
def test_keys_of_pages_say_when_the_disk_is_full(client):
    terms = {"origins": ["https://shop.example"], "collections": ["faults"]}
    assert client.post("/v1/publishable_keys", json={"name": "first", **terms}).status_code == 200
    with full(client.app.state.services.sites.keys._tables._opened()):
        answers = [client.post("/v1/publishable_keys", json={"name": f"key {n}", "greeting": "x" * 200, **terms}) for n in range(60)]
        refused(next(answer for answer in answers if answer.status_code != 200))
        assert "first" in {key["name"] for key in client.get("/v1/publishable_keys").json()["data"]}


@pytest.mark.case("D06")
def test_an_attached_file_is_read_once_there_is_room(client, monkeypatch):
    monkeypatch.setattr("ui.api.ingestion.Ingestion.RETRY_SECONDS", 0.2)
    file = upload(client, "later.txt", "The lighthouse keeper counts gulls. " * 300).json()["id"]
    ingestion = client.assistant.library._ingestion
    original = ingestion._store.add
    tried = []

    def refuse(batch):
        if len(tried) < 2:
            tried.append(1)
            with full(library(client)):
                return original(batch)
        return original(batch)

    monkeypatch.setattr(ingestion._store, "add", refuse)
    assert client.post(f"/v1/vector_stores/{client.store}/files", json={"file_id": file}).status_code == 200
    settle(client, client.store)
    deadline = time.monotonic() + 30
    while (state := client.get(f"/v1/vector_stores/{client.store}/files/{file}").json()["status"]) == "in_progress":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert state == "completed"
    assert len(tried) == 2
