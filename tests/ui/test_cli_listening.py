"""`assistant listen` as a live session: a file and a stream of sound, captions, events and times, over the socket of a real server."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from own_service import serving_here
from typer.testing import CliRunner

from assistant.speech import speech_spans
from retrieval.faults import InvalidInput, NotInstalled
from ui.cli import live_sound
from ui.cli.live_report import Captions, Heard
from ui.cli.main import app

SPOKEN = Path(__file__).parents[2] / "assistant" / "samples" / "sounds" / "spoken_question.wav"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    with serving_here(tmp_path_factory.mktemp("listening")) as folder:
        yield folder


def listen(data_dir, *arguments, sound=None):
    done = CliRunner().invoke(app, ["listen", *map(str, arguments), "--data-dir", str(data_dir)], input=sound, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def pcm():
    with wave.open(str(SPOKEN)) as file:
        return file.readframes(file.getnframes())


def test_a_file_is_streamed_and_answered_aloud(data_dir, tmp_path):
    pytest.importorskip("espeakng_loader")
    done = listen(data_dir, SPOKEN, "--hands-free", "--speak", tmp_path / "answer.wav")
    lines = done.stdout.splitlines()
    assert "warranty" in lines[0]
    assert lines[0].startswith("You:")
    assert lines[1].startswith("Assistant:")
    for stage in ("end of speech", "words", "voice", "first sound"):
        assert stage in done.stderr
    with wave.open(str(tmp_path / "answer.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    assert speech_spans(np.interp(np.arange(0, len(sound), 1.5), np.arange(len(sound)), sound).astype(np.float32))


def test_a_stream_becomes_an_event_a_line(data_dir):
    done = listen(data_dir, "-", "--json", sound=pcm())
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "session.created"
    words = next(e["transcript"] for e in events if e["type"] == "conversation.item.input_audio_transcription.completed")
    assert "warranty" in words
    assert "response.output_audio.delta" not in kinds, "sound is no line"
    assert {"vad", "stt", "total"} <= next(e["timings"] for e in events if e["type"] == "assistant.timings").keys()
    heard = Heard()
    for event in events:
        heard.add(event)
    found = heard.to_dict(None)
    assert found["heard"] == words
    assert found["answer"]


def test_words_alone_are_written_down(data_dir):
    done = listen(data_dir, "-", "--transcribe-only", sound=pcm())
    assert "warranty" in done.stdout
    assert "Assistant:" not in done.stdout


def test_silence_is_not_answered(data_dir):
    done = listen(data_dir, "-", sound=bytes(32_000))
    assert done.stdout == ""
    assert "Nothing was said" in done.stderr


def test_without_the_phrase_nothing_is_heard(data_dir):
    done = listen(data_dir, "-", "--wake", "smart mirror", sound=pcm())
    assert done.stdout == ""


def test_what_cannot_be_streamed_says_what_can(data_dir, tmp_path):
    (tmp_path / "question.wav").write_bytes(b"no sound at all")
    with pytest.raises(InvalidInput) as caught:
        listen(data_dir, tmp_path / "question.wav", "--hands-free")
    assert "without --hands-free" in caught.value.hint
    with pytest.raises(InvalidInput) as caught:
        listen(data_dir, "-", "--wake", "42", sound=bytes(32_000))
    assert caught.value.hint


def test_a_microphone_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(live_sound, "find_spec", lambda name: None)
    with pytest.raises(NotInstalled) as caught:
        next(live_sound.microphone(1))
    assert "pip install sounddevice" in caught.value.hint
    assert not live_sound.Loudspeaker().there


def test_captions_on_a_terminal_are_written_over(monkeypatch, capsys):
    class Terminal:
        is_terminal = True

    monkeypatch.setattr("ui.cli.output.console", Terminal)
    captions = Captions()
    said = "conversation.item.input_audio_transcription"
    captions.show({"type": f"{said}.delta", "transcript": "turn of"})
    captions.show({"type": f"{said}.completed", "transcript": "turn off\x1b[2J the lamp"})
    captions.show({"type": "response.output_audio_transcript.delta", "delta": "The lamp "})
    captions.show({"type": "response.output_audio_transcript.delta", "delta": "is off."})
    captions.show({"type": "response.done"})
    assert capsys.readouterr().out == "\r\x1b[2KYou: turn of\r\x1b[2KYou: turn off[2J the lamp\nAssistant: The lamp is off.\n"
