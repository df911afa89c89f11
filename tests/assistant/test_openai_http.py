"""The chat model over HTTP against a small real server that speaks OpenAI's wire: streamed tool calls, pictures, and every way to fail."""

import json
import socket
import threading
import time

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool

from assistant.chat_models import openai_http
from retrieval.backends import load, names
from retrieval.faults import Busy, InvalidInput, NotAllowed, NotFound, TimedOut, Unavailable

USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Server:
    """A scripted OpenAI-compatible server. `behaviour` picks what it does; `seen` keeps the requests."""

    def __init__(self):
        self.seen, self.headers, self.behaviour = [], [], "answer"
        app = FastAPI()

        @app.post("/v1/chat/completions")
        async def complete(request: Request):
            body = await request.json()
            self.seen.append(body)
            self.headers.append(dict(request.headers))
            return self.answer(body)

        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True)
        self.thread.start()

    def answer(self, body):
        behaviour = self.behaviour
        if behaviour.isdigit():
            return JSONResponse({"error": {"message": "scripted refusal", "type": "x"}}, int(behaviour))
        if behaviour == "no_pictures" and "image_url" in json.dumps(body["messages"]):
            return JSONResponse({"error": {"message": "this model has no vision"}}, 400)
        if behaviour == "flaky" and len(self.seen) == 1:
            return JSONResponse({"error": {"message": "overloaded"}}, 503)
        if behaviour == "hang":
            time.sleep(3)
        text = json.dumps(body["messages"])
        wants_tool = "tools" in body and "the weather is" not in text
        pieces = self.tool_call() if wants_tool else self.words(body)
        if body.get("stream"):
            return StreamingResponse(self.sse(pieces, body), media_type="text/event-stream")
        return JSONResponse(self.whole(wants_tool))

    def tool_call(self):
        yield {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}],
        }
        for piece in ('{"ci', 'ty": "Par', 'is"}'):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}

    def words(self, body):
        yield {"role": "assistant", "content": ""}
        for word in ("It ", "is ", "sunny ", "[1]."):
            yield {"content": word}

    def sse(self, pieces, body):
        base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        last = "stop"
        for delta in pieces:
            last = "tool_calls" if "tool_calls" in delta else "stop"
            yield f"data: {json.dumps(base | {'choices': [{'index': 0, 'delta': delta, 'finish_reason': None}]})}\n\n"
            if self.behaviour == "break_off":
                yield 'data: {"error": {"message": "out of memory", "type": "server_error"}}\n\n'
                return
        yield f"data: {json.dumps(base | {'choices': [{'index': 0, 'delta': {}, 'finish_reason': last}]})}\n\n"
        if (body.get("stream_options") or {}).get("include_usage"):
            yield f"data: {json.dumps(base | {'choices': [], 'usage': USAGE})}\n\n"
        yield "data: [DONE]\n\n"

    def whole(self, wants_tool):
        call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
        message = (
            {"role": "assistant", "content": None, "tool_calls": [call]}
            if wants_tool
            else {"role": "assistant", "content": "It is sunny [1]."}
        )
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if wants_tool else "stop"}
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}

    def close(self):
        self.server.should_exit = True
        self.thread.join(10)
        self.listener.close()


@pytest.fixture(scope="module")
def shared():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(shared):
    shared.seen.clear()
    shared.headers.clear()
    shared.behaviour = "answer"
    return shared


@pytest.fixture
async def create():
    made = []

    def create(reference, **more):
        made.append(openai_http.create(reference, **({"timeout": 10} | more)))
        return made[-1]

    yield create
    for model in made:
        model.root_client.close()
        await model.root_async_client.close()


@pytest.fixture
async def model(server, create):
    return create(f"{server.address}#tiny", embedder=None, api_key="secret-key")


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"the weather is sunny in {city} [1]"


def picture(words="what is this?"):
    return HumanMessage(content=[{"type": "text", "text": words}, {"type": "image", "base64": PIXEL, "mime_type": "image/png"}])


def test_it_is_a_registered_back_end():
    assert "openai_http" in names("assistant.chat_models")
    assert load("assistant.chat_models", "openai_http") is openai_http.create


@pytest.mark.parametrize(
    ("reference", "address", "name"), [("http://h:1/v1#m", "http://h:1/v1", "m"), ("https://h/v1/#org/m:7b", "https://h/v1", "org/m:7b")]
)
def test_references(reference, address, name):
    assert openai_http.parse(reference) == (address, name)


