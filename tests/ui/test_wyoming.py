"""The Wyoming server in a process of its own, against the client of the `wyoming` package, and against rude ones."""

import asyncio
import json
import socket
import struct
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop, wav_to_chunks
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.handle import Handled, NotHandled
from wyoming.info import Describe, Info
from wyoming.intent import Intent, IntentsStart, IntentsStop, NotRecognized, Recognize
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice
from wyoming.wake import Detect, Detection, NotDetected
from wyoming_service import wyoming_service

from assistant.speech import speech_spans

SPOKEN = Path(__file__).parents[2] / "assistant" / "samples" / "sounds" / "spoken_question.wav"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with wyoming_service(tmp_path_factory.mktemp("wyoming") / "data", wake_phrases="jacket,computer") as (_, port):
        yield port


def client(port):
    return AsyncTcpClient("127.0.0.1", port, connect_timeout=5, read_timeout=60)


async def asked(port, *events, until):
    """Answers to `events`, up to the first of the kinds in `until`."""
    async with client(port) as peer:
        for event in events:
            await peer.write_event(event.event())
        found = []
        while True:
            event = await peer.read_event()
            assert event is not None, "the server left"
            found.append(event)
            if any(kind.is_type(event.type) for kind in until):
                return found


def recording(rate=16_000, samples=None, width=2):
    """The sample question, or other samples at 16 kHz, as events."""
    if samples is None:
        with wave.open(str(SPOKEN)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    if rate != 16_000:
        samples = np.interp(np.arange(0, len(samples), 16_000 / rate), np.arange(len(samples)), samples)
    pcm = (samples * (2 ** (8 * width - 1) - 1)).astype(f"<i{width}")
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())
    out.seek(0)
    return list(wav_to_chunks(wave.open(out), 1001, start_event=True, stop_event=True))


def sound_of(events):
    """16 kHz samples of the answer, whose shape is checked on the way."""
    start, *chunks, stop = [e for e in events if e.type.startswith("audio-")]
    assert AudioStart.is_type(start.type)
    assert AudioStop.is_type(stop.type)
    rate = AudioStart.from_event(start).rate
    pieces = [AudioChunk.from_event(e) for e in chunks]
    assert {(p.rate, p.width, p.channels) for p in pieces} == {(rate, 2, 1)}
    samples = np.frombuffer(b"".join(p.audio for p in pieces), "<i2").astype(np.float32) / 32768
    return np.interp(np.arange(0, len(samples), rate / 16_000), np.arange(len(samples)), samples).astype(np.float32)


async def test_it_describes_itself(port):
    info = Info.from_event((await asked(port, Describe(), until=[Info]))[-1])
    assert info.asr[0].models[0].languages == ["en"]
    assert {"en", "zh"} <= {language for voice in info.tts[0].voices for language in voice.languages}
    assert info.tts[0].supports_synthesize_streaming
    assert info.handle[0].supports_home_control
    assert info.intent[0].installed
    assert [(model.name, model.phrase) for model in info.wake[0].models] == [("jacket", "jacket"), ("computer", "computer")]


@pytest.mark.parametrize(("rate", "width"), [(16_000, 2), (44_100, 4)])
async def test_speech_becomes_a_transcript(port, rate, width):
    found = await asked(port, Transcribe(language="en-US"), *recording(rate, width=width), until=[Transcript, Error])
    heard = Transcript.from_event(found[-1])
    assert "warranty on jackets" in heard.text
    assert heard.language == "en"
    assert 0 < heard.context["confidence"] <= 1


@pytest.mark.parametrize(
    "samples", [np.zeros(16_000), np.random.default_rng(3).normal(0, 0.05, 32_000), np.zeros(0)], ids=["silence", "noise", "none"]
)
async def test_what_is_not_speech_is_an_empty_transcript(port, samples):
    found = await asked(port, Transcribe(), *recording(samples=samples), until=[Transcript, Error])
    assert Transcript.from_event(found[-1]).text == ""


async def test_a_language_that_is_not_installed_is_told(port):
    found = await asked(port, Transcribe(language="zh"), *recording(), until=[Transcript, Error])
    refused = Error.from_event(found[-1])
    assert refused.code == "not_installed"


