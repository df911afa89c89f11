"""Speech: where in a recording somebody speaks, and how written words become words for the ear. Knows no transcriber and no voice.

Voice activity is found by Silero VAD (MIT), an ONNX model inside the faster-whisper package: nothing is fetched.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.said_numbers import said

RATE = 16_000
_WINDOW = 512
_SILENT = 10 ** (-52 / 20)
"""Root mean square below which no frame is speech (-52 dB of full scale)."""
_CONTEXT = 64
"""Samples of the window before that the network sees again."""
_LEAD = 16
"""Windows of silence put before and after a recording."""
_SUREST = 6
"""Windows of a stretch, its likeliest, that must be speech on average."""
_lock = threading.Lock()


@lru_cache
def _model() -> Any:
    from faster_whisper.vad import get_vad_model

    return get_vad_model()


def speech_probabilities(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Chance of speech in each window of 512 samples (32 ms) of mono sound at 16 kHz."""
    if not len(samples):
        return np.zeros(0, np.float32)
    # The network needs a moment of silence on both sides: without it a word that fills its recording is missed.
    rest = _LEAD * _WINDOW
    padded = np.pad(np.asarray(samples, np.float32), (rest, rest + -len(samples) % _WINDOW))
    with _lock:
        return np.asarray(_model()(padded), np.float32).ravel()[_LEAD:-_LEAD]


class StreamingVoiceActivity:
    """The same network window by window, its state kept from one to the next."""

    def __init__(self) -> None:
        self._state = (np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32))
        self._before = np.zeros(_CONTEXT, np.float32)
        for _ in range(_LEAD):
            self.chance(np.zeros(_WINDOW, np.float32))

    def chance(self, window: NDArray[np.float32]) -> float:
        """Chance of speech in the next 512 samples (32 ms) of mono sound at 16 kHz."""
        seen = np.concatenate([self._before, window])[None]
        found, *state = _model().session.run(None, {"input": seen, "h": self._state[0], "c": self._state[1]})
        self._state, self._before = (state[0], state[1]), window[-_CONTEXT:]
        return float(np.asarray(found).ravel()[0])


def speech_spans(
    samples: NDArray[np.float32], *, threshold: float = 0.5, least: float = 0.1, gap: float = 0.45, pad: float = 0.2, longest: float = 20.0,
    sure: float = 0.8,
) -> list[tuple[int, int]]:  # fmt: skip
    """Stretches of speech as (first, one-past-last) sample, in order, not overlapping; empty for silence, noise and music.

    Stretches under `least` seconds are dropped, gaps under `gap` closed, each stretch grows by `pad` on both sides and is cut at its
    quietest window when it is longer than `longest` (all in seconds). Barks, sneezes and saws are a little like speech: the likeliest
    windows of a stretch must reach `sure` on average.
    """
    if len(samples) < _WINDOW or float(np.sqrt(np.mean(np.square(samples)))) < _SILENT / 4:
        return []
    chance = speech_probabilities(samples)
    spoken = np.zeros(len(chance), bool)
    inside = False
    for n, p in enumerate(chance):
        # Hysteresis, as Silero's own: a started stretch ends only 0.15 below the threshold.
        inside = bool(p >= (threshold - 0.15 if inside else threshold))
        spoken[n] = inside
    spans = _runs(spoken, gap, least)
    spans = [s for s in spans if float(np.sort(chance[max(0, s[0] - 3) : s[1] + 3])[-_SUREST:].mean()) >= sure]
    loud = [s for s in spans if float(np.sqrt(np.mean(np.square(samples[s[0] * _WINDOW : s[1] * _WINDOW])))) > _SILENT]
    cut = [part for span in loud for part in _cut(span, chance, int(longest * RATE / _WINDOW))]
    grown = [(max(0, int(a * _WINDOW - pad * RATE)), min(len(samples), int(b * _WINDOW + pad * RATE))) for a, b in cut]
    for n in range(1, len(grown)):
        if grown[n][0] < grown[n - 1][1]:
            middle = (grown[n][0] + grown[n - 1][1]) // 2
            grown[n - 1], grown[n] = (grown[n - 1][0], middle), (middle, grown[n][1])
    return grown


