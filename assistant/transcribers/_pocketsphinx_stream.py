"""PocketSphinx while somebody speaks: its processes, as seen from here. Knows pipes; which reading is taken is decided elsewhere."""

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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.transcribers._confidence import agreement
from assistant.transcribers._decoding import Heard
from assistant.transcribers.base import RATE, Transcript, Word
from retrieval.faults import Unavailable

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60.0
_KEPT = 2
"""Processes that wait for the next utterance; more end with theirs."""
_SETTLED = 6.0
"""Seconds of an utterance up to which it is settled at a pause; reading a longer one again, when it goes on, takes too long."""
LEAST_ALIKE = 0.1
"""Share of its words that a grammar has in common with free words wherever it is believed; below it, nothing is compared."""
_MODULE = "assistant.transcribers._pocketsphinx_process"


@dataclass(frozen=True)
class Found:
    """What a process made of an utterance."""

    free: Heard
    named: Heard
    """Within the grammar."""
    fits: tuple[float, ...]
    """How well the words of `named` and of `free` fit the sounds; empty when one of them has none."""


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
        self._buffer = bytearray()
        self._owed = 1
        """Answers that have not been read: that it is ready is one."""
        self._taught: str | None = None
        self._end = weakref.finalize(self, _kill, self._child)

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
        try:
            whole = memoryview(json.dumps(request | {"bytes": len(body)}).encode() + b"\n" + body)
            while whole:
                whole = whole[os.write(self._child.stdin.fileno(), whole) :]
        except OSError as error:
            raise _gone() from error
        self._owed += 1

    def answers(self, *, all_of_them: bool) -> list[dict[str, Any]]:
        """Answers that have come; with `all_of_them` it waits for those that have not. Raises Unavailable."""
        assert self._child.stdout is not None
        found: list[dict[str, Any]] = []
        until = time.monotonic() + _PATIENCE
        while True:
            while (cut := self._buffer.find(b"\n")) >= 0:
                found.append(json.loads(self._buffer[:cut]))
                del self._buffer[: cut + 1]
                self._owed -= 1
            if not self._owed:
                break
            wait = max(0.0, until - time.monotonic()) if all_of_them else 0.0
            if not select.select([self._child.stdout], [], [], wait)[0]:
                if all_of_them:
                    raise _gone()
                break
            part = os.read(self._child.stdout.fileno(), 65536)
            if not part:
                raise _gone()
            self._buffer += part
        if error := next((one["error"] for one in found if "error" in one), ""):
            raise _gone(error)
        return found

    def close(self) -> None:
        """End it."""
        self._end()


def _kill(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    child.wait()


def _gone(why: str = "") -> Unavailable:
    return Unavailable("The speech recogniser stopped.", hint=why or "Say it again.")


class Processes:
    """Those that are there, by what they search. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[str, list[Process]] = {"asked": [], "grammar": []}
        self._closed = False

    def ready(self, grammar: str) -> None:
        """Have what is started and has learnt the grammar, so that the first utterance need not wait."""
        for process in (self.take("asked"), *((self.take("grammar"),) if grammar else ())):
            process.start(grammar)
            self.give(process)

    def take(self, search: str) -> Process:
        """One that nobody else uses."""
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


class PocketSphinxStream:
    """One utterance, read by free words and by a grammar at the same time, each in a process of its own. `write` makes a transcript of what
    was found, empty when it is not believed and the utterance may go on (its second argument is false)."""

    def __init__(self, processes: Processes, grammar: str, write: Callable[[Found, bool], Transcript]) -> None:
        self._processes, self._write = processes, write
        self._readers = [processes.take(search) for search in (("asked", "grammar") if grammar else ("asked",))]
        self._text = ""
        self._samples = 0
        self._paused: Transcript | None = None
        self._fits: tuple[tuple[str, str], tuple[float, ...]] = (("", ""), ())
        for process in self._readers:
            process.start(grammar)

    def _tell(self, request: dict[str, Any], body: bytes = b"") -> None:
        """Send it and look at what has come back meanwhile. Raises Unavailable."""
        for process in self._readers:
            process.ask(request, body)
            for one in process.answers(all_of_them=False):
                if process.search == "asked":
                    self._text = one.get("text") or self._text

    def feed(self, samples: NDArray[np.float32]) -> str:
        """Words so far."""
        self._samples += len(samples)
        self._tell({"do": "feed"}, np.asarray(np.clip(samples, -1, 1) * 32767, "<i2").tobytes())
        return self._text

    def pause(self) -> Transcript:
        """The words if this is the end. Empty when that is not sure, or when so much was said that it is no command."""
        known = self._samples < _SETTLED * RATE
        self._paused = self._write(self._found(), False) if known else Transcript(text="", language="en")
        return self._paused

    def resume(self) -> None:
        """It was not the end."""
        self._paused = None
        self._tell({"do": "resume"})

    def finish(self) -> Transcript:
        """All words."""
        try:
            if not self._readers or not self._samples:
                return Transcript(text="", language="en")
            if self._paused is not None and self._paused.text:
                return self._paused
            return self._write(self._found(), True)
        finally:
            self.close()

    def _found(self) -> Found:
        for process in self._readers:
            process.ask({"do": "settle"})
        heard = [_heard(process.answers(all_of_them=True)[-1]) for process in self._readers]
        free, named = heard[0], heard[1] if len(heard) > 1 else Heard()
        return Found(free, named, self._fitting(named.text, free.text))

    def _fitting(self, named: str, free: str) -> tuple[float, ...]:
        """How well both fit the sounds; empty where that cannot matter."""
        if not named or agreement(named.split(), free.split()) < LEAST_ALIKE:
            return ()
        if named == free:
            return (0.0, 0.0)
        if self._fits[0] != (named, free):
            # Each aligns one of them: the two take as long as the longer.
            for process, text in zip(self._readers, (free, named), strict=True):
                process.ask({"do": "fit", "texts": [text]})
            found = [float(process.answers(all_of_them=True)[-1]["fits"][0]) for process in self._readers]
            self._fits = ((named, free), (found[1], found[0]))
        return self._fits[1]

    def close(self) -> None:
        """Give it up; the processes go on to the next utterance."""
        readers, self._readers = self._readers, []
        for process in readers:
            self._processes.give(process)


def _heard(found: dict[str, Any]) -> Heard:
    return Heard(words=tuple(Word.model_validate(word) for word in found["words"]), path=found["path"], seconds=found["seconds"])
