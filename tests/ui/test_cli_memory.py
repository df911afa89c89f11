"""`assistant memory` beside a running server: listed, kept, changed, exported, backed up, switched off and deleted."""

from __future__ import annotations

import json

import pytest
from own_service import serving_here
from typer.testing import CliRunner

from retrieval.faults import Fault
from tools.facts import Facts
from ui.chat.client import ApiFault
from ui.cli.main import app


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data directory of a service that runs in this process."""
    with serving_here(tmp_path_factory.mktemp("memory")) as folder:
        yield folder


@pytest.fixture
def call(data):
    def call(*words):
        done = CliRunner().invoke(app, ["memory", *words, "--data-dir", str(data), "--json"])
        if isinstance(done.exception, (Fault, ApiFault)):
            raise done.exception
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    yield call
    call("on")
    call("forget", "--all")


def texts(call):
    return [fact["text"] for fact in call("list")["data"]]


def test_facts_are_kept_changed_exported_and_deleted(call, tmp_path):
    momo = call("add", "my cat is called Momo")["id"]
    call("add", "I live in Bonn")
    assert texts(call) == ["I live in Bonn", "my cat is called Momo"]
    assert call("edit", momo[:12], "my cat is called Felix")["id"] == momo
    call("export", str(tmp_path / "memory.json"))
    assert len(json.loads((tmp_path / "memory.json").read_text("utf-8"))["facts"]) == 2
    assert call("forget", momo) == {"deleted": 1, "id": momo}
    assert call("forget", "--all") == {"deleted": 1}
    assert texts(call) == []


def test_the_switch(call):
    assert call("off") == {"enabled": False}
    assert call("list")["enabled"] is False
    with pytest.raises(ApiFault) as caught:
        call("add", "x")
    assert (caught.value.status, caught.value.message) == (409, "Memory is off.")
    assert call("on") == {"enabled": True}


@pytest.mark.parametrize(("words", "told"), [(["fact_none"], "no fact"), ([], "Name one fact"), (["fact_1", "--all"], "Name one fact")])
def test_a_wrong_name_is_told(call, words, told):
    with pytest.raises(Fault, match=told):
        call("forget", *words)


def test_an_id_that_fits_several_is_told(call):
    call("add", "a")
    call("add", "b")
    with pytest.raises(Fault, match="2 facts begin"):
        call("forget", "fact_")


def test_a_backup_brings_the_facts_back(call, data, tmp_path):
    call("add", "I live in Bonn")
    for words in (["backup", str(tmp_path / "b.tar"), "--data-dir", str(data)],
                  ["restore", str(tmp_path / "b.tar"), "--data-dir", str(tmp_path / "back")]):  # fmt: skip
        assert CliRunner().invoke(app, words).exit_code == 0
    facts = Facts(tmp_path / "back")
    assert [fact.text for fact in facts.list("local")] == ["I live in Bonn"]
    facts.close()
