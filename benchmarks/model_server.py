"""A chat model server without a model: each turn gets one tool call and then an answer, at once. A double for benchmarks; knows no agent.

`python -m benchmarks.model_server` prints its address and serves until it is ended. It speaks as much of `/chat/completions` as clients
need: whole answers and streams, a word a piece. What it answers is the first sentence of what the tool found, with its mark.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MODEL = "double"
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n"


def replied(body: dict[str, Any]) -> dict[str, Any]:
    """The message that answers a request."""
    last = body["messages"][-1]
    if last["role"] == "tool":
        found = _text(last["content"]).partition("\n")[2] or "Nothing was found."
        return {"role": "assistant", "content": f"{found.partition('. ')[0].rstrip('.')} [1]."}
    arguments = json.dumps({"query": _text(last["content"])})
    call = {"index": 0, "id": f"call_{len(body['messages'])}", "type": "function", "function": {"name": "search", "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def whole(body: dict[str, Any]) -> bytes:
    """The answer as one JSON object."""
    message = replied(body)
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return json.dumps({"id": "c", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice], "usage": usage}).encode()


def streamed(body: dict[str, Any]) -> bytes:
    """The answer as server-sent events."""
    message = replied(body)
    calls = message.get("tool_calls")
    words = [] if calls else (message["content"] or "").split(" ")
    pieces = [{"content": word if n == 0 else f" {word}"} for n, word in enumerate(words)]
    deltas = [({"role": "assistant", "tool_calls": calls}, None)] if calls else [(piece, None) for piece in pieces]
    base = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
    chunks: list[dict[str, Any]] = [
        base | {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
        for delta, end in [*deltas, ({}, "stop" if words else "tool_calls")]
    ]
    chunks.append(base | {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
    return b"".join(b"data: %s\n\n" % json.dumps(chunk).encode() for chunk in chunks) + b"data: [DONE]\n\n"


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end].lower()
            size = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)
            if len(self._data) < end + 4 + size:
                return
            body, self._data = json.loads(self._data[end + 4 : end + 4 + size]), self._data[end + 4 + size :]
            answer, kind = (streamed(body), b"text/event-stream") if body.get("stream") else (whole(body), b"application/json")
            self._transport.write(_HEAD % (kind, len(answer)) + answer)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


@contextmanager
def model_server() -> Iterator[str]:
    """Its address, while it runs in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.model_server"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
