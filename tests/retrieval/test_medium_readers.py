"""Readers of pictures, sound and video."""

import io
import wave

import media_samples as samples
import numpy as np
import pytest
from PIL import Image

from retrieval import recordings
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable
from retrieval.readers import audio, image, video


def read(module, data, **limits):
    return list(module.create(DecodingLimits(**limits)).read(data, "file"))


def test_a_picture_is_one_item():
    (draft,) = read(image, samples.noise("JPEG", (64, 48)))
    assert (draft.media_type, draft.metadata) == ("image/jpeg", {"width": 64, "height": 48})


def test_a_short_sound_is_one_item_with_its_own_bytes():
    data = samples.sound("mp3", "libmp3lame", 2.0)
    (draft,) = read(audio, data)
    assert (draft.data, draft.media_type) == (data, "audio/mpeg")
    assert draft.locator.time_span == pytest.approx((0, 2), abs=0.1)


def test_a_long_sound_is_windows_that_play_by_themselves():
    drafts = read(audio, samples.wav(samples.tone(100)))
    assert [d.locator.time_span for d in drafts] == [(0, 30), (30, 60), (60, 90), (90, 100)]
    with wave.open(io.BytesIO(drafts[3].data)) as file:
        assert file.getnframes() == 160_000


def test_sound_limits():
    with pytest.raises(TooLarge):
        read(audio, samples.wav(samples.tone(5)), audio_seconds=2)
    with pytest.raises(Unreadable):
        read(audio, samples.wav(samples.tone(0.0)))


def test_a_video_is_its_scenes_and_its_sound():
    *scenes, sound = read(video, samples.video(6.0))
    spans = [edge for d in scenes for edge in d.locator.time_span]
    assert spans == pytest.approx([0, 2, 2, 4, 4, 6], abs=0.15)
    assert ["RGB"[int(np.asarray(Image.open(io.BytesIO(d.data))).reshape(-1, 3).mean(0).argmax())] for d in scenes] == ["R", "G", "B"]
    assert [d.metadata for d in scenes] == [{"frame": True, "shot": n} for n in (1, 2, 3)]
    assert all(d.media_type == "image/jpeg" for d in scenes)
    assert (sound.modality, sound.media_type) == ("audio", "audio/wav")


def test_the_sound_of_a_video_is_short_windows_so_that_a_hit_is_a_moment():
    sounds = [d for d in read(video, samples.video(40.0)) if d.modality == "audio"]
    assert [d.locator.time_span for d in sounds] == [pytest.approx(span, abs=0.1) for span in ((0, 15), (15, 30), (30, 40))]


def test_what_shows_the_same_is_one_shot_and_shots_are_bounded():
    assert len(read(video, samples.video(30.0, False))) == 3
    assert len(read(video, samples.video(30.0, False), image_frames=2)) == 2


def test_video_limits():
    with pytest.raises(TooLarge):
        read(video, samples.video(6.0), video_seconds=3)


def test_a_long_video_is_judged_by_its_key_frames(monkeypatch):
    monkeypatch.setattr(recordings, "LOOKED_PIXELS", 1)
    shots = [d for d in read(video, samples.video(30.0, False)) if d.modality == "image"]
    assert [d.locator.time_span[0] for d in shots] == pytest.approx([0, 10, 20], abs=1.5)
