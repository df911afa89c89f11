"""The official `openai` client, sync and async, talks with a real server process: asks aloud, interrupts, and is let go."""

import asyncio
import base64
import time

import numpy as np
import openai
import pytest
from openai_server import WARRANTY, serving
from realtime_talk import chunks, question

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager")]  # by the client itself
SECONDS = 90


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("realtime") / "data") as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=120) as client:
        store = client.vector_stores.create(name="manuals")
        client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=("gale_g40.md", WARRANTY.encode()))
        yield client


def heard(events):
    """Milliseconds of sound in these events."""
    return sum(len(base64.b64decode(event.delta)) for event in events if event.type == "response.output_audio.delta") / 48


def until(connection, *kinds):
    """The events up to the first of these kinds."""
    seen = []
    while not seen or seen[-1].type not in kinds:
        seen.append(connection.recv())
        assert seen[-1].type != "error", seen[-1]
    return seen


def say(connection, text):
    content = [{"type": "input_text", "text": text}]
    connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})


def test_a_question_in_writing_is_answered_with_its_evidence(client):
    with client.realtime.connect(model="assistant") as connection:
        ours = {"collection": "manuals"}
        connection.session.update(session={"type": "realtime", "output_modalities": ["text"], "assistant": ours})
        assert until(connection, "session.updated")[-1].session.assistant["collection"] == "manuals"
        say(connection, "what does the warranty of the Gale G40 cover?")
        connection.response.create()
        seen = until(connection, "response.done")
    words = "".join(event.delta for event in seen if event.type == "response.output_text.delta")
    part = seen[-1].response.output[0].content[0]
    assert "two years" in words
    assert part.text == words
    assert "two years" in part.annotations[0]["cited_text"]
    assert seen[-1].response.usage.total_tokens >= 0


def test_push_to_talk(client):
    with client.realtime.connect(model="assistant") as connection:
        connection.session.update(session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
        for chunk in chunks(question()):
            connection.input_audio_buffer.append(audio=chunk)
        connection.input_audio_buffer.commit()
        connection.response.create()
        seen = until(connection, "response.done")
    transcript = next(event.transcript for event in seen if event.type == "conversation.item.input_audio_transcription.completed")
    assert "warranty" in transcript.lower()
    assert heard(seen) > 500


def test_the_client_of_the_beta(address):
    plain = f"{address.replace('http', 'ws')}/v1"  # else it insists on TLS
    with openai.OpenAI(websocket_base_url=plain, api_key="any") as client, client.beta.realtime.connect(model="assistant") as connection:
        connection.session.update(session={"modalities": ["text", "audio"], "turn_detection": None, "voice": "alloy"})
        connection.conversation.item.create(item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]})
        connection.response.create()
        kinds = [event.type for event in until(connection, "response.done")]
    assert {"conversation.item.created", "response.audio.delta", "response.audio_transcript.done"} <= set(kinds)
    assert not any("output_audio" in kind for kind in kinds)


def test_a_client_secret(client, address):
    made = client.realtime.client_secrets.create(session={"type": "transcription"}, expires_after={"anchor": "created_at", "seconds": 30})
    with openai.OpenAI(base_url=f"{address}/v1", api_key=made.value) as page, page.realtime.connect(extra_query={}) as connection:
        assert connection.recv().session.type == "transcription"


def test_an_error_is_an_event(client):
    with client.realtime.connect(model="assistant") as connection:
        until(connection, "session.created")
        connection.response.cancel(event_id="mine")
        error = connection.recv()
        assert (error.type, error.error.event_id) == ("error", "mine")
        connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        until(connection, "session.updated")


@pytest.fixture
def talker(address):
    return openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)


async def speak(connection, sound):
    """Send sound as fast as it is said."""
    began = time.monotonic()
    for n, chunk in enumerate(chunks(sound)):
        await connection.input_audio_buffer.append(audio=chunk)
        await asyncio.sleep(max(0.0, began + (n + 1) * 0.02 - time.monotonic()))


async def collected(connection, kind):
    seen = []
    async with asyncio.timeout(SECONDS):
        while not seen or seen[-1].type != kind:
            seen.append(await connection.recv())
            assert seen[-1].type != "error", seen[-1]
    return seen


async def test_a_question_aloud_is_answered_aloud(client, talker):
    """In 20 ms pieces, as a microphone gives them; the end of speech is heard by the server."""
    async with talker.realtime.connect(model="assistant", extra_headers={"X-Collection": "manuals"}) as connection:
        speaking = asyncio.create_task(speak(connection, question(silence=2.0)))
        seen = await collected(connection, "response.done")
        await speaking
    kinds = [event.type for event in seen]
    order = [
        "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed", "conversation.item.added",
        "conversation.item.input_audio_transcription.completed", "response.created", "response.output_audio.delta", "response.done",
    ]  # fmt: skip
    assert [kind for kind in dict.fromkeys(kinds) if kind in order] == order
    started, stopped = (next(event for event in seen if event.type == kind) for kind in order[:2])
    assert 0 <= started.audio_start_ms < stopped.audio_end_ms
    item = next(event.item_id for event in seen if event.type == "input_audio_buffer.committed")
    assert {started.item_id, stopped.item_id} == {item}
    assert heard(seen) > 500
    assert {"vad", "stt", "first_sound", "total"} <= set(next(event for event in seen if event.type == "assistant.timings").timings)


async def test_speech_stops_the_voice(client, talker):
    """While a long answer is spoken, somebody speaks: the last of the voice comes within 200 ms of sound after the speech began."""
    long = "The Gale G40 is a kettle. " * 4
    async with talker.realtime.connect(model="assistant") as connection:
        voice = np.zeros(24_000 * 2, np.int16)
        await collected(connection, "session.created")
        content = [{"type": "input_text", "text": f"read this aloud: {long} what can you do?"}]
        await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        await connection.response.create()
        quiet = asyncio.create_task(speak(connection, voice))
        await collected(connection, "response.output_audio.delta")
        await quiet
        speaking = asyncio.create_task(speak(connection, question(silence=0.2)))
        after = await collected(connection, "input_audio_buffer.speech_started")
        rest = await collected(connection, "response.done")
        speaking.cancel()
    assert [event.response.status_details.reason for event in rest[-1:]] == ["turn_detected"]
    assert heard(rest) <= 200, (heard(after), heard(rest))


async def test_two_talk_at_once(client, talker):
    async def one(words):
        async with talker.realtime.connect(model="assistant") as connection:
            await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
            content = [{"type": "input_text", "text": words}]
            await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
            await connection.response.create()
            return (await collected(connection, "response.done"))[-1].response

    first, second = await asyncio.gather(one("turn on the kitchen light"), one("hello"))
    assert first.id != second.id
    assert "kitchen" in first.output[0].content[0].text.lower()
    assert "kitchen" not in second.output[0].content[0].text.lower()
