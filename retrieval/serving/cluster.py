"""Cluster: starts a head, follows it, finds it again and ends it. Knows processes and files; Ray is the head's affair."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from retrieval.faults import Conflict, NotAllowed, NotInstalled, TimedOut, Unavailable
from retrieval.serving.plan import Plan, State, read

END_SECONDS = 30.0
LINES = 6
"""Of the log that are told when it fails."""


def state_file(cache_dir: Path, port: int) -> Path:
    """Where the head of this port writes how far it is."""
    return cache_dir / f"cluster-{port}.json"


def folder_for(port: int) -> Path:
    """Where its Ray keeps sockets and logs: one folder for each person and port."""
    folder = Path(tempfile.gettempdir()) / f"models-{os.getuid() if hasattr(os, 'getuid') else 0}-{port}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
        raise NotAllowed(f"{folder} belongs to somebody else.", hint="Choose another port: cluster.port.")
    return folder


def running(cache_dir: Path, port: int) -> State | None:
    """The state of the head of this port; None when none runs. A file left by one that was killed is no head."""
    path = state_file(cache_dir, port)
    state = read(path)
    if state is None or state.phase == "failed":
        return None
    return state if _is_head(state) else None


def _is_head(state: State) -> bool:
    try:
        process = psutil.Process(state.pid)
        return process.create_time() >= state.begun - 5 and any("retrieval.serving.head" in part for part in process.cmdline())
    except psutil.Error:
        return False


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """While a head is started: two servers that start together start one."""
    lock = FileLock(path.with_suffix(".lock"))
    try:
        with lock.acquire(timeout=180):
            yield
    except Timeout as error:
        raise TimedOut("Somebody else has been starting the models for minutes.", hint="See `assistant cluster status`.") from error


def start(plan: Plan) -> subprocess.Popen[bytes]:
    """A head for the plan, in a session of its own. Raises NotInstalled, Conflict."""
    if find_spec("ray") is None:
        raise NotInstalled("Serving models with Ray needs the package 'ray'.", hint="Install it with: make install EXTRAS=voice,grown.")
    plan.state.parent.mkdir(parents=True, exist_ok=True)
    found = read(plan.state)
    if found is not None and found.phase != "failed" and _is_head(found):
        raise Conflict(f"The models are served already on port {plan.port}.", hint="End that with: assistant cluster down.")
    plan.state.unlink(missing_ok=True)
    asked = plan.state.with_suffix(".plan")
    asked.write_text(plan.model_dump_json(), "utf-8")
    with log_file(plan).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "retrieval.serving.head", str(asked)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip


def log_file(plan: Plan) -> Path:
    """What the head says."""
    return plan.state.with_suffix(".log")


def follow(plan: Plan, head: subprocess.Popen[bytes], seconds: float, step: Callable[[State], None] = lambda state: None) -> State:
    """Until all is deployed; `step` is told how far it is. Raises Unavailable, TimedOut; then the head is ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = read(plan.state)
        if state is not None:
            step(state)
            if state.phase == "ready":
                return state
        if (state is not None and state.phase == "failed") or head.poll() is not None:
            head.wait()
            said = " ".join(log_file(plan).read_text("utf-8", "replace").split("\n")[-LINES:])
            raise Unavailable(
                f"The models could not be served: {state.error if state is not None and state.error else said or 'Ray ended'}.",
                hint=f"The whole log is in {log_file(plan)}.", code="models_unavailable",
            )  # fmt: skip
        time.sleep(0.1)
    end(head.pid)
    raise TimedOut(
        f"The models were not served within {seconds:g} s.", hint=f"Raise cluster.start_seconds; the log is in {log_file(plan)}."
    )


def stop(cache_dir: Path, port: int) -> bool:
    """End the head of this port and all that it started; False when none runs."""
    state = running(cache_dir, port)
    if state is None:
        return False
    end(state.pid)
    for suffix in (".json", ".plan"):
        state_file(cache_dir, port).with_suffix(suffix).unlink(missing_ok=True)
    return True


def end(pid: int) -> None:
    """Ask a head to end, and after `END_SECONDS` make it and its children."""
    try:
        head = psutil.Process(pid)
        family = [head, *head.children(recursive=True)]
        head.send_signal(signal.SIGTERM)
    except psutil.Error:
        return
    _, left = psutil.wait_procs(family[:1], timeout=END_SECONDS)
    for process in [*left, *(one for one in family[1:] if one.is_running())]:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(family, timeout=5)
