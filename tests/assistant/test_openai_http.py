"""The chat model over HTTP against a real awkward server: words, tool calls, thoughts, pictures, sounds, and structured answers."""

import base64

import pytest
from awkward_server import Reply
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from media_samples import wav
from pydantic import BaseModel

from assistant.chat_models import openai_http
from retrieval.backends import load, names
from retrieval.faults import InvalidInput

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ESCAPED = {"city": 'a "quoted" \\ caf\u00e9\n\U0001f600', "note": "\u4e2d\u6587"}


@pytest.fixture
async def model(server):
    made = openai_http.create(f"{server.address}#tiny", timeout=10, api_key="secret-key")
    yield made
    await made.aclose()


@tool
def weather(city: str, note: str = "") -> str:
    """The weather in a city."""
    return f"the weather is sunny in {city} [1]"


def picture(words="what is this?"):
    return HumanMessage(content=[{"type": "text", "text": words}, {"type": "image", "base64": PIXEL, "mime_type": "image/png"}])


def sound(words="what is this?"):
    block = {"type": "audio", "base64": base64.b64encode(wav()).decode(), "mime_type": "audio/wav"}
    return HumanMessage(content=[{"type": "text", "text": words}, block])


def added(chunks):
    total = None
    for chunk in chunks:
        total = chunk if total is None else total + chunk
    return total


async def said(model, how, messages):
    """The words of an answer, by each of the four ways to ask."""
    if how == "invoke":
        return model.invoke(messages).text
    if how == "stream":
        return "".join(c.text for c in model.stream(messages))
    if how == "ainvoke":
        return (await model.ainvoke(messages)).text
    return "".join([c.text async for c in model.astream(messages)])


WAYS = pytest.mark.parametrize("how", ["invoke", "stream", "ainvoke", "astream"])


def test_it_is_a_registered_back_end():
    assert "openai_http" in names("assistant.chat_models")
    assert not any(name.startswith("_") for name in names("assistant.chat_models"))
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


@pytest.mark.parametrize(
    ("host", "remote"),
    [("localhost", False), ("127.0.0.1", False), ("127.8.8.8", False), ("[::1]", False), ("192.168.1.5", True), ("api.example.com", True),
     ("localhost.example.com", True)],
)  # fmt: skip
async def test_only_this_machine_is_not_remote(host, remote):
    made = openai_http.create(f"http://{host}:9/v1#m")
    assert made.remote is remote
    await made.aclose()


async def test_words_stream_with_usage_and_the_key_goes_along(server, model):
    chunks = list(model.stream("hi"))
    assert "".join(c.text for c in chunks) == "It is sunny [1]."
    assert added(chunks).usage_metadata["total_tokens"] == 12
    assert server.headers[0]["authorization"] == "Bearer secret-key"
    assert server.seen[0]["model"] == "tiny"


@pytest.mark.parametrize("behaviour", ["no_done", "empty_choices"])
@WAYS
async def test_streams_of_other_forms_are_read(server, model, behaviour, how):
    server.behaviour = behaviour
    assert await said(model, how, "hi") == "It is sunny [1]."


