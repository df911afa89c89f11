"""Who may call what: every route declares a policy, and nobody sees what belongs to somebody else."""

import re

import pytest
from api_app import WARRANTY, ask, check_error, ingest, png, running
from fastapi.routing import APIRoute, APIWebSocketRoute

from assistant.keys import USER_SCOPES
from ui.api.auth import POLICIES, admin, open_to_all
from ui.api.realtime_door import talker
from ui.api.scopes import exceptions, needed

OPEN = {
    "/", "/docs", "/openapi.json", "/healthz", "/readyz", "/widget.js", "/devices", "/devices/home.js", "/devices/home.css", "/voice",
    "/voice/{name}", "/v1/sessions", "/v1/sessions/options",
}  # fmt: skip
ADMINS = {"/metrics", "/v1/retention", "/v1/accounts", "/v1/accounts/first", "/v1/accounts/{name}", "/v1/sessions/identity",
          "/v1/vector_stores/{name}/bulk"}  # fmt: skip


def policies(dependant):
    found = {dependant.call} & set(POLICIES)
    for inner in dependant.dependencies:
        found |= policies(inner)
    return found


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("policies")) as client:
        yield client


@pytest.fixture(scope="module")
def keys(api):
    """Two tenants, an admin, keys of one scope, and keys that open nothing any more. From here on the server is locked."""
    doorkeeper = api.app.state.services.doorkeeper
    store = doorkeeper.keys
    secrets = {name: store.create(name)[1] for name in ("alice", "bob", "gone", "rotated", "expired", "suspended")}
    secrets |= {"root": store.create("root", role="admin")[1]}
    secrets |= {f"only {scope}": store.create(f"only {scope}", scopes=(scope,))[1] for scope in USER_SCOPES}
    store.revoke("gone")
    store.rotate("rotated")
    doorkeeper.accounts.suspend("suspended")
    with doorkeeper.keys._file.change() as db:
        db.execute("UPDATE keys SET expires_at = created_at WHERE name = 'expired'")
    return {name: {"Authorization": f"Bearer {secret}"} for name, secret in secrets.items()}


def routes(api):
    return [route for route in api.app.routes if isinstance(route, APIRoute)]


def test_every_route_declares_a_policy(api):
    assert len(routes(api)) > 45
    undeclared = [route.path for route in routes(api) if not policies(route.dependant)]
    assert undeclared == []
    assert {route.path for route in routes(api) if policies(route.dependant) == {open_to_all}} == OPEN
    assert {route.path for route in routes(api) if admin in policies(route.dependant)} == ADMINS


def test_nothing_but_routes_and_one_socket_is_served(api):
    others = [route for route in api.app.routes if not isinstance(route, APIRoute)]
    assert [(type(route), route.path) for route in others] == [(APIWebSocketRoute, "/v1/realtime")]
    assert talker in {inner.call for inner in others[0].dependant.dependencies}  # its policy; tests/ui/test_api_realtime.py tries it


def protected(api):
    """(method, template, address) of every route that is not open to all."""
    for route in routes(api):
        if policies(route.dependant) == {open_to_all}:
            continue
        for method in sorted(route.methods):
            yield method, route.path, re.sub(r"\{[^}]+\}", "x", route.path)


HOSTILE = {
    "injection": "Bearer ' OR 1=1--", "long": "Bearer " + "a" * 20_000, "letters": "Bearer ключ".encode(),
    "no scheme": "syn_", "basic": "Basic YTpi", "empty": "Bearer ", "session": "Bearer ses_' OR 1=1--", "secret": "Bearer ek_x",
}  # fmt: skip


