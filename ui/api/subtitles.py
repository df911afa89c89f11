"""A transcript in the formats of OpenAI's transcription endpoint. Pure translation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.transcribers.base import Transcript, Word

PAUSE_SECONDS = 0.8
"""A silence that ends a segment."""
MOST_WORDS = 14
_LANGUAGES = {"en": "english", "zh": "chinese"}


def segments(transcript: Transcript) -> list[tuple[float, float, str]]:
    """(start, end, words) in seconds, cut at pauses and at fourteen words; one segment when the back-end gives no times."""
    if not transcript.text:
        return []
    if not transcript.words:
        return [(0.0, transcript.seconds, transcript.text)]
    groups: list[list[Word]] = [[]]
    for word in transcript.words:
        group = groups[-1]
        if group and (word.start - group[-1].end > PAUSE_SECONDS or len(group) >= MOST_WORDS):
            groups.append([])
        groups[-1].append(word)
    return [(g[0].start, g[-1].end, _join(g, transcript.language)) for g in groups]


def verbose(transcript: Transcript, granularities: Sequence[str] = ()) -> dict[str, Any]:
    """`verbose_json`."""
    confidence = round(transcript.confidence, 4)
    rows = [
        {"id": n, "start": start, "end": end, "text": text, "seek": 0, "tokens": [], "temperature": 0.0, "avg_logprob": 0.0,
         "compression_ratio": 1.0, "no_speech_prob": round(1 - confidence, 4)}
        for n, (start, end, text) in enumerate(segments(transcript))
    ]  # fmt: skip
    body = {
        "task": "transcribe", "language": _LANGUAGES.get(transcript.language, transcript.language or "unknown"),
        "duration": round(transcript.seconds, 3), "text": transcript.text, "confidence": confidence,
        "usage": usage(transcript),
    }  # fmt: skip
    if "segment" in granularities or not granularities:
        body["segments"] = rows
    if "word" in granularities:
        body["words"] = [word.model_dump() for word in transcript.words]
    return body


def usage(transcript: Transcript) -> dict[str, Any]:
    """Usage by duration."""
    return {"type": "duration", "seconds": round(transcript.seconds, 3)}


def srt(transcript: Transcript) -> str:
    """SubRip."""
    rows = enumerate(segments(transcript), start=1)
    return "\n".join(f"{n}\n{clock(start, ',')} --> {clock(end, ',')}\n{text}\n" for n, (start, end, text) in rows)


def vtt(transcript: Transcript) -> str:
    """WebVTT."""
    rows = segments(transcript)
    return "WEBVTT\n\n" + "\n".join(f"{clock(start, '.')} --> {clock(end, '.')}\n{text}\n" for start, end, text in rows)


def clock(seconds: float, point: str) -> str:
    """`hh:mm:ss,mmm`."""
    ms = max(round(seconds * 1000), 0)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def _join(words: Sequence[Word], language: str) -> str:
    return ("" if language == "zh" else " ").join(w.word.strip() for w in words)
