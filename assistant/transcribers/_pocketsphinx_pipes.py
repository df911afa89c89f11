"""The processes of PocketSphinx, as seen from here: pipes that never block for long, and which of them are free. Knows no utterance."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

from retrieval import child_processes
from retrieval.faults import Unavailable
from retrieval.hosting.circuit import Circuit

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60.0
_TAKEN = 10.0
"""Seconds until a process takes what is written to it; one that does not hangs."""
_LONGEST_ANSWER = 16 * 2**20
_KEPT = 2
"""Processes that wait for the next utterance; more end with theirs."""
_MODULE = "assistant.transcribers._pocketsphinx_process"


class Process:
    """One child process. Not for several threads."""

    def __init__(self, search: str) -> None:
        """`search`: `asked` or `grammar`."""
        self.search = search
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
        environment |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE, search], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, start_new_session=True, bufsize=0,
        )  # fmt: skip
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        os.set_blocking(self._child.stdin.fileno(), False)
        self._writable, self._readable = select.poll(), select.poll()  # select() takes no descriptor above 1023
        self._writable.register(self._child.stdin, select.POLLOUT)
        self._readable.register(self._child.stdout, select.POLLIN)
        self._buffer = bytearray()
        self._owed = 1
        """Answers that have not been read: that it is ready is one."""
        self._taught: str | None = None
        self._end = weakref.finalize(self, child_processes.end, self._child)

    def start(self, grammar: str) -> None:
        """Begin an utterance. A grammar is sent once, because it can be large and takes a moment to be learnt."""
        same = grammar == self._taught
        self._taught = grammar
        self.ask({"do": "start"} if same else {"do": "start", "grammar": grammar})

    @property
    def alive(self) -> bool:
        """It can be asked."""
        return self._child.poll() is None

    def ask(self, request: dict[str, Any], body: bytes = b"") -> None:
        """Send a request; its answer comes later. Raises Unavailable."""
        assert self._child.stdin is not None
        whole = memoryview(json.dumps(request | {"bytes": len(body)}).encode() + b"\n" + body)
        until = time.monotonic() + _TAKEN
        try:
            while whole:
                if not self._writable.poll(max(0.0, until - time.monotonic()) * 1000):
                    self._child.kill()
                    raise gone()
                with contextlib.suppress(BlockingIOError):
                    whole = whole[os.write(self._child.stdin.fileno(), whole) :]
        except (OSError, ValueError) as error:  # ValueError: closed
            raise gone() from error
        self._owed += 1

    def answers(self, *, all_of_them: bool) -> list[dict[str, Any]]:
        """Answers that have come; with `all_of_them` it waits for those that have not. Raises Unavailable."""
        assert self._child.stdout is not None
        found: list[dict[str, Any]] = []
        until = time.monotonic() + _PATIENCE
        while True:
            while (cut := self._buffer.find(b"\n")) >= 0:
                found.append(_read(self._buffer[:cut]))
                del self._buffer[: cut + 1]
                self._owed -= 1
            if not self._owed:
                break
            wait = max(0.0, until - time.monotonic()) if all_of_them else 0.0
            if not self._readable.poll(wait * 1000):
                if all_of_them:
                    self._child.kill()  # it hangs: the next utterance gets another
                    raise gone()
                break
            part = os.read(self._child.stdout.fileno(), 65536)
            if not part:
                raise gone()
            self._buffer += part
            if len(self._buffer) > _LONGEST_ANSWER:
                self._child.kill()
                raise gone()
        if error := next((one["error"] for one in found if "error" in one), ""):
            raise gone(error)
        return found

    def close(self) -> None:
        """End it."""
        self._end()


def _read(line: bytearray) -> dict[str, Any]:
    """An answer. Raises Unavailable for what is none."""
    try:
        found = json.loads(line)
    except ValueError as error:
        raise gone() from error
    if not isinstance(found, dict):
        raise gone()
    return found


def gone(why: str = "") -> Unavailable:
    """The fault for a process that ended, hangs or talks nonsense."""
    return Unavailable("The speech recogniser stopped.", hint=why or "Say it again.")


class Processes:
    """Those that are there, by what they search. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.circuit = Circuit("The speech recogniser")
        self._idle: dict[str, list[Process]] = {"asked": [], "grammar": []}
        self._closed = False

    def ready(self, grammar: str) -> None:
        """Have what is started and has learnt the grammar, so that the first utterance need not wait."""
        for process in (self.take("asked"), *((self.take("grammar"),) if grammar else ())):
            process.start(grammar)
            self.give(process)

    def take(self, search: str) -> Process:
        """One that nobody else uses. Raises Unavailable while they keep stopping."""
        self.circuit.check()
        with self._lock:
            idle = self._idle[search]
            while idle:
                process = idle.pop()
                if process.alive:
                    return process
                process.close()
        return Process(search)

    def give(self, process: Process) -> None:
        """It is not used any more."""
        with self._lock:
            if process.alive and not self._closed and len(self._idle[process.search]) < _KEPT:
                self._idle[process.search].append(process)
                return
        process.close()

    def close(self) -> None:
        """End those that wait, and each other one when its utterance is over."""
        with self._lock:
            self._closed = True
            idle = [process for waiting in self._idle.values() for process in waiting]
            for waiting in self._idle.values():
                waiting.clear()
        for process in idle:
            process.close()
