"""analyze_emotion: consent first, nothing stored, each modality's share and the disagreement told."""

import io
import wave

import media_samples as samples
import numpy as np
import pytest
from tool_samples import OWNER, NoText, attach, make_kit, run, turn

from retrieval.faults import InvalidInput, NotAllowed, Unreadable
from tools.analyze_emotion import create
from tools.emotion_reading import to_wav
from tools.emotions.base import LABELS


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("emotion"), recognizer=NoText())


@pytest.fixture(scope="module")
def spoken(kit):
    return kit.speak("I am so happy that you came today, this is wonderful!", "en").data


def test_given_words_are_read_without_consent_because_they_were_handed_over(kit):
    result = run(create(kit), turn(kit), text="I am so happy and proud of you!")
    assert result.data["fused"]["label"] == "joy"
    assert set(result.data["modalities"]) == {"text"}
    assert result.data["modalities"]["text"]["weight"] == 1.0
    assert "pride" in result.data["modalities"]["text"]["fine"]
    assert abs(sum(result.data["fused"]["distribution"].values()) - 1) < 0.01
    assert set(result.data["fused"]["distribution"]) == set(LABELS)


def test_chinese_is_answered_in_chinese(kit):
    result = run(create(kit), turn(kit, "zh"), text="这家店太差了，服务员态度恶劣，再也不来！")
    assert result.data["fused"]["label"] == "anger"
    assert "愤怒" in result.answer


@pytest.mark.parametrize("media", ["audio_1", ""])
def test_a_voice_needs_consent(kit, spoken, media):
    context = turn(kit)
    attach(kit, context, spoken, "voice.wav")
    with pytest.raises(NotAllowed) as caught:
        run(create(kit), context, media=media)
    assert caught.value.code == "consent_required"
    assert "consent" in caught.value.hint


def test_with_consent_voice_and_words_are_fused_and_nothing_is_stored(kit, spoken):
    context = turn(kit, consent=True)
    attach(kit, context, spoken, "voice.wav")
    before = len(kit.library.files(OWNER))
    result = run(create(kit), context, text="I hate this so much", media="audio_1")
    assert set(result.data["modalities"]) == {"text", "audio"}
    weights = [m["weight"] for m in result.data["modalities"].values()]
    assert abs(sum(weights) - 1) < 0.01
    assert result.data["modalities"]["text"]["weight"] > result.data["modalities"]["audio"]["weight"], "the surer one weighs more"
    assert 0 <= result.data["disagreement"]["score"] <= 1
    assert result.data["disagreement"]["text"]
    assert len(kit.library.files(OWNER)) == before


@pytest.mark.parametrize("deployment", ["workplace", "education"])
def test_some_places_forbid_it_even_with_consent(tmp_path, spoken, deployment):
    for kit in make_kit(tmp_path, deployment=deployment, recognizer=NoText()):
        context = turn(kit, consent=True)
        attach(kit, context, spoken, "voice.wav")
        with pytest.raises(NotAllowed) as caught:
            run(create(kit), context, media="audio_1")
        assert caught.value.code == "emotion_forbidden"
        assert run(create(kit), turn(kit), text="wonderful").data["fused"]["label"] == "joy"


def test_a_picture_without_a_face_says_so(kit):
    context = turn(kit, consent=True)
    attach(kit, context, samples.noise(), "face.png")
    with pytest.raises(Unreadable) as caught:
        run(create(kit), context, media="image_1")
    assert "no face" in caught.value.message
    assert caught.value.hint


def test_nothing_to_read_is_an_invalid_request(kit):
    with pytest.raises(InvalidInput) as caught:
        run(create(kit), turn(kit))
    assert caught.value.code == "missing_media"


def test_samples_become_a_wav():
    content = to_wav(np.linspace(-1, 1, 16_000, dtype=np.float32))
    with wave.open(io.BytesIO(content.data)) as file:
        assert (file.getframerate(), file.getnframes(), file.getnchannels()) == (16_000, 16_000, 1)
    assert content.seconds == 1.0
