"""Processes under measurement: started, asked, weighed and ended. Knows addresses and memory, not what a contestant does."""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

ROOT = Path(__file__).parents[1]
ASSISTANT = [sys.executable, "-W", "ignore", "-m", "ui.cli.main"]
_ADDRESS = re.compile(r"http://[0-9a-zA-Z.\-]+:\d+")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def processor_seconds(processes: Iterable[psutil.Process]) -> float:
    """What processes have computed so far."""
    return float(sum(spent.user + spent.system for spent in (one.cpu_times() for one in processes)))


class Running:
    """A process with its children. Its messages go to a file beside its data; `close` ends it."""

    def __init__(self, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._log = log.open("wb")
        # Compiled as an installation is, by the first start; nothing is written among the sources.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(log.with_name("compiled"))}
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
            env={**os.environ, **compiled, **(environment or {})}, text=True,
        )  # fmt: skip
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def line(self, seconds: float = 600) -> str:
        """What it says next. Raises RuntimeError when it has ended."""
        said = self._lines.get(timeout=seconds)
        if said is None:
            raise RuntimeError(f"it ended with {self.process.wait()}: {_last(Path(self._log.name))}")
        return said

    def address(self) -> str:
        """The first address that it names."""
        while not (found := _ADDRESS.search(self.line())):
            pass
        return found[0]

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What it answers, in a line of JSON, to a line of JSON."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.line())
        return found

    def settled(self, address: str, seconds: float = 300) -> None:
        """Wait until an assistant has loaded everything. Raises RuntimeError when it does not."""
        deadline = time.monotonic() + seconds
        while request(address, "/readyz")[0] != 200:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"it is not ready: {_last(Path(self._log.name))} {request(address, '/readyz')[1][:200]!r}")
            time.sleep(0.05)

    def weight(self) -> dict[str, float]:
        """MB: `rss_mb` of the process alone, `pss_mb` of it and its children, what they share counted once; processor seconds of all."""
        own = psutil.Process(self.process.pid)
        family = [own, *own.children(recursive=True)]
        return {
            "rss_mb": own.memory_info().rss / 1e6, "pss_mb": sum(_pss(one) for one in family) / 1e6,
            "cpu_s": processor_seconds(family),
        }  # fmt: skip

    def close(self) -> None:
        """End it, and wait until it has ended."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


def _pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0


def _last(log: Path) -> str:
    return (log.read_text("utf-8", "replace").strip().splitlines() or ["no message"])[-1][:200]


def request(address: str, path: str, body: Mapping[str, Any] | None = None, seconds: float = 60) -> tuple[int, bytes]:
    """(status, body) of one request on a connection of its own; status 0 when nobody answers."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=seconds)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST" if body is not None else "GET", path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