@pytest.mark.case("X01", "X06")
@pytest.mark.parametrize("who", ["nobody", "wrong", "gone", "rotated", "expired", "suspended", "twice", *HOSTILE])
def test_every_protected_route_refuses_a_stranger(api, keys, who):
    if who in HOSTILE:
        headers = [("Authorization", HOSTILE[who])]
    elif who == "twice":
        headers = [("Authorization", keys["alice"]["Authorization"]), ("Authorization", keys["bob"]["Authorization"])]
    else:
        headers = list({"nobody": {}, "wrong": {"Authorization": "Bearer wrong"}}.get(who, keys.get(who, {})).items())
    tried = 0
    for method, template, path in protected(api):
        status = 403 if who == "suspended" and "/widget/" not in template else 401
        answer = api.request(method, path, headers=headers)
        tried += 1
        if method == "HEAD":
            assert answer.status_code == status
        else:
            code = (
                "suspended" if status == 403 else ("session_over" if who == "session" and "/widget/" not in template else "invalid_api_key")
            )
            check_error(answer, status, code)
    assert tried > 90


@pytest.mark.case("X01")
@pytest.mark.parametrize("scope", sorted(USER_SCOPES))
def test_a_key_without_the_scope_of_a_route_is_refused(api, keys, scope):
    refused = 0
    for method, template, path in protected(api):
        lacks = scope not in needed(method, template)
        if "/widget/" in template or not lacks:
            continue
        refused += 1
        answer = api.request(method, path, headers=keys[f"only {scope}"])
        if method == "HEAD":
            assert answer.status_code == 403
        else:
            check_error(answer, 403, "insufficient_scope")
    assert refused > 40
    allowed = {"read": ("GET", "/v1/files"), "chat": ("POST", "/v1/route"), "write": ("POST", "/v1/vector_stores")}
    body = {"input": "hello"} if scope == "chat" else {"name": "own"} if scope == "write" else None
    assert api.request(*allowed[scope], headers=keys[f"only {scope}"], json=body).status_code == 200


def test_every_exception_among_the_scopes_is_a_route(api):
    assert exceptions() <= {(method, route.path) for route in routes(api) for method in route.methods}


def test_open_routes_tell_nothing_secret(api, keys):
    for path in OPEN - {"/readyz", "/v1/sessions"}:  # the latter takes a password; tests/ui/test_api_sessions.py tries it
        answer = api.get(path.format(name="live.css"))
        assert answer.status_code == 200
        assert str(api.assistant.settings.data_dir) not in answer.text


def test_metrics_are_for_admins(api, keys):
    check_error(api.get("/metrics", headers=keys["alice"]), 403)
    text = api.get("/metrics", headers=keys["root"]).text
    assert "synesthesia_requests_total" in text
    assert "synesthesia_turns_running 0.0" in text


