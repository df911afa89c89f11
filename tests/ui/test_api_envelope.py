"""What surrounds every request, over a small app: names, bodies, keys, the one error shape, and the net under everything."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData

from assistant.keys import Keys
from assistant.limits import Limits
from assistant.settings import Settings
from retrieval.faults import Busy, StorageFull
from ui.api import auth, errors
from ui.api.body import Bodies, BodyLimit, form, json_body
from ui.api.envelope import Envelope

LIMIT = 100_000


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=10)
    count: int = Field(default=1, ge=0, le=5)


class State:
    def __init__(self, doorkeeper):
        self.doorkeeper, self.settings = doorkeeper, Settings()


def build(tmp_path, configured=(), token=""):
    app = FastAPI()
    keys = Keys(tmp_path)
    doorkeeper = auth.Doorkeeper(keys, configured, token)
    app.state.services = State(doorkeeper)
    app.state.seen = []
    errors.install(app)

    @app.post("/thing", dependencies=[Depends(auth.user)])
    async def thing(caller: auth.User, body: Annotated[Thing, Depends(json_body(Thing))]):
        return {"owner": caller.owner, "name": body.name}

    @app.post("/form", dependencies=[Depends(auth.user)])
    async def take(fields: Annotated[FormData, Depends(form)]):
        return {"fields": len(fields)}

    @app.get("/admin", dependencies=[Depends(auth.admin)])
    async def admin():
        return {}

    @app.get("/boom")
    async def boom():
        raise ZeroDivisionError("/secret/path")

    @app.get("/busy")
    async def busy():
        raise Busy("Full.", hint="Wait.")

    @app.get("/full")
    async def full():
        raise StorageFull("No room.")

    @app.get("/number")
    async def number(n: int, request: Request):
        return {"n": n}

    app.add_middleware(BodyLimit, limits=Limits(body_bytes=LIMIT), bodies=Bodies(2 * LIMIT))
    app.add_middleware(Envelope, locked=lambda: doorkeeper.locked, observe=lambda *row: app.state.seen.append(row))
    return app, keys


@pytest.fixture
def client(tmp_path):
    app, keys = build(tmp_path)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client
    keys.close()


def check_shape(answer, status, code=None):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert {"message", "type", "param", "code"} <= set(error)
    assert error["message"]
    assert "Traceback" not in answer.text
    if code:
        assert error["code"] == code
    return error


def test_a_good_request_has_an_id_and_safe_headers(client):
    answer = client.post("/thing", json={"name": "x"})
    assert answer.json() == {"owner": "local", "name": "x"}
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ('{"name": 5}', "name"), ('{"name": "' + "x" * 11 + '"}', "name"), ('{"name": "x", "count": 9}', "count"),
        ('{"count": 1}', "name"), ('{"name": "x", "more": 1}', "more"), ("[]", None), ("null", None), ('"x"', None), ("{", None),
    ],
)  # fmt: skip
def test_a_bad_body_names_the_field_and_never_the_input(client, body, param):
    answer = client.post("/thing", content=body, headers={"content-type": "application/json"})
    error = check_shape(answer, 400, "invalid_request")
    assert error["param"] == param
    assert len(answer.content) < 500


def test_a_large_bad_field_is_not_echoed(client):
    answer = client.post("/thing", json={"name": ["secret" * 1000]})
    assert "secret" not in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png"])
def test_another_content_type_is_415(client, kind):
    check_shape(client.post("/thing", content=b"{}", headers={"content-type": kind}), 415)


def test_unknown_address_and_method(client):
    assert "/docs" in check_shape(client.get("/nothing"), 404, "not_found")["message"]
    check_shape(client.get("/thing"), 405, "method_not_allowed")
    check_shape(client.get("/number?n=x"), 400)
    check_shape(client.get("/number?n=1e999"), 400)


def test_a_crash_is_a_500_with_an_id_and_nothing_else(client):
    answer = client.get("/boom")
    error = check_shape(answer, 500, "internal_error")
    assert answer.headers["x-request-id"] in error["message"]
    assert "secret" not in answer.text


def test_faults_keep_their_status_and_say_when_to_come_back(client):
    assert client.get("/busy").headers["retry-after"] == "1"
    check_shape(client.get("/busy"), 429, "busy")
    check_shape(client.get("/full"), 507, "insufficient_storage")


def test_chinese_readers_get_chinese(client):
    error = check_shape(client.get("/nothing", headers={"accept-language": "zh-CN,zh;q=0.9"}), 404)
    assert "地址" in error["message"]


def test_a_body_over_the_limit_is_413_declared_or_not(client):
    check_shape(client.post("/thing", content=b"x" * (LIMIT + 1), headers={"content-type": "application/json"}), 413, "too_large")

    def pieces():
        for _ in range(20):
            yield b"x" * 10_000

    check_shape(client.post("/thing", content=pieces(), headers={"content-type": "application/json"}), 413, "too_large")
    big = client.post("/form", files={"file": ("x", b"x" * (LIMIT + 1))})
    check_shape(big, 413, "too_large")


def test_forms_are_bounded_and_errors_have_the_shape(client):
    assert client.post("/form", files={"file": ("x", b"1")}).json() == {"fields": 1}
    check_shape(client.post("/form", files=[("file", ("x", b"1"))] * 200), 400)
    check_shape(client.post("/form", content=b"nonsense", headers={"content-type": "multipart/form-data; boundary=x"}), 400)
    check_shape(client.post("/form", content=b"nonsense", headers={"content-type": "multipart/form-data"}), 400)
    check_shape(client.post("/form", json={}), 415)


@pytest.mark.parametrize(
    "host", ["a/?", "a#", "a?x=/healthz", "", "localhost:x", "user@localhost", "[::1", "локал", "evil.example", "127.0.0.1.evil.example"]
)
def test_a_wrong_host_is_refused(client, host):
    answer = client.post("/thing", json={"name": "x"}, headers={"host": host.encode()})
    assert answer.status_code in (400, 403)
    check_shape(answer, answer.status_code)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "127.9.9.9"])
def test_this_machine_by_any_of_its_names(client, host):
    assert client.post("/thing", json={"name": "x"}, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", 403), ("null", 403), ("http://localhost:8501", 200), ("http://127.0.0.1", 200)]
)
def test_a_page_of_another_site_is_refused_while_nothing_is_locked(client, origin, status):
    answer = client.post("/thing", json={"name": "x"}, headers={"origin": origin})
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


def test_metrics_get_the_pattern_and_not_the_address(client):
    client.get("/number?n=1")
    client.get("/nothing/secret")
    rows = client.app.state.seen
    assert ("GET", "/number", 200) in [row[:3] for row in rows]
    assert all("secret" not in row[1] for row in rows)


class TestKeys:
    def post(self, client, **headers):
        return client.post("/thing", json={"name": "x"}, headers=headers)

    @pytest.fixture
    def locked(self, tmp_path):
        app, keys = build(tmp_path, token="local-token")
        with TestClient(app, base_url="http://localhost") as client:
            yield client, keys
        keys.close()

    def test_without_keys_any_bearer_will_do_from_here(self, locked):
        client, _ = locked
        assert self.post(client, authorization="Bearer anything").json()["owner"] == "local"

    def test_with_a_key_every_caller_needs_one(self, locked):
        client, keys = locked
        _, alice = keys.create("alice")
        assert self.post(client, authorization=f"Bearer {alice}").json()["owner"] == "alice"
        assert self.post(client, authorization="Bearer local-token").json()["owner"] == "local"
        for bad in ("", "Bearer", "Bearer x", "Basic " + alice, "Bearer ' OR 1=1--", "Bearer " + "x" * 10_000):
            answer = self.post(client, authorization=bad)
            check_shape(answer, 401, "invalid_api_key")
            assert answer.headers["www-authenticate"] == "Bearer"
        check_shape(self.post(client), 401)
        keys.revoke("alice")
        keys.create("bob")
        check_shape(self.post(client, authorization=f"Bearer {alice}"), 401)

    def test_roles(self, locked):
        client, keys = locked
        _, alice = keys.create("alice")
        _, root = keys.create("root", role="admin")
        check_shape(client.get("/admin", headers={"authorization": f"Bearer {alice}"}), 403, "not_allowed")
        assert client.get("/admin", headers={"authorization": f"Bearer {root}"}).status_code == 200

    def test_the_body_is_not_read_before_the_caller_is_known(self, locked):
        client, keys = locked
        keys.create("alice")
        check_shape(client.post("/thing", content=b"{", headers={"content-type": "application/json"}), 401)

    def test_keys_of_the_settings(self, tmp_path):
        app, keys = build(tmp_path, configured=("configured-key",))
        client = TestClient(app, base_url="http://any.name")
        check_shape(self.post(client), 401)
        assert self.post(client, authorization="Bearer configured-key").status_code == 200
        keys.close()

    def test_another_machine_needs_a_key_even_when_there_is_none(self, tmp_path):
        app, keys = build(tmp_path)
        client = TestClient(app, base_url="http://localhost", client=("192.0.2.7", 5))
        assert "keys create" in check_shape(self.post(client), 401)["message"]
        keys.close()


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("", False),
        ("evil", False),
        ("0.0.0.0", False),
    ],
)
def test_loopback(host, here):
    assert auth.is_loopback(host) is here
