"""A service in a process of its own that speaks Wyoming, for tests of both sides of the protocol."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

from retrieval.lock import running_server

START_SECONDS = 120


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def wyoming_service(data_dir, **settings):
    """(process, port) of a server that has started."""
    port = free_port()
    environment = {**os.environ, "OFFLINE": "1", "ASSISTANT_SAMPLE": "0", "ASSISTANT_WYOMING_PORT": str(port)}
    environment |= {f"ASSISTANT_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "ui.api.server", "--port", "0", "--data-dir", str(data_dir)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + START_SECONDS
        while running_server(data_dir) is None:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process, port
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
            process.stderr.close()
            process.wait()
