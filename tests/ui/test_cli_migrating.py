"""`assistant migrate`: what it prints, and that the store it names is then the one that is used."""

import json
import sys

import pytest
from postgres_server import PASSWORD
from typer.testing import CliRunner

from retrieval.database import Database
from retrieval.stores.faiss import FaissStore
from tests.retrieval.test_milvus import batch, needed
from ui.cli import examining, main


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    for name in ("ASSISTANT_STORE", "ASSISTANT_CONFIG", "ASSISTANT_STORE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    database = Database(folder / "library.db")
    store = FaissStore(database, folder / "indexes")
    store.add(batch([f"a{n}" for n in range(30)]))
    store.close()
    database.close()
    return folder


@pytest.fixture
def run(data_dir, monkeypatch, capsys):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["assistant", "migrate", *arguments, "--data-dir", str(data_dir)])
        code = 0
        try:
            main.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capsys.readouterr()

    return command


@needed
def test_it_copies_and_says_what_to_put_into_the_settings(run, data_dir, monkeypatch):
    code, out, err = run("--to", "milvus")
    assert (code, err) == (0, "")
    assert "30 items; 60 rows brought over." in out
    assert 'store = "milvus"' in out
    code, out, _ = run("--to", "milvus", "--json")
    report = json.loads(out)
    assert (code, report["items"], report["rows"], report["setting"]) == (0, 30, 0, 'store = "milvus"')
    assert report["same"] == report["searches"] > 0
    monkeypatch.setenv("ASSISTANT_STORE", "milvus")
    code, _, err = run("--to", "milvus")
    assert (code, "already" in err) == (1, True)


def test_the_way_back_is_a_line(run):
    code, out, _ = run("--to", "faiss", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (1, "conflict"), "it is there already"


def test_the_way_back_from_milvus_is_a_line(run, monkeypatch):
    monkeypatch.setenv("ASSISTANT_STORE", "milvus")
    code, out, _ = run("--to", "faiss", "--json")
    assert (code, json.loads(out)["setting"]) == (0, 'store = "faiss"')


@pytest.mark.parametrize("to", ["lance", "milvus:", "milvus:ftp://host"])
def test_an_unknown_store_is_refused(run, to):
    code, _, err = run("--to", to)
    assert code == 1
    assert err.startswith("Error: ")
    assert "Traceback" not in err


def test_a_collection_that_is_not_there(run):
    pytest.importorskip("pymilvus")
    code, _, err = run("--to", "milvus", "--collection", "none")
    assert (code, "no collection 'none'" in err) == (1, True)


def test_help_has_examples():
    assert "assistant migrate --to milvus" in CliRunner().invoke(main.app, ["migrate", "--help"]).output


def test_doctor_shows_the_store_and_hides_the_token(data_dir):
    from assistant.settings import Settings

    settings = Settings(data_dir=data_dir, store="milvus:http://127.0.0.1:9", store_token="secret")
    rows = {row["setting"]: row["value"] for row in examining.values_of(settings)}
    assert (rows["store"], rows["store_token"]) == ("milvus:http://127.0.0.1:9", "set")
    (check,) = examining.looked_at_store(settings)
    assert (check.role, check.works) == ("store", False)
    assert "secret" not in check.model_dump_json()
    assert examining.looked_at_store(Settings(data_dir=data_dir)) == []


def test_to_postgresql_and_what_is_refused(run, data_dir, address, monkeypatch):
    monkeypatch.setenv("ASSISTANT_DATABASE_PASSWORD", PASSWORD)
    code, out, err = run("--to", address, "--collection", "x")
    assert (code, "whole library" in err) == (1, True)
    code, out, err = run("--to", address, "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert (report["rows"]["items"], report["rows"]["vectors"], report["setting"]) == (30, 30, f'database = "{address}"')
    code, out, err = run("--to", address)
    assert (code, "already" in err) == (1, True)
    monkeypatch.setenv("ASSISTANT_DATABASE", address)
    code, out, err = run("--to", address)
    assert (code, "pg_dump" in err) == (1, True)
