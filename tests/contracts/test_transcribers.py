"""Every transcriber: words in order of time, silence and noise without words, a fault that says what is missing."""

import os

import numpy as np
import pytest
import tiny_speech
from wyoming_service import wyoming_service

from assistant.transcribers.base import RATE
from retrieval.backends import call, load, names
from retrieval.faults import NotInstalled
from retrieval.hosting.host import ModelHost

MADE = {"transformers": {}, "faster_whisper": {"english_only": True}}
"""Back-ends whose models are built on the spot: tiny, and writing down the sentence that is spoken here."""


def create(name, reference, folder):
    return call(load("assistant.transcribers", name), reference=reference, models=ModelHost(folder, 2**30))


@pytest.fixture(scope="module")
def speech():
    return tiny_speech.speech("The meeting starts at ten.")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Our own service in a process of its own, as somebody else's."""
    with wyoming_service(tmp_path_factory.mktemp("elsewhere") / "data") as (_, port):
        yield f"tcp://127.0.0.1:{port}"


@pytest.fixture(params=names("assistant.transcribers"), scope="module")
def transcriber(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "wyoming":
        return create("wyoming", request.getfixturevalue("elsewhere"), folder)
    reference = os.environ.get("ASSISTANT_TEST_WHISPER", "") if request.param == "whisper" else ""
    if request.param in MADE:
        made = tiny_speech.whisper(folder / "model", **MADE[request.param])
        reference = str(made if request.param == "transformers" else tiny_speech.converted(folder / "converted", made))
    return create(request.param, reference, folder)


def hear(transcriber, samples, language=""):
    try:
        return transcriber.transcribe(samples, language)
    except NotInstalled as fault:
        assert fault.hint
        pytest.skip(fault.message)


def test_speech_becomes_words_in_order_of_time(transcriber, speech):
    found = hear(transcriber, speech)
    assert "meeting" in found.text.lower()
    assert found.language == "en"
    assert 0 < found.confidence <= 1
    assert found.seconds == pytest.approx(len(speech) / RATE)
    starts = [w.start for w in found.words]
    assert starts == sorted(starts)
    for word in found.words:
        assert 0 <= word.start <= word.end <= found.seconds + 0.5
        assert 0 <= word.probability <= 1


def test_a_pause_before_the_words_moves_their_times(transcriber, speech):
    early = hear(transcriber, speech)
    late = hear(transcriber, np.concatenate([np.zeros(3 * RATE, np.float32), speech]))
    assert late.words[0].start - early.words[0].start == pytest.approx(3, abs=0.6)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(2 * RATE),
        np.random.default_rng(3).normal(0, 0.05, 2 * RATE),
        np.sin(np.arange(2 * RATE) * 0.17) * 0.4,
        np.zeros(0),
        np.zeros(100),
        np.full(RATE, 0.5),
    ],
    ids=["silence", "noise", "tone", "nothing", "a moment", "offset"],
)
def test_what_is_not_speech_has_no_words(transcriber, samples):
    found = hear(transcriber, np.asarray(samples, np.float32))
    assert (found.text, found.words) == ("", ())


def test_the_card_is_there_without_loading(transcriber):
    assert transcriber.card.role == "transcriber"
    assert transcriber.card.limits


def test_an_english_recogniser_says_so_to_chinese():
    with pytest.raises(NotInstalled) as caught:
        load("assistant.transcribers", "pocketsphinx")().transcribe(np.zeros(RATE, np.float32), "zh")
    assert "whisper" in caught.value.hint.lower()


def test_whisper_without_a_file_says_what_to_set(speech, tmp_path):
    with pytest.raises(NotInstalled) as caught:
        create("whisper", "", tmp_path).transcribe(speech, "en")
    assert "whisper:/" in caught.value.hint


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_model_that_is_not_here_has_a_card_that_says_so(name, tmp_path, speech):
    absent = create(name, "someone/absent-model", tmp_path)
    assert "assistant models pull someone/absent-model" in absent.card.limits
    with pytest.raises(NotInstalled) as caught:
        absent.transcribe(speech, "en")
    assert "assistant models pull" in caught.value.hint
