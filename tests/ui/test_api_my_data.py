"""What is kept of a person is shown, saved, and deleted so that its bytes are in no file of the data directory; others keep theirs."""

import io
import json
import sqlite3
import zipfile

import numpy as np
import pytest
from api_app import ask, check_error, ingest, png, running

from assistant import my_data, owned_rows, retention
from retrieval.segmentation import segmented

pytestmark = pytest.mark.case("LLM02")

WORDS = {name: f"zqx{name}vorpal" for name in ("document", "title", "question", "fact", "chat", "collection", "file", "answer", "meta")}
"""Words that stand nowhere else, one for each place where something of a person may be kept."""


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, running(tmp_path_factory.mktemp("my_data"), **{"limits.drawings_per_day": 50}) as client:
        patch.setattr("retrieval.index_cache.KEPT_FROM", 0)  # small indexes lie on the disk too
        yield client


@pytest.fixture(scope="module")
def keys(api):
    store = api.app.state.services.doorkeeper.keys
    made = {name: store.create(name)[1] for name in ("anna", "bob")} | {"root": store.create("root", role="admin")[1]}
    return {name: {"Authorization": f"Bearer {secret}"} for name, secret in made.items()}


def live(api, headers, words, *, draws=False):
    """Leave something in every place there is."""
    api.headers.update(headers)
    store = api.post("/v1/vector_stores", json={"name": words["collection"]}).json()["id"]
    text = f"# The {words['title']}\n\nThe kettle {words['document']} is red and holds three litres of {words['document']}.\n"
    ingest(api, store, f"{words['file']}.md", text * 3)
    ingest(api, store, f"{words['file']}.png", png())
    api.post(f"/v1/vector_stores/{store}/faq", json={"question": f"What is {words['question']}?", "answer": f"It is {words['answer']}."})
    chat = api.post("/v1/conversations", json={"collections": [store], "title": words["chat"]}).json()["id"]
    for asked in (f"What does the {words['document']} hold?", f"Who is {words['question']} of {words['chat']}?"):
        assert ask(api, asked, metadata={"conversation": chat}).status_code == 200
    api.post("/v1/memory", json={"text": f"My cat is called {words['fact']}."})
    api.get(f"/v1/vector_stores/{store}/map")
    api.post("/v1/emotion", json={"text": f"I love {words['document']}"})
    if draws:
        api.post("/v1/images/generations", json={"prompt": "a blue dog", "size": "64x64"})
    file = api.post("/v1/files", files={"file": (f"{words['meta']}.txt", words["meta"].encode())}).json()["id"]
    assert api.delete(f"/v1/files/{file}").status_code == 200
    del api.headers["Authorization"]
    return store


def everything(folder):
    """Path -> bytes of every file below the data directory."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def found_in(files, *needles):
    return sorted({f"{needle!r} in {name}" for name, data in files.items() for needle in needles if needle in data})


def planted(words):
    """Each word as it is stored: as UTF-8, as the text index cuts and stems it, and in UTF-16."""
    return [form.encode(code) for word in words.values() for form in {word, segmented(word)} for code in ("utf-8", "utf-16-le")]


@pytest.fixture(scope="module")
def before(api, keys):
    """Anna's and Bob's things; what Anna's vectors look like; the files before anything is deleted."""
    folder = api.assistant.settings.data_dir
    bob = {name: word.replace("zqx", "bqx") for name, word in WORDS.items()}
    live(api, keys["anna"], WORDS, draws=True)
    live(api, keys["bob"], bob)
    api.assistant.library._store.publish()  # so that her vectors are in the index files too
    with sqlite3.connect(folder / "library.db") as database:
        rows = database.execute("SELECT vector FROM vectors JOIN items ON items.key = vectors.item WHERE owner = 'anna'").fetchall()
        theirs = {row[0] for row in database.execute("SELECT vector FROM vectors JOIN items ON key = item WHERE owner != 'anna'")}
    database.close()
    vectors = [row[0] for row in rows if row[0] not in theirs]
    assert len(vectors) >= 3
    return folder, bob, vectors, everything(folder)


