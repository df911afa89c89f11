"""Clients that send or read slowly, or not at all, in a real server with real sockets: each is let go, and the others are served."""

import contextlib
import socket
import threading
import time

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from assistant.limits import Limits
from ui.api import errors
from ui.api.body import Bodies, BodyLimit
from ui.api.connections import Server, bounded
from ui.api.envelope import Envelope
from ui.api.patience import SlowReaders
from ui.api.streams import EventStream

LIMITS = Limits(
    head_seconds=1, stalled_seconds=1, slowest_bytes=10_000, body_seconds=4, body_bytes=2_000_000, bodies_bytes=3_000_000, connections=12
)  # fmt: skip
POST = b"POST /read HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def served():
    short = pytest.MonkeyPatch()
    short.setattr("ui.api.connections.LINGER_SECONDS", 1.0)
    short.setattr("ui.api.body.DRAIN_SECONDS", 1.0)
    app, state = FastAPI(), {"closed": [], "bodies": Bodies(LIMITS.bodies_bytes)}
    errors.install(app)

    @app.get("/")
    async def canary():
        return {"here": True}

    @app.post("/read")
    async def read(request: Request):
        return {"bytes": len(await request.body())}

    @app.get("/large")
    async def large():
        return errors.Body({"words": "x" * 30_000_000})

    async def piece_by_piece(size):
        try:
            for _ in range(size):
                yield b"data: " + b"x" * 10_000 + b"\n\n"
        finally:
            state["closed"].append(size)

    @app.get("/stream/{size}")
    async def stream(size: int):
        return EventStream(piece_by_piece(size))

    app.add_middleware(BodyLimit, limits=LIMITS, bodies=state["bodies"])
    app.add_middleware(SlowReaders, stalled=LIMITS.stalled_seconds, slowest=LIMITS.slowest_bytes)
    app.add_middleware(Envelope, locked=lambda: False, observe=lambda *seen: None)
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", http=bounded(LIMITS)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    state["connections"] = server.server_state.connections
    yield listener.getsockname()[1], state
    server.should_exit = True
    thread.join(10)
    listener.close()
    short.undo()


def connect(port, small=False):
    client = socket.socket()
    if small:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect(("127.0.0.1", port))
    return client


def until_closed(client):
    """All that comes until the server closes the connection."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(65536):
            found += piece
    return found


@pytest.mark.case("L03")
@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n"])
def test_a_head_that_does_not_end_is_not_waited_for(served, sent):
    with contextlib.closing(connect(served[0])) as client:
        client.sendall(sent)
        assert until_closed(client).startswith(b"HTTP/1.1 408 ")


@pytest.mark.case("L03", "U13")
def test_a_head_that_comes_byte_by_byte_after_an_answer_is_not_waited_for(served):
    with contextlib.closing(connect(served[0])) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in client.recv(65536)
        with pytest.raises(ConnectionError):  # noqa: PT012 - whichever byte is one too many
            for byte in b"GET / HTTP/1.1\r\n" * 20:
                client.sendall(bytes([byte]))
                time.sleep(0.05)


@pytest.mark.case("U12", "U13", "L03")
@pytest.mark.parametrize("head", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"])
def test_a_body_that_does_not_come_is_told_so_and_ended(served, head):
    with contextlib.closing(connect(served[0])) as client:
        client.sendall(POST + head)
        answer = until_closed(client)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"body_too_slow" in answer


@pytest.mark.case("U13", "L03")
def test_a_body_of_a_byte_at_a_time_is_ended(served):
    with contextlib.closing(connect(served[0])) as client:
        client.sendall(POST + b"Content-Length: 100000\r\n\r\n")
        with pytest.raises(ConnectionError):  # noqa: PT012
            for _ in range(400):
                client.sendall(b"x")
                time.sleep(0.05)


@pytest.mark.case("U12", "U13")
def test_a_body_without_end_is_ended(served):
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with contextlib.closing(connect(served[0])) as client:
        client.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        began = time.monotonic()
        with pytest.raises(ConnectionError):  # noqa: PT012
            while time.monotonic() < began + 60:
                client.sendall(piece)
                time.sleep(0.01)
    assert served[1]["bodies"].held == 0


def test_only_so_many_bytes_of_bodies_are_held_at_once(served):
    port, state = served
    first = [connect(port) for _ in range(2)]
    for client in first:
        client.sendall(POST + b"Content-Length: 1900000\r\n\r\n" + b"x" * 1_400_000)
    deadline = time.monotonic() + 10
    while state["bodies"].held < 2_800_000 and time.monotonic() < deadline:
        time.sleep(0.01)
    refused = httpx.post(f"http://127.0.0.1:{port}/read", content=b"x" * 900_000, headers={"Host": "localhost"})
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "bodies_full"
    assert int(refused.headers["retry-after"]) >= 1
    for client in first:
        client.close()
    while state["bodies"].held and time.monotonic() < deadline:
        time.sleep(0.01)
    assert state["bodies"].held == 0
    assert httpx.post(f"http://127.0.0.1:{port}/read", content=b"x" * 900_000, headers={"Host": "localhost"}).json() == {"bytes": 900_000}


@pytest.mark.case("L03")
def test_sockets_that_say_nothing_give_way_to_who_asks(served):
    port, state = served
    silent = [connect(port) for _ in range(40)]
    for client in silent:
        with contextlib.suppress(ConnectionError):
            client.sendall(b"GET / HT")
    assert httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": "localhost"}, timeout=20).json() == {"here": True}
    assert len(state["connections"]) <= LIMITS.connections + 1
    for client in silent:
        client.close()


@pytest.mark.case("L03")
@pytest.mark.parametrize("path", [b"/large", b"/stream/3000"])
def test_an_answer_that_nobody_takes_is_given_up(served, path):
    with contextlib.closing(connect(served[0], small=True)) as client:
        client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deadline = time.monotonic() + 20
        while served[1]["connections"] and time.monotonic() < deadline:
            client.recv(1)
            time.sleep(0.2)
        assert not served[1]["connections"], "one byte at a time would take months"


@pytest.mark.case("L03")
def test_what_wrote_an_answer_is_free_before_a_slow_reader_has_it(served):
    """Twenty pieces of 10 kB fit into the buffer: the generator ends though hardly anything was read."""
    with contextlib.closing(connect(served[0], small=True)) as client:
        client.sendall(b"GET /stream/20 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1)
        deadline = time.monotonic() + 10
        while 20 not in served[1]["closed"] and time.monotonic() < deadline:
            time.sleep(0.01)
        assert 20 in served[1]["closed"]
        assert until_closed_or(client, b"0\r\n\r\n").count(b"data: ") == 20


def until_closed_or(client, end):
    found = b""
    while not found.endswith(end) and (piece := client.recv(65536)):
        found += piece
    return found
