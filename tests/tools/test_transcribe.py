"""transcribe: words with the time they were said; silence says that nobody spoke."""

import media_samples as samples
import numpy as np
import pytest
from tool_samples import NoText, attach, make_kit, run, turn

from retrieval.faults import InvalidInput
from tools.transcribe import create


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("transcribe"), recognizer=NoText())


def test_speech_becomes_words_with_times(kit):
    context = turn(kit)
    media = attach(kit, context, kit.speak("The meeting starts at ten.", "en").data, "memo.wav")
    result = run(create(kit), context)
    assert "meeting" in result.data["text"]
    start, end = result.evidence[0].hit.item.locator.time_span
    assert 0 <= start < end <= result.data["seconds"] + 0.5
    assert result.evidence[0].hit.item.parent == media.file_id
    assert "[1]" in result.answer


@pytest.mark.parametrize("language", ["en", "zh"])
def test_silence_is_nobody_speaking(kit, language):
    context = turn(kit, language)
    attach(kit, context, samples.wav(np.zeros(32_000, np.float32)), "silence.wav")
    result = run(create(kit), context)
    assert result.data["text"] == ""
    assert result.evidence == ()
    assert ("Nobody" if language == "en" else "没有人说话") in result.answer


def test_a_picture_has_no_words(kit):
    context = turn(kit)
    attach(kit, context, samples.picture(), "red.png")
    with pytest.raises(InvalidInput):
        run(create(kit), context)
