"""Several processes that serve one socket: a parent that starts them, starts one again that died, and ends all in order. Knows no request.

They share nothing but the socket and the database. Each accepts one connection at a time, so that whoever is free takes the next.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.database import is_shared
from assistant.settings import PREFIX, Settings
from retrieval.faults import Fault, InvalidInput, Unavailable
from retrieval.lock import DirectoryLock

log = logging.getLogger(__name__)

INHERITED = "ASSISTANT_INHERITED"
"""Environment of a child: JSON of what its parent hands down."""
MOST = 64
ENDING_SECONDS = 30.0
"""That children get to end after SIGTERM."""
FIRST_REST, LONGEST_REST = 0.5, 30.0
"""Seconds before a child that died is started again; twice as long each time it dies within a minute."""


@dataclass(frozen=True)
class Inherited:
    """What a parent hands to a child."""

    listener: int
    """File descriptor of the socket."""
    told: int
    """Of the pipe on which it says that it is ready, or why it is not."""
    address: str
    token: str
    wyoming: int = -1


class SharedSocket(socket.socket):
    """A listening socket that others listen on too: how many may wait there is the parent's to say."""

    def listen(self, backlog: int = 0, /) -> None:
        """It listens already."""


def inherited() -> Inherited | None:
    """What a parent handed to this process, if it has one. Taken out of the environment, which is handed on to other programs."""
    given = os.environ.pop(INHERITED, "")
    return Inherited(**json.loads(given)) if given else None


def tell(child: Inherited, fault: Fault | None) -> None:
    """Say to the parent that this process serves, or why it does not."""
    said = {"ready": fault is None, "message": fault.message if fault else "", "hint": fault.hint if fault else ""}
    os.write(child.told, json.dumps(said).encode() + b"\n")


def check(settings: Settings, processes: int) -> None:
    """Raises InvalidInput for a number that cannot be, or for several without a database that they can share."""
    if not 1 <= processes <= MOST:
        raise InvalidInput(f"{processes} processes cannot be started.", hint=f"Choose 1 to {MOST}.", param="processes")
    if processes > 1 and not is_shared(settings):
        raise InvalidInput(
            "Several processes need a database that they can share.",
            hint="Set database = \"postgres://HOST/NAME\", or serve with one process.", param="database", code="database_needed",
        )  # fmt: skip


@dataclass
class _Child:
    """One process, and how its starts went."""

    process: subprocess.Popen[bytes]
    pipe: int
    began: float
    ready: bool = False
    rest: float = FIRST_REST


@dataclass
class Parent:
    """A socket that is held, and the processes that will serve it."""

    settings: Settings
    processes: int
    listener: socket.socket
    address: str
    wyoming: socket.socket | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    command: tuple[str, ...] = (sys.executable, "-m", "ui.api.server")
    _children: list[_Child | None] = field(default_factory=list)
    _again: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Place -> (when it is started again, the rest after that)."""
    _ending: bool = False
    _published: bool = False

    def run(self, tied: Callable[[], None] | None = None) -> None:
        """Serve until SIGTERM or Ctrl-C. `tied` runs in each child before it begins. Raises the Fault that the first start failed with."""
        lock = DirectoryLock(self.settings.data_dir, shared=True)
        lock.acquire()
        before = {number: signal.signal(number, self._end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._children = [self._start(tied) for _ in range(self.processes)]
            while not self._ending:
                self._hear(lock, 0.2)
                self._look(tied)
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
            self.listener.close()
            if self.wyoming is not None:
                self.wyoming.close()
            lock.release()

    def _end(self, *given: object) -> None:
        self._ending = True

    def _start(self, tied: Callable[[], None] | None, rest: float = FIRST_REST) -> _Child:
        reading, writing = os.pipe()
        handed = [self.listener.fileno(), writing] + ([self.wyoming.fileno()] if self.wyoming is not None else [])
        given = {"listener": handed[0], "told": writing, "address": self.address, "token": self.token, "wyoming": (*handed, -1)[2]}
        surroundings = {**os.environ, INHERITED: json.dumps(given), **self._chosen()}
        process = subprocess.Popen(self.command, env=surroundings, pass_fds=handed, preexec_fn=tied)  # noqa: PLW1509 - no thread runs
        os.close(writing)
        return _Child(process, reading, time.monotonic(), rest=rest)

    def _chosen(self) -> dict[str, str]:
        """Environment with what flags have set here."""
        named = [key for key, source in self.settings.sources.items() if source == "flag" and "." not in key]
        return {f"{PREFIX}{key.upper()}": str(getattr(self.settings, key)) for key in named}

    def _hear(self, lock: DirectoryLock, seconds: float) -> None:
        """Take what children say. Raises what the first start failed with."""
        pipes = {child.pipe: child for child in self._children if child is not None and not child.ready and child.pipe >= 0}
        try:
            heard = select.select(list(pipes), [], [], seconds)[0]
        except InterruptedError:
            return
        if not pipes:
            time.sleep(seconds)
        for pipe in heard:
            said = os.read(pipe, 65_536)
            child = pipes[pipe]
            os.close(pipe)
            child.pipe = -1
            if not said:
                continue  # it ended without a word
            told: dict[str, Any] = json.loads(said)
            child.ready = told["ready"]
            if child.ready:
                log.info("process %d serves", child.process.pid)
            if child.ready and not self._published:
                lock.publish(self.address, self.token)
                self._published = True
            if not child.ready and not self._published:
                raise Unavailable(told["message"], hint=told["hint"], code="start_failed")

    def _look(self, tied: Callable[[], None] | None) -> None:
        """Start again what died."""
        now = time.monotonic()
        for place, child in enumerate(self._children):
            if child is None:
                when, rest = self._again[place]
                if now >= when:
                    self._children[place] = self._start(tied, rest)
            elif (code := child.process.poll()) is not None and not self._ending:
                if not self._published and all(other is None or other.process.poll() is not None for other in self._children):
                    raise Unavailable(f"The processes ended as they started (exit code {code}).", hint="Their messages are above.")
                log.error("process %d ended (%d); another one is started", child.process.pid, code)
                if child.pipe >= 0:
                    os.close(child.pipe)
                rest = FIRST_REST if now - child.began > 60 else child.rest
                self._children[place] = None
                self._again[place] = now + rest, min(rest * 2, LONGEST_REST)

    def _stop(self) -> None:
        """End all: first in order, then at once."""
        living = [child for child in self._children if child is not None and child.process.poll() is None]
        for child in living:
            child.process.terminate()
        deadline = time.monotonic() + ENDING_SECONDS
        for child in living:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
