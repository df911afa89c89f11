"""Clients that hang up: before their turn, in the middle of a stream, while they wait for a whole answer, in the middle of sending."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections import Counter
from pathlib import Path

import httpx

from benchmarks.reliability._wire import TURN, at_rest, gauges, request, share
from benchmarks.reliability.service import Service
from benchmarks.reliability.study import Outcome, Study, Tick

DRAWING = {"model": "assistant", "messages": [{"role": "user", "content": "draw a red circle on a green hill"}]}
WAYS = ("in a stream", "waiting for an answer", "waiting for a turn", "while sending", "before asking")
TOGETHER = 4
MOST_THREADS = 60
"""40 of the server's pool, those of its models, and what every process has."""
SPARE_FILES = 8
"""Descriptors that may come and go, such as a connection of the study itself."""
FILES_A_THREAD = 2
"""A thread of the pool keeps the database open that it has read: the file and its log."""


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial is one client that leaves; a few leave together, then the slots are looked at."""
    outcome, chance, ways, took = Outcome(), random.Random(seed), Counter[str](), list[float]()
    with Service(folder) as service, service.client(timeout=240) as client:
        client.post("/v1/chat/completions", json=DRAWING)  # what is loaded once is no leak
        at_rest(client)
        files = _files(service)
        while outcome.done < trials:
            number = min(TOGETHER, trials - outcome.done)
            chosen = [chance.choice(WAYS) for _ in range(number)]
            ways.update(chosen)
            _leave(service, client, chosen)
            rest, seconds = at_rest(client)
            took.append(seconds)
            if not rest:
                outcome.fail(f"seed {seed}, trials {outcome.done} to {outcome.done + number} ({', '.join(chosen)}): slots are still held")
                break
            outcome.done += number
            tick(number)
        answer = client.post("/v1/chat/completions", json=TURN)
        if answer.status_code != 200:
            outcome.fail(f"the server answers {answer.status_code} afterwards")
        _compare(outcome, service, files)
    took.sort()
    outcome.figures |= {"ways": len(ways), "p50 until all slots are free ms": round(1000 * share(took, 0.5)),
                        "p99 until all slots are free ms": round(1000 * share(took, 0.99))}  # fmt: skip
    return outcome


def _leave(service: Service, client: httpx.Client, ways: list[str]) -> None:
    """Connect, go as far as each way does, hang up together."""
    host, _, port = service.address.removeprefix("http://").rpartition(":")
    sockets = []
    for way in ways:
        sent = request("/v1/chat/completions", service.token, DRAWING | {"stream": way in ("in a stream", "waiting for a turn")})
        if way in ("while sending", "before asking"):
            sent = sent[:-20] if way == "while sending" else b"POST /v1/chat"
        sockets.append(socket.create_connection((host, int(port)), timeout=60))
        sockets[-1].sendall(sent)
    working = [(way, one) for way, one in zip(ways, sockets, strict=True) if way in ("in a stream", "waiting for an answer")]
    with contextlib.suppress(OSError):
        for way, one in working:
            if way == "in a stream":
                while b"data:" not in one.recv(65536):
                    pass
    deadline = time.monotonic() + 20
    while working and time.monotonic() < deadline and not gauges(client)["turns_running"]:
        time.sleep(0.01)
    for one in sockets:
        one.close()


def _files(service: Service) -> tuple[int, int]:
    """Descriptors of databases, and all others."""
    import psutil

    assert service.process is not None
    process = psutil.Process(service.process.pid)
    databases = sum(".db" in Path(file.path).suffix for file in process.open_files())
    return databases, process.num_fds() - databases


def _compare(outcome: Outcome, service: Service, before: tuple[int, int]) -> None:
    """Descriptors and threads against what there was."""
    import psutil

    assert service.process is not None
    deadline = time.monotonic() + 30
    while (now := _files(service))[1] > before[1] + SPARE_FILES and time.monotonic() < deadline:
        time.sleep(0.1)
    threads = psutil.Process(service.process.pid).num_threads()
    outcome.figures |= {"descriptors of databases": now[0], "other descriptors more": now[1] - before[1], "threads": threads,
                        "MB": round(service.memory())}  # fmt: skip
    if now[1] > before[1] + SPARE_FILES:
        outcome.fail(f"{now[1] - before[1]} descriptors more than before")
    if now[0] > FILES_A_THREAD * threads:
        outcome.fail(f"{now[0]} descriptors of databases in {threads} threads")
    if threads > MOST_THREADS:
        outcome.fail(f"{threads} threads")


STUDY = Study(
    name="vanished_clients", title="Clients that hang up",
    goal="1,000 disconnects: work stops within 250 ms, no slot, thread or descriptor is lost.",
    unit="clients", trials={"fast": 8, "full": 80, "nightly": 1000}, run=run, covers=("L04",),
)  # fmt: skip
