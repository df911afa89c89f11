import contextlib
import io
import struct
import wave

import media_samples as samples
import numpy as np
import pytest

from retrieval import recordings
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable
from retrieval.waves import wav

LIMITS = DecodingLimits()
KINDS = [
    ("mp3", "libmp3lame", "audio/mpeg"),
    ("flac", "flac", "audio/flac"),
    ("ogg", "libopus", "audio/ogg"),
    ("mp4", "aac", "audio/mp4"),
    ("webm", "libopus", "audio/webm"),
]


def raw_wav(fmt, channels, rate, body, bits=16, claimed=None):
    header = struct.pack("<HHIIHH", fmt, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    size = len(body) if claimed is None else claimed
    return (
        b"RIFF"
        + struct.pack("<I", 36 + min(size, 2**32 - 40))
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + header
        + b"data"
        + struct.pack("<I", size)
        + body
    )


def decoded(data, media_type, rate=16_000, limits=LIMITS):
    pieces = list(recordings.samples(data, media_type, rate, limits))
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


@pytest.mark.parametrize(("container", "codec", "media_type"), KINDS)
def test_every_kind_is_timed_and_sounds_as_it_did(container, codec, media_type):
    data = samples.sound(container, codec)
    assert recordings.sound_seconds(data, media_type, LIMITS) == pytest.approx(1.0, abs=0.05)
    heard = decoded(data, media_type)
    assert heard.dtype == np.float32
    assert len(heard) == pytest.approx(16_000, abs=800)
    peak = np.abs(np.fft.rfft(heard)).argmax() * 16_000 / len(heard)
    assert peak == pytest.approx(440, abs=5)


def test_containers_are_told_by_their_streams():
    assert recordings.refined(samples.sound("mp4", "aac"), "video/mp4") == ("audio/mp4", "audio")
    assert recordings.refined(samples.sound("webm", "libopus"), "video/webm") == ("audio/webm", "audio")
    assert recordings.refined(samples.video(), "video/mp4") == ("video/mp4", "video")


@pytest.mark.case("A01")
def test_a_header_that_claims_ten_hours_is_not_believed():
    body = samples.wav()[44:1068]
    assert recordings.sound_seconds(raw_wav(1, 1, 16_000, body, claimed=0xFFFFFF00), "audio/wav", LIMITS) == pytest.approx(0.032, abs=0.001)


@pytest.mark.case("A02", "A03")
def test_counting_stops_at_the_limit():
    with pytest.raises(TooLarge) as caught:
        recordings.sound_seconds(samples.sound("ogg", "libopus", 20.0), "audio/ogg", DecodingLimits(audio_seconds=5))
    assert caught.value.code == "audio_too_long"
    body = bytes(2 * 8 * 192_000 * 4)
    with pytest.raises(TooLarge):  # short in seconds, but eight channels of samples over the budget
        recordings.sound_seconds(raw_wav(1, 8, 192_000, body), "audio/wav", DecodingLimits(audio_seconds=10))


@pytest.mark.parametrize(
    "data",
    [
        raw_wav(1, 1, 0, bytes(3200)),
        raw_wav(1, 0, 16_000, bytes(3200)),
        raw_wav(1, 1, 655_350, bytes(3200)),
        raw_wav(1, 1, 16_000, bytes(2)),
        raw_wav(1, 1, 16_000, b""),
        b"RIFF",
    ],
)
@pytest.mark.case("A03", "A05")
def test_impossible_sounds_are_unreadable(data):
    with pytest.raises(Unreadable):
        recordings.sound_seconds(data, "audio/wav", LIMITS)


@pytest.mark.case("A05")
def test_samples_are_finite_and_within_one():
    odd = np.array([np.nan, np.inf, -np.inf, 5.0, -5.0, 0.5] * 400, "<f4").tobytes()
    for data in (raw_wav(3, 1, 16_000, odd, bits=32), samples.wav(np.full(8000, -1.0)), samples.wav(np.zeros(16_000))):
        heard = decoded(data, "audio/wav")
        assert len(heard)
        assert np.isfinite(heard).all()
        assert np.abs(heard).max() <= 1.0


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.case("A04")
def test_damaged_mp3_still_plays_or_is_unreadable(seed):
    data = bytearray(samples.sound("mp3", "libmp3lame"))
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, len(data), 30):
        data[place] = rng.integers(0, 256)
    with contextlib.suppress(Unreadable):  # the one fault that is allowed
        assert 0 < recordings.sound_seconds(bytes(data), "audio/mpeg", LIMITS) < 3


@pytest.mark.parametrize("text", [b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"])
@pytest.mark.parametrize("media_type", ["audio/mpeg", "video/mp4", "audio/ogg"])
@pytest.mark.case("A06")
def test_a_playlist_is_never_followed(text, media_type, monkeypatch):
    opened = []
    monkeypatch.setattr(recordings, "_refuse", lambda *a: opened.append(a))
    with pytest.raises(Unreadable):
        recordings.sound_seconds(text * 50, media_type, LIMITS)
    assert not opened


def test_windows_cover_the_sound_once():
    found = list(recordings.windows(samples.wav(samples.tone(65.5)), "audio/wav", 30.0, 16_000, LIMITS))
    assert [start for start, _ in found] == [0.0, 30.0, 60.0]
    assert sum(len(values) for _, values in found) == int(65.5 * 16_000)
    assert len(list(recordings.windows(samples.wav(samples.tone(60.5)), "audio/wav", 30.0, 16_000, LIMITS))) == 2


def test_wav_is_read_back_by_the_standard_library():
    with wave.open(io.BytesIO(wav(samples.tone(0.5), 16_000))) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (8000, 16_000, 1)


def test_video_is_measured():
    assert recordings.video_size(samples.video(), "video/mp4", LIMITS) == (160, 120, pytest.approx(6.0, abs=0.2))
    with pytest.raises(TooLarge):
        recordings.video_size(samples.video(), "video/mp4", DecodingLimits(video_seconds=2))
    with pytest.raises(TooLarge):
        recordings.video_size(samples.video(), "video/mp4", DecodingLimits(image_pixels=10_000))
    with pytest.raises(Unreadable):
        recordings.video_size(samples.sound("mp4", "aac"), "video/mp4", LIMITS)


@pytest.mark.parametrize(("container", "codec", "media_type"), [("mp4", "mpeg4", "video/mp4"), ("webm", "libvpx", "video/webm")])
def test_frames_are_those_shown_at_the_times(container, codec, media_type):
    data = samples.video(30.0, False, container=container, codec=codec)
    found = list(recordings.frames_at(data, media_type, [0.0, 9.0, 12.0, 25.0, 99.0], LIMITS))
    colours = ["RGB"[int(np.asarray(image).reshape(-1, 3).mean(0).argmax())] for _, image in found]
    assert colours == ["R", "R", "G", "B", "B"]
    assert [time for time, _ in found] == pytest.approx([0.0, 9.0, 12.0, 25.0, 29.9], abs=0.11)
