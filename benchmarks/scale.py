"""Turns a second of 1, 2 and 4 API processes over one real PostgreSQL, with the models in the process and on 1 and 2 replicas of Ray.

`python -m benchmarks.scale [--seconds 20] [--processes 1 2 4] [--replicas 0 1 2] [--write]`. Clients in a process of their own ask again as
soon as they have their answer, each question in a stored conversation; the answers cite the library. Processor times are those of the
processes themselves, so a busy machine changes them less than times on the clock. `--write` keeps everything in `scale.json`, from which
`benchmarks.scale_predict` predicts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measure import load as machine_load
from benchmarks.measure import machine, median
from benchmarks.processes import ASSISTANT, Running, free_port, request
from benchmarks.reliability._borrowed import borrowed
from benchmarks.scale_values import FILE, Costs, Kind, Measured, Point, load
from benchmarks.turn_places import asked, fill

CONVERSATIONS = 256
"""Stored ones that are asked in rotation."""
CLIENTS = 8
COMMITS = 300
BATCHES = (1, 16)
PLAIN = {"ASSISTANT_SAMPLE": "false", "ASSISTANT_LIMITS_TURNS_WAITING": "64", "OFFLINE": "1"}


@contextmanager
def database() -> Iterator[Any]:
    """A PostgreSQL server of our own, and its database in the environment of what is started."""
    postgres = borrowed("postgres_server")
    if postgres.programs() is None:
        raise SystemExit("PostgreSQL is not here: apt-get install postgresql")
    server = postgres.PostgresServer()
    try:
        # Settings of a server that is meant, not of one that is only to start quickly.
        server.execute("ALTER SYSTEM SET shared_buffers = '256MB'")
        server.restart()
        os.environ.update(PLAIN | {"ASSISTANT_DATABASE": server.database(), "ASSISTANT_DATABASE_PASSWORD": postgres.PASSWORD})
        yield server
    finally:
        server.close()


def family_seconds(pid: int) -> float:
    """Processor time so far of a process and its children."""
    own, total = psutil.Process(pid), 0.0
    for one in (own, *own.children(recursive=True)):
        try:
            spent = one.cpu_times()
            total += spent.user + spent.system
        except psutil.Error:
            continue
    return float(total)


@contextmanager
def ray(folder: Path, replicas: int) -> Iterator[tuple[dict[str, str], int]]:
    """What a server must be told to use so many replicas of the encoders, and the process that they belong to."""
    if not replicas:
        yield {}, 0
        return
    port = free_port()
    told = {"ASSISTANT_CLUSTER_ENCODER_REPLICAS": str(replicas), "ASSISTANT_CACHE_DIR": str(folder / "cache")}
    started = Running([*ASSISTANT, "cluster", "up", "--port", str(port), "--foreground"], folder / f"ray-{replicas}.log", told)
    try:
        deadline = time.monotonic() + 180
        while request(f"http://127.0.0.1:{port}", "/-/healthz")[0] != 200:
            if time.monotonic() > deadline or started.process.poll() is not None:
                raise RuntimeError(f"Ray did not start: {(folder / f'ray-{replicas}.log').read_text('utf-8', 'replace')[-500:]}")
            time.sleep(0.5)
        time.sleep(3.0)
        yield {"ASSISTANT_MODELS_RUNTIME": f"ray:http://127.0.0.1:{port}"}, started.process.pid
    finally:
        started.close()


def point(folder: Path, server: Any, clients: Running, processes: int, replicas: int, seconds: float, rounds: int) -> Point:
    """One configuration: started, warmed up, asked."""
    (folder / "logs").mkdir(exist_ok=True)
    with ray(folder, replicas) as (told, ray_pid):
        command = [*ASSISTANT, "serve", "--port", "0", "--data-dir", folder / "data"]
        more = ["--processes", str(processes)] if processes > 1 else []
        running = Running([*command, *more], folder / "logs" / f"serve-{processes}-{replicas}.log", told)
        try:
            address = running.address()
            running.settled(address)
            begun = _begun(address)
            bodies = [
                {"model": "assistant", "messages": [{"role": "user", "content": text}], "metadata": {"conversation": begun[n % len(begun)]}}
                for n, text in enumerate(asked(2 * CONVERSATIONS))
            ]
            plan = {
                "address": address, "path": "/v1/chat/completions", "bodies": bodies, "clients": CLIENTS, "expect": '"finish_reason"',
                "times": 1,
            }  # fmt: skip
            clients.ask(plan | {"seconds": 3.0})
            found = [_asked(running, server, clients, ray_pid, plan | {"seconds": seconds}) for _ in range(rounds)]
        finally:
            running.close()
    names = ("per_s", "p50_ms", "p99_ms", "cpu_ms", "database_ms", "models_ms", "client_ms", "others")
    figures = {name: median([one[name] for one in found]) for name in names}
    return Point(processes, replicas, CLIENTS, **figures, failed=int(sum(one["errors"] for one in found)))


def _begun(address: str) -> list[str]:
    found = []
    for _ in range(CONVERSATIONS):
        status, body = request(address, "/v1/conversations", {})
        if status not in (200, 201):
            raise RuntimeError(f"a conversation could not be begun: {status} {body[:200]!r}")
        found.append(str(json.loads(body)["id"]))
    return found


def _asked(running: Running, server: Any, clients: Running, ray_pid: int, plan: dict[str, Any]) -> dict[str, float]:
    """The clients' figures, and milliseconds of processor a turn of everybody; warming up counts as turns here."""
    pids = {"cpu_ms": running.process.pid, "database_ms": server._main.pid, "client_ms": clients.process.pid}
    pids |= {"models_ms": ray_pid} if ray_pid else {}
    before, began, worked = {name: family_seconds(pid) for name, pid in pids.items()}, time.perf_counter(), _machine_seconds()
    found: dict[str, float] = clients.ask(plan)
    spent = {name: family_seconds(pid) - before[name] for name, pid in pids.items()}
    found["others"] = max(0.0, (_machine_seconds() - worked - sum(spent.values())) / (time.perf_counter() - began))
    turns = found["per_s"] * plan["seconds"] + 3 * plan["clients"]
    return {"models_ms": 0.0} | found | {name: 1000 * seconds / turns for name, seconds in spent.items()}


