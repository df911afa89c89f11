"""A real server process for a study: `assistant serve` over a folder, started, killed, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from retrieval.lock import running_server

START_SECONDS = 180
STOP_SECONDS = 30
TICK_SECONDS = 0.02


class Service:
    """`assistant serve` on a free port over `folder/data`; its output is in `folder/server.log`."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None, arguments: tuple[str, ...] = ()) -> None:
        """`environment` is laid over this process's; `arguments` follow `assistant serve`."""
        self.folder, self.data, self.log = folder, folder / "data", folder / "server.log"
        self._environment = {**os.environ, "OFFLINE": "1", "ASSISTANT_SAMPLE": "false", **(environment or {})}
        self._arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None
        self.address = self.token = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, ready: bool = True) -> float:
        """Start it and wait until it listens (`ready`: until `/readyz` says so). Gives the seconds that took.

        Raises RuntimeError with the end of its log when it ends, or takes more than `START_SECONDS`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--data-dir", str(self.data), *self._arguments]
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        while time.monotonic() - began < START_SECONDS:
            if self.process.poll() is not None:
                break
            if self._listens() and (not ready or self.is_ready()):
                return time.monotonic() - began
            time.sleep(TICK_SECONDS)
        self.kill()
        raise RuntimeError("the server did not start:\n" + self.log.read_text("utf-8", "replace")[-2000:])

    def client(self, token: str | None = None, timeout: float = 60.0) -> httpx.Client:
        """A client of it, with the token of this machine's own programs or another; an empty one sends none."""
        sent = self.token if token is None else token
        return httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {sent}"} if sent else {}, timeout=timeout)

    def is_ready(self) -> bool:
        """Whether `/readyz` answers 200."""
        try:
            return httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def memory(self) -> float:
        """Resident MB of the server process."""
        import psutil

        assert self.process is not None
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and its exit code; kill -9 after `STOP_SECONDS`."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def _listens(self) -> bool:
        found = running_server(self.data)
        if found is None:
            return False
        self.address, self.token = found
        return True
