"""People over HTTP: they log in, are throttled by name, see their own, and what they hold open ends when they are sent away."""

import json
import threading

import pytest
from api_app import check_error, running
from own_service import service_here
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from assistant.settings import read
from retrieval.faults import NotAllowed
from ui.api.server import bind

MASTER = {"Authorization": "Bearer local-token"}
SECRET = "correct horse battery staple"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("sessions"), oidc_allow=("@firm.example", "guest@other.example")) as client:
        yield client


@pytest.fixture(scope="module")
def people(api):
    assert api.get("/v1/sessions/options").json()["login"] is False
    first = api.post("/v1/accounts/first", json={"name": "Ana", "password": SECRET})
    assert first.status_code == 200, first.text
    assert api.get("/v1/sessions/options").json()["login"] is True
    check_error(api.get("/v1/files"), 401)
    check_error(api.post("/v1/accounts/first", json={"name": "Eve", "password": SECRET}, headers=MASTER), 409, "not_first")
    assert api.post("/v1/accounts", json={"name": "Ben", "password": SECRET}, headers=MASTER).status_code == 200
    return {"Ana": bearer(first.json()["token"])}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def log_in(api, name, password=SECRET, **options):
    return api.post("/v1/sessions", json={"name": name, "password": password}, **options)


def test_a_person_sees_their_own_and_no_account_but_their_own(api, people):
    ben = bearer(log_in(api, "ben").json()["token"])
    me = api.get("/v1/sessions/current", headers=ben).json()
    assert (me["owner"], me["role"], me["account"]["name"]) == ("Ben", "user", "Ben")
    made = api.post("/v1/vector_stores", json={"name": "ben's"}, headers=ben).json()["id"]
    check_error(api.get(f"/v1/vector_stores/{made}", headers=people["Ana"]), 404)
    for method, path in (("GET", "/v1/accounts"), ("PATCH", "/v1/accounts/Ana"), ("DELETE", "/v1/accounts/Ana"), ("GET", "/metrics")):
        check_error(api.request(method, path, headers=ben), 403)
    assert {row["name"] for row in api.get("/v1/accounts", headers=people["Ana"]).json()["data"]} >= {"Ana", "Ben"}
    for secret in (SECRET, "argon2"):
        assert secret not in api.get("/v1/accounts", headers=people["Ana"]).text


@pytest.mark.case("X05")
def test_log_out_and_change_of_password_kill_what_was_open(api, people):
    given = {"Cookie": "synesthesia_session=ses_fixed", **bearer("ses_fixed")}
    one, two = (log_in(api, "Ben", headers=given).json()["token"] for _ in range(2))
    assert "ses_fixed" not in (one, two)
    assert one != two
    assert api.delete("/v1/sessions/current", headers=bearer(one)).status_code == 200
    check_error(api.get("/v1/files", headers=bearer(one)), 401, "session_over")
    check_error(api.post("/v1/sessions/password", json={"old": "wrong" * 5, "new": SECRET}, headers=bearer(two)), 401, "wrong_password")
    check_error(api.post("/v1/sessions/password", json={"old": SECRET, "new": "short"}, headers=bearer(two)), 400, param="password")
    changed = api.post("/v1/sessions/password", json={"old": SECRET, "new": SECRET + "!"}, headers=bearer(two)).json()["token"]
    check_error(api.get("/v1/files", headers=bearer(two)), 401)
    assert api.get("/v1/files", headers=bearer(changed)).status_code == 200
    assert api.patch("/v1/accounts/Ben", json={"password": SECRET}, headers=people["Ana"]).status_code == 200
    check_error(api.get("/v1/files", headers=bearer(changed)), 401)
    check_error(api.post("/v1/sessions/password", json={"old": "", "new": SECRET}, headers=MASTER), 400)


@pytest.mark.case("X05")
def test_guesses_are_counted_by_name_whatever_address_they_claim(api, people):
    api.post("/v1/accounts", json={"name": "Cleo", "password": SECRET}, headers=people["Ana"])
    statuses = []
    for guess in range(100):
        sent = {
            "X-Forwarded-For": f"203.0.113.{guess % 250}",
            "X-Real-IP": f"198.51.100.{guess % 250}",
            "Forwarded": f"for=192.0.2.{guess % 9}",
        }
        statuses.append(log_in(api, "Cleo" if guess % 2 else "CLEO", f"guess number {guess}", headers=sent).status_code)
    assert set(statuses) == {401, 429}
    assert statuses.count(401) < 20
    refused = log_in(api, "Cleo")
    check_error(refused, 429, "too_many_guesses")
    assert int(refused.headers["retry-after"]) > 0
    assert log_in(api, "Ben").status_code == 200  # nobody else waits


