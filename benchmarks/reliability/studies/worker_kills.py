"""Worker processes that are killed, idle, at work and again and again, or that hang: the next answers, and when all is well again."""

from __future__ import annotations

import io
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from benchmarks.reliability._wire import at_rest, share
from benchmarks.reliability.service import Service
from benchmarks.reliability.study import Outcome, Study, Tick

WORKERS = {"decoder": "retrieval.decoding_worker", "synthesizer": "assistant.synthesizers._espeak_process"}
"""Part of `/readyz` -> module of its process."""
ALLOWED = (200, 503, 504)
"""An answer, or that it should be tried again: never that the file is wrong, never an accident."""
HANGS = "stopped"
"""The way in which a worker is there and does nothing: it is given up after its own time limit, not at once as a dead one is."""
TRUTH_SECONDS = 1.0
"""Within which `/readyz` tells the truth: the goal."""
DECODE_SECONDS = 5
RECOVERY_SECONDS = 60.0
LIMITS = {"ASSISTANT_LIMITS_DECODE_SECONDS": str(DECODE_SECONDS), "ASSISTANT_LIMITS_WORKER_REST_SECONDS": "1"}


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial ends or stops one worker in one way."""
    outcome, chance, errors, hung, back = Outcome(), random.Random(seed), list[float](), list[float](), list[float]()
    with Service(folder, LIMITS) as service, service.client(timeout=240) as client:
        for part in WORKERS:
            if client.request(*_job(part)[0], **_job(part)[1]).status_code != 200:
                outcome.fail(f"{part} does not work to begin with")
        for trial in range(trials):
            part, way = chance.choice(list(WORKERS)), chance.choice(list(WAYS))
            wrong, seconds = WAYS[way](service, client, part)
            (hung if way == HANGS else errors).extend([seconds] if seconds else [])
            recovered, took = _recovered(client, part)
            back.append(took)
            if wrong or not recovered:
                outcome.fail(f"seed {seed}, trial {trial}, {part} {way}: {wrong or f'not back after {RECOVERY_SECONDS:g} s'}")
            outcome.done += 1
            tick(1)
        if not at_rest(client)[0]:
            outcome.fail("slots are still held")
    for figures in (errors, hung, back):
        figures.sort()
    outcome.figures |= {
        "errors": len(errors) + len(hung), "longest until an error after a kill ms": round(1000 * share(errors, 1.0)),
        "longest until an error of one that hangs ms": round(1000 * share(hung, 1.0)),
        "p50 until back ms": round(1000 * share(back, 0.5)), "longest until back ms": round(1000 * share(back, 1.0)),
    }  # fmt: skip
    return outcome


def _job(part: str) -> tuple[tuple[str, str], dict[str, Any]]:
    """A request that needs the worker."""
    if part == "synthesizer":
        return ("POST", "/v1/audio/speech"), {"json": {"model": "assistant", "voice": "alloy", "input": "Good morning."}}
    from PIL import Image

    picture = io.BytesIO()
    Image.effect_noise((1500, 1500), 60).save(picture, "PNG", compress_level=1)
    return ("POST", "/v1/files"), {"files": {"file": ("noise.png", picture.getvalue())}, "data": {"purpose": "vision"}}


def _processes(service: Service, part: str) -> list[Any]:
    import psutil

    assert service.process is not None
    found = []
    for child in psutil.Process(service.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            found += [child] if WORKERS[part] in child.cmdline() else []
    return found


def _end(service: Service, part: str, sign: int) -> int:
    """Send a signal to each process of the part; how many there were."""
    found = _processes(service, part)
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process.pid, sign)
    return len(found)


def _asked(client: httpx.Client, part: str) -> tuple[str, float]:
    """(what is wrong with the answer, seconds until it came when it is an error)."""
    place, body = _job(part)
    began = time.monotonic()
    answer = client.request(*place, **body)
    took = time.monotonic() - began
    if answer.status_code not in ALLOWED:
        return f"status {answer.status_code}: {answer.text[:200]}", took
    if answer.status_code != 200 and not answer.headers.get("retry-after"):
        return f"{answer.status_code} without Retry-After", took
    return "", took if answer.status_code != 200 else 0.0


def _idle(service: Service, client: httpx.Client, part: str) -> tuple[str, float]:
    ended = _end(service, part, signal.SIGKILL)
    if part == "decoder" and ended and _lies(service, client, part):
        return "/readyz calls it ready though no process is there", 0.0
    return _asked(client, part)


def _lies(service: Service, client: httpx.Client, part: str) -> bool:
    """Whether `/readyz`, asked `TRUTH_SECONDS` after the processes ended, still calls them ready. A kill takes the system a moment."""
    deadline = time.monotonic() + TRUTH_SECONDS
    while _processes(service, part) and time.monotonic() < deadline:
        time.sleep(0.005)
    deadline = time.monotonic() + TRUTH_SECONDS
    while True:
        late = time.monotonic() > deadline
        ready = client.get("/readyz").json()["parts"].get(part) == "ready"
        if not ready or _processes(service, part):
            return False
        if late:
            return True
        time.sleep(0.05)


def _at_work(service: Service, client: httpx.Client, part: str) -> tuple[str, float]:
    timer = threading.Timer(0.05, _end, (service, part, signal.SIGKILL))
    timer.start()
    try:
        return _asked(client, part)
    finally:
        timer.join()


def _again_and_again(service: Service, client: httpx.Client, part: str) -> tuple[str, float]:
    """Whoever is started is killed at once, while several requests come."""
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(0.02):
            _end(service, part, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        seen = [_asked(client, part) for _ in range(4)]
    finally:
        stop.set()
        killer.join()
    return next((wrong for wrong, _ in seen if wrong), ""), max(seconds for _, seconds in seen)


def _hanging(service: Service, client: httpx.Client, part: str) -> tuple[str, float]:
    _end(service, part, signal.SIGSTOP)
    return _asked(client, part)


WAYS: dict[str, Callable[[Service, httpx.Client, str], tuple[str, float]]] = {
    "killed idle": _idle, "killed at work": _at_work, "killed again and again": _again_and_again, HANGS: _hanging,
}  # fmt: skip


def _recovered(client: httpx.Client, part: str) -> tuple[bool, float]:
    """(whether it answers again and `/readyz` says so, seconds until then)."""
    began = time.monotonic()
    while time.monotonic() < began + RECOVERY_SECONDS:
        place, body = _job(part)
        if client.request(*place, **body).status_code == 200 and client.get("/readyz").json()["parts"].get(part) == "ready":
            return True, time.monotonic() - began
        time.sleep(0.05)
    return False, RECOVERY_SECONDS


STUDY = Study(
    name="worker_kills", title="Worker processes that are killed or hang",
    goal="200 kills: an answer or an error within 2 s, `/readyz` tells the truth within 1 s, back within 10 s.",
    unit="kills", trials={"fast": 6, "full": 40, "nightly": 200}, run=run, covers=("M02", "M03"),
)  # fmt: skip