async def test_a_text_becomes_sound(port):
    pytest.importorskip("espeakng_loader")
    found = await asked(port, Synthesize("The kettle boils. The tea is ready."), until=[AudioStop, Error])
    assert speech_spans(sound_of(found))
    for voice in (SynthesizeVoice(name="en-gb"), SynthesizeVoice(language="zh-CN"), SynthesizeVoice(name="nobody")):
        assert len(sound_of(await asked(port, Synthesize("12", voice=voice), until=[AudioStop, Error])))
    refused = await asked(port, Synthesize(" [1] ... "), until=[AudioStop, Error])
    assert Error.is_type(refused[-1].type)


async def test_a_text_that_is_still_being_written_is_spoken_sentence_by_sentence(port):
    pytest.importorskip("espeakng_loader")
    async with client(port) as peer:
        await peer.write_event(SynthesizeStart().event())
        await peer.write_event(SynthesizeChunk("The kettle boils. The tea").event())
        first = await peer.read_event()  # before the text has ended
        await peer.write_event(SynthesizeChunk(" is ready.").event())
        await peer.write_event(Synthesize("The kettle boils. The tea is ready.").event())  # sent along for old services
        await peer.write_event(SynthesizeStop().event())
        found = [first]
        while not SynthesizeStopped.is_type(found[-1].type):
            found.append(await peer.read_event())
    whole = await asked(port, Synthesize("The kettle boils. The tea is ready."), until=[AudioStop])
    assert len(sound_of(found[:-1])) == pytest.approx(len(sound_of(whole)), rel=0.03)


async def test_sentences_are_recognised_and_nothing_is_done(port):
    found = await asked(port, Recognize("turn on the floor lamp", context={"n": 1}), until=[Intent, NotRecognized])
    intent = Intent.from_event(found[-1])
    assert {e.name: e.value for e in intent.entities}["action"] == "on"
    assert intent.context == {"n": 1}
    state = await asked(port, Transcript("is the floor lamp on?"), until=[Handled, NotHandled])
    assert "off" in Handled.from_event(state[-1]).text
    several = await asked(port, Recognize("turn on the kitchen light and close the blinds"), until=[IntentsStop, NotRecognized])
    assert IntentsStart.is_type(several[0].type)
    assert len(several) == 4
    assert NotRecognized.is_type((await asked(port, Recognize("why is the sky blue"), until=[Intent, NotRecognized]))[-1].type)


async def test_words_are_done_and_answered(port):
    done = Handled.from_event((await asked(port, Transcript("turn on the kitchen light"), until=[Handled, NotHandled]))[-1])
    assert "kitchen light" in done.text.lower()
    assert done.context["continue_conversation"] is False
    asks = Handled.from_event(
        (await asked(port, Transcript("unlock the front door", context={"conversation_id": "c1"}), until=[Handled, NotHandled]))[-1]
    )
    assert asks.context == {"conversation_id": "c1", "continue_conversation": True}
    yes = Handled.from_event((await asked(port, Transcript("yes", context={"conversation_id": "c1"}), until=[Handled, NotHandled]))[-1])
    assert "unlocked" in yes.text
    chinese = await asked(port, Transcript("打开客厅的灯", language="zh-CN"), until=[Handled, NotHandled])
    assert "灯" in Handled.from_event(chinese[-1]).text
    assert NotHandled.is_type((await asked(port, Transcript(""), until=[Handled, NotHandled]))[-1].type)
    refused = await asked(port, Transcript("on " * 2000), until=[Handled, NotHandled, Error])
    assert Error.from_event(refused[-1]).code == "too_large"


async def test_a_transcript_in_pieces_is_answered_once(port):
    pieces = [TranscriptStart(language="en"), TranscriptChunk("turn off the "), TranscriptChunk("kitchen light")]
    found = await asked(port, *pieces, TranscriptStop(), Ping("after"), until=[Pong])
    assert [e.type for e in found] == ["handled", "pong"]
    found = await asked(port, *pieces, Transcript("turn off the kitchen light"), TranscriptStop(), Ping("after"), until=[Pong])
    assert [e.type for e in found] == ["handled", "pong"]
    assert Pong.from_event(found[-1]).text == "after"


