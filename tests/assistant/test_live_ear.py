import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken_sounds import RATE, music, noise, quiet, spoken

from assistant.live.ear import Ear, SpeechPaused, SpeechResumed, SpeechStarted, SpeechStopped, utterance


@pytest.fixture(scope="module")
def command():
    return spoken("Turn on the light in the kitchen.")


@pytest.fixture(scope="module")
def two(command):
    """(sound, where speech begins and ends in it): two utterances with a second between them."""
    sound = np.concatenate([quiet(0.6), command, quiet(1.0, 1), command, quiet(0.8, 2)])
    first, long = 0.6, len(command) / RATE
    return sound, [(first, first + long), (first + long + 1.0, first + 2 * long + 1.0)]


def heard(sound, cuts=(), **options):
    ear = Ear(**options)
    return [found for part in np.split(sound, sorted(cuts)) for found in ear.feed(part)]


def test_two_utterances_are_found_where_they_are(two):
    sound, where = two
    found = heard(sound)
    starts = [f for f in found if isinstance(f, SpeechStarted)]
    stops = [f for f in found if isinstance(f, SpeechStopped)]
    assert [s.at for s in starts] == pytest.approx([a for a, _ in where], abs=0.15)
    assert [s.at for s in stops] == pytest.approx([b for _, b in where], abs=0.15)
    assert all(s.sure for s in stops)


def test_a_start_is_known_within_200_ms_and_an_end_after_its_silence(two):
    found = heard(two[0], silence=0.4, pause=0.2)
    assert all(f.known - f.at <= 0.2 for f in found if isinstance(f, SpeechStarted))
    assert all(0.4 <= f.known - f.at < 0.44 for f in found if isinstance(f, SpeechStopped))
    assert all(0.2 <= f.known - f.at < 0.24 for f in found if isinstance(f, SpeechPaused))


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_the_sizes_in_which_sound_comes_change_nothing(two, data):
    sound = two[0][: 4 * RATE]
    cuts = data.draw(st.lists(st.integers(0, len(sound)), max_size=40))
    assert heard(sound, cuts) == heard(sound)


@pytest.mark.parametrize("sound", [np.zeros(3 * RATE, np.float32), quiet(3), noise(3), music(4)], ids=["zeros", "room", "noise", "music"])
def test_nobody_speaks(sound):
    assert not [f for f in heard(sound) if isinstance(f, SpeechStopped) and f.sure]


def test_a_click_begins_nothing():
    sound = quiet(2)
    sound[RATE : RATE + 400] = 0.9
    assert heard(sound) == []


def test_a_pause_is_taken_back_when_speech_goes_on(command):
    found = heard(np.concatenate([quiet(0.4), command, quiet(0.3), command, quiet(0.8)]), silence=0.6, pause=0.15)
    kinds = [type(f) for f in found]
    assert kinds[0] is SpeechStarted
    assert SpeechResumed in kinds
    assert kinds[-2:] == [SpeechPaused, SpeechStopped]
    assert kinds.count(SpeechStopped) == 1


def test_an_utterance_can_be_ended_from_outside(command):
    ear = Ear()
    ear.feed(np.concatenate([quiet(0.4), command]))
    assert ear.speaking
    assert [type(f) for f in ear.end()] == [SpeechStopped]
    assert not ear.speaking
    assert ear.end() == []


def test_any_kind_of_samples_becomes_sound():
    assert utterance(np.array([0, 16384, -32768], np.int16)).tolist() == [0.0, 0.5, -1.0]
    assert utterance(np.array([np.nan, np.inf, -9.0])).tolist() == [0.0, 1.0, -1.0]
