"""Speech in the formats that OpenAI's clients ask for, encoded with PyAV. Input is what our synthesizer made, so it runs right here."""

from __future__ import annotations

import io
from fractions import Fraction

from retrieval.content import Content
from retrieval.faults import InvalidInput
from ui.api.words import refuse

PCM_RATE = 24_000
"""Samples per second of the bare `pcm` format, as OpenAI defines it."""
_CODECS = {
    "mp3": ("mp3", "libmp3lame", "audio/mpeg"),
    "opus": ("ogg", "libopus", "audio/ogg"),
    "flac": ("flac", "flac", "audio/flac"),
    "aac": ("adts", "aac", "audio/aac"),
}
_RATES = {"opus": 48_000}
FORMATS = ("wav", "mp3", "opus", "flac", "aac", "pcm", "pcm16")


def encode(content: Content, form: str) -> tuple[bytes, str]:
    """(bytes, media type) of 16-bit mono WAV in another format. Raises InvalidInput for an unknown one."""
    if form == "wav":
        return content.data, "audio/wav"
    if form not in FORMATS:
        raise refuse(InvalidInput, "sound_format", param="response_format", format=form[:20], known=", ".join(FORMATS))
    if form in ("pcm", "pcm16"):
        return _pcm(content.data), "audio/pcm"
    container, codec, media_type = _CODECS[form]
    return _transcode(content.data, container, codec, _RATES.get(form)), media_type


def _pcm(data: bytes) -> bytes:
    import av

    pieces: list[bytes] = []
    with av.open(io.BytesIO(data)) as source:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=PCM_RATE)
        for frame in source.decode(audio=0):
            pieces += [bytes(out.planes[0])[: out.samples * 2] for out in resampler.resample(frame)]
        pieces += [bytes(out.planes[0])[: out.samples * 2] for out in resampler.resample(None)]
    return b"".join(pieces)


def _transcode(data: bytes, container: str, codec: str, rate: int | None) -> bytes:
    import av

    out = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(out, "w", format=container) as target:
        sound = source.streams.audio[0]
        hertz = rate or sound.rate
        stream = target.add_stream(codec, rate=hertz, layout="mono")
        stream.time_base = Fraction(1, hertz)
        for frame in source.decode(sound):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()