async def test_a_phrase_is_detected_where_it_is_said(port):
    found = await asked(port, Detect(names=["what_is_the"]), *recording(), until=[Detection, NotDetected])
    detected = Detection.from_event(found[-1])
    assert detected.name == "what_is_the"
    assert 200 < detected.timestamp < 2000
    found = await asked(port, Detect(), *recording(), until=[Detection, NotDetected])
    assert NotDetected.is_type(found[-1].type), "jacket is said, but in the middle of a sentence"
    refused = await asked(port, Detect(names=["42"]), until=[Error])
    assert "42" in Error.from_event(refused[-1]).text


HUGE = json.dumps({"type": "audio-chunk", "data": {"rate": 16000, "width": 2, "channels": 1}, "payload_length": 2**40}).encode() + b"\n"
RUDE = {
    "garbage": b"\x00\xff\x13hello there\n",
    "an array": b"[1, 2]\n",
    "no type": b'{"data": {}}\n',
    "a number as type": b'{"type": 7}\n',
    "a huge payload": HUGE,
    "a negative length": b'{"type": "ping", "data_length": -5}\n',
    "a fraction": b'{"type": "ping", "data_length": 1.5}\n',
    "broken data": b'{"type": "ping", "data_length": 3}\n{{{',
    "an endless line": b"x" * 200_000,
    "deep": b"[" * 50_000 + b"\n",
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
}


def rude(port, data):
    """What comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 10) as peer:
        answer = b""
        try:
            peer.sendall(data)
            while piece := peer.recv(65536):
                answer += piece
        except ConnectionError:
            pass
        return answer


@pytest.mark.parametrize("data", RUDE.values(), ids=RUDE)
def test_what_is_no_event_ends_the_connection(port, data):
    answer = rude(port, data)
    assert not answer or b'"error"' in answer


@pytest.mark.parametrize(
    "event",
    [
        {"type": "transcript"},
        {"type": "transcript", "data": {"text": 5}},
        {"type": "transcript", "data": {"text": "hello", "context": 3}},
        {"type": "synthesize", "data": {"text": None}},
        {"type": "synthesize", "data": {"text": "hi", "voice": "x"}},
        {"type": "audio-chunk", "data": {"rate": 0, "width": 2, "channels": 1}},
        {"type": "audio-chunk", "data": {}},
        {"type": "synthesize-chunk", "data": {"text": "x"}},
        {"type": "transcript-chunk", "data": {"text": "x"}},
        {"type": "detect", "data": {"names": 5}},
        {"type": "recognize", "data": {"text": ["a"]}},
        {"type": "ping", "data": {"text": "still here"}},
    ],
    ids=lambda event: event["type"],
)
def test_a_wrong_event_is_refused_and_the_connection_goes_on(port, event):
    with socket.create_connection(("127.0.0.1", port), 10) as peer, peer.makefile("rb") as lines:
        peer.sendall(json.dumps({"type": "nobody-knows-this"}).encode() + b"\n" + json.dumps(event).encode() + b"\n")
        answer = json.loads(lines.readline())
        assert answer["type"] == ("pong" if event["type"] == "ping" else "error")
        lines.read(answer.get("data_length", 0))
        for byte in b'{"type": "ping"}\n':  # in the smallest pieces
            peer.sendall(bytes([byte]))
        assert json.loads(lines.readline())["type"] == "pong"


async def test_clients_that_vanish_leave_the_others_alone(port):
    half = json.dumps({"type": "audio-chunk", "data_length": 500, "payload_length": 5000}).encode() + b"\n{"
    events = [
        b'{"type": "transcribe"}\n',
        b'{"type": "describe"}\n' * 50,
        json.dumps({"type": "transcript", "data": {"text": "what is the warranty"}}).encode() + b"\n",
        half,
    ]
    for data in events * 5:
        peer = socket.create_connection(("127.0.0.1", port), 10)
        peer.sendall(data)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not a goodbye
        peer.close()
    pongs = await asyncio.gather(*[asked(port, Ping(str(n)), until=[Pong]) for n in range(20)])
    assert [Pong.from_event(p[-1]).text for p in pongs] == [str(n) for n in range(20)]
