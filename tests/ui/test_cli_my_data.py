"""`assistant export-my-data`, `delete-my-data`, `retention` and `audit` beside a running server; and what the audit log gets to know by itself."""

import json
import sqlite3
import threading
import zipfile

import pytest
from own_service import service_here
from typer.testing import CliRunner

from assistant.retention import Sweeping
from retrieval.faults import StorageFull
from ui.api.noting import action_of, subject_of
from ui.cli.main import app


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mine")
    with service_here(folder) as (api, _):
        yield api, folder / "data"


@pytest.fixture
def call(service):
    def run(*words, code=0, typed=None):
        done = CliRunner().invoke(app, [*words, "--data-dir", str(service[1])], input=typed)
        assert done.exit_code == code, done.output
        return done.output

    return run


def test_a_life_of_data(service, call, tmp_path):
    api, data = service
    api.make_collection("zqxthings")
    call("memory", "add", "My cat is called Zqxmomo.")
    chat = api.begin()
    out = tmp_path / "mine.zip"
    assert "index.html" in call("export-my-data", str(out))
    with zipfile.ZipFile(out) as archive:
        assert "Zqxmomo" in archive.read("index.html").decode()
        assert json.loads(archive.read("conversations.json"))[0]["id"] == chat
    call("export-my-data", str(out), code=1)
    assert "Delete everything of 'local': 0 files" in call("delete-my-data", code=1, typed="n\n")
    assert "1 conversations" in call("delete-my-data", typed="y\n")
    assert b"Zqxmomo" not in b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert json.loads(call("delete-my-data", "--owner", "nobody", "--json"))["deleted"]["audit_entries"] == 0
    assert "Nothing is older" in call("retention", "--dry-run")
    assert json.loads(call("retention", "--json"))["deleted"] == {"audit_entries": 0}


@pytest.mark.case("LLM06")
def test_deletions_and_actions_are_noted_without_names(service, call):
    api, _ = service
    collection = api.make_collection("zqxsecret")
    api.drop_collection("zqxsecret")
    chat = api.begin()
    api.forget(chat)
    call("ask", "turn on the light in the kitchen")
    rows = json.loads(call("audit", "--json", "--limit", "50"))["data"]
    noted = {(row["action"], row["subject"]) for row in rows}
    assert ("conversation.deleted", chat) in noted
    assert ("vector_store.deleted", "") in noted  # it was named by its name, which is not written down
    assert collection["id"]
    assert "zqx" not in json.dumps(rows)
    done = next(row for row in rows if row["action"] == "device.action")
    assert (done["outcome"], done["why"], done["owner"]) == ("confirmed", "on", "local")
    assert {row["action"] for row in json.loads(call("audit", "--json", "--action", "device"))["data"]} == {"device.action"}
    assert "device.action" in call("audit")


def test_whether_the_audit_log_is_whole(service, call, tmp_path):
    found = json.loads(call("audit", "verify", "--json"))
    assert found["ok"]
    assert found["entries"] > 0
    assert found["head"] in call("audit", "verify", "--head", found["head"])
    call("audit", "verify", "--head", "0" * 64, code=1)
    with sqlite3.connect(service[1] / "audit.db") as source, sqlite3.connect(tmp_path / "audit.db") as copy:
        source.backup(copy)
        copy.execute("DROP TRIGGER entry_is_not_changed")
        copy.execute("UPDATE entry SET owner = 'nobody' WHERE id = 2")
    source.close()
    copy.close()
    done = CliRunner().invoke(app, ["audit", "verify", "--data-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert "(entry 2)" in done.output


@pytest.mark.parametrize(("pattern", "action"), [
    ("/v1/files/{file_id}", "file.deleted"), ("/v1/memory", "memory.deleted"), ("/v1/vector_stores/{name}/files/{file_id}", "vector_store.file.deleted"),
    ("/v1/faq/entries/{entry_id}", "faq.entry.deleted"), ("/v1/queries/{id}", "query.deleted"),
    ("/v1/vector_stores/{name}/very_long_names_of_things/{id}", "tore.very_long_names_of_thing.deleted"),
])  # fmt: skip
def test_what_a_deletion_is_called(pattern, action):
    assert action_of(pattern)[-len(action) :] == action
    assert len(action_of(pattern)) <= 40


def test_a_subject_is_an_id_or_nothing():
    assert subject_of("/v1/files/{file_id}", {"file_id": "file-" + "ab" * 12}) == "file-" + "ab" * 12
    assert subject_of("/v1/vector_stores/{name}", {"name": "my secret"}) == ""
    assert subject_of("/v1/memory", {}) == ""


def test_a_sweep_that_fails_is_tried_again():
    tried, done = [], threading.Event()

    def sweep():
        tried.append(1)
        if len(tried) == 1:
            raise StorageFull("No room.")
        if len(tried) == 2:
            raise ZeroDivisionError
        done.set()

    sweeping = Sweeping(sweep, every=0.001)
    sweeping.start()
    assert done.wait(30)
    sweeping.close()
