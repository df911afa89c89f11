"""Processes that are made to be killed: one that has everything imported forks a child for each trial, so a trial costs milliseconds.

A child runs a function `work(say, **arguments)`; what it has said before its death arrives, and nothing after it. Knows no library.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHILD_SECONDS = 120.0
"""A child that takes longer is killed, and that is an error of the study."""


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A folder in memory, or inside `folder` where there is none: kill -9 keeps what was not synced too, so no disk need be waited for."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else folder, prefix="reliability-") as made:
        yield Path(made)


@dataclass(frozen=True)
class Ended:
    """How a child ended."""

    said: list[list[Any]]
    """What it said, in order; what was cut off by its death is left out."""
    code: int
    """Exit code; -9 when it was killed."""
    error: str


class Nursery:
    """Forks children from a process that has `module` imported. Use it as a context."""

    def __init__(self, module: str, environment: Mapping[str, str] | None = None, also: Sequence[str] = ()) -> None:
        """`environment` is laid over this process's; `also` are imported before anything is forked, or each child would do it."""
        self._modules, self._environment = [module, *also], environment or {}

    def __enter__(self) -> Self:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **self._environment}
        command = [sys.executable, "-m", "benchmarks.reliability._nursery", *self._modules]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.communicate()

    def run(self, work: str, *, kill_after: tuple[int, float] | None = None, **arguments: Any) -> Ended:
        """Run a function of the module in a child; `kill_after` so many words (and then seconds) it is killed with -9.

        Counted in words, so that a busy machine is killed in the same places. Raises RuntimeError when the child fails by itself.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"work": work, "kill_after": kill_after, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        ended = Ended(**json.loads(self._process.stdout.readline()))
        if ended.code not in (0, -signal.SIGKILL) or (ended.code and kill_after is None and not arguments.get("point")):
            raise RuntimeError(f"{work} {arguments} ended with {ended.code}: {ended.error}")
        return ended


def _forked(module: Any, work: str, kill_after: tuple[int, float] | None, arguments: dict[str, Any]) -> dict[str, Any]:
    hears, says = os.pipe()
    fails, failing = os.pipe()
    child = os.fork()
    if not child:
        os.close(hears)
        code = 1
        try:
            getattr(module, work)(lambda *words: os.write(says, json.dumps(words).encode() + b"\n"), **arguments)
            code = 0
        except BaseException:
            os.write(failing, traceback.format_exc()[-4000:].encode())
        finally:
            os._exit(code)
    os.close(says)
    os.close(failing)
    heard, deadline = b"", time.monotonic() + CHILD_SECONDS
    words, wait = kill_after or (10**9, 0.0)
    while (left := deadline - time.monotonic()) > 0 and select.select([hears], [], [], left)[0]:
        piece = os.read(hears, 2**16)
        if not piece:
            break
        heard += piece
        if heard.count(b"\n") >= words:
            deadline, words = time.monotonic() + wait, 10**9
    os.kill(child, signal.SIGKILL)  # one that has ended is not reaped yet
    while piece := os.read(hears, 2**16):
        heard += piece
    error = os.read(fails, 4096).decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    os.close(hears)
    os.close(fails)
    return {"said": [json.loads(line) for line in heard.split(b"\n")[:-1]], "code": os.waitstatus_to_exitcode(status), "error": error}


def main() -> None:
    """Read what to run from standard input until it ends."""
    module, *_ = [importlib.import_module(name) for name in sys.argv[1:]]
    logging.disable(logging.ERROR)  # thousands of indexes that are built anew
    out = os.dup(1)
    os.dup2(2, 1)  # nobody else writes into the answers
    for line in sys.stdin:
        asked = json.loads(line)
        os.write(out, json.dumps(_forked(module, asked["work"], asked["kill_after"], asked["arguments"])).encode() + b"\n")


if __name__ == "__main__":
    main()
