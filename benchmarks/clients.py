"""Clients in a process of their own: each asks again as soon as it has its answer. `python -m benchmarks.clients` with a JSON on its input:
`{"address", "path", "bodies", "clients", "seconds", "expect"}`.

A bare reader of HTTP/1.1 with answers of known length, so that little of the processor is the clients' own.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import numpy as np

WARM = 3
"""Requests of each client before time is taken."""


def wire(address: str, path: str, body: dict[str, Any]) -> bytes:
    """A request as it goes over the wire."""
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
    return int(head[9:12]), await reader.readexactly(length)


class Load:
    """One measurement."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._requests = [wire(plan["address"], plan["path"], body) for body in plan["bodies"]]
        self._next = count()
        self._begin = self._end = 0.0
        self.spent: list[float] = []
        self.errors = 0

    async def run(self) -> dict[str, float]:
        """Times in milliseconds, requests a second, answers that were wrong."""
        warm = asyncio.Barrier(self._plan["clients"])
        await asyncio.gather(*(self._client(warm) for _ in range(self._plan["clients"])))
        spent = np.array(self.spent) * 1000
        p50, p95, p99 = (float(np.percentile(spent, at)) for at in (50, 95, 99))
        return {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "per_s": len(spent) / (self._end - self._begin), "errors": self.errors}

    async def _client(self, warm: asyncio.Barrier) -> None:
        parts = urlsplit(self._plan["address"])
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            for _ in range(WARM):
                await self._ask(reader, writer)
            await warm.wait()
            self._begin = self._begin or time.perf_counter()
            while (start := time.perf_counter()) < self._begin + self._plan["seconds"]:
                good = await self._ask(reader, writer)
                self._end = time.perf_counter()
                self.spent.append(self._end - start)
                self.errors += not good
        finally:
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(self._requests[next(self._next) % len(self._requests)])
        status, body = await answer(reader)
        return status == 200 and body.count(self._plan["expect"].encode()) == self._plan["times"]


def main() -> None:
    """Measure each plan that comes, one a line."""
    for line in sys.stdin:
        print(json.dumps(asyncio.run(Load(json.loads(line)).run())), flush=True)


if __name__ == "__main__":
    main()
