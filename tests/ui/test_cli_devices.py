"""`assistant devices`: list, tell, look back, check intents and begin a home of one's own."""

import json

import pytest
from typer.testing import CliRunner

from retrieval.faults import Conflict, InvalidInput
from tools.devices._home_file import read_home
from ui.cli.main import app

SCENE = """
language: en
intents:
  reading: {sentences: [reading time], do: [{action: on, device: lamp}], tests: [{say: reading time, devices: [nothing]}]}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSISTANT_SAMPLE", "false")

    def call(*arguments, code=0):
        done = CliRunner().invoke(app, ["devices", *arguments, "--data-dir", str(tmp_path)], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done.output

    return call


def test_tell_and_list(run):
    assert "The fan (bedroom) is now on" in run("say", "turn on the fan")
    found = json.loads(run("list", "--json"))["data"]
    assert next(d for d in found if d["id"] == "bedroom_fan")["state"]["power"] == "on"
    assert json.loads(run("log", "--json"))["data"] == [], "the book is as old as the server"
    assert "10 to 30" in run("say", "set the thermostat to 99 degrees", code=1)


@pytest.mark.parametrize("backend", ["simulated", "mqtt", "webhook", "home_assistant"])
def test_a_home_to_start_from_can_be_read(run, tmp_path, backend):
    run("init", "--backend", backend)
    assert [device.id for device in read_home(tmp_path, own=True).listed()] == ["lamp"]
    with pytest.raises(Conflict):
        run("init")


def test_an_unknown_backend_writes_nothing(run, tmp_path):
    with pytest.raises(InvalidInput):
        run("init", "--backend", "telepathy")
    assert not (tmp_path / "home.yaml").exists()


def test_intents_are_checked(run, tmp_path):
    assert json.loads(run("check", "--json"))["failed"] == []
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents" / "mine.yaml").write_text(SCENE, "utf-8")
    assert "“reading time” should be reading on nothing" in run("check", code=1)