@pytest.mark.parametrize("behaviour", ["plain", "interleaved", "no_index"])
async def test_parallel_calls_arrive_in_pieces(server, model, behaviour):
    server.behaviour = behaviour
    server.brain = lambda body: Reply(calls=(("weather", ESCAPED), ("weather", {"city": "Rome"}), ("weather", {"city": "Bonn"})))
    bound = model.bind_tools([weather])
    wanted = [("weather", ESCAPED, "call_0"), ("weather", {"city": "Rome"}, "call_1"), ("weather", {"city": "Bonn"}, "call_2")]
    for total in (added(bound.stream("weather?")), added([c async for c in bound.astream("weather?")])):
        assert [(c["name"], c["args"], c["id"]) for c in total.tool_calls] == wanted
        assert not total.invalid_tool_calls
    assert [c["args"] for c in bound.invoke("weather?").tool_calls] == [args for _, args, _ in wanted]


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


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_what_the_model_thinks_is_kept_apart(server, model, name):
    server.brain = lambda body: Reply(words=("Blue", "."), thought="the sky is up", thought_field=name)
    chunks = [c async for c in model.astream("colour?")]
    assert [c.additional_kwargs["reasoning_content"] for c in chunks if c.additional_kwargs.get("reasoning_content")] == [
        "the ", "sky ", "is ", "up "
    ]  # fmt: skip
    assert added(chunks).text == added(model.stream("colour?")).text == "Blue."
    for whole in (model.invoke("colour?"), await model.ainvoke("colour?")):
        assert (whole.text, whole.additional_kwargs["reasoning_content"].strip()) == ("Blue.", "the sky is up")
    server.seen.clear()
    model.invoke([HumanMessage("colour?"), added(chunks), HumanMessage("sure?")])
    assert "sky" not in str(server.seen[0]["messages"]), "an old thought is not sent back"


async def test_a_picture_goes_as_a_data_url_and_a_sound_as_input_audio(server, model):
    assert model.profile["image_inputs"]
    assert model.profile["audio_inputs"]
    model.invoke([picture(), sound()])
    first, second = (m["content"][1] for m in server.seen[0]["messages"])
    assert first == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    assert (second["type"], second["input_audio"]["format"]) == ("input_audio", "wav")
    assert base64.b64decode(second["input_audio"]["data"]).startswith(b"RIFF")


@WAYS
async def test_a_model_without_eyes_is_asked_again_in_words(server, model, how):
    server.behaviour = "no_pictures"
    history = [picture("[image_1: a.png]"), AIMessage("ok"), picture("what is this?")]
    assert await said(model, how, history) == "It is sunny [1]."
    assert [m["content"] for m in server.seen[1]["messages"]] == ["[image_1: a.png]", "ok", "what is this?"]
    model.invoke(history)
    assert len(server.seen) == 3, "it was remembered: no third request with pictures"


@WAYS
async def test_a_model_without_ears_keeps_its_pictures(server, model, how):
    server.behaviour = "no_sound"
    assert await said(model, how, [picture("look"), sound("listen")]) == "It is sunny [1]."
    kept = server.seen[1]["messages"]
    assert [block["type"] for block in kept[0]["content"]] == ["text", "image_url"]
    assert kept[1]["content"] == "listen"
    model.invoke([sound("listen")])
    assert len(server.seen) == 3


@WAYS
async def test_a_server_that_names_no_medium_loses_sound_first_then_pictures(server, model, how):
    server.behaviour = "words_only"
    assert await said(model, how, [picture("look"), sound("listen")]) == "It is sunny [1]."
    assert len(server.seen) == 3
    assert [m["content"] for m in server.seen[2]["messages"]] == ["look", "listen"]


async def test_a_conversation_that_is_too_long_does_not_cost_the_eyes(server, model):
    server.behaviour = "too_long"
    with pytest.raises(InvalidInput):
        model.invoke([picture()])
    server.behaviour = "plain"
    model.invoke([picture()])
    assert "image_url" in str(server.seen[-1]["messages"])


class City(BaseModel):
    """A city and its people."""

    name: str
    people: int


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
async def test_structured_answers(server, model, method):
    def brain(body):
        if method == "json_schema":
            assert body["response_format"]["json_schema"]["schema"]["required"] == ["name", "people"]
            return Reply(words=('{"name": "Bonn", ', '"people": 331000}'))
        return Reply(calls=(("City", {"name": "Bonn", "people": 331000}),))

    server.brain = brain
    asked = model.with_structured_output(City, method=method)
    assert asked.invoke("Bonn?") == City(name="Bonn", people=331000)
    assert await asked.ainvoke("Bonn?") == City(name="Bonn", people=331000)