def test_identities_come_in_as_owners_if_they_are_invited(api, people):
    def come(mail, verified=True, subject="1"):
        body = {"issuer": "https://id.example", "subject": subject, "email": mail, "email_verified": verified, "issued_at": 5.0}
        return api.post("/v1/sessions/identity", json=body, headers=MASTER)

    dora = come("Dora@firm.example").json()
    assert (dora["account"]["login"], dora["account"]["role"]) == ("oidc", "user")
    assert api.get("/v1/files", headers=bearer(dora["token"])).json()["data"] == []
    assert come("guest@other.example", subject="2").json()["account"]["owner"] != dora["account"]["owner"]
    for mail, verified in (("dora@firm.example", False), ("x@firm.example.evil.example", True), ("firm.example", True), ("", True)):
        check_error(come(mail, verified, "3"), 403, "not_invited")
    ben = bearer(log_in(api, "Ben").json()["token"])
    body = {"issuer": "https://id.example", "subject": "1", "email": "dora@firm.example", "email_verified": True, "issued_at": 9.0}
    check_error(api.post("/v1/sessions/identity", json=body, headers=ben), 403)
    assert api.delete("/v1/sessions/current", headers=bearer(dora["token"])).status_code == 200
    check_error(come("dora@firm.example"), 403)


@pytest.mark.case("X01")
def test_behind_a_proxy_nobody_is_on_this_machine(tmp_path):
    with running(tmp_path) as api:
        assert api.get("/v1/files").status_code == 200
        for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
            check_error(api.get("/v1/files", headers={name: "127.0.0.1"}), 401)


@pytest.mark.case("X07")
@pytest.mark.parametrize(
    "key", ["changeme-changeme-changeme", "short", "secret-key-0123456789abcdef", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", " "]
)
def test_beyond_this_machine_a_weak_key_refuses_to_start(tmp_path, key):
    with pytest.raises(NotAllowed):
        bind(read({"data_dir": tmp_path, "host": "0.0.0.0", "api_keys": (key,), "port": 0}, environ={}, file=tmp_path / "none"))


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A server on a socket, with a key that is revoked while things are open."""
    with service_here(tmp_path_factory.mktemp("revoked")) as (api, bound):
        yield api, bound.server.config.app


def doorkeeper(app):
    while not hasattr(app, "state"):
        app = app.app
    return app.state.services.doorkeeper


def close_code(talk):
    """Read until the server hangs up."""
    try:
        while True:
            talk.recv(timeout=20)
    except ConnectionClosed as closed:
        return closed.rcvd.code


@pytest.mark.case("X05")
def test_a_stream_and_a_live_session_end_with_the_key_that_opened_them(real):
    import httpx

    api, app = real
    keys = doorkeeper(app).keys
    secret = keys.create("phone")[1]
    _, other = keys.create("tablet")
    short = httpx.post(f"{api.address}/v1/realtime/client_secrets", json={}, headers=bearer(secret)).json()["value"]
    address = api.address.replace("http", "ws") + "/v1/realtime?model=assistant"
    ended = {}

    def listen(name, key):
        with httpx.stream("GET", f"{api.address}/v1/devices/events", headers=bearer(key), timeout=30) as stream:
            lines = stream.iter_lines()
            next(lines)
            ready.release()
            if name == "phone":
                ended["stream"] = list(lines)

    ready = threading.Semaphore(0)
    threads = [threading.Thread(target=listen, args=(name, key)) for name, key in (("phone", secret), ("tablet", other))]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert ready.acquire(timeout=20)
    with (
        connect(address, additional_headers=bearer(secret)) as direct,
        connect(address, additional_headers=bearer(short)) as granted,
        connect(address, additional_headers=bearer(other)) as stays,
    ):
        for talk in (direct, granted, stays):
            assert json.loads(talk.recv(timeout=20))["type"] == "session.created"
        keys.revoke("phone")
        for talk in (direct, granted):
            assert close_code(talk) == 1008
        with pytest.raises(TimeoutError):
            stays.recv(timeout=1.5)
    for thread in threads:
        thread.join(20)
    assert "invalid_api_key" in "".join(ended["stream"])
