"""Every synthesizer: a WAV of speech in both languages, speed that shows, and a way back after its process died."""

import io
import os
import signal
import threading
import wave

import numpy as np
import pytest
import tiny_speech
from wyoming_service import wyoming_service

from assistant.speech import speech_spans
from retrieval.backends import call, load, names
from retrieval.faults import InvalidInput, NotInstalled
from retrieval.hosting.host import ModelHost

MADE = {"kokoro": tiny_speech.kokoro}
"""Back-ends whose models are built on the spot: they hum, a letter as long as the next."""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Our own service in a process of its own, as somebody else's."""
    pytest.importorskip("espeakng_loader")
    with wyoming_service(tmp_path_factory.mktemp("elsewhere") / "data") as (_, port):
        yield f"tcp://127.0.0.1:{port}"


@pytest.fixture(params=names("assistant.synthesizers"))
def synthesizer(request, tmp_path):
    reference = str(MADE[request.param](tmp_path / "model")) if request.param in MADE else ""
    if request.param == "wyoming":
        reference = request.getfixturevalue("elsewhere")
    made = call(load("assistant.synthesizers", request.param), reference=reference, models=ModelHost(tmp_path, 2**30))
    yield made
    made.close()


def say(synthesizer, text, language="en", **options):
    try:
        content = synthesizer.speak(text, language, **options)
    except NotInstalled as fault:
        assert fault.hint
        pytest.skip(fault.message)
    with wave.open(io.BytesIO(content.data)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    assert content.seconds == pytest.approx(len(samples) / rate)
    return np.interp(np.arange(0, len(samples), rate / 16_000), np.arange(len(samples)), samples).astype(np.float32)


@pytest.mark.parametrize(("text", "language"), [("The shop opens at nine in the morning.", "en"), ("商店早上九点开门，欢迎光临。", "zh")])
def test_words_become_speech(synthesizer, text, language):
    samples = say(synthesizer, text, language)
    assert np.abs(samples).max() > 0.05
    if language == "zh" or type(synthesizer).__module__.rsplit(".", 1)[-1] not in MADE:
        assert speech_spans(samples), "voice activity is found in it"


def test_speed_shows(synthesizer):
    slow, fast = (len(say(synthesizer, "One two three four five six.", speed=speed)) for speed in (0.7, 1.6))
    assert slow > 1.5 * fast


def test_marks_and_markdown_are_not_read_out(synthesizer):
    plain = say(synthesizer, "It costs ten euros.")
    marked = say(synthesizer, "It **costs** ten euros. [1][12]")
    assert len(marked) == pytest.approx(len(plain), rel=0.1)


def test_several_threads_each_get_their_own_words(synthesizer):
    texts = ["One.", "One two three four five.", "One two three four five six seven eight nine ten."]
    wanted = [len(say(synthesizer, text)) for text in texts]
    got = {}
    threads = [threading.Thread(target=lambda n=n: got.update({n: len(say(synthesizer, texts[n % 3]))})) for n in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(got[n] == pytest.approx(wanted[n % 3], rel=0.03) for n in range(9)), "a few samples of rounding, no other words"


@pytest.mark.parametrize("text", ["", "   ", "[1]", "***"])
def test_nothing_to_say_is_refused(synthesizer, text):
    with pytest.raises(InvalidInput):
        synthesizer.speak(text, "en")


@pytest.mark.parametrize("speed", [0, -1, 9])
def test_an_impossible_speed_is_refused(synthesizer, speed):
    with pytest.raises(InvalidInput):
        synthesizer.speak("Hello.", "en", speed=speed)


def test_an_unknown_voice_is_the_usual_one(synthesizer):
    assert len(say(synthesizer, "Hello there.", voice="alloy")) == pytest.approx(len(say(synthesizer, "Hello there.")), rel=0.03)
    assert synthesizer.voices


def test_control_characters_do_not_break_the_line(synthesizer):
    assert len(say(synthesizer, "Hello\n\x00\x1b[31m there <speak> & <break/>")) > 1000


@pytest.mark.case("M02")
def test_it_speaks_again_after_its_process_was_killed(synthesizer):
    say(synthesizer, "Hello.")
    alive = getattr(synthesizer, "_alive", None)
    if not alive:
        pytest.skip("has no process of its own")
    os.kill(alive[0].pid, signal.SIGKILL)
    assert len(say(synthesizer, "Hello again.")) > 1000


def test_the_licence_is_told(synthesizer):
    assert synthesizer.card.role == "synthesizer"
    assert synthesizer.card.licence


def test_every_voice_it_names_speaks(synthesizer):
    for voice in synthesizer.voices:
        assert len(say(synthesizer, "Hello there.", voice=voice)) > 1000