def _runs(spoken: NDArray[np.bool_], gap: float, least: float) -> list[tuple[int, int]]:
    """Runs of windows, short gaps closed, short runs dropped."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], spoken.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if runs and (start - runs[-1][1]) * _WINDOW / RATE < gap:
            runs[-1] = (runs[-1][0], int(end))
        else:
            runs.append((int(start), int(end)))
    return [(a, b) for a, b in runs if (b - a) * _WINDOW / RATE >= least]


def _cut(span: tuple[int, int], chance: NDArray[np.float32], most: int) -> list[tuple[int, int]]:
    """A long stretch in parts of at most `most` windows, cut where speech is least likely."""
    start, end = span
    if end - start <= most:
        return [span]
    low, high = start + most // 2, start + most
    middle = low + int(np.argmin(chance[low:high]))
    return [(start, middle), *_cut((middle, end), chance, most)]


_CODE = re.compile(r"```.*?```|`([^`]*)`", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\((?:[^()]|\([^)]*\))*\)")
_ADDRESS = re.compile(r"https?://(?:www\.)?([^\s/)]+)\S*")
_MARK = re.compile(r"\s?(?:\[\d{1,3}\]|[(（]rev_\w+[)）])")
"""Of a source, and the id of an answer that waits."""
_EMPHASIS = re.compile(r"(\*\*\*|\*\*|\*|___|__|(?<!\w)_|~~)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_LINE_HEAD = re.compile(
    r"^\s{0,6}(?:(?:(?:#{1,6}|>|[-*+•–—])(?:\s+|$)|\d{1,2}[.)][^\S\n]+(?=.*[^\W_]))(?:\[[ x]\]\s)?)+", re.MULTILINE
)  # fmt: skip
"""A number heads a line only when words follow: "1." alone is what is said."""
_TABLE_RULE = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$", re.MULTILINE)
_EDGE = re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE)
_CELL = re.compile(r"[ \t]*\|[ \t]*")
_LEFT = re.compile(r"[*`#~^_\\\[\]{}<>|]+")
"""Signs of Markdown that paired with nothing."""
_PICTURES = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D]")
_SENTENCE = re.compile(r"[^.!?。！？；;\n]*(?:\.(?=\d)[^.!?。！？；;\n]*)*(?:[.!?。！？；;]+[\"”’)\]]*|\n|$)")
_SHORT_FORMS = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|No|Fig|approx)\.$", re.IGNORECASE)


def _number(sign: re.Match[str]) -> str:
    """A pictogram that is a number, such as a circled three, in digits; nothing for any other."""
    value = unicodedata.numeric(sign[0], None)
    return "" if value is None else f" {value:g} "


def for_the_ear(text: str, language: str = "en") -> str:
    """`text` without what only the eye can use: citation marks, Markdown, addresses, pictograms. Numbers and signs become
    words as they are said in `language`."""
    return _tidy(said(without_marks(text), "zh" if language == "zh" else "en"))


def without_marks(text: str) -> str:
    """`text` without citation marks, Markdown, addresses and pictograms; its lines, numbers and signs stay."""
    spoken = _CODE.sub(lambda m: m[1] or " ", text)
    spoken = _LINK.sub(r"\1", spoken)
    spoken = _ADDRESS.sub(r"\1", spoken)
    spoken = _MARK.sub("", spoken)
    spoken = _TABLE_RULE.sub("", spoken)
    spoken = _LINE_HEAD.sub("", spoken)
    for _ in range(3):
        spoken = _EMPHASIS.sub(r"\2", spoken)
    spoken = _PICTURES.sub(_number, _CELL.sub(", ", _EDGE.sub("", spoken)))
    return _tidy(_LEFT.sub(" ", spoken.replace("@", " at ")))


def _tidy(text: str) -> str:
    return re.sub(r"[ \t]+", " ", re.sub(r"\s*\n\s*", "\n", text)).strip()


def sentences(text: str) -> list[str]:
    """Sentences in order; together they hold every word of `text`. A stop in a number or after a short form ends none."""
    found: list[str] = []
    for match in _SENTENCE.finditer(text):
        part = match.group().strip()
        if not part:
            continue
        if found and _SHORT_FORMS.search(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


_DIGITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPOKEN_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def number_words(value: int) -> str:
    """A whole number from 0 to 999,999 as it is said in English: `twenty one`."""
    if value < 20:
        return _DIGITS[value]
    if value < 100:
        return _TENS[value // 10 - 2] + (f" {_DIGITS[value % 10]}" if value % 10 else "")
    if value < 1000:
        return f"{_DIGITS[value // 100]} hundred" + (f" {number_words(value % 100)}" if value % 100 else "")
    return f"{number_words(value // 1000)} thousand" + (f" {number_words(value % 1000)}" if value % 1000 else "")


def _said(match: re.Match[str]) -> str:
    whole, _, part = match[0].partition(".")
    spoken = number_words(int(whole)) if len(whole) <= 6 else " ".join(_DIGITS[int(d)] for d in whole)
    return f" {spoken}{' point ' + ' '.join(_DIGITS[int(d)] for d in part) if part else ''} "


def spelled_out(text: str) -> str:
    """English `text` as a recogniser writes it: small letters, numbers in words, no signs but the apostrophe."""
    spoken = for_the_ear(text, "en").lower().replace("’", "'").replace("-", " ")
    spoken = re.sub(r"[^a-z' ]+", " ", _SPOKEN_NUMBER.sub(_said, spoken))
    return " ".join(word for word in (w.strip("'") for w in spoken.split()) if word)