class TestDeleting:
    def test_everything_was_there_and_then_is_not(self, api, keys, before):
        folder, _, vectors, files = before
        for word in WORDS.values():
            assert found_in(files, word.encode()), word
        assert any(name.endswith(".faiss") and vector in data for name, data in files.items() for vector in vectors)
        check_error(api.delete("/v1/my_data", headers=keys["anna"]), 400, "invalid_request", "confirm")
        check_error(api.delete("/v1/my_data?confirm=delete&owner=bob", headers=keys["anna"]), 403)
        gone = api.delete("/v1/my_data?confirm=delete", headers=keys["anna"]).json()["deleted"]
        assert gone["collections"] >= 1
        assert gone["files"] >= 3
        assert gone["conversations"] == 1
        assert gone["audit_entries"] >= 2
        after = everything(folder)
        assert found_in(after, *planted(WORDS)) == []
        assert found_in(after, *vectors) == []
        assert found_in(after, owned_rows.place_of_owner("anna").encode()) == []
        assert [name for name, data in after.items() if b"anna" in data] == ["accounts.db"]  # the key still opens an empty shelf

    def test_others_keep_theirs_and_the_rest_goes_on(self, api, keys, before):
        _, bob, _, _ = before
        kept = api.get("/v1/my_data", headers=keys["bob"]).json()
        assert (kept["files"] >= 2, kept["conversations"], kept["memory"], kept["collections"] >= 1) == (True, 1, 1, True)
        hits = api.post("/v1/search", json={"query": bob["document"], "collection": bob["collection"]}, headers=keys["bob"]).json()["data"]
        assert bob["document"] in hits[0]["text"]
        assert found_in(everything(api.assistant.settings.data_dir), bob["fact"].encode())
        assert api.assistant.audit.verify().ok
        empty = api.get("/v1/my_data", headers=keys["anna"]).json()
        assert (empty["files"], empty["collections"], empty["conversations"], empty["memory"]) == (0, 0, 0, 0)
        newest = api.get("/v1/audit?everyone=true&action=data", headers=keys["root"]).json()["data"][0]
        assert (newest["action"], newest["owner"], newest["subject"]) == ("data.deleted", "", "")

    @pytest.mark.parametrize("step", ["noted", "files", "conversations", "library scrubbed", "audit"])
    def test_what_was_cut_off_is_finished_at_the_next_start(self, api, keys, step):
        folder = api.assistant.settings.data_dir
        live(api, keys["anna"], WORDS)
        (folder / my_data.LOG).write_text("2026-01-01T00:00:00Z WARNING a: b owner=anna\n2026-01-01T00:00:01Z WARNING a: c\n")

        def die(done):
            if done == step:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            my_data.forget(api.assistant, "anna", done=die)
        assert (folder / my_data.PENDING).is_file()
        assert my_data.resume(api.assistant)
        assert not my_data.resume(api.assistant)
        after = everything(folder)
        assert found_in(after, *planted(WORDS)) == []
        assert [name for name, data in after.items() if b"anna" in data] == ["accounts.db"]
        assert after[my_data.LOG] == b"2026-01-01T00:00:01Z WARNING a: c\n"
        assert api.assistant.audit.verify().ok


class TestAccount:
    def test_keys_go_too_when_it_is_asked_but_not_the_last_ones(self, api, keys):
        store = api.app.state.services.doorkeeper.keys
        _, secret = store.create("zqxcarol")
        hers = {"Authorization": f"Bearer {secret}"}
        assert api.get("/v1/my_data", headers=hers).json()["other"] == {"keys": 1}
        assert api.delete("/v1/my_data?confirm=delete&account=true", headers=hers).json()["deleted"]["keys"] == 1
        check_error(api.get("/v1/my_data", headers=hers), 401)
        assert found_in(everything(api.assistant.settings.data_dir), b"zqxcarol") == []

    def test_every_table_is_somebodys_or_known(self, api):
        """A new table must say whose its rows are, or be named here for a reason."""
        nobodys = {
            "library.db": {"meta", "spaces", "vectors", "faq_forms", "faq_cases", "sqlite_sequence"},  # the last three hang on rows with an owner
            "conversations.db": {"meta", "message", "remembered", "sqlite_sequence"},  # these on a conversation
            "audit.db": {"sqlite_sequence"}, "facts.db": {"store", "store_migrations"}, "accounts.db": {"key_use", "sessions"},
            "widget.db": {"publishable_use"},
        }  # fmt: skip
        unknown = []
        for path in sorted(api.assistant.settings.data_dir.glob("*.db")):
            with sqlite3.connect(path) as database:
                owned = set(owned_rows.owned_tables(database))
                tables = {
                    row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE '%VIRTUAL%'")
                }
            database.close()
            tables = {table for table in tables if not table.startswith("words_")}  # the text index
            unknown += [f"{path.name}: {table}" for table in sorted(tables - owned - nobodys.get(path.name, set()))]
        assert unknown == []


