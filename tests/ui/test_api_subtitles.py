"""Transcripts as subtitles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.transcribers.base import Transcript, Word
from ui.api import subtitles

WORDS = tuple(Word(word=w, start=s, end=s + 0.3, probability=0.9) for w, s in (("hello", 0.1), ("there", 0.5), ("again", 3.0)))
SPOKEN = Transcript(text="hello there again", language="en", words=WORDS, confidence=0.9, seconds=3.5)


def test_a_pause_ends_a_segment():
    assert [text for _, _, text in subtitles.segments(SPOKEN)] == ["hello there", "again"]


def test_srt_and_vtt():
    assert subtitles.srt(SPOKEN).startswith("1\n00:00:00,100 --> 00:00:00,800\nhello there\n\n2\n")
    assert subtitles.vtt(SPOKEN).startswith("WEBVTT\n\n00:00:00.100 --> 00:00:00.800\nhello there\n")


def test_verbose_json_holds_what_was_asked_for():
    assert subtitles.verbose(SPOKEN)["segments"][1]["text"] == "again"
    asked = subtitles.verbose(SPOKEN, ["word"])
    assert "segments" not in asked
    assert asked["words"][0]["word"] == "hello"
    assert asked["language"] == "english"


def test_silence_and_words_without_times():
    silent = Transcript(text="", language="en", seconds=2.0)
    assert subtitles.segments(silent) == []
    assert subtitles.srt(silent) == ""
    assert subtitles.segments(Transcript(text="hi", language="en", seconds=2.0)) == [(0.0, 2.0, "hi")]


@pytest.mark.parametrize(
    ("seconds", "clock"), [(0, "00:00:00,000"), (3661.5, "01:01:01,500"), (-1, "00:00:00,000"), (59.9999, "00:01:00,000")]
)
def test_clock(seconds, clock):
    assert subtitles.clock(seconds, ",") == clock


@given(st.lists(st.floats(0, 3600), min_size=1, max_size=60))
def test_segments_keep_every_word(starts):
    words = tuple(Word(word=f"w{n}", start=s, end=s + 0.1, probability=1) for n, s in enumerate(sorted(starts)))
    found = subtitles.segments(Transcript(text="x", language="en", words=words))
    assert " ".join(text for _, _, text in found).split() == [w.word for w in words]
