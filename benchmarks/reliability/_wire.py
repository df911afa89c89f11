"""Many small clients of one server in one process: plain sockets, requests made beforehand, times and statuses. Knows no study."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

LONGEST_WAIT = 120.0
TURN = {"model": "assistant", "messages": [{"role": "user", "content": "hello"}]}
"""The cheapest real turn: routed, answered, kept by nobody."""


def request(path: str, token: str, body: bytes | dict[str, Any] | None = None, *, method: str = "POST", more: bytes = b"") -> bytes:
    """A whole HTTP request."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body or b""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(data)}\r\n".encode()
    kind = b"Content-Type: application/json\r\n" if isinstance(body, dict) else b""
    return head + kind + more + b"\r\n" + data


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 is a connection that was closed."""

    status: int
    seconds: float
    body: bytes = b""
    retry_after: str = ""

    def code(self) -> str:
        """Of the error in the body; empty when there is none."""
        try:
            return str(json.loads(self.body)["error"]["code"])
        except (ValueError, KeyError, TypeError):
            return ""


class Wire:
    """One connection that is used again and again."""

    def __init__(self, address: str) -> None:
        """`address` as the server publishes it."""
        host, _, port = address.removeprefix("http://").rpartition(":")
        self._place = (host, int(port))
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, sent: bytes) -> Answer:
        """Send a whole request and take its whole answer."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                if self._reader is None or self._writer is None or self._writer.is_closing():
                    self._reader, self._writer = await asyncio.open_connection(*self._place, limit=2**20)
                self._writer.write(sent)
                head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                body = await self._reader.readexactly(int(fields.get("content-length", 0)))
        except (OSError, EOFError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
            return Answer(0, time.perf_counter() - began)
        if fields.get("connection") == "close":
            self.close()
        return Answer(int(head.split(" ", 2)[1]), time.perf_counter() - began, body, fields.get("retry-after", ""))

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


@dataclass
class Seen:
    """Answers of many requests."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0
    """That all clients were at work."""
    answered: int = 0
    """Requests that were answered with 200 within them."""

    @property
    def rate(self) -> float:
        """Answers a second while all were at work."""
        return self.answered / self.seconds if self.seconds else 0.0

    def statuses(self) -> Counter[int]:
        """Status -> how often."""
        return Counter(answer.status for answer in self.answers)

    def times(self, status: int) -> list[float]:
        """Seconds of the answers with this status."""
        return sorted(answer.seconds for answer in self.answers if answer.status == status)


def share(times: Sequence[float], part: float) -> float:
    """The time within which `part` (0 to 1) of the sorted `times` lie; 0 without any."""
    return times[min(len(times) - 1, int(part * len(times)))] if times else 0.0


def gauges(client: httpx.Client) -> dict[str, float]:
    """The numbers without labels of `/metrics`, without their prefix."""
    lines = client.get("/metrics").text.splitlines()
    plain = (line.rsplit(" ", 1) for line in lines if line.startswith("synesthesia_") and "{" not in line)
    return {name.removeprefix("synesthesia_"): float(value) for name, value in plain}


def at_rest(client: httpx.Client, seconds: float = 60.0) -> tuple[bool, float]:
    """(whether every slot came back, seconds until it had)."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        with suppress(httpx.HTTPError):
            now = gauges(client)
            if not any(now[f"{kind}_{state}"] for kind in ("turns", "calls", "drawings") for state in ("running", "waiting")):
                return True, time.monotonic() - began
        time.sleep(0.01)
    return False, seconds
