"""Keys on the command line: the secret is shown once, and revoked keys are gone."""

import json

import pytest
from typer.testing import CliRunner

from assistant.keys import Keys
from ui.cli.main import app


@pytest.fixture
def run(tmp_path):
    def invoke(*arguments):
        done = CliRunner().invoke(app, [*arguments, "--data-dir", str(tmp_path)], catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout

    return invoke


def test_a_key_is_made_listed_and_revoked(run, tmp_path):
    secret = run("keys", "create", "laptop", "--owner", "local").splitlines()[0]
    assert Keys(tmp_path).check(secret).owner == "local"
    assert "laptop" in run("keys", "list")
    assert secret not in run("keys", "list", "--json")
    run("keys", "revoke", "laptop")
    assert Keys(tmp_path).check(secret) is None
    assert json.loads(run("keys", "list", "--json"))["data"] == []
    assert json.loads(run("keys", "list", "--revoked", "--json"))["data"][0]["revoked_at"]


def test_json_has_the_secret(run, tmp_path):
    made = json.loads(run("keys", "create", "monitor", "--admin", "--json"))
    assert made["role"] == "admin"
    assert Keys(tmp_path).check(made["secret"]).name == "monitor"
