"""What a turn of the assistant costs beside the work it is about, alone and with 32 clients, and whether that grows.

`python -m benchmarks.turning tool|bundled|growth [--quick]`; each prints one line of JSON. `tool` is a turn with one tool and a chat model
server that takes no time, beside bare HTTP calls and LangChain's `create_agent` with the same tool; `bundled` a turn of the bundled models
over HTTP, beside the encoder, the search and the reader alone; `growth` the same turn late in a conversation and among many collections.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import turn_growth
from benchmarks.measure import median
from benchmarks.model_server import MODEL, model_server
from benchmarks.processes import processor_seconds
from benchmarks.reliability.service import Service
from benchmarks.turn_places import OWNER, asked, environment, fill, opened
from benchmarks.turn_ways import CONNECTIONS, Way, bare, langchain, ours, served

CLIENTS = 32


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    repetitions: int = 5
    alone: int = 20
    """Turns of one client, of each way in turn."""
    each: int = 4
    """Turns of each of the 32 clients."""
    warm: int = 5

    @property
    def turns(self) -> int:
        """Of one way, in all."""
        return self.warm + self.repetitions * (self.alone + CLIENTS * self.each)


QUICK = Sizes(repetitions=1, alone=3, each=1, warm=1)


@dataclass
class Measured:
    """Of one way, a value for each repetition."""

    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    """Milliseconds of processor of a turn, of whichever process does it."""
    rate: list[float] = field(default_factory=list)
    p95_many: list[float] = field(default_factory=list)
    errors: int = 0

    def told(self) -> dict[str, float]:
        """Medians, and how far the repetitions lie apart."""
        spread = (max(self.p50) - min(self.p50)) / median(self.p50)
        return {
            "p50_ms": median(self.p50), "spread": spread, "p95_ms": median(self.p95), "cpu_ms": median(self.worked),
            "turns_per_s_32": median(self.rate), "p95_ms_32": median(self.p95_many), "errors": self.errors,
        }  # fmt: skip


@dataclass(frozen=True)
class Contestant:
    """A way through a turn, and whose processor it uses."""

    way: Way
    process: psutil.Process

    def cpu(self) -> float:
        """Milliseconds so far."""
        return 1000 * processor_seconds([self.process])


async def race(ways: Mapping[str, Contestant], sizes: Sizes) -> dict[str, dict[str, float]]:
    """Every way in turn, turn by turn, then 32 clients at once; `sizes.repetitions` times. No way is asked what was asked just before."""
    questions = {name: _endless(asked(997), begin=331 * place) for place, name in enumerate(ways)}
    found = {name: Measured() for name in ways}
    for name, contestant in ways.items():
        for _ in range(sizes.warm):
            await contestant.way(next(questions[name]))
    for _ in range(sizes.repetitions):
        spent: dict[str, list[float]] = {name: [] for name in ways}
        worked = dict.fromkeys(ways, 0.0)
        for _ in range(sizes.alone):
            for name, one in ways.items():
                cpu = one.cpu()
                spent[name].append(await _timed(one.way, next(questions[name]), found[name]))
                worked[name] += one.cpu() - cpu
        for name, one in ways.items():
            found[name].p50.append(median(spent[name]))
            found[name].p95.append(_p95(spent[name]))
            found[name].worked.append(worked[name] / sizes.alone)
            await _many(one.way, questions[name], sizes.each, found[name])
    return {name: measured.told() for name, measured in found.items()}


async def _timed(way: Way, question: str, found: Measured) -> float:
    began = time.perf_counter()
    good = await way(question)
    found.errors += not good
    return 1000 * (time.perf_counter() - began)


async def _many(way: Way, asked: Iterator[str], each: int, found: Measured) -> None:
    spent: list[float] = []

    async def client() -> None:
        for _ in range(each):
            spent.append(await _timed(way, next(asked), found))

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    found.rate.append(len(spent) / (time.perf_counter() - began))
    found.p95_many.append(_p95(spent))


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def _endless(texts: Sequence[str], begin: int) -> Iterator[str]:
    return islice(cycle(texts), begin, None)


@asynccontextmanager
async def over_http(folder: Path, chat_model: str, stored: int) -> AsyncIterator[tuple[Contestant, Contestant]]:
    """Turns of stored conversations, of which there are so many, and one-off turns, of one `assistant serve`."""
    with Service(folder, environment(chat_model)) as service:
        assert service.process is not None
        headers = {"Authorization": f"Bearer {service.token}"}
        async with httpx.AsyncClient(base_url=service.address, headers=headers, limits=CONNECTIONS, timeout=120) as client:
            begun = [(await client.post("/v1/conversations", json={})).json()["id"] for _ in range(stored)]
            process = psutil.Process(service.process.pid)
            yield Contestant(served(client, begun), process), Contestant(served(client, []), process)


async def tool(folder: Path, sizes: Sizes) -> dict[str, Any]:
    """A turn with one tool and a chat model server that takes no time."""
    own = psutil.Process()
    await fill(folder / "near")
    await fill(folder / "far" / "data")
    with model_server() as address:
        chat_model = f"openai_http:{address}#{MODEL}"
        assistant = await opened(folder / "near", chat_model)
        begun = [assistant.conversations.create(OWNER).id for _ in range(sizes.turns)]
        async with over_http(folder / "far", chat_model, sizes.turns) as (stored, _):
            found = await race({
                "bare": Contestant(bare(assistant, address), own),
                "create_agent": Contestant(langchain(assistant, address, stream=False), own),
                "create_agent streamed": Contestant(langchain(assistant, address, stream=True), own),
                "ours": Contestant(ours(assistant, begun), own),
                "ours, HTTP": stored,
            }, sizes)  # fmt: skip
        await assistant.close()
    added = {name: one["p50_ms"] - found["bare"]["p50_ms"] for name, one in found.items()}
    worked = {name: one["cpu_ms"] - found["bare"]["cpu_ms"] for name, one in found.items()}
    base = found["create_agent"]
    ratios = {
        name: {
            "added": added[name] / added["create_agent"], "added_cpu": worked[name] / worked["create_agent"],
            "added_to_streamed": added[name] / added["create_agent streamed"],
            "turns_per_s_32": one["turns_per_s_32"] / base["turns_per_s_32"],
        }
        for name, one in found.items() if name.startswith("ours")
    }  # fmt: skip
    return {"ways": found, "added_ms": added, "ratios": ratios}


async def bundled(folder: Path, sizes: Sizes) -> dict[str, Any]:
    """A turn of the bundled models over HTTP, stored and one-off, beside what it is about."""
    own = psutil.Process()
    await fill(folder / "near")
    await fill(folder / "far" / "data")
    assistant = await opened(folder / "near")
    async with over_http(folder / "far", "", sizes.turns) as (stored, one_off):
        found = await race({"bare": Contestant(turn_growth.alone(assistant), own), "ours, HTTP": stored, "one-off, HTTP": one_off}, sizes)
    await assistant.close()
    return {"ways": found, "ratios": {name: one["p50_ms"] / found["bare"]["p50_ms"] for name, one in found.items()}}


async def growth(folder: Path, sizes: Sizes) -> dict[str, Any]:
    """The same turn late in a conversation, and among many collections."""
    return await turn_growth.measured(folder, quick=sizes is QUICK)


PARTS: dict[str, Callable[[Path, Sizes], Awaitable[dict[str, Any]]]] = {"tool": tool, "bundled": bundled, "growth": growth}


def main() -> None:
    """Measure one part, and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        found = asyncio.run(PARTS[options.part](Path(temporary), QUICK if options.quick else Sizes()))
    print(json.dumps({"part": options.part, **found}))


if __name__ == "__main__":
    main()
