"""The server as a process: it answers at once, owns its directory, ends cleanly, and survives rude clients."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

import httpx
import pytest

from assistant.settings import Settings
from retrieval.lock import running_server
from ui.api.server import bind


def command(data_dir, *more):
    environment = {**os.environ, "ASSISTANT_SAMPLE": "0", "OFFLINE": "1"}
    arguments = [sys.executable, "-m", "ui.api.server", "--port", "0", "--data-dir", str(data_dir), *more]
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def server(data_dir, *more):
    """(process, address, seconds until /healthz answered)."""
    started = time.perf_counter()
    process = command(data_dir, *more)
    try:
        line = process.stdout.readline()
        assert "http://" in line, process.stderr.read()
        address = line.split()[3]
        while True:
            try:
                assert httpx.get(f"{address}/healthz", timeout=5).json() == {"status": "ok"}
                break
            except httpx.TransportError:
                time.sleep(0.02)
        took = time.perf_counter() - started
        while (state := httpx.get(f"{address}/readyz", timeout=10)).status_code != 200:
            assert time.perf_counter() - started < 60, state.text
            time.sleep(0.05)
        yield process, address, took
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("server") / "data"
    with server(data_dir) as (process, address, took):
        yield process, address, took, data_dir


def gauge(address, name):
    text = httpx.get(f"{address}/metrics").text
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith(f"synesthesia_{name} ")))


def test_healthz_answers_while_the_models_load(running):
    assert running[2] < 6, "2 s on an idle machine; here others may be at work"


def test_a_health_check_waits_for_no_heavy_import():
    """What the server imports before it listens; the agent's packages, the models' and those of decoders come behind it."""
    heavy = (
        "langchain",
        "langchain_core",
        "langgraph",
        "torch",
        "scipy",
        "onnxruntime",
        "transformers",
        "cv2",
        "sklearn",
        "pypdf",
        "httpx",
    )
    code = "import sys, ui.api.server, ui.api.app, ui.api.connections; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert "fastapi" in loaded
    assert loaded.isdisjoint(heavy), loaded & set(heavy)


def test_it_publishes_where_it_is_for_this_user_only(running):
    _, address, _, data_dir = running
    found = running_server(data_dir)
    assert found[0] == address
    assert len(found[1]) > 30
    assert (data_dir / "server.json").stat().st_mode & 0o077 == 0


@pytest.mark.case("D09")
def test_a_second_server_on_the_directory_ends_with_one_line(running):
    second = command(running[3])
    _, said = second.communicate(timeout=30)
    assert second.returncode == 1
    assert len(said.strip().splitlines()) == 1
    assert running[1] in said
    assert "--data-dir" in said
    assert httpx.get(f"{running[1]}/healthz").status_code == 200


def test_a_taken_port_ends_with_one_line(running, tmp_path):
    port = running[1].rsplit(":", 1)[1]
    second = command(tmp_path, "--port", port)
    _, said = second.communicate(timeout=30)
    assert second.returncode == 1
    assert len(said.strip().splitlines()) == 1
    assert "--port" in said


def test_beyond_this_machine_only_with_keys(tmp_path):
    open_to_all = command(tmp_path, "--host", "0.0.0.0")
    _, said = open_to_all.communicate(timeout=30)
    assert open_to_all.returncode == 1
    assert "keys create" in said
    assert len(said.strip().splitlines()) == 1


def test_a_bad_setting_ends_with_one_line(tmp_path):
    process = command(tmp_path, "--port", "99999")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "99999" in said
    assert "Traceback" not in said


@pytest.mark.case("D11")
def test_sigterm_ends_it_cleanly_and_the_directory_is_free(tmp_path):
    with server(tmp_path) as (process, address, _):
        httpx.post(
            f"{address}/v1/chat/completions", json={"model": "assistant", "messages": [{"role": "user", "content": "hello"}]}, timeout=30
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in (0, -signal.SIGTERM)
        assert not (tmp_path / "server.json").exists()
        assert running_server(tmp_path) is None
        assert "Traceback" not in process.stderr.read()


def raw(address, data, seconds=5.0, hang_up=False):
    host, port = address.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=seconds)) as client:
        client.sendall(data)
        if hang_up:
            return b""
        found = b""
        try:
            while piece := client.recv(65536):
                found += piece
                if b"\r\n\r\n" in found and b"}" in found:
                    break
        except TimeoutError:
            pass
        return found


HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (HEAD + b"Content-Length: 104857600000\r\n\r\n{}", b"413"), (HEAD + b"Content-Length: -1\r\n\r\n", b"400"),
        (HEAD + b"Content-Length: x\r\n\r\n", b"400"),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"400"), (HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n", b"4"),
        (b"GET / HTTP/9.9\r\n\r\n", b"400"), (b"\x16\x03\x01\x02\x00", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: a/?\r\n\r\n", b"400"), (b"GET /v1/models HTTP/1.1\r\n\r\n", b"400"),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 104857600\r\n\r\n", b"413"),
    ],
)  # fmt: skip
@pytest.mark.case("U13", "J09")
def test_broken_http_is_answered_and_nothing_breaks(running, request_, status):
    if b"104857600000" in request_:
        with socket.create_connection(tuple(_place(running[1])), timeout=30) as client:
            client.sendall(request_)
            client.shutdown(socket.SHUT_WR)
            answer = client.recv(65536)
    else:
        answer = raw(running[1], request_)
    assert answer == b"" or answer.split(b" ", 2)[1].startswith(status), answer[:200]
    assert httpx.get(f"{running[1]}/healthz").status_code == 200


def _place(address):
    host, port = address.removeprefix("http://").split(":")
    return host, int(port)


def test_a_hundred_clients_that_leave_cost_nothing(running):
    address = running[1]
    body = json.dumps({"model": "assistant", "stream": True, "messages": [{"role": "user", "content": "draw a red circle"}]}).encode()
    request = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    for _ in range(50):
        raw(address, request, hang_up=True)
        raw(address, request.replace(b'"stream": true', b'"stream":false'), hang_up=True)
    deadline = time.monotonic() + 30
    while gauge(address, "turns_running") + gauge(address, "turns_waiting") > 0:
        assert time.monotonic() < deadline, "slots were not given back"
        time.sleep(0.1)
    assert httpx.post(f"{address}/v1/route", json={"input": "hello"}, timeout=20).status_code == 200


@pytest.mark.parametrize("stream", [b"true", b"false"])
def test_a_client_that_leaves_in_the_middle_stops_its_turn(running, stream):
    address = running[1]
    body = b'{"model":"assistant","stream":' + stream + b',"messages":[{"role":"user","content":"draw a red circle on a green hill"}]}'
    clients = [socket.create_connection(_place(address), timeout=30) for _ in range(3)]
    for client in clients:
        client.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    deadline = time.monotonic() + 20
    while gauge(address, "turns_running") < 1:
        assert time.monotonic() < deadline, "no turn began"
        time.sleep(0.01)
    if stream == b"true":
        assert b"data:" in clients[0].recv(65536) + clients[0].recv(65536)
    for client in clients:
        client.close()
    left = time.monotonic()
    while gauge(address, "turns_running") + gauge(address, "turns_waiting"):
        assert time.monotonic() < left + 15, "the work goes on for nobody"
        time.sleep(0.02)


@pytest.mark.slow
def test_overload_is_answered_with_429_and_the_rest_is_served(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("busy")
    (data_dir / "assistant.toml").write_text("[limits]\nturns_at_once = 1\nturns_waiting = 1\n")
    environment = {**os.environ, "ASSISTANT_CONFIG": str(data_dir / "assistant.toml")}
    os.environ["ASSISTANT_CONFIG"] = environment["ASSISTANT_CONFIG"]
    try:
        with server(data_dir) as (_, address, _):
            answers = []

            def ask():
                body = {"model": "assistant", "messages": [{"role": "user", "content": "hello"}]}
                answers.append(httpx.post(f"{address}/v1/chat/completions", json=body, timeout=60))

            threads = [threading.Thread(target=ask) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert {answer.status_code for answer in answers} == {200, 429}
            busy = next(answer for answer in answers if answer.status_code == 429)
            assert busy.json()["error"]["code"] == "busy"
            assert int(busy.headers["retry-after"]) >= 1
    finally:
        os.environ.pop("ASSISTANT_CONFIG", None)


async def test_an_answer_is_sent_at_once(tmp_path):
    """Headers and body leave as they are written: none waits for the other side's delayed acknowledgement."""
    bound = bind(Settings(data_dir=tmp_path / "data", port=0))
    sent_at_once = asyncio.get_running_loop().create_future()

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport):
            wire = transport.get_extra_info("socket")
            sent_at_once.set_result(wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async with await asyncio.get_running_loop().create_server(Accepted, sock=bound.listener):
        _, writer = await asyncio.open_connection(*bound.listener.getsockname())
        assert await asyncio.wait_for(sent_at_once, 10)
        writer.close()


def test_who_waits_for_the_port_is_told_before_anything_else_is_made(tmp_path):
    told = []
    bound = bind(Settings(data_dir=tmp_path / "data", port=0), held=lambda address, token: told.append((address, token)))
    assert told == [(bound.address, bound.token)]
    bound.listener.close()