@pytest.mark.case("X02")
def test_what_belongs_to_one_does_not_exist_for_another(api, keys):
    api.headers.update(keys["alice"])
    store = api.post("/v1/vector_stores", json={"name": "private"}).json()["id"]
    secret = WARRANTY.replace("two years", "ninety-nine moons")
    file, _ = ingest(api, store, "secret.md", secret)
    picture = api.post("/v1/files", files={"file": ("a.png", png())}).json()["id"]
    item = api.post("/v1/search", json={"query": "warranty", "collection": store}).json()["data"][0]["item_id"]
    chat = api.post("/v1/conversations", json={"collections": [store]}).json()["id"]
    ask(api, "what does the warranty cover?", metadata={"conversation": chat})
    message = api.get(f"/v1/conversations/{chat}/messages").json()["data"][0]["id"]
    api.headers.update(keys["bob"])
    mine = api.post("/v1/vector_stores", json={"name": "mine"}).json()["id"]

    foreign = [
        ("GET", f"/v1/files/{file}"), ("GET", f"/v1/files/{file}/content"), ("GET", f"/v1/files/{file}/evidence"),
        ("GET", f"/v1/files/{picture}/thumbnail"), ("GET", f"/v1/images/{picture}"), ("POST", f"/v1/images/{picture}/again"),
        ("DELETE", f"/v1/files/{file}"), ("GET", f"/v1/items/{item}"), ("GET", f"/v1/items/{item}/content"),
        ("GET", f"/v1/items/{item}/evidence"),
        ("GET", f"/v1/items/{item}/thumbnail"), ("GET", f"/v1/vector_stores/{store}/map"),
        ("GET", f"/v1/items/{item}/similar"), ("DELETE", f"/v1/items/{item}"), ("GET", f"/v1/vector_stores/{store}"),
        ("DELETE", f"/v1/vector_stores/{store}"),
        ("GET", f"/v1/vector_stores/{store}/files"), ("GET", f"/v1/vector_stores/{store}/items"),
        ("GET", f"/v1/vector_stores/{store}/files/{file}"),
        ("DELETE", f"/v1/vector_stores/{store}/files/{file}"), ("GET", f"/v1/vector_stores/{store}/files/{file}/content"),
        ("GET", f"/v1/conversations/{chat}"), ("GET", f"/v1/conversations/{chat}/messages"), ("DELETE", f"/v1/conversations/{chat}"),
        ("DELETE", f"/v1/conversations/{chat}/messages/{message}"),
    ]  # fmt: skip
    for method, path in foreign:
        check_error(api.request(method, path), 404)
        unknown = api.request(method, re.sub(r"(file-|item[-_]|vs_|conv_|msg_)[\w-]+", r"\1none", path))
        check_error(unknown, 404)
    bodies = [
        (f"/v1/vector_stores/{store}", {"name": "stolen"}), (f"/v1/vector_stores/{store}/files", {"file_id": file}),
        (f"/v1/vector_stores/{mine}/files", {"file_id": file}),
        ("/v1/vector_stores", {"file_ids": [file]}), (f"/v1/vector_stores/{store}/search", {"query": "warranty"}),
        ("/v1/search", {"query": "warranty", "collection": store}), ("/v1/recommend", {"positive": [item]}),
        (f"/v1/vector_stores/{store}/calibration", {}),
        (f"/v1/conversations/{chat}", {"title": "stolen"}), ("/v1/conversations", {"collections": [store]}),
        ("/v1/search", {"query": [{"type": "image_url", "image_url": {"url": f"/v1/files/{picture}/content"}}]}),
    ]  # fmt: skip
    for path, body in bodies:
        check_error(api.post(path, json=body), 404)
    check_error(ask(api, "hi", metadata={"conversation": chat}), 404)
    check_error(ask(api, "hi", metadata={"collection": store}), 404)
    check_error(ask(api, [{"type": "file", "file": {"file_id": file}}]), 404)
    for path in ("/v1/files", "/v1/conversations", "/v1/images"):
        assert api.get(path).json()["data"] == []
    assert [s["id"] for s in api.get("/v1/vector_stores").json()["data"]] == [mine]
    for body in ({"query": "ninety-nine moons"}, {"query": "warranty", "k": 100}):
        assert "moons" not in api.post("/v1/search", json=body).text
    api.headers.update(keys["alice"])
    assert api.get(f"/v1/files/{file}").status_code == 200
    assert "moons" in ask(api, "what does the warranty cover?", metadata={"collection": store}).text
    del api.headers["Authorization"]


class TestReference:
    def test_the_page_is_whole_in_itself(self, api):
        page = api.get("/docs")
        assert page.headers["content-type"].startswith("text/html")
        assert not re.search(r"<script|https?://(?!localhost)|<link|<img", page.text)
        for path in ("/v1/chat/completions", "/v1/vector_stores", "/v1/search", "/v1/emotion"):
            assert path in page.text

    def test_the_schema_describes_the_bodies(self, api):
        schema = api.get("/openapi.json").json()
        body = schema["paths"]["/v1/chat/completions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        fields = schema["components"]["schemas"][body["$ref"].rsplit("/", 1)[-1]]["properties"]
        assert {"messages", "stream", "metadata", "modalities"} <= set(fields)
        references = set(re.findall(r'"#/components/schemas/(\w+)"', api.get("/openapi.json").text))
        assert references <= set(schema["components"]["schemas"])

    def test_the_root_leads_there(self, api):
        assert api.get("/", follow_redirects=False).headers["location"] == "/docs"
