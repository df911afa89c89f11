"""What a chat model that sees and hears is shown: the newest media of the conversation, sounds as WAV, nothing that is gone or too long."""

import base64
import io
import wave

import numpy as np
import pytest
from awkward_server import AwkwardServer, Reply
from media_samples import picture, sound, wav

from assistant.build import build
from assistant.events import Finished
from assistant.settings import read
from assistant.turns import Turn
from retrieval.content import Content


@pytest.fixture(scope="module")
def server():
    with AwkwardServer(lambda body: Reply(words=("Yes.",))) as server:
        yield server


@pytest.fixture
async def assistant(tmp_path, server):
    server.reset()
    made = build(read({"data_dir": tmp_path / "data", "sample": False, "models.chat_model": f"openai_http:{server.address}#m"}))
    await made.start()
    yield made
    await made.close()


async def say(assistant, words, *files, conversation):
    contents = (Content.from_text(words), *(assistant.admit(data, name) for name, data in files))
    events = [event async for event in assistant.run(Turn(contents=contents, conversation=conversation))]
    assert isinstance(events[-1], Finished), events[-1]


def parts(message):
    content = message["content"]
    return [] if isinstance(content, str) else content


async def test_a_sound_of_any_kind_is_heard_as_wav_and_stays_in_the_conversation(assistant, server):
    chat = assistant.conversations.create("local").id
    files = (("bell.ogg", sound("ogg", "libopus")), ("red.png", picture()))
    await say(assistant, "what do you make of these?", *files, conversation=chat)
    asked = next(m for m in server.seen[0]["messages"] if m["role"] == "user")
    assert [part["type"] for part in parts(asked)] == ["text", "input_audio", "image_url"]
    assert "[audio_1: bell.ogg]" in parts(asked)[0]["text"]
    heard = parts(asked)[1]["input_audio"]
    with wave.open(io.BytesIO(base64.b64decode(heard["data"]))) as file:
        assert (heard["format"], file.getnchannels(), file.getframerate()) == ("wav", 1, 16_000)
        assert file.getnframes() / 16_000 == pytest.approx(1.0, abs=0.1)
    await say(assistant, "are you sure about it, in your opinion?", conversation=chat)
    first = next(m for m in server.seen[-1]["messages"] if m["role"] == "user")
    assert [part["type"] for part in parts(first)] == ["text", "input_audio", "image_url"]


async def test_what_is_too_long_or_gone_is_only_named(assistant, server):
    chat = assistant.conversations.create("local").id
    long = wav(np.zeros(16_000 * 61, np.float32))
    await say(assistant, "what do you make of these?", ("long.wav", long), ("red.png", picture()), conversation=chat)
    asked = next(m for m in server.seen[0]["messages"] if m["role"] == "user")
    assert [part["type"] for part in parts(asked)] == ["text", "image_url"]
    assert "[audio_1: long.wav]" in parts(asked)[0]["text"]
    picture_id = assistant.conversations.messages(chat, "local")[0].media[1]["file_id"]
    assistant.library.delete_file(picture_id, "local")
    await say(assistant, "are you sure about it, in your opinion?", conversation=chat)
    first = next(m for m in server.seen[-1]["messages"] if m["role"] == "user")
    assert "[image_1: red.png]" in first["content"]
