"""Ten times more turns than the server can take, from 200 clients; then one tenant that floods, and asks again at once whatever it
is told, while nine others work as ever."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from assistant.keys import Keys
from benchmarks.reliability._wire import TURN, Answer, Seen, Wire, at_rest, request, share
from benchmarks.reliability.service import Service
from benchmarks.reliability.study import Outcome, Study, Tick

CLIENTS = 200
AT_ONCE, WAITING = 4, 16
TENANTS = 9
FLOOD = 50
PAUSE = 1.0
"""Seconds between two turns of a tenant who works as ever."""
LIMITS = {"ASSISTANT_LIMITS_TURNS_AT_ONCE": str(AT_ONCE), "ASSISTANT_LIMITS_TURNS_WAITING": str(WAITING)}


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Half of the trials go to the overload, a quarter each to the tenants alone and beside the flood."""
    outcome = Outcome()
    data = folder / "data"
    data.mkdir(parents=True)
    keys = Keys(data)
    tokens = [keys.create(f"tenant{n}")[1] for n in range(TENANTS + 1)]
    keys.close()
    with Service(folder, LIMITS) as service:
        asyncio.run(_tried(service, tokens, trials, outcome, tick))
        with service.client() as client:
            rest, _ = at_rest(client)
            if not rest:
                outcome.fail("slots are held after the last answer")
            outcome.figures["MB at the end"] = round(service.memory())
    outcome.notes.append("Clients and server share the machine, so that times and goodput are lower bounds; they fail nothing.")
    return outcome


async def _tried(service: Service, tokens: list[str], trials: int, outcome: Outcome, tick: Tick) -> None:
    local = request("/v1/chat/completions", service.token, TURN)
    full = [local] * (AT_ONCE + WAITING)
    await _load(service, full, trials // 16, 0.0)  # what is loaded once
    before, memory = await _load(service, full, trials // 16, 0.0), service.memory()
    over = await _load(service, [local] * CLIENTS, trials // 2, CLIENTS / (10 * max(1.0, before.rate)))
    after = await _load(service, full, trials // 16, 0.0)
    rate, base = (before.rate + after.rate) / 2, sorted(before.times(200) + after.times(200))
    outcome.done += len(over.answers)
    tick(len(over.answers))
    _judge(outcome, over, "ten times too many", refusals=True)
    took, refused = over.times(200), over.times(429)
    outcome.figures |= {
        "overload requests": len(over.answers), "answered": len(took), "refused with 429": len(refused),
        "other answers": len(over.answers) - len(took) - len(refused),
        "turns per second when just full": round(rate, 1), "goodput percent": round(100 * over.rate / rate, 1) if rate else 0.0,
        "p99 when just full ms": round(1000 * share(base, 0.99)),
        "p99 of answers ms": round(1000 * share(took, 0.99)), "p99 of refusals ms": round(1000 * share(refused, 0.99)),
        "MB grown": round(service.memory() - memory, 1),
    }  # fmt: skip
    await _fairness(service, tokens, trials - len(over.answers), outcome, tick)


async def _fairness(service: Service, tokens: list[str], trials: int, outcome: Outcome, tick: Tick) -> None:
    nine = [request("/v1/chat/completions", token, TURN) for token in tokens[:TENANTS]]
    alone = await _load(service, nine, trials // 2, PAUSE, steady=True)
    flood = asyncio.create_task(_load(service, [request("/v1/chat/completions", tokens[-1], TURN)] * FLOOD, 10**9, 0.0))
    beside = await _load(service, nine, trials - trials // 2, PAUSE, steady=True)
    flood.cancel()
    await asyncio.gather(flood, return_exceptions=True)
    for name, seen in (("nine tenants alone", alone), ("nine tenants beside a flood", beside)):
        outcome.done += len(seen.answers)
        tick(len(seen.answers))
        _judge(outcome, seen, name, refusals=False)
    one, other = share(alone.times(200), 0.99), share(beside.times(200), 0.99)
    outcome.figures |= {
        "p99 of nine tenants ms": round(1000 * one), "p99 beside a tenant at 50 times ms": round(1000 * other),
        "ratio": round(other / one, 2) if one else 0.0,
    }  # fmt: skip


def _judge(outcome: Outcome, seen: Seen, name: str, *, refusals: bool) -> None:
    for answer in seen.answers:
        if wrong := _wrong(answer, refusals):
            outcome.fail(f"{name}: {wrong}")


def _wrong(answer: Answer, refusals: bool) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if answer.status == 200:
        return "" if b'"content":' in answer.body and b'"finish_reason":"stop"' in answer.body else f"no answer: {answer.body[:200]!r}"
    if answer.status != 429 or not refusals:
        return f"status {answer.status} {answer.code()}"
    return "" if answer.retry_after.isdigit() and int(answer.retry_after) >= 1 else "429 without Retry-After"


async def _load(service: Service, requests: list[bytes], number: int, pause: float, *, steady: bool = False) -> Seen:
    """`number` requests by as many clients as there are `requests`. A client that was refused rests for `pause` seconds; with `steady`
    everyone does after each answer."""
    seen, left = Seen(), iter(range(number))
    began = time.perf_counter()

    async def client(sent: bytes, first: float) -> None:
        await asyncio.sleep(first)
        with Wire(service.address) as wire:
            for _ in left:
                answer = await wire.ask(sent)
                seen.answers.append(answer)
                if steady or answer.status != 200:
                    await asyncio.sleep(pause)
            if not seen.seconds:  # from here on there are fewer clients, and the last refusals are only waited for
                seen.seconds, seen.answered = time.perf_counter() - began, len(seen.times(200))

    await asyncio.gather(*(client(sent, pause * n / len(requests)) for n, sent in enumerate(requests)))
    return seen


STUDY = Study(
    name="overload", title="Ten times too many turns, and one tenant who floods",
    goal="200 clients at 10 times the capacity: no 5xx, goodput 95 % or more, p99 of answers at most 1.3 times that of a full queue; "
    "one tenant at 50 times, who never rests, leaves the p99 of nine others within 1.5 times.",
    unit="requests", trials={"fast": 160, "full": 4000, "nightly": 60_000}, run=run, covers=("L01", "L02", "LLM10"),
)  # fmt: skip
