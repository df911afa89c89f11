"""Sounds to learn from: recordings and sounds by formula, each heard many times in other ways, with what a teacher says of every view."""

from __future__ import annotations

import csv
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from retrieval.decoding import Decoder
from retrieval.embedders import _log_mel as mel
from training import data as sets

FOLDS = 4
"""Folds there are."""
VIEWS = 12
"""Views of each environmental sound."""
SPOKEN, MADE = 400, 320
"""Views of speech, and of sounds made by formula."""
TEACHER_SPAN, TEACHER_FEATURES = 15_600, 121
"""Samples the teacher takes, and the number of its tensor with the 1,024 features before its classifier."""
CAPTIONS = {
    "Dog bark": ("dog bark", "dog", "a dog barking", "the sound of a dog", "a barking dog"),
    "Rain": ("rain", "rain falling", "the sound of rain", "it is raining", "cloud with rain"),
    "Sea waves": ("sea waves", "ocean waves", "the sound of the sea", "waves on a beach", "water wave"),
    "Baby cry": ("baby cry", "baby", "a baby crying", "the sound of a crying baby", "an infant cries"),
    "Clock tick": ("clock tick", "clock", "a clock ticking", "the ticking of a clock", "an alarm clock"),
    "Person sneeze": ("person sneeze", "sneezing face", "a person sneezing", "the sound of a sneeze", "somebody sneezes"),
    "Helicopter": ("helicopter", "a helicopter flying", "the sound of a helicopter", "helicopter rotor", "a flying helicopter"),
    "Chainsaw": ("chainsaw", "a chainsaw", "the sound of a chainsaw", "cutting wood with a chainsaw", "a running chainsaw"),
    "Rooster": ("rooster", "a rooster crowing", "the sound of a rooster", "a cock crows", "a crowing rooster"),
    "Fire crackling": ("fire crackling", "fire", "a crackling fire", "the sound of fire", "a burning camp fire"),
    "speech": ("speech", "a person speaking", "somebody talking", "the sound of a voice", "speaking head"),
    "word": ("a spoken word", "a person says a word", "a spoken command"),
    "digit": ("a spoken number", "a person says a digit", "a spoken digit"),
    "noise": ("white noise", "static noise", "hiss"),
    "tone": ("a tone", "a beep", "a test tone"),
    "music": ("music", "a melody", "musical notes", "a musical instrument"),
    "siren": ("siren", "an alarm", "the sound of a siren"),
    "silence": ("silence", "a silent recording", "nothing to hear"),
}  # fmt: skip
"""Words of each kind of sound; the first of an environmental class is its name in ESC-10."""
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """One recording."""

    kind: str
    samples: Samples
    fold: int
    """1 to FOLDS; recordings of one source are in one fold."""


def clips(data: Path) -> list[Clip]:
    """Environmental sounds in their official folds, and some human speech in folds of its own."""
    decoder, found = Decoder(workers=1), []

    def read(files: sets.Files, name: str) -> Samples:
        return decoder.pcm(decoder.admit(files.bytes(name), name), mel.RATE)

    sounds = sets.Files(data, "environment_sound/dev/esc10")
    for row in tqdm([row for row in sounds.rows if int(row["fold"]) <= FOLDS], desc="sounds"):
        found.append(Clip(row["class"], read(sounds, row["file"]), int(row["fold"])))
    for name, kind, most in (("transcribed_en", "speech", 60), ("coffee_commands", "speech", 40), ("wake_words", "word", 40),
                             ("single_words_en", "word", 20), ("spoken_digits", "digit", 60)):  # fmt: skip
        spoken = sets.Files(data, f"speech/dev/{name}")
        chosen = sorted(spoken.rows, key=lambda row: hashlib.sha256(row["file"].encode()).hexdigest())[:most]
        for n, row in enumerate(tqdm(chosen, desc=name)):
            found.append(Clip(kind, read(spoken, row["file"]), 1 + n % FOLDS))
    decoder.close()
    return found


def made(kind: str, chance: np.random.Generator) -> Samples:
    """A sound made by formula, long enough for one window."""
    t = np.arange(mel.SPAN) / mel.RATE
    noise = chance.standard_normal(len(t))
    if kind == "silence":
        return np.asarray(noise * (0 if chance.random() < 0.5 else 1e-6), np.float32)
    if kind == "noise":
        return np.asarray(noise * 0.3, np.float32)
    if kind == "siren":
        pitch = chance.uniform(500, 1200) * (1 + chance.uniform(0.1, 0.4) * np.sin(2 * np.pi * chance.uniform(0.3, 4) * t))
        phase = 2 * np.pi * np.cumsum(pitch) / mel.RATE
        return np.asarray(np.sin(phase) + 0.3 * np.sin(2 * phase), np.float32)
    if kind == "tone":
        on = np.sin(2 * np.pi * chance.uniform(0.5, 5) * t) > chance.choice([-2, 0])
        return np.asarray(np.sin(2 * np.pi * chance.uniform(200, 4000) * t) * on + 0.001 * noise, np.float32)
    return _melody(t, chance)


