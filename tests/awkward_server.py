"""A real OpenAI-compatible server on loopback that speaks as awkwardly as the servers out there: pieces, thoughts, errors, silence.

`behaviour` says how it answers, `brain` what: (request body) -> Reply. `seen` and `headers` keep the requests, `gone` is set when a client
hangs up in the middle of an answer.
"""

import asyncio
import json
import socket
import threading
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


@dataclass
class Reply:
    """What the model behind the server says: a thought, words, or calls as (name, arguments)."""

    words: tuple = ()
    calls: tuple = ()
    thought: str = ""
    thought_field: str = "reasoning_content"
    pause: float = 0.0
    """Seconds between two words."""
    finish: str = field(default="")


def text_of(message):
    """The words of a message of a request, whatever its form."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else " ".join(block.get("text", "") for block in content)


def weather_brain(body):
    """Calls `weather` once when it is offered, then says what it is like."""
    if "tools" in body and not any(m["role"] == "tool" for m in body["messages"]):
        return Reply(calls=(("weather", {"city": "Paris"}),))
    return Reply(words=("It ", "is ", "sunny ", "[1]."))


class AwkwardServer:
    """Start with `with AwkwardServer() as server`; `server.address` ends with /v1."""

    def __init__(self, brain=weather_brain):
        self.brain, self.own_brain = brain, brain
        self.seen, self.headers, self.behaviour = [], [], "plain"
        self.gone = threading.Event()
        self.models = None
        """Names it lists; None for a server without a list."""
        app = FastAPI()

        @app.get("/v1/models")
        async def listed():
            if self.models is None:
                return refuse(404, "no such page")
            return {"object": "list", "data": [{"id": name, "object": "model", "created": 1, "owned_by": "us"} for name in self.models]}

        @app.post("/v1/chat/completions")
        async def complete(request: Request):
            body = await request.json()
            self.seen.append(body)
            self.headers.append(dict(request.headers))
            return await self.answer(body)

        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *why):
        self.server.should_exit = True
        self.thread.join(10)
        self.listener.close()

    def reset(self):
        """As it was at first."""
        self.seen.clear()
        self.headers.clear()
        self.gone.clear()
        self.behaviour, self.brain, self.models = "plain", self.own_brain, None

    async def answer(self, body):
        how = self.behaviour
        refusal = self.refusal(how, body)
        if refusal is not None:
            return refusal
        if how == "hang":
            await asyncio.sleep(3)  # cut short when the server stops: an answer begun then would never be awaited
        if how == "html":
            return HTMLResponse("<html>Welcome to the proxy</html>")
        if how == "null_choices":
            return JSONResponse({"id": "c", "object": "chat.completion", "choices": None})
        reply = self.brain(body)
        if body.get("stream"):
            return StreamingResponse(self.stream(reply, body), media_type="text/event-stream")
        return JSONResponse(self.whole(reply))

    def refusal(self, how, body):
        """What stands in place of an answer, or None."""
        sent = json.dumps(body["messages"])
        first = len(self.seen) == 1
        if how.isdigit():
            return refuse(int(how), "scripted refusal")
        if how == "no_pictures" and "image_url" in sent:
            return refuse(400, "this model has no vision")
        if how == "no_sound" and "input_audio" in sent:
            return refuse(422, "unknown variant `input_audio`")
        if how == "words_only" and ("image_url" in sent or "input_audio" in sent):
            return refuse(400, "messages: content must be a string")
        if how == "too_long":
            return refuse(400, "the request exceeds the context window: maximum context length is 8192 tokens", "context_length_exceeded")
        if how == "500_once" and first:
            return refuse(500, "overloaded")
        if how == "429_once" and first:
            return refuse(429, "slow down", retry_after="1")
        if how == "429_for_long":
            return refuse(429, "quota used up", retry_after="300")
        return None

    async def stream(self, reply, body):
        base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        if self.behaviour == "error_at_once":
            yield sse(base | choice({"role": "assistant", "content": ""}))
            yield sse({"error": {"message": "out of memory", "type": "server_error"}})
            return
        if self.behaviour == "empty_choices":
            yield sse(base | {"choices": []})
        for n, delta in enumerate(self.deltas(reply)):
            yield sse(base | choice(delta))
            if self.behaviour == "break_off":
                yield sse({"error": {"message": "out of memory", "type": "server_error"}})
                return
            if self.behaviour == "stall" and n == 1:
                await asyncio.sleep(3)
            try:
                await asyncio.sleep(reply.pause)
            except asyncio.CancelledError:  # nobody listens any more
                self.gone.set()
                raise
        yield sse(base | choice({}, reply.finish or ("tool_calls" if reply.calls else "stop")))
        if (body.get("stream_options") or {}).get("include_usage"):
            yield sse(base | {"choices": [], "usage": USAGE})
        if self.behaviour != "no_done":
            yield "data: [DONE]\n\n"

    def deltas(self, reply):
        yield {"role": "assistant", "content": "" if reply.words else None}
        for word in reply.thought.split(" ") if reply.thought else ():
            yield {reply.thought_field: word + " "}
        for word in reply.words:
            yield {"content": word}
        yield from CALLS.get(self.behaviour, pieces_of_calls)(reply.calls)

    def whole(self, reply):
        calls = [
            {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for n, (name, arguments) in enumerate(reply.calls)
        ]
        message = {"role": "assistant", "content": "".join(reply.words) or None} | ({"tool_calls": calls} if calls else {})
        message |= {reply.thought_field: reply.thought} if reply.thought else {}
        finish = reply.finish or ("tool_calls" if calls else "stop")
        chosen = [{"index": 0, "message": message, "finish_reason": finish}]
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": chosen, "usage": USAGE}


def pieces_of_calls(calls):
    """One call after the other: name and id first, then the arguments cut in threes, in the middle of escapes too."""
    for index, (name, arguments) in enumerate(calls):
        yield {"tool_calls": [{"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": ""}}]}
        written = json.dumps(arguments)
        for at in range(0, len(written), 3):
            yield {"tool_calls": [{"index": index, "function": {"arguments": written[at : at + 3]}}]}


def interleaved_calls(calls):
    """All names first, then a piece of each call's arguments in turn."""
    for index, (name, _) in enumerate(calls):
        yield {"tool_calls": [{"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": None}}]}
    written = [json.dumps(arguments) for _, arguments in calls]
    for at in range(0, max(map(len, written), default=0), 4):
        for index, text in enumerate(written):
            if text[at : at + 4]:
                yield {"tool_calls": [{"index": index, "id": None, "function": {"name": None, "arguments": text[at : at + 4]}}]}


def whole_calls(calls):
    """Each call at once and without an index."""
    for number, (name, arguments) in enumerate(calls):
        yield {"tool_calls": [{"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}]}


CALLS = {"interleaved": interleaved_calls, "no_index": whole_calls}


def choice(delta, finish=None):
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def sse(data):
    return f"data: {json.dumps(data)}\n\n"


def refuse(status, message, code=None, retry_after=""):
    headers = {"retry-after": retry_after} if retry_after else None
    return JSONResponse({"error": {"message": message, "type": "x", "code": code}}, status, headers)