def _machine_seconds() -> float:
    """Processor time so far of everything on this machine."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0))


def costs(server: Any, base: Point, commits: float) -> Costs:
    """What can be measured apart: a commit, and the encoder by size of a batch."""
    from benchmarks.million import CACHE
    from benchmarks.passages import passages
    from retrieval.content import Content
    from retrieval.embedders.minilm import create

    encoder, texts = create(CACHE), [Content.from_text(text) for text in passages(BATCHES[1])]
    took = []
    for size in BATCHES:
        spent = []
        for _ in range(12):
            began = time.perf_counter()
            encoder.embed(texts[:size])
            spent.append(1000 * (time.perf_counter() - began))
        took.append(median(spent))
    each = max(0.01, (took[1] - took[0]) / (BATCHES[1] - BATCHES[0]))
    waits = max(1, round(commits))
    kind = Kind("a question answered from the library", 1.0, base.cpu_ms, commits=waits)
    return Costs(
        (kind,), encode_first_ms=max(0.0, took[0] - each), encode_each_ms=each, commit_ms=_commit(server),
        database_cpu_ms=base.database_ms / waits,
    )  # fmt: skip


def _commit(server: Any) -> float:
    """Milliseconds of one small insertion, durable."""
    import psycopg

    postgres = borrowed("postgres_server")
    spent = []
    with psycopg.connect(server.address("postgres"), password=postgres.PASSWORD, autocommit=True) as connection:
        connection.execute("CREATE TABLE commits (n int)")
        for n in range(COMMITS):
            began = time.perf_counter()
            connection.execute("INSERT INTO commits VALUES (%s)", (n,))
            spent.append(1000 * (time.perf_counter() - began))
    return median(spent)


def committed(server: Any) -> int:
    """Transactions that wrote something, so far: those that took a number."""
    return int(server.execute("SELECT pg_current_xact_id()::text::bigint")[0][0])


def measured(processes: Sequence[int], replicas: Sequence[int], seconds: float, rounds: int) -> Measured:
    """All points, one after another; one that cannot be had says why on standard error."""
    points: list[Point] = []
    commits = 3.0
    with tempfile.TemporaryDirectory(prefix="scale-") as temporary, ExitStack() as held:
        folder = Path(temporary)
        server = held.enter_context(database())
        asyncio.run(fill(folder / "data"))
        clients = Running([sys.executable, "-m", "benchmarks.clients"], folder / "clients.log")
        held.callback(clients.close)
        for count, these in [(count, n) for n in replicas for count in processes if not n or count <= 2]:
            before = committed(server)
            try:
                points.append(point(folder, server, clients, count, these, seconds, rounds))
            except (RuntimeError, OSError) as error:
                print(f"{count} processes, {these} replicas: {error}", file=sys.stderr)
                continue
            if len(points) == 1:
                turns = points[0].per_s * (seconds * rounds + 3.0) + 3 * CLIENTS * (rounds + 1)
                commits = max(1.0, (committed(server) - before - CONVERSATIONS) / turns)
            print(points[-1], file=sys.stderr, flush=True)
        if not points:
            raise SystemExit("Nothing could be measured.")
        found = costs(server, points[0], commits)
    notes = {
        "a turn": "a question to the bundled models about 400 passages, in one of 256 stored conversations, answered with citations",
        "load of the machine when it ended": machine_load(), "rounds": f"{rounds} of {seconds:g} s each, medians",
        "transactions of PostgreSQL that write, a turn": f"{commits:.1f}",
    }  # fmt: skip
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Measured(machine(), cores, tuple(points), found, notes)


def main() -> None:
    """Measure and print; keep it with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--replicas", type=int, nargs="*", default=[0, 1, 2], help="of the encoders on Ray; 0 is without Ray")
    parser.add_argument("--write", action="store_true", help="keep it in scale.json; with fewer points than are kept, the others stay")
    options = parser.parse_args()
    found = measured(options.processes, options.replicas, options.seconds, options.rounds)
    if options.write:
        if FILE.exists():
            kept = load()
            new = {(one.processes, one.replicas) for one in found.points}
            points = [one for one in kept.points if (one.processes, one.replicas) not in new] + list(found.points)
            if (1, 0) not in new:  # by which the costs are measured
                found = replace(found, costs=kept.costs, notes=kept.notes)
            found = replace(found, points=tuple(sorted(points, key=lambda one: (one.replicas, one.processes))))
        found.save()
    print(json.dumps([vars(one) for one in found.points], indent=1))


if __name__ == "__main__":
    main()
