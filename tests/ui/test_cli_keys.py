"""Keys on the command line: the secret is shown once, and revoked keys are gone."""

import json

import pytest
from typer.testing import CliRunner

from assistant.accounts import Accounts
from assistant.keys import Keys
from retrieval.faults import InvalidInput, NotFound
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


def test_scopes_bounds_and_an_end(run, tmp_path):
    made = json.loads(run("keys", "create", "site", "--scope", "chat", "--scope", "read", "--expires", "2d", "--per-minute", "9", "--json"))
    assert made["scopes"] == ["read", "chat"]
    assert made["per_minute"] == 9
    assert 1.9 * 86_400 < made["expires_at"] - made["created_at"] < 2.1 * 86_400
    new = json.loads(run("keys", "rotate", "site", "--json"))["secret"]
    assert Keys(tmp_path).check(made["secret"]) is None
    assert Keys(tmp_path).check(new).scopes == ("read", "chat")
    assert "until" in run("keys", "list")
    with pytest.raises(InvalidInput):
        run("keys", "create", "other", "--expires", "tomorrow")


def test_accounts_are_added_suspended_and_removed(run, tmp_path):
    secret = tmp_path / "password.txt"
    secret.write_text("correct horse battery staple\n")
    for name in ("ana", "ben"):
        assert name in run("accounts", "add", name, "--password-file", str(secret))
    _, token = Accounts(tmp_path).log_in("ben", "correct horse battery staple")
    run("accounts", "suspend", "ben")
    assert "suspended" in run("accounts", "list")
    assert Accounts(tmp_path).session(token).suspended
    run("accounts", "resume", "ben")
    run("accounts", "role", "ben", "admin")
    secret.write_text("another good long password")
    run("accounts", "password", "ben", "--password-file", str(secret))
    assert Accounts(tmp_path).session(token) is None
    run("accounts", "remove", "ben")
    assert [account["name"] for account in json.loads(run("accounts", "list", "--json"))["data"]] == ["ana"]
    run("keys", "create", "robot")
    assert json.loads(run("accounts", "suspend", "robot", "--json")) == {"owner": "robot", "suspended": True}
    with pytest.raises(NotFound):
        run("accounts", "suspend", "nobody")
