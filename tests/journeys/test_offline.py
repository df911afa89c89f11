"""OFFLINE=1 opens no connection: a real server and its helper processes under a guard that sees every connect and every name looked up."""

import base64
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from media_samples import picture, wav

from retrieval.lock import running_server

pytestmark = pytest.mark.slow
GUARD = """
import ipaddress, os, sys

def _watch(event, arguments):
    if event == "socket.connect":
        target = arguments[1]
    elif event == "socket.getaddrinfo":
        target = arguments[0:1]
    else:
        return
    host = target[0] if isinstance(target, tuple) else ""
    host = host.decode() if isinstance(host, bytes) else host
    try:
        near = not host or host == "localhost" or ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        near = False
    if not near:
        with open(os.environ["GUARD_LOG"], "a") as log:
            log.write(f"{event} {target}\\n")
        raise ConnectionRefusedError(f"the guard stopped {event} to {target}")

sys.addaudithook(_watch)
"""


@pytest.fixture
def guarded(tmp_path):
    """An environment in which every Python process is watched, and the file that names what went out."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    log = tmp_path / "went_out.txt"
    path = os.pathsep.join([str(tmp_path / "guard"), str(Path.cwd())])
    return {**os.environ, "PYTHONPATH": path, "GUARD_LOG": str(log), "OFFLINE": "1", "ASSISTANT_SAMPLE": "1"}, log


def ask(client, *parts, **more):
    body = {"model": "assistant", "messages": [{"role": "user", "content": list(parts)}], **more}
    return client.post("/v1/chat/completions", json=body).raise_for_status().json()["choices"][0]["message"]


def words(text):
    return {"type": "text", "text": text}


def test_the_guard_sees_a_connection_and_a_name(guarded):
    environment, log = guarded
    code = (
        "import socket\nfor f in (lambda: socket.create_connection(('192.0.2.1', 9), 1), lambda: socket.getaddrinfo('example.org', 80)):\n"
    )
    code += "    try: f()\n    except OSError: pass"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    said = log.read_text()
    assert "192.0.2.1" in said
    assert "example.org" in said


def test_all_kinds_of_turns_without_one_connection(guarded, tmp_path):
    environment, log = guarded
    data_dir = tmp_path / "data"
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--data-dir", str(data_dir)], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with ready(process, data_dir) as client:
            answer = ask(client, words("How long does the warranty last?"))
            assert answer["content"]
            shown = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(picture()).decode()}}
            assert ask(client, words("What colour is it?"), shown)["content"]
            sound = {"type": "input_audio", "input_audio": {"data": base64.b64encode(wav()).decode(), "format": "wav"}}
            assert ask(client, sound)["content"]
            assert ask(client, words("draw a blue dog"))["images"]
            assert ask(client, words("Hello"), modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"})["content"]
            refused = client.post("/v1/files", data={"purpose": "assistants", "url": "https://example.org/a.pdf"})
            assert refused.status_code >= 400
            assert client.post("/v1/search", json={"query": "a dog", "k": 3}).raise_for_status().json()["data"] is not None
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    finally:
        process.kill()
        process.wait()
    assert not log.exists(), log.read_text()


def ready(process, data_dir):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended at its start"
        found = running_server(data_dir)
        if found:
            try:
                if httpx.get(f"{found[0]}/readyz", timeout=5).status_code == 200:
                    return httpx.Client(base_url=found[0], headers={"Authorization": f"Bearer {found[1]}"}, timeout=120)
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise AssertionError("the server was not ready within 120 s")