def _melody(t: NDArray[np.float64], chance: np.random.Generator) -> Samples:
    """Notes of a scale with overtones that fade, one or three at once."""
    out, start = np.zeros_like(t), 0.0
    base, beat, fade = chance.uniform(130, 500), chance.uniform(0.15, 0.6), chance.uniform(0.1, 1.5)
    strength = chance.uniform(0.1, 1, 6) / np.arange(1, 7)
    while start < t[-1]:
        root = chance.choice([0, 2, 4, 5, 7, 9, 11, 12])
        for step in (0, 4, 7)[: chance.choice([1, 3])]:
            pitch = base * 2 ** ((root + step) / 12)
            since = np.clip(t - start, 0, None)
            out += (t >= start) * np.exp(-since / fade) * sum(
                s * np.sin(2 * np.pi * pitch * (n + 1) * since) for n, s in enumerate(strength) if pitch * (n + 1) < 7500)  # fmt: skip
        start += beat * chance.choice([1, 1, 2])
    return np.asarray(out, np.float32)


def _crop(samples: Samples, chance: np.random.Generator) -> Samples:
    """One window at another speed from one of the places that the encoder would look at, or beside it."""
    speed = math.exp(chance.uniform(-0.22, 0.22))
    long = int(mel.SPAN * speed) + 2
    starts = mel.places(samples)
    start = int(np.clip(chance.choice(starts) + chance.integers(-mel.STRIDE // 2, mel.STRIDE // 2), 0, max(0, len(samples) - long)))
    piece = samples[start : start + long]
    if len(piece) < long:
        piece = np.roll(np.pad(piece, (0, long - len(piece))), chance.integers(0, long - len(piece) + 1))
    return np.interp(np.arange(mel.SPAN) * speed, np.arange(long), piece).astype(np.float32)


def _level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples)))) + 1e-9


@dataclass
class Views:
    """Views of the clips: decibel pictures, what the teacher says of them, their kind and fold (0: heard by every member)."""

    pictures: NDArray[Any]
    features: NDArray[Any]
    scores: NDArray[Any]
    kinds: NDArray[Any]
    folds: NDArray[Any]


class Teacher:
    """YAMNet, run by LiteRT; it is not part of what ships."""

    def __init__(self, data: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        folder = data / "models/yamnet"
        self._model = Interpreter(str(folder / "yamnet.tflite"), num_threads=1, experimental_preserve_all_tensors=True)
        self._model.allocate_tensors()
        self._input, self._scores = self._model.get_input_details()[0]["index"], self._model.get_output_details()[0]["index"]

    @staticmethod
    def names(data: Path) -> list[str]:
        """Names of its classes."""
        with (data / "models/yamnet/yamnet_class_map.csv").open(encoding="utf-8", newline="") as file:
            return [row["display_name"] for row in csv.DictReader(file)]

    def __call__(self, samples: Samples) -> tuple[Samples, Samples]:
        """Mean features (1024,) and scores (521,) over a window."""
        features, scores = [], []
        for start in np.linspace(0, len(samples) - TEACHER_SPAN, 2).astype(int):
            self._model.set_tensor(self._input, samples[None, start : start + TEACHER_SPAN])
            self._model.invoke()
            features.append(self._model.get_tensor(TEACHER_FEATURES).ravel().copy())
            scores.append(self._model.get_tensor(self._scores).ravel().copy())
        return np.mean(features, 0), np.mean(scores, 0)


def views(data: Path, cache: Path, seed: int) -> Views:
    """The views, made once and kept in `cache`."""
    path = cache / f"sound_views_{VIEWS}_{seed}.npz"
    if not path.exists():
        np.savez(path, **_make_views(clips(data), Teacher(data), seed))
    return Views(**np.load(path, allow_pickle=False))


def _make_views(listed: list[Clip], teacher: Teacher, seed: int) -> dict[str, NDArray[Any]]:
    chance = np.random.default_rng(seed)
    outside = [clip for clip in listed if clip.kind in list(CAPTIONS)[:10]]
    spoken = [clip for clip in listed if clip.kind not in list(CAPTIONS)[:10]]
    plan: list[Clip | str] = [clip for clip in outside for _ in range(VIEWS)]
    plan += [spoken[n % len(spoken)] for n in range(SPOKEN)]
    plan += [chance.choice(["noise", "tone", "music", "music", "siren", "silence"]).item() for _ in range(MADE)]
    kinds, found = list(CAPTIONS), []
    for one in tqdm(plan, desc="views"):
        kind, fold = (one, 0) if isinstance(one, str) else (one.kind, one.fold)
        sound = made(one, chance) if isinstance(one, str) else _crop(one.samples, chance)
        if fold and chance.random() < 0.4:
            # Another sound of the same fold under it, 8 to 26 dB softer: the kind stays what it was.
            same = [clip for clip in outside if clip.fold == fold]
            under = _crop(same[chance.integers(len(same))].samples, chance)
            sound = sound + under * _level(sound) / _level(under) * 10 ** (-chance.uniform(8, 26) / 20)
        sound = sound / max(1e-4, float(np.abs(sound).max())) * chance.uniform(0.2, 0.95) if kind != "silence" else sound
        features, scores = teacher(sound.astype(np.float32))
        found.append((mel.decibels(mel.powers(sound)).astype(np.float16), features.astype(np.float16), scores.astype(np.float16),
                      kinds.index(kind), fold))  # fmt: skip
    names = ("pictures", "features", "scores", "kinds", "folds")
    return {name: np.stack([np.asarray(row[n]) for row in found]) for n, name in enumerate(names)}
