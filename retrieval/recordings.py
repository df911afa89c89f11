"""Sound and video from bytes nobody trusts, through FFmpeg's libraries (PyAV). Runs inside the worker process.

The demuxer is forced by the magic bytes, so a playlist dressed as a song is never followed, and a file that asks to open another file
or address is refused. Lengths in headers are not believed: what is decoded is counted, and counting stops at the limit.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.decoding_limits import MAX_CHANNELS, MAX_RATE, MIN_SOUND_SECONDS, DecodingLimits
from retrieval.faults import Fault, TooLarge, Unreadable

Samples = NDArray[np.float32]
DEMUXERS = {
    "audio/wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac", "audio/ogg": "ogg", "video/ogg": "ogg",
    "audio/mp4": "mov", "video/mp4": "mov", "video/quicktime": "mov", "audio/webm": "matroska", "video/webm": "matroska",
}  # fmt: skip
PIECE_SECONDS = 5
LOOKS = 8
"""Frames of a video looked at in a second, at most."""
LOOKED_PIXELS = 6e9
"""A video with more pixels than that (a minute and a half of 1920 x 1080) is judged by its key frames: encoders put one at most cuts."""
_HINT = "Play it in a media player to check it, save it again and send that."


def _refuse(url: str, flags: int, options: dict[str, Any]) -> Any:
    raise PermissionError("a media file may not open another one")


def _damaged(what: str = "recording") -> Unreadable:
    return Unreadable(f"The {what} is damaged.", hint=_HINT, code="media_unreadable")


def _too_long(limit: float) -> TooLarge:
    return TooLarge(
        f"The recording is longer than {limit:g} seconds.",
        hint="Cut it into shorter parts, or raise limits.audio_seconds.",
        code="audio_too_long",
    )


@contextmanager
def _container(data: bytes, media_type: str) -> Iterator[Any]:
    """The open container. Anything that FFmpeg or PyAV raises inside becomes Unreadable."""
    import av
    import av.logging

    av.logging.set_level(av.logging.PANIC)
    try:
        with av.open(io.BytesIO(data), format=DEMUXERS[media_type], io_open=_refuse, metadata_errors="replace") as container:
            yield container
    except (Fault, MemoryError):
        raise
    except (av.error.FFmpegError, OSError, ValueError, ArithmeticError, LookupError, RuntimeError, AttributeError, TypeError) as error:
        raise _damaged() from error


def _video_stream(container: Any) -> Any | None:
    """The first stream of moving pictures; the cover of a song is not one."""
    from av.stream import Disposition

    return next((s for s in container.streams.video if not s.disposition & Disposition.attached_pic), None)


def refined(data: bytes, media_type: str) -> tuple[str, str]:
    """(media type, `audio` or `video`) by the streams inside: MP4, WebM and Ogg hold either. Raises Unreadable."""
    with _container(data, media_type) as container:
        moving, sound = _video_stream(container), bool(container.streams.audio)
    if moving is None and not sound:
        raise Unreadable("The file holds neither sound nor moving pictures.", hint=_HINT, code="media_empty")
    if moving is None:
        family = {"video/mp4": "audio/mp4", "video/quicktime": "audio/mp4", "video/webm": "audio/webm"}
        return family.get(media_type, media_type), "audio"
    return {"audio/ogg": "video/ogg"}.get(media_type, media_type), "video"


def _sound_stream(container: Any) -> Any | None:
    if not container.streams.audio:
        return None
    stream = container.streams.audio[0]
    if not 0 < stream.rate <= MAX_RATE or not 0 < stream.channels <= MAX_CHANNELS:
        raise Unreadable(
            f"The sound claims {stream.rate} Hz and {stream.channels} channels.", hint="Save it at 48000 Hz or less.", code="audio_format"
        )
    return stream


def _sound_frames(container: Any, stream: Any, limits: DecodingLimits) -> Iterator[Any]:
    """Decoded frames; damaged packets are left out. Raises TooLarge at the limit of seconds or of samples over all channels."""
    import av

    seconds, samples, budget = 0.0, 0, limits.audio_seconds * 48_000 * 2
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            seconds += frame.samples / max(1, frame.sample_rate)
            samples += frame.samples * len(frame.layout.channels)
            if seconds > limits.audio_seconds or samples > budget:
                raise _too_long(limits.audio_seconds)
            yield frame


def sound_seconds(data: bytes, media_type: str, limits: DecodingLimits) -> float:
    """Seconds of sound that really decode. Raises TooLarge (too long), Unreadable (nothing decodes, shorter than 10 ms)."""
    seconds = 0.0
    with _container(data, media_type) as container:
        stream = _sound_stream(container)
        if stream is not None:
            for frame in _sound_frames(container, stream, limits):
                seconds += frame.samples / max(1, frame.sample_rate)
    if seconds < MIN_SOUND_SECONDS:
        raise Unreadable(
            "The recording holds no sound that can be decoded.", hint="Record it again, at least a second.", code="audio_empty"
        )
    return seconds


def samples(data: bytes, media_type: str, rate: int, limits: DecodingLimits) -> Iterator[Samples]:
    """Mono float32 samples in -1 to 1 at `rate` Hz, in pieces of a few seconds. Nothing for a video without sound.

    Raises TooLarge, Unreadable.
    """
    held: list[NDArray[Any]] = []
    size = 0
    for piece in _resampled(data, media_type, rate, limits):
        held.append(piece.reshape(-1))
        size += len(held[-1])
        if size > PIECE_SECONDS * rate:
            yield _clean(np.concatenate(held))
            held, size = [], 0
    if held:
        yield _clean(np.concatenate(held))


def _resampled(data: bytes, media_type: str, rate: int, limits: DecodingLimits) -> Iterator[NDArray[Any]]:
    import av

    with _container(data, media_type) as container:
        stream = _sound_stream(container)
        if stream is None:
            return
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        for frame in _sound_frames(container, stream, limits):
            frame.pts = None
            try:
                pieces = resampler.resample(frame)
            except ValueError:  # the format changed in mid-stream, as chained Ogg files may
                resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
                pieces = resampler.resample(frame)
            yield from (piece.to_ndarray() for piece in pieces)
        yield from (piece.to_ndarray() for piece in resampler.resample(None))


def _clean(values: NDArray[Any]) -> Samples:
    """Flat float32 without NaN or infinity, within -1 to 1."""
    flat = np.nan_to_num(values.reshape(-1).astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(flat, -1.0, 1.0)


def windows(data: bytes, media_type: str, seconds: float, rate: int, limits: DecodingLimits) -> Iterator[tuple[float, Samples]]:
    """(start in seconds, samples) of consecutive windows of `seconds`; a rest shorter than a second joins the window before it."""
    size, start = int(seconds * rate), 0
    held = np.zeros(0, np.float32)
    for piece in samples(data, media_type, rate, limits):
        held = np.concatenate([held, piece])
        while len(held) >= size + rate:
            yield start / rate, held[:size]
            held, start = held[size:], start + size
    if len(held):
        yield start / rate, held


def video_size(data: bytes, media_type: str, limits: DecodingLimits) -> tuple[int, int, float]:
    """(width, height, seconds) of a video: its first frame is decoded, its packets are counted.

    Raises TooLarge (pixels, seconds), Unreadable (no frame decodes).
    """
    with _container(data, media_type) as container:
        stream = _prepared(container, limits)
        end, start, first = 0.0, None, None
        for packet in container.demux(stream):
            if first is None:
                first = next(iter(_decoded(packet)), None)
            if packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            start = at if start is None else min(start, at)
            end = max(end, at + float((packet.duration or 0) * packet.time_base))
            if end - start > limits.video_seconds:
                raise TooLarge(
                    f"The video is longer than {limits.video_seconds:g} seconds.", hint="Cut it into shorter parts.", code="video_too_long"
                )
    if first is None:
        raise _damaged("video")
    width, height = (first.height, first.width) if first.rotation % 180 else (first.width, first.height)
    return width, height, max(end - (start or 0.0), 1 / 30)


def _prepared(container: Any, limits: DecodingLimits) -> Any:
    stream = _video_stream(container)
    if stream is None:
        raise Unreadable("The file holds no moving pictures.", hint=_HINT, code="media_empty")
    if stream.width * stream.height > limits.image_pixels:
        raise TooLarge(f"The video is {stream.width} x {stream.height} pixels.", hint="Make it smaller.", code="image_too_large")
    stream.codec_context.options = {"max_pixels": str(limits.image_pixels)}  # a later frame may not grow
    stream.codec_context.thread_count = 2
    return stream


def _decoded(packet: Any) -> list[Any]:
    import av

    try:
        return list(packet.decode())
    except av.error.FFmpegError:
        return []


def frames_at(data: bytes, media_type: str, times: Sequence[float], limits: DecodingLimits) -> Iterator[tuple[float, Any]]:
    """(time in seconds, upright PIL image) of the frame shown at each of `times`, which must rise. Times past the end give the last frame.

    Raises TooLarge, Unreadable. Skips ahead by key frames where a time lies more than ten seconds on.
    """
    with _container(data, media_type) as container:
        stream = _prepared(container, limits)
        base = float((stream.start_time or 0) * stream.time_base)
        walk, shown, upcoming = _walk(container, stream), None, None
        for wanted in times:
            if shown is not None and wanted - (shown.time - base) > 10:
                container.seek(int((wanted + base) / stream.time_base), stream=stream, backward=True)
                walk, upcoming = _walk(container, stream), None
            while True:
                upcoming = next(walk, None) if upcoming is None else upcoming
                if upcoming is None or (shown is not None and upcoming.time - base > wanted + 1e-3):
                    break
                shown, upcoming = upcoming, None
            if shown is None:
                raise _damaged("video")
            image = shown.to_image()
            yield max(0.0, shown.time - base), image.rotate(shown.rotation, expand=True) if shown.rotation else image


def looks(data: bytes, media_type: str, seconds: float, side: int, limits: DecodingLimits) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """(time in seconds, RGB picture of `side` x `side`) of the frames in passing; `seconds` is the length of the video.

    Raises TooLarge, Unreadable.
    """
    from av.video.reformatter import VideoReformatter

    with _container(data, media_type) as container:
        stream = _prepared(container, limits)
        if stream.width * stream.height * float(stream.average_rate or 30) * seconds > LOOKED_PIXELS:
            stream.codec_context.skip_frame = "NONKEY"
        base = float((stream.start_time or 0) * stream.time_base)
        shrink, before = VideoReformatter(), -1.0
        for frame in _walk(container, stream):
            at = max(0.0, frame.time - base)
            if at - before >= 1 / LOOKS - 1e-3:
                before = at
                yield at, np.asarray(shrink.reformat(frame, width=side, height=side, format="rgb24").to_ndarray(), np.uint8)


def _walk(container: Any, stream: Any) -> Iterator[Any]:
    for packet in container.demux(stream):
        for frame in _decoded(packet):
            if frame.time is not None:
                yield frame
