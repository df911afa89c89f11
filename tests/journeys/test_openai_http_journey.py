"""The official client against our real server process, whose chat model is another, awkward server: words, media, tools, citations,
thoughts, streams, and an answer that is cut short."""

import openai
import pytest
from awkward_server import AwkwardServer, Reply, text_of
from openai_server import WARRANTY, b64, pdf, png, serving, text_part, tone

pytestmark = pytest.mark.slow


def brain(body):
    """A model of few ideas: it calls the tools that the words name, quotes what they gave, and says what it was shown."""
    messages = body["messages"]
    newest = max(n for n, m in enumerate(messages) if m["role"] == "user")
    words, shown = text_of(messages[newest]), str(messages[newest])
    results = [text_of(m) for m in messages[newest + 1 :] if m["role"] == "tool"]
    if results:
        told = " and ".join(" ".join(result.split())[:200] for result in results)
        return Reply(words=tuple(f"{word} " for word in f"Found: {told}".split(" ")), thought="the tools answered")
    if "everything" in words:
        return Reply(calls=(("search", {"query": "warranty of the G40"}), ("control_device", {"action": "status", "device": "thermostat"})))
    if "warranty" in words:
        return Reply(calls=(("search", {"query": "warranty of the G40"}),), thought="it may stand in the manual")
    if "paper" in words:
        return Reply(calls=(("read_document", {"question": "how long is the warranty?", "document": ""}),))
    if "slowly" in words:
        return Reply(words=tuple(f"{n} " for n in range(400)), pause=0.05)
    seen = [name for name, sign in (("picture", "image_url"), ("sound", "input_audio")) if sign in shown]
    return Reply(words=("I ", "was ", "shown ", " and ".join(seen) or "words", "."))


@pytest.fixture(scope="module")
def model():
    with AwkwardServer(brain) as model:
        yield model


@pytest.fixture(scope="module")
def client(model, tmp_path_factory):
    chosen = {"ASSISTANT_MODELS_CHAT_MODEL": f"openai_http:{model.address}#tiny", "OPENAI_API_KEY": "far-key"}
    with (
        serving(tmp_path_factory.mktemp("far") / "data", **chosen) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=60) as client,
    ):
        store = client.vector_stores.create(name="default")
        client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=("gale_g40.md", WARRANTY.encode()))
        yield client


@pytest.fixture(autouse=True)
def _fresh(model):
    model.reset()


def ask(client, content, **more):
    return client.chat.completions.create(model="assistant", messages=[{"role": "user", "content": content}], **more)


def test_words_and_the_key_and_the_trace(client, model):
    done = ask(client, "tell me about lighthouses")
    assert done.choices[0].message.content == "I was shown words."
    assert done.usage.total_tokens == 12
    assert done.trace["chat_model"] == "tiny"
    assert model.headers[0]["authorization"] == "Bearer far-key"


def test_a_tool_a_citation_and_the_thoughts_of_a_whole_answer(client, model):
    message = ask(client, "what about the warranty?").choices[0].message
    assert "two years" in message.content
    citation = message.annotations[0].model_dump()
    assert (citation["type"], citation["index"]) == ("citation", 1)
    assert "two years" in citation["cited_text"]
    assert message.reasoning_content.split() == "it may stand in the manual the tools answered".split()
    assert "manual" not in message.content
    assert model.seen[1]["messages"][-1]["role"] == "tool"


def test_a_stream_tells_thoughts_steps_and_words_apart(client):
    words, thoughts, tools = "", "", []
    for chunk in ask(client, "what about the warranty?", stream=True):
        delta = chunk.choices[0].delta
        words += delta.content or ""
        thoughts += getattr(delta, "reasoning_content", None) or ""
        event = (getattr(chunk, "trace", None) or {}).get("event") or {}
        tools += [event["tool"]] if event.get("type") == "tool_finished" else []
    assert "two years" in words
    assert thoughts.startswith("it may stand")
    assert tools == ["search"]


@pytest.mark.parametrize("behaviour", ["plain", "interleaved", "no_index"])
def test_two_tools_at_once(client, model, behaviour):
    model.behaviour = behaviour
    done = ask(client, "tell me everything")
    assert sorted(step["tool"] for step in done.trace["steps"]) == ["control_device", "search"]
    assert all(step["ok"] for step in done.trace["steps"])
    assert "two years" in done.choices[0].message.content
    assert "hermostat" in done.choices[0].message.content


def test_pictures_sounds_and_documents(client, model):
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64(png())}"}}
    sound = {"type": "input_audio", "input_audio": {"data": b64(tone()), "format": "wav"}}
    paper = {"type": "file", "file": {"filename": "gale.pdf", "file_data": f"data:application/pdf;base64,{b64(pdf())}"}}
    assert ask(client, [text_part("what do you make of it?"), picture, sound]).choices[0].message.content == (
        "I was shown picture and sound."
    )
    read = ask(client, [text_part("what does the paper say?"), paper]).choices[0].message
    assert "two years" in read.content
    assert read.annotations[0].model_dump()["locator"]["page"] == 1


def test_thoughts_and_tools_in_a_stored_conversation(client):
    chat = client.conversations.create()
    ask(client, "what about the warranty?", metadata={"conversation": chat.id})
    kept = client.get(f"/conversations/{chat.id}/messages", cast_to=object)["data"][-1]
    assert kept["trace"]["thinking"].startswith("it may stand")
    assert kept["annotations"]
    assert "shown words" in ask(client, "and lighthouses?", metadata={"conversation": chat.id}).choices[0].message.content


def test_leaving_in_the_middle_hangs_up_on_the_model(client, model):
    with ask(client, "count slowly", stream=True) as stream:
        for chunk in stream:
            if "3" in (chunk.choices[0].delta.content or ""):
                break
    assert model.gone.wait(10)


def test_a_model_server_that_fails_is_told_and_the_next_turn_works(client, model):
    model.behaviour = "401"
    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(client, "tell me about lighthouses")
    assert caught.value.code == "chat_model_key"
    model.behaviour = "break_off"
    with pytest.raises(openai.APIError):
        list(ask(client, "tell me about lighthouses", stream=True))
    model.behaviour = "plain"
    assert ask(client, "tell me about lighthouses").choices[0].message.content == "I was shown words."


def test_a_model_without_eyes_or_ears_answers_in_words(client, model):
    model.behaviour = "words_only"
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64(png())}"}}
    assert ask(client, [text_part("what do you make of it?"), picture]).choices[0].message.content == "I was shown words."