@pytest.mark.parametrize("reference", ["", "http://h/v1", "http://h/v1#", "ftp://h#m", "h:1/v1#m", "#m", "http://#m"])
def test_a_bad_reference_shows_the_form(reference):
    with pytest.raises(InvalidInput) as caught:
        openai_http.parse(reference)
    assert "http://localhost:11434/v1#model-name" in caught.value.hint


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(InvalidInput) as caught:
        openai_http.parse("http://me:hunter2@h/v1#m")
    assert "hunter2" not in str(caught.value.to_dict())


async def test_words_stream_with_usage_and_the_key_goes_along(server, model):
    chunks = list(model.stream("hi"))
    assert "".join(c.text for c in chunks) == "It is sunny [1]."
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    assert total.usage_metadata["total_tokens"] == 12
    assert server.headers[0]["authorization"] == "Bearer secret-key"
    assert server.seen[0]["model"] == "tiny"


async def test_a_tool_call_arrives_in_pieces(server, model):
    total = None
    for chunk in model.bind_tools([weather]).stream("weather in Paris?"):
        total = chunk if total is None else total + chunk
    assert [(c["name"], c["args"], c["id"]) for c in total.tool_calls] == [("weather", {"city": "Paris"}, "call_1")]


async def test_an_agent_calls_the_tool_and_answers(server, model):
    agent = create_agent(model, [weather])
    words = []
    async for message, _ in agent.astream({"messages": [HumanMessage("weather in Paris?")]}, stream_mode="messages"):
        if not isinstance(message, ToolMessage):
            words.append(message.text)
    assert "".join(words) == "It is sunny [1]."
    sent = server.seen[1]["messages"]
    assert sent[-1]["role"] == "tool"
    assert "sunny in Paris" in sent[-1]["content"]
    assert sent[-2]["tool_calls"][0]["function"]["name"] == "weather"


async def test_whole_answers_too(server, model):
    assert (await model.ainvoke("hi")).text == "It is sunny [1]."
    assert model.invoke("hi").text == "It is sunny [1]."


async def test_a_picture_goes_as_a_data_url(server, model):
    assert model.profile["image_inputs"]
    model.invoke([picture()])
    block = server.seen[0]["messages"][0]["content"][1]
    assert block == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}


@pytest.mark.parametrize("how", ["invoke", "stream", "ainvoke", "astream"])
async def test_a_model_without_eyes_is_asked_again_in_words(server, model, how):
    server.behaviour = "no_pictures"
    history = [picture("[image_1: a.png]"), AIMessage("ok"), picture("what is this?")]
    if how == "invoke":
        text = model.invoke(history).text
    elif how == "stream":
        text = "".join(c.text for c in model.stream(history))
    elif how == "ainvoke":
        text = (await model.ainvoke(history)).text
    else:
        text = "".join([c.text async for c in model.astream(history)])
    assert text == "It is sunny [1]."
    assert [m["content"] for m in server.seen[1]["messages"]] == ["[image_1: a.png]", "ok", "what is this?"]
    model.invoke(history)
    assert len(server.seen) == 3, "it was remembered: no third request with pictures"


async def test_an_overloaded_server_is_asked_again(server, model):
    server.behaviour = "flaky"
    assert model.invoke("hi").text == "It is sunny [1]."
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400", InvalidInput),
        ("401", NotAllowed),
        ("403", NotAllowed),
        ("404", NotFound),
        ("422", InvalidInput),
        ("429", Busy),
        ("500", Unavailable),
    ],
)
async def test_a_refusal_is_a_fault_with_a_hint(server, create, monkeypatch, status, kind):
    monkeypatch.setattr(openai_http, "RETRIES", 0)
    model = create(f"{server.address}#tiny", api_key="secret-key")
    server.behaviour = status
    with pytest.raises(kind) as caught:
        await model.ainvoke("hi")
    assert caught.value.hint
    assert "secret-key" not in str(caught.value.to_dict())
    with pytest.raises(kind):
        [chunk async for chunk in model.astream("hi")]


async def test_nobody_listening_is_unavailable(create):
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    model = create(f"http://127.0.0.1:{port}/v1#tiny")
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        model.invoke("hi")
    assert "assistant.toml" in caught.value.hint
    assert time.monotonic() - started < 5


async def test_a_server_that_hangs_is_a_time_out(server, create, monkeypatch):
    monkeypatch.setattr(openai_http, "RETRIES", 0)
    server.behaviour = "hang"
    model = create(f"{server.address}#tiny", timeout=0.3)
    with pytest.raises(TimedOut):
        model.invoke("hi")


async def test_an_answer_that_breaks_off_is_unavailable(server, model):
    server.behaviour = "break_off"
    with pytest.raises(Unavailable):
        list(model.stream("hi"))
