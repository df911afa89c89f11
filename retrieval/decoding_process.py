"""Decoding process: the decoder's side of one worker. Knows its pipes, its deadline and how it can end; no media format and no pool."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from retrieval import child_processes, faults
from retrieval.decoding_limits import ANSWER_BYTES, DecodingLimits
from retrieval.decoding_wire import receive, send
from retrieval.faults import Fault, TimedOut, TooLarge, Unreadable

_ROOT = Path(__file__).resolve().parents[1]
HELLO_BYTES = 1024
START_SECONDS = 20.0
"""Until a new worker has said that it is there."""


class Killed(Exception):
    """The worker was killed by somebody else, or never started."""


class Worker:
    """One child process. Not safe for two threads at once: the Decoder lends it to one."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits
        # Nothing of this process's environment goes along: keys and tokens live there.
        environment = {
            "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "retrieval.decoding_worker", json.dumps(limits.to_dict())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/", start_new_session=True,
        )  # fmt: skip
        self.usable = self.settled = True
        """Whether it takes a next job; whether no job is under way."""
        self._greeting = threading.Lock()
        self._greeted = False

    def greeted(self, seconds: float) -> bool:
        """Whether it has said that it is there; waits so long for it."""
        with self._greeting:
            if self._greeted:
                return True
            assert self.process.stdout is not None
            coming = select.poll()  # select() takes no descriptor above 1023
            coming.register(self.process.stdout, select.POLLIN)
            with contextlib.suppress(OSError, ValueError):
                self._greeted = bool(coming.poll(1000 * seconds)) and receive(self.process.stdout, HELLO_BYTES) == {"ready": True}
            return self._greeted

    def run(self, job: dict[str, Any]) -> list[Any]:
        """The parts of the answer. Raises the Fault of the job, Killed; after a crash or time-out `usable` is False."""
        if not self.greeted(START_SECONDS):
            self.usable = False
            raise Killed
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(self._limits.decode_seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(job)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._lost(late.is_set()) from error
        except BaseException:
            self.usable = self.usable and self.settled
            raise
        finally:
            timer.cancel()
            timer.join()
            if late.is_set():
                self.usable = False

    def _exchange(self, job: dict[str, Any]) -> list[Any]:
        self.settled = False
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        send(self.process.stdin, job)
        parts, size = [], 0
        while True:
            answer = receive(self.process.stdout, ANSWER_BYTES)
            if answer is None:
                raise ConnectionError
            if "part" not in answer:
                break
            size += _size(answer["part"])
            if size > ANSWER_BYTES:
                raise TooLarge("The file unpacks to more than is allowed.", hint="Split it into smaller files.", code="unpacked_too_large")
            parts.append(answer["part"])
        self.settled = True
        self.usable = not answer.get("retire", False)
        if "fault" in answer:
            raise _fault(answer)
        return parts

    def _lost(self, late: bool) -> Exception:
        self.usable = False
        with contextlib.suppress(subprocess.TimeoutExpired):
            if not late and self.process.wait(1) == -signal.SIGKILL:
                return Killed()
        if late:
            return TimedOut(
                f"Reading the file took longer than {self._limits.decode_seconds:g} seconds.",
                hint="Send a smaller one, or raise limits.decode_seconds.",
            )  # fmt: skip
        return Unreadable(
            "The file made its decoder stop: it is damaged or needs too much memory.",
            hint="Open it in its own program, save it again, smaller, and send that.", code="decoder_stopped",
        )  # fmt: skip

    def close(self) -> None:
        """Kill the process and wait for it."""
        child_processes.end(self.process)


def _size(part: Any) -> int:
    if isinstance(part, bytes):
        return len(part)
    data = part.get("data") if isinstance(part, dict) else None
    return 1000 + (len(data) if isinstance(data, bytes) else 0)


def _fault(answer: dict[str, Any]) -> Fault:
    kind = getattr(faults, str(answer["fault"]), Unreadable)
    if not (isinstance(kind, type) and issubclass(kind, Fault)):
        kind = Unreadable
    return kind(str(answer["message"]), hint=str(answer["hint"]), param=answer["param"], code=answer["code"])
