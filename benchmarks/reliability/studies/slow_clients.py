"""Clients that send and read very slowly, many at once, while somebody asks as ever."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.reliability._wire import TURN, Seen, Wire, at_rest, request, share
from benchmarks.reliability.service import Service
from benchmarks.reliability.study import Outcome, Study, Tick

SECONDS = 2.0
"""Patience of the server with a head, and with a client that stalls; a study must not last as long as real patience does."""
PATIENCE = 60.0
"""Seconds after which a client that is still connected was not ended: this machine may be busy with other things."""
LARGE = 8 * 2**20
LIMITS = {
    "ASSISTANT_LIMITS_HEAD_SECONDS": str(SECONDS), "ASSISTANT_LIMITS_STALLED_SECONDS": str(SECONDS),
    "ASSISTANT_LIMITS_CONNECTIONS": "400",
}  # fmt: skip
Writer = asyncio.StreamWriter


async def _silent(writer: Writer, sent: bytes) -> None:
    """Nothing at all."""


async def _half_a_head(writer: Writer, sent: bytes) -> None:
    writer.write(sent[:40])


async def _byte_by_byte(writer: Writer, sent: bytes) -> None:
    for byte in sent:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.3)


async def _half_a_body(writer: Writer, sent: bytes) -> None:
    writer.write(sent[:-20])


async def _slow_body(writer: Writer, sent: bytes) -> None:
    head, _, body = sent.partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    await _byte_by_byte(writer, body)


async def _endless_body(writer: Writer, sent: bytes) -> None:
    head = sent.partition(b"\r\n\r\n")[0].split(b"\r\nContent-Length")[0]
    writer.write(head + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.3)


WAYS: dict[str, Callable[[Writer, bytes], Coroutine[Any, Any, None]]] = {
    "silent": _silent, "half a head": _half_a_head, "a head byte by byte": _byte_by_byte, "half a body": _half_a_body,
    "a body byte by byte": _slow_body, "a body without end": _endless_body,
}  # fmt: skip
READS = "reads a byte a second"


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial is one slow client; all of them are there together."""
    outcome = Outcome()
    with Service(folder, LIMITS) as service, service.client(timeout=240) as client:
        kept = client.post("/v1/files", files={"file": ("large.wav", _wave())}, data={"purpose": "assistants"})
        kept.raise_for_status()
        memory = service.memory()
        asyncio.run(_tried(service, kept.json()["id"], trials, random.Random(seed), outcome, tick))
        rest, _ = at_rest(client)
        if not rest:
            outcome.fail("slots are held after the slow clients have gone")
        outcome.figures["MB grown"] = round(service.memory() - memory, 1)
    return outcome


def _wave() -> bytes:
    """A long sound: an answer that fits into no buffer."""
    from retrieval.waves import of_pcm

    return of_pcm(bytes(LARGE), 16_000)


async def _tried(service: Service, file: str, trials: int, chance: random.Random, outcome: Outcome, tick: Tick) -> None:
    alone = await _canary(service, asyncio.create_task(asyncio.sleep(SECONDS)))
    ways = [chance.choice((*WAYS, READS)) for _ in range(trials)]
    crowd = asyncio.gather(*(_slow(service, way, file) for way in ways))
    beside = await _canary(service, crowd)
    for way, seconds in zip(ways, await crowd, strict=True):
        if seconds >= PATIENCE:
            outcome.fail(f"{way}: still connected after {PATIENCE:g} s")
        outcome.done += 1
        tick(1)
    for answer in (*alone.answers, *beside.answers):
        if answer.status != 200:
            outcome.fail(f"who asked as ever got {answer.status} {answer.code()}")
    before, during = alone.times(200), beside.times(200)
    outcome.figures |= {
        "ways": len(Counter(ways)), "turns meanwhile": len(during), "p99 alone ms": round(1000 * share(before, 0.99)),
        "p99 beside slow clients ms": round(1000 * share(during, 0.99)), "longest connected s": round(max(await crowd), 1),
    }  # fmt: skip


async def _canary(service: Service, meanwhile: asyncio.Future[Any]) -> Seen:
    """Turns one after another as long as something else goes on."""
    seen, sent = Seen(), request("/v1/chat/completions", service.token, TURN)
    with Wire(service.address) as wire:
        while not meanwhile.done():
            seen.answers.append(await wire.ask(sent))
            await asyncio.sleep(0.1)
    return seen


async def _slow(service: Service, way: str, file: str) -> float:
    """Seconds until the server ended this client."""
    host, _, port = service.address.removeprefix("http://").rpartition(":")
    plain, loop = socket.socket(), asyncio.get_running_loop()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await loop.sock_connect(plain, (host, int(port)))
    began = time.monotonic()
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(PATIENCE):
            if way == READS:
                await loop.sock_sendall(plain, request(f"/v1/files/{file}/content", service.token, method="GET"))
                port = plain.getsockname()[1]
                # What has come is read even when all is over; the look takes its own thread, so that it delays no one who is measured.
                while await loop.sock_recv(plain, 1) and await asyncio.to_thread(_held, service, port):
                    await asyncio.sleep(1)
            else:
                await _send(plain, way, service.token)
    plain.close()
    return time.monotonic() - began


def _held(service: Service, port: int) -> bool:
    """Whether the server still has a connection with this port of ours."""
    import psutil

    assert service.process is not None
    return any(one.raddr and one.raddr.port == port for one in psutil.Process(service.process.pid).net_connections("tcp"))


async def _send(plain: socket.socket, way: str, token: str) -> None:
    """Send in one way until the server hangs up."""
    reader, writer = await asyncio.open_connection(sock=plain)
    sender = asyncio.ensure_future(WAYS[way](writer, request("/v1/chat/completions", token, TURN)))
    try:
        while await reader.read(4096):
            pass
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
        writer.transport.abort()


STUDY = Study(
    name="slow_clients", title="Clients that send and read very slowly",
    goal="500 slow sockets and 100 readers of a byte a second: all are ended, others are answered with a p99 of at most twice what it was.",
    unit="clients", trials={"fast": 21, "full": 300, "nightly": 600}, run=run, covers=("L03", "U12", "U13"),
)  # fmt: skip
