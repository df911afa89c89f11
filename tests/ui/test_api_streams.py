"""Streams stop their work when the client leaves, in a real server with real sockets."""

import asyncio
import contextlib
import json
import socket
import threading
import time

import pytest
import uvicorn
from fastapi import FastAPI, Request

from retrieval.faults import Cancelled, TooLarge
from ui.api import streams


def sent(*messages, seconds=0.1):
    """A request whose client sends these messages, and leaves `seconds` later."""
    coming = iter(messages)

    async def receive():
        message = next(coming, None)
        if isinstance(message, Exception):
            raise message
        if message is None:
            await asyncio.sleep(seconds)
        return message or {"type": "http.disconnect"}

    return Request({"type": "http"}, receive)


async def test_work_ends_when_the_client_left():
    stopped, cancelled = [], []

    async def work():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with pytest.raises(Cancelled):
        await streams.until_gone(sent(), work(), lambda: stopped.append(True))
    assert (stopped, cancelled) == ([True], [True])


async def test_a_result_and_an_error_come_through():
    async def good():
        return 42

    async def bad():
        raise KeyError("x")

    async def late():
        await asyncio.sleep(3 * streams.SOON_SECONDS)
        return 43

    unread = {"type": "http.request", "body": b"x", "more_body": True}
    assert await streams.until_gone(sent(seconds=60), good()) == 42
    assert await streams.until_gone(sent(unread, unread, seconds=60), late()) == 43
    with pytest.raises(KeyError):
        await streams.until_gone(sent(seconds=60), bad())


async def test_a_body_that_nobody_read_and_that_is_refused_ends_the_work():
    with pytest.raises(TooLarge):
        await streams.until_gone(sent(TooLarge("Too much.")), asyncio.sleep(60))


async def test_whoever_is_cancelled_cancels_the_work_and_stops_watching():
    before = asyncio.all_tasks()
    waiting = asyncio.ensure_future(streams.until_gone(sent(seconds=60), asyncio.sleep(60)))
    await asyncio.sleep(3 * streams.SOON_SECONDS)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert asyncio.all_tasks() == before


async def test_silence_is_filled_with_comments():
    async def slow():
        yield b"a"
        await asyncio.sleep(0.12)
        yield b"b"

    found = [piece async for piece in streams.with_heartbeat(slow(), 0.05)]
    assert [p for p in found if not p.startswith(b":")] == [b"a", b"b"]
    assert sum(p.startswith(b":") for p in found) >= 1


async def test_closing_during_a_heartbeat_closes_what_is_behind():
    closed = []

    async def slow():
        try:
            yield b"a"
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    behind = slow()
    beating = streams.with_heartbeat(behind, 0.01)
    assert await anext(beating) == b"a"
    assert (await anext(beating)).startswith(b":")
    await beating.aclose()
    await behind.aclose()
    assert closed == [True]


def test_sse_is_one_line_of_json():
    piece = streams.sse({"text": "zwei\nZeilen ✓ \ud800"}, event="x")
    assert piece.startswith(b"event: x\ndata: {")
    assert json.loads(piece.decode().split("data: ")[1])["text"].startswith("zwei\nZeilen ✓")
    assert piece.count(b"\n") == 3


@pytest.fixture
def served():
    app, state = FastAPI(), {"open": 0, "closed": 0}

    async def endless():
        state["open"] += 1
        try:
            while True:
                yield streams.sse({"n": 1})
                await asyncio.sleep(0.01)
        finally:
            state["closed"] += 1

    @app.get("/stream")
    async def stream(request: Request):
        return streams.EventStream(endless())

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1], state
    server.should_exit = True
    thread.join(10)
    listener.close()


def test_hanging_up_closes_the_generator_within_a_quarter_second(served):
    port, state = served
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for client in clients:
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    for client in clients:
        while b"data:" not in client.recv(4096):
            pass
    for client in clients:
        with contextlib.suppress(OSError):
            client.close()
    deadline = time.monotonic() + 2
    while state["closed"] < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (state["open"], state["closed"]) == (20, 20)
