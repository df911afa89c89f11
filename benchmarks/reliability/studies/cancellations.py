"""Requests that are cancelled at any moment while those of others run: nobody may get a byte that was meant for somebody else."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.reliability._tenants import TOPICS, Person, app_of, foreign, people
from benchmarks.reliability.study import Outcome, Study, Tick

AT_ONCE = 5
DEEPEST = 400
"""Turns of the event loop after which a request is cancelled, at most; an answer takes fewer or waits for a thread."""
LONGEST_SECONDS = 0.4
FINISHED = "finished before"


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """`trials` cancelled requests."""
    outcome = Outcome()
    asyncio.run(_run(trials, seed, folder, tick, outcome))
    return outcome


async def _run(trials: int, seed: int, folder: Path, tick: Tick, outcome: Outcome) -> None:
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    app = app_of(folder)
    async with people(app, chance) as everybody:
        left, ended = list(range(trials)), asyncio.Event()

        async def cancelling() -> None:
            while left:
                number = left.pop()
                how = await _cancelled(app, chance.choice(everybody), chance, outcome, number)
                seen[how] += 1
                if how == FINISHED:
                    left.append(number)  # too late: another one
                    continue
                outcome.done += 1
                tick(1)

        async def living(person: Person) -> None:
            while not ended.is_set():
                await _whole(person, everybody, chance, seen, outcome)

        lives = [asyncio.create_task(living(person)) for person in everybody]
        await asyncio.gather(*(cancelling() for _ in range(AT_ONCE)))
        ended.set()
        await asyncio.gather(*lives)
        for person in everybody:
            for _ in range(5):
                await _whole(person, everybody, chance, seen, outcome)
        services = app.state.services
        for name, slots in (("turns", services.turns), ("calls", services.calls)):
            async with asyncio.timeout(60):
                while slots.running:
                    await asyncio.sleep(0.05)
            if slots.waiting:
                outcome.fail(f"seed {seed}: {slots.waiting} places of {name} were never given back")
    outcome.figures = {f"{kind} requests": count for kind, count in sorted(seen.items())} | {"failures": outcome.failed}
    outcome.notes.append("Half are cancelled as a task, at any await; half as a client that hangs up.")


def _request(person: Person, chance: random.Random) -> tuple[str, str, dict[str, Any] | None]:
    """Something that ends up in threads, databases, models or streams."""
    said = {"model": "assistant", "messages": [{"role": "user", "content": f"What does the {chance.choice(TOPICS)} cost? {person.canary}"}]}
    return chance.choice((
        ("GET", f"/v1/files/{person.ids['file'][0]}/content", None),
        ("GET", f"/v1/conversations/{person.ids['chat'][0]}/messages", None),
        ("GET", f"/v1/vector_stores/{person.store}/items", None),
        ("POST", "/v1/search", {"query": f"{chance.choice(TOPICS)}", "collection": person.store, "k": 5}),
        ("POST", "/v1/chat/completions", said | {"metadata": {"collection": person.store}}),
        ("POST", "/v1/chat/completions", said | {"stream": True, "metadata": {"collection": person.store}}),
        ("POST", "/v1/embeddings", {"model": "text", "input": person.canary}),
        ("GET", "/v1/memory", None),
    ))  # fmt: skip


_CANARY = re.compile(rb"zq[0-9a-f]{0,12}")


async def _whole(person: Person, everybody: list[Person], chance: random.Random, seen: Counter[str], outcome: Outcome) -> None:
    """A request that is not cancelled: it must be the person's own answer, whole."""
    method, path, body = _request(person, chance)
    answer = await person.client.request(method, path, json=body)
    seen["undisturbed"] += 1
    what = f"{person.name} sent {method} {path} {json.dumps(body)} -> {answer.status_code}"
    if whose := foreign(answer.content, person, everybody):
        outcome.fail(f"{what}: words of {whose}")
    if answer.status_code not in (200, 404, 429):
        outcome.fail(f"{what}: {answer.text[:200]}")
    expected = path.endswith(("/content", "/messages", "/items")) or path in ("/v1/search", "/v1/memory")
    if answer.status_code == 200 and expected and person.canary not in answer.text:
        outcome.fail(f"{what}: not their own answer: {answer.text[:200]}")


async def _cancelled(app: Any, person: Person, chance: random.Random, outcome: Outcome, number: int) -> str:
    """Begin a request and end it somewhere; how it ended. Whatever was sent until then must be the person's own."""
    method, path, body = _request(person, chance)
    data = json.dumps(body).encode() if body else b""
    gone, sent = asyncio.Event(), bytearray()
    told = False

    async def receive() -> dict[str, Any]:
        nonlocal told
        if not told:
            told = True
            return {"type": "http.request", "body": data, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.extend(message.get("body", b""))
        await asyncio.sleep(0)

    task = asyncio.create_task(app(_scope(person, method, path, len(data)), receive, send))
    if chance.random() < 0.5:
        for _ in range(chance.randint(0, DEEPEST)):
            await asyncio.sleep(0)
    else:
        await asyncio.sleep(chance.random() * LONGEST_SECONDS)
    whole, hard = task.done(), chance.random() < 0.5
    gone.set()
    if hard:
        task.cancel()
    try:
        async with asyncio.timeout(120):
            await task
    except asyncio.CancelledError:
        pass
    except TimeoutError:
        outcome.fail(f"trial {number}: {method} {path} never ended")
    except Exception as error:
        outcome.fail(f"trial {number}: {method} {path}: {type(error).__name__}: {error}")
    # What was cut off, or came in two events of a stream, is a beginning of their own word and of nobody else's.
    if any(not person.canary.encode().startswith(piece) for piece in _CANARY.findall(sent)):
        outcome.fail(f"trial {number}: {method} {path}: {bytes(sent[-300:])!r}")
    return FINISHED if whole else "cancelled" if hard else "hung up"


def _scope(person: Person, method: str, path: str, length: int) -> dict[str, Any]:
    """A request as a server passes it on."""
    headers = [(b"host", b"localhost"), (b"authorization", person.client.headers["authorization"].encode())]
    headers += [(b"content-type", b"application/json"), (b"content-length", str(length).encode())] if length else []
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers, "client": ("127.0.0.1", 1),
        "server": ("localhost", 80), "state": {},
    }  # fmt: skip


STUDY = Study(
    name="cancellations",
    title="requests cancelled at any moment while those of others run",
    goal="5,000 cancelled requests: no foreign byte in any answer, and every place given back",
    unit="cancelled requests",
    trials={"fast": 40, "full": 600, "nightly": 5_000},
    run=run,
    covers=("X04",),
)
