"""Kokoro: a natural voice by an 82-million-parameter network in ONNX, run here; how words are said comes from the eSpeak NG process.

`kokoro:DIRECTORY` or `kokoro:org/name` with a `.onnx` file, the vocabulary (`config.json` or `tokenizer.json`) and the voices (a `.npz` or
`voices*.bin` of arrays, or one `voices/NAME.bin` each). The package kokoro-onnx would load GPL libraries into this process; this does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.speech import for_the_ear, sentences
from assistant.synthesizers.espeak import EspeakSynthesizer
from retrieval.content import Content
from retrieval.faults import InvalidInput
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.machine import machine
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard
from retrieval.waves import recording

ROLE = "synthesizer"
RATE = 24_000
_MOST = 510
"""Phonetic letters that the network reads at once."""
_STYLE = 256
_USUAL = ("af_heart", "af_bella", "af")
_MARKS = re.compile(r"([;:,.!?—…\"«»“”()]+)")
_PAUSE = 0.15
"""Seconds between sentences."""


@dataclass(frozen=True)
class _Loaded:
    session: Any
    letters: dict[str, int]
    voices: dict[str, NDArray[np.float32]]
    """Name -> a style for each length, (lengths, 256)."""

    def voice(self, name: str) -> str:
        """`name`, or the usual voice where there is none of that name."""
        return name if name in self.voices else next((v for v in _USUAL if v in self.voices), sorted(self.voices)[0])

    def say(self, phonemes: str, voice: str, speed: float) -> NDArray[np.float32]:
        """Samples of one sentence."""
        numbers = [self.letters[p] for p in phonemes if p in self.letters][:_MOST]
        if not numbers:
            return np.zeros(0, np.float32)
        styles = self.voices[voice]
        kinds = {i.name: i.type for i in self.session.get_inputs()}
        tokens = "input_ids" if "input_ids" in kinds else "tokens"
        given = {
            tokens: np.asarray([[0, *numbers, 0]], np.int64), "style": styles[min(len(numbers), len(styles)) - 1][None],
            "speed": np.asarray([speed], np.float32 if "float" in kinds["speed"] else np.int32),
        }  # fmt: skip
        return np.asarray(self.session.run(None, given)[0], np.float32).ravel()


class KokoroSynthesizer:
    """English."""

    def __init__(self, reference: str, models: ModelHost) -> None:
        self._hosted = Hosted(models, reference, ROLE, allowed=(), patterns=("*.onnx",))
        self._spelling = EspeakSynthesizer()

    @property
    def card(self) -> ModelCard:
        """What is known of the model, loaded or not."""
        return self._hosted.card(
            modalities=("audio",), limits="English. How words are said comes from eSpeak NG (GPL-3.0, in a process of its own)."
        )

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices that are here. Raises NotInstalled."""
        return tuple(sorted(_voices(self._hosted.weights.path)))

    def speak(self, text: str, language: str, *, voice: str = "", speed: float = 1.0) -> Content:
        """Speech as 16-bit mono WAV at 24 kHz. Raises NotInstalled, InvalidInput. `speed` is held to what the network can, 0.5 to 2."""
        if not 0.25 <= speed <= 4.0:
            raise InvalidInput(f"{speed:g} is not a speed.", hint="Choose 0.25 to 4.", param="speed")
        if language.lower().startswith(("zh", "cmn")):
            return self._spelling.speak(text, language, voice=voice, speed=speed)  # its Chinese needs other letters than eSpeak's
        words = for_the_ear(text, "en")
        if not any(c.isalnum() for c in words):
            raise InvalidInput("There is nothing to say.", hint="Send some words.", param="text")
        with self._hosted.resident("onnx", _load).use() as model:
            chosen = model.voice(voice)
            accent = "en-gb" if chosen.startswith("b") else "en-us"
            parts = [model.say(self._phonemes(s, accent), chosen, min(2.0, max(0.5, speed))) for s in sentences(words)]
        rest = np.zeros(int(_PAUSE * RATE), np.float32)
        samples = np.concatenate([piece for part in parts for piece in (part, rest)])
        return recording((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), RATE, "speech.wav")

    def _phonemes(self, sentence: str, accent: str) -> str:
        """Phonetic letters with the marks of the sentence in their places: the network pauses at them."""
        said = [
            part if _MARKS.fullmatch(part) else self._spelling.phonemes(part, accent) if part.strip() else " "
            for part in _MARKS.split(sentence) if part
        ]  # fmt: skip
        return " ".join(" ".join(said).split())

    def close(self) -> None:
        """End the eSpeak process."""
        self._spelling.close()


def _load(weights: Weights) -> _Loaded:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = machine(accelerators=False).cores
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(weights.files[0]), options, providers=["CPUExecutionProvider"])
    voices = _voices(weights.path)
    letters = weights.config().get("vocab") or weights.config("tokenizer.json").get("model", {}).get("vocab") or {}
    if not voices or not letters:
        missing = "voices" if not voices else "vocabulary (config.json)"
        raise InvalidInput(f"{weights.source} has no {missing}.", hint="Put them beside the .onnx file.", code="model_unfit")
    return _Loaded(session, letters, voices)


def _voices(folder: Path) -> dict[str, NDArray[np.float32]]:
    found: dict[str, NDArray[np.float32]] = {}
    for path in [*folder.glob("*.npz"), *folder.glob("voices*.bin")]:
        with np.load(path, allow_pickle=False) as arrays:
            found |= {name: np.asarray(arrays[name], np.float32).reshape(-1, _STYLE) for name in arrays.files}
    for path in folder.glob("voices/*.bin"):
        found[path.stem] = np.fromfile(path, np.float32).reshape(-1, _STYLE)
    return found


def create(reference: str = "", *, models: ModelHost) -> KokoroSynthesizer:
    """The synthesizer."""
    return KokoroSynthesizer(reference, models)
