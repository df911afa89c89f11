"""Scores of the speech recogniser: word errors on people's recordings, requests, digits and words, and what it makes of noise.

Requests are spoken by the bundled voice, because no recordings of people asking for the devices of the simulated home are free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from assistant.evaluation.base import Files, Score
from assistant.evaluation.sound_encoder import sound
from assistant.speech import spelled_out
from assistant.voice import Voice
from retrieval.faults import Fault

ROLE = "transcriber"
SENTENCES, DIGITS, WORDS, NOISES = 45, 60, 34, 60
_BINS = 4
"""Equal parts, from the least to the most sure, in which confidence is compared with what is right."""
REQUESTS = (
    "turn on the kitchen light", "turn off the floor lamp", "set the heating to twenty one degrees", "is the front door locked",
    "close the blinds in the living room", "dim the bedroom light to thirty percent", "what is the weather like today",
    "play some music", "tell me a joke", "set an alarm for seven in the morning", "what can you do", "draw me a red car",
)  # fmt: skip
Case = tuple[list[str], list[str], float]
"""Words that were said, words that were heard, confidence."""


def errors(said: list[str], heard: list[str]) -> int:
    """Words put in, left out or changed (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for n, word in enumerate(said, start=1):
        before, row[0] = row[0], n
        for m, other in enumerate(heard, start=1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (word != other))
    return row[-1]


def error_rate(cases: list[Case]) -> float:
    """Word errors for each word that was said."""
    return sum(errors(said, heard) for said, heard, _ in cases) / max(1, sum(len(said) for said, _, _ in cases))


def evaluate(data: Path, voice: Voice) -> list[Score]:
    """Every figure of the recogniser; about four minutes on two cores."""
    return [*_read(data, voice), *_requests(voice), *_among(data, voice), _noise(data, voice)]


def _sample(files: Files, most: int) -> list[dict[str, str]]:
    """Some rows, the same on every machine."""
    return sorted(files.rows, key=lambda row: hashlib.sha256(row["file"].encode()).hexdigest())[:most]


def right_words(said: Sequence[str], heard: Sequence[str]) -> float:
    """Share of the `heard` words that were said, in order: what confidence is about. None heard, none right."""
    blocks = SequenceMatcher(None, said, heard, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(1, len(heard))


def calibration_error(pairs: Sequence[tuple[float, float]]) -> float:
    """How far confidence is from the share that is right, between recordings that are about equally sure. `pairs` hold both."""
    parts = np.array_split(np.array(sorted(pairs), float).reshape(-1, 2), _BINS)
    return float(sum(abs(part[:, 0].sum() - part[:, 1].sum()) for part in parts) / max(1, len(pairs)))


def _read(data: Path, voice: Voice) -> list[Score]:
    """Sentences read aloud. Their words were not used for anything."""
    files = Files(data, "speech/dev/transcribed_en")
    cases: list[Case] = []
    pairs: list[tuple[float, float]] = []
    for row in _sample(files, SENTENCES):
        heard = voice.transcribe(sound(files, row["file"]), "en")
        said, words = spelled_out(row["transcript"]).split(), spelled_out(heard.text).split()
        cases.append((said, words, heard.confidence))
        pairs.append((heard.confidence, right_words(said, words)))
    return [
        Score(ROLE, "read_sentences_wer", error_rate(cases), len(cases), lower_is_better=True, note="people reading prose, free dictation"),
        Score(ROLE, "confidence_error", calibration_error(pairs), len(pairs), lower_is_better=True,
              note="distance between confidence and the share of right words, in four parts from least to most sure"),
    ]  # fmt: skip


def _requests(voice: Voice) -> list[Score]:
    cases: list[Case] = []
    for text in REQUESTS:
        heard = voice.transcribe(voice.speak(text, "en", speed=0.9), "en")
        cases.append((text.split(), spelled_out(heard.text).split(), heard.confidence))
    exact = float(np.mean([said == heard for said, heard, _ in cases]))
    note = "spoken by the bundled voice"
    return [
        Score(ROLE, "requests_wer", error_rate(cases), len(cases), lower_is_better=True, note=note),
        Score(ROLE, "requests_exact", exact, len(cases), note=note),
    ]


def _among(data: Path, voice: Voice) -> list[Score]:
    """One word of a few, said by people; a recogniser without grammars hears it freely."""
    scores = []
    for name, most in (("spoken_digits", DIGITS), ("single_words_en", WORDS)):
        files = Files(data, f"speech/dev/{name}")
        words, rows = sorted({row["word"] for row in files.rows}), _sample(files, most)
        right = [voice.among(sound(files, row["file"]), words).text == row["word"] for row in rows]
        scores.append(Score(ROLE, f"{name}_accuracy", float(np.mean(right)), len(rows), note=f"one of {len(words)} words"))
    return scores


def _noise(data: Path, voice: Voice) -> Score:
    """Share of sounds without speech in which no word is found."""
    files = Files(data, "environment_sound/dev/esc10")
    silent = []
    for row in _sample(files, NOISES):
        try:
            silent.append(not voice.transcribe(sound(files, row["file"]), "en").text)
        except Fault:
            silent.append(False)
    return Score(ROLE, "no_words_in_noise", float(np.mean(silent)), len(silent), goal=0.95, note="sounds of ESC-10")