class TestExport:
    def test_a_page_json_and_files_without_secrets(self, api, keys):
        live(api, keys["anna"], WORDS | {"fact": "<script>alert(1)</script>zqxfact"})
        answer = api.get("/v1/my_data/export", headers=keys["anna"])
        assert answer.headers["content-type"] == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert archive.testzip() is None
        page = archive.read("index.html").decode()
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
        parts = {
            name: json.loads(archive.read(f"{name}.json"))
            for name in ("files", "items", "conversations", "memory", "audit", "library", "other")
        }
        file = next(file for file in parts["files"] if file["name"].endswith(".md"))
        assert WORDS["document"] in archive.read(file["path"]).decode()
        assert any(WORDS["document"] in item["text"] for item in parts["items"])
        assert any(WORDS["document"] in message["text"] for chat in parts["conversations"] for message in chat["messages"])
        assert "zqxfact" in parts["memory"][0]["text"]
        assert {"file.deleted", "emotion", "data.exported"} <= {entry["action"] for entry in parts["audit"]}
        assert any(WORDS["question"] in json.dumps(row) for row in parts["library"])
        key = next(row for row in parts["other"] if row["table"] == "keys")
        assert (key["name"], "digest" in key) == ("anna", False)
        everything_in_it = b"".join(archive.read(name) for name in archive.namelist())
        assert keys["anna"]["Authorization"].removeprefix("Bearer ").encode() not in everything_in_it
        assert b"bqxdocument" not in everything_in_it

    def test_nothing_of_it_lies_about_and_no_part_can_be_asked_for(self, api, keys):
        folder = api.assistant.settings.data_dir
        before = {path.name for path in folder.iterdir()}
        answer = api.get("/v1/my_data/export", headers={**keys["anna"], "Range": "127.0.0.1"})
        assert answer.status_code == 200
        assert answer.headers["content-length"] == str(len(answer.content))
        assert {path.name for path in folder.iterdir()} == before

    def test_only_an_admin_saves_what_is_somebody_elses(self, api, keys):
        check_error(api.get("/v1/my_data/export?owner=anna", headers=keys["bob"]), 403)
        assert api.get("/v1/my_data?owner=anna", headers=keys["root"]).json()["owner"] == "anna"


class TestRetention:
    def test_what_is_older_goes_and_a_dry_run_only_counts(self, api, keys):
        check_error(api.post("/v1/retention?dry_run=true", headers=keys["anna"]), 403)
        assistant = api.assistant
        (assistant.settings.data_dir / my_data.LOG).unlink(missing_ok=True)
        before = api.get("/v1/my_data", headers=keys["anna"]).json()
        assert before["files"] >= 2
        assert api.post("/v1/retention?dry_run=true", headers=keys["root"]).json()["deleted"] == {}
        kept = retention.Retention(text_days=3, image_days=3, conversation_days=3, questions_days=3, logs_days=3)
        settings, assistant.settings = assistant.settings, assistant.settings.model_copy(update={"retention": kept})
        later = np.datetime64("now").astype(float) + 2 * retention.DAY
        try:
            assert not any(retention.sweep(assistant, dry_run=True, now=later).values())
            later += 2 * retention.DAY
            counted = retention.sweep(assistant, dry_run=True, now=later)
            assert api.get("/v1/my_data", headers=keys["anna"]).json() == before | {"retention": kept.model_dump()}
            swept = retention.sweep(assistant, now=later)
            assert {kind: count for kind, count in swept.items() if kind != "audit_entries"} == counted
        finally:
            assistant.settings = settings
        assert (counted["text"] >= 2, counted["image"] >= 2, counted["conversations"] >= 2) == (True, True, True)
        after = api.get("/v1/my_data", headers=keys["anna"]).json()
        assert (after["files"], after["conversations"], after["memory"]) == (0, 0, 1)
        left = everything(assistant.settings.data_dir)
        assert found_in(left, WORDS["document"].encode(), WORDS["chat"].encode()) == []
