"""`/v1/memory` on the real app: a person sees, changes, switches, exports and deletes their own facts and nobody else's."""

import json

import pytest
from api_app import ask, check_error, running

from ui.cli.backing_up import archive_of

TOLD = "remember that my cat is called Momo"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("memory")) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty(api):
    api.patch("/v1/memory", json={"enabled": True})
    api.delete("/v1/memory")


def facts(api, **more):
    return [fact["text"] for fact in api.get("/v1/memory", **more).json()["data"]]


def said(api, words):
    return ask(api, words).json()["choices"][0]["message"]["content"]


def test_what_a_turn_kept_is_seen_changed_and_deleted(api):
    assert said(api, TOLD).startswith("I will remember")
    listed = api.get("/v1/memory").json()
    assert (listed["object"], listed["enabled"], len(listed["data"])) == ("list", True, 1)
    fact = listed["data"][0]
    changed = api.patch(f"/v1/memory/{fact['id']}", json={"text": "my cat is called Felix"})
    assert changed.json()["text"] == "my cat is called Felix"
    assert "Felix" in said(api, "what is my cat called?")
    assert api.delete(f"/v1/memory/{fact['id']}").json()["deleted"]
    check_error(api.delete(f"/v1/memory/{fact['id']}"), 404, "not_found", "fact_id")
    assert facts(api) == []


def test_added_exported_and_all_deleted(api):
    for text in ("I live in Bonn", "我喜欢茶"):
        assert api.post("/v1/memory", json={"text": text}).status_code == 200
    answer = api.get("/v1/memory/export")
    assert "attachment" in answer.headers["content-disposition"]
    exported = json.loads(answer.content)
    assert [fact["text"] for fact in exported["facts"]] == ["我喜欢茶", "I live in Bonn"]
    assert api.delete("/v1/memory").json()["count"] == 2
    assert facts(api) == []


def test_off_keeps_and_reads_nothing(api):
    api.post("/v1/memory", json={"text": "my cat is called Momo"})
    assert api.patch("/v1/memory", json={"enabled": False}).json() == {"object": "memory", "enabled": False}
    assert "Memory is off" in said(api, "remember that I like tea")
    assert "Momo" not in said(api, "what is my cat called?")
    check_error(api.post("/v1/memory", json={"text": "x"}), 409, "memory_off")
    assert facts(api) == ["my cat is called Momo"]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 501}, {"text": 5}, {"text": "a", "owner": "b"}])
def test_bad_facts_are_refused(api, body):
    check_error(api.post("/v1/memory", json=body), 400)


def test_the_route_is_told(api):
    found = api.post("/v1/route", json={"input": TOLD}).json()
    assert found["plan"] == ["remember"]
    api.post("/v1/memory", json={"text": "my cat is called Momo"})
    assert api.post("/v1/route", json={"input": "what is my cat called?"}).json()["plan"] == ["remember"]


def test_a_backup_holds_the_facts(api, tmp_path):
    api.post("/v1/memory", json={"text": "I live in Bonn"})
    manifest = archive_of(api.assistant.settings.data_dir, tmp_path / "backup.tar")
    assert "facts.db" in [member["name"] for member in manifest["members"]]


def test_each_owner_has_their_own(api):
    api.post("/v1/memory", json={"text": "I live in Bonn"})
    store = api.app.state.services.doorkeeper.keys
    _, alice = store.create("alice")
    _, local = store.create("laptop", owner="local")
    try:
        hers, mine = ({"Authorization": f"Bearer {secret}"} for secret in (alice, local))
        assert facts(api, headers=hers) == []
        fact = api.get("/v1/memory", headers=mine).json()["data"][0]["id"]
        check_error(api.patch(f"/v1/memory/{fact}", json={"text": "x"}, headers=hers), 404)
        check_error(api.delete(f"/v1/memory/{fact}", headers=hers), 404)
        assert api.delete("/v1/memory", headers=hers).json()["count"] == 0
        api.patch("/v1/memory", json={"enabled": False}, headers=hers)
        assert api.get("/v1/memory", headers=mine).json()["enabled"]
        assert facts(api, headers=mine) == ["I live in Bonn"]
    finally:
        store.revoke("alice")
        store.revoke("laptop")
