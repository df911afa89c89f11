"""PocketSphinx: English speech to text with the model inside its wheel. Offline and small; far behind a neural recogniser.

Each stretch of speech that Silero VAD finds is decoded alone by fresh decoders, with dithered silence around it: a reused decoder
carries the last speaker's noise estimate along and doubles the errors. Three models of language hear the same stretch: the wheel's, of
newspaper prose; ours, of what people ask of an assistant; and, when it is known which names may be said, a grammar of requests with those
names. The likelier path wins; a grammar, which cannot say "none of these", wins only where its sounds fit as well as free words do.
Silence, noise and music give no words.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.speech import speech_spans
from assistant.transcribers._grammar import choice, requests, sayable
from assistant.transcribers.base import RATE, Expected, Transcript, Word
from retrieval.faults import NotInstalled
from retrieval.items import ModelCard

REQUESTS = Path(__file__).with_name("requests.arpa.gz")
_PAD = 0.3
"""Seconds of faint noise before and after a stretch."""
_DITHER = 8.0
"""Standard deviation of that noise in 16-bit steps; pure zeros upset the noise estimate."""
_SHORT = 12.0
"""Seconds of a stretch up to which it may be a request."""
_SLOWEST = 1.3
"""Words a second below which a grammar has skipped most of what was said."""
_FITS = 100.0
"""How much worse, in thousandths of a nat a frame, the sounds of a grammar's words may fit than those of free words."""
_EXPECTING = 0.4
"""How sure voice activity must be where one of a few words is expected."""
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")
_CALIBRATION = (-1.5, 2.2, 2.0)
"""Log odds that a word is right: a constant, per mean chance of the words, per share of words on which two models agree.

Set by hand on a few recordings; `assistant eval bundled` measures how far it is off."""
_IN_GRAMMAR = 0.85
"""Confidence in words that a grammar accepted."""


@dataclass(frozen=True)
class _Heard:
    """What one decoder made of a stretch."""

    words: tuple[Word, ...] = ()
    path: float = -math.inf
    """Log score of sounds and language together."""
    sounds: float = -math.inf
    """Log score of the sounds alone, a frame, in thousandths."""
    seconds: float = 1.0

    @property
    def text(self) -> str:
        return " ".join(word.word for word in self.words)


def _card() -> ModelCard:
    path = REQUESTS.with_name("requests.card.json")
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return ModelCard(
        name="PocketSphinx en-us", role="transcriber", kind="classical", source="pocketsphinx 5.1.1, requests.arpa.gz", revision="2",
        sha256=known.get("sha256", ""), licence="BSD-2-Clause; " + known.get("licence", ""), bytes=38_000_000 + known.get("bytes", 0),
        modalities=("audio",), scores=known.get("scores", {}),
        limits="English only; about two in five words of free dictation are wrong on voices it was not made for. Requests with known names "
        "and short commands are heard better.",
    )  # fmt: skip


class PocketSphinxTranscriber:
    """English only."""

    card = _card()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: Callable[[], Expected] = Expected
        self._grammar: tuple[Expected, str] = (Expected(), "")

    def listen_for(self, expected: Callable[[], Expected]) -> None:
        """Names that may be said from now on; asked anew for each recording."""
        self._expected = expected

    def transcribe(self, samples: NDArray[np.float32], language: str) -> Transcript:
        """Words with times. `language` other than English raises NotInstalled: this model has no other."""
        if language and not language.lower().startswith("en"):
            raise NotInstalled(
                f"The installed speech recogniser understands English only, not '{language}'.",
                hint='Install Whisper: make install EXTRAS=whisper, then set transcriber = "whisper:/path/to/model.pt" in assistant.toml.',
                param="language",
            )
        return self._written(samples, self._requests(), self._open)

    def among(self, samples: NDArray[np.float32], sentences: Sequence[str]) -> Transcript:
        """Which of the `sentences` is said; for digits, yes and no, names of a menu. Raises nothing for a sentence that cannot be said."""
        grammar = choice(sayable(sentences, self._known))

        def decode(stretch: NDArray[np.float32], _: str) -> tuple[_Heard, float]:
            found = self._pass(stretch, grammar=grammar)
            return found, _IN_GRAMMAR

        return self._written(samples, grammar, decode, sure=_EXPECTING)

    def _written(
        self, samples: NDArray[np.float32], grammar: str, decode: Callable[..., tuple[_Heard, float]], sure: float = 0.8,
    ) -> Transcript:  # fmt: skip
        samples = np.asarray(samples, np.float32).ravel()
        words: list[Word] = []
        total = weight = 0.0
        for start, end in speech_spans(samples, sure=sure):
            found, chance = decode(samples[start:end], grammar)
            words += [_moved(word, start / RATE, chance) for word in found.words]
            total, weight = total + chance * len(found.words), weight + len(found.words)
        return Transcript(
            text=" ".join(w.word for w in words), language="en", words=tuple(words),
            confidence=round(total / weight, 4) if weight else 0.0, seconds=len(samples) / RATE,
        )  # fmt: skip

    def _open(self, stretch: NDArray[np.float32], grammar: str) -> tuple[_Heard, float]:
        """The likeliest words of one stretch, and how sure they are."""
        prose = self._pass(stretch)
        if len(stretch) > _SHORT * RATE:
            return prose, confidence(prose.words, 0.5)
        asked = self._pass(stretch, model=self._model)
        if grammar:
            named = self._pass(stretch, grammar=grammar)
            if fits(named, max(prose.sounds, asked.sounds)):
                return named, _IN_GRAMMAR
        best = asked if asked.path > prose.path else prose
        return best, confidence(best.words, agreement(prose.text.split(), asked.text.split()))

    def _requests(self) -> str:
        expected = self._expected()
        if expected != self._grammar[0]:
            self._grammar = (expected, requests(expected, self._known))
        return self._grammar[1]

    @cached_property
    def _module(self) -> Any:
        try:
            import pocketsphinx
        except ModuleNotFoundError as error:
            raise NotInstalled("PocketSphinx is not installed.", hint="Run make install again.") from error
        return pocketsphinx

    @cached_property
    def _known(self) -> frozenset[str]:
        """Words of the dictionary."""
        path = Path(self._module.get_model_path()) / "en-us/cmudict-en-us.dict"
        return frozenset(line.split(" ", 1)[0] for line in path.read_text("utf-8").splitlines())

    @cached_property
    def _model(self) -> Any:
        """Our model of requests. The decoder reads files only, so it is unpacked for a moment."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "requests.arpa"
            plain.write_bytes(gzip.decompress(REQUESTS.read_bytes()))
            decoder = self._module.Decoder(samprate=RATE, loglevel="FATAL", lm=None)
            return self._module.NGramModel(decoder.config, decoder.logmath, str(plain))

    def _pass(self, stretch: NDArray[np.float32], *, model: Any = None, grammar: str = "") -> _Heard:
        """One decoding by a fresh decoder: with the wheel's language model, with `model`, or within `grammar`."""
        with self._lock:
            if model is None and not grammar:
                decoder = self._module.Decoder(samprate=RATE, loglevel="FATAL")
            else:
                decoder = self._module.Decoder(samprate=RATE, loglevel="FATAL", lm=None)
                if grammar:
                    decoder.add_jsgf_string("one", grammar)
                else:
                    decoder.add_lm("one", model)
                decoder.activate_search("one")
            decoder.start_utt()
            decoder.process_raw(padded(stretch).tobytes(), full_utt=True)
            decoder.end_utt()
            found = decoder.hyp()
            # Both come as plain numbers, not logarithms; a long stretch may reach zero.
            segments = list(decoder.seg()) if found is not None else []
        if found is None or not segments:
            return _Heard(seconds=len(stretch) / RATE)
        frames = segments[-1].end_frame + 1
        return _Heard(
            words=tuple(_word(s) for s in segments if not _FILLER.match(s.word)),
            path=math.log(max(found.score, 1e-300)),
            sounds=1000 / frames * sum(math.log(max(s.ascore, 1e-300)) for s in segments),
            seconds=len(stretch) / RATE,
        )


def fits(named: _Heard, free: float) -> bool:
    """Whether a grammar's words are what was said: their sounds fit about as well as the `free` ones', and they fill the time."""
    return bool(named.words) and len(named.words) / named.seconds >= _SLOWEST and named.sounds >= free - _FITS


def agreement(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of words that two readings have in common, in order; 1 when they are the same."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other, autojunk=False).ratio() if one or other else 0.0


def confidence(words: Sequence[Word], agreed: float) -> float:
    """Roughly the chance that a word is right."""
    if not words:
        return 0.0
    constant, chance, alike = _CALIBRATION
    odds = constant + chance * sum(word.probability for word in words) / len(words) + alike * agreed
    return round(1 / (1 + math.exp(-odds)), 4)


def padded(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """16-bit samples at a working level with faint noise around and under them, the same for the same input."""
    loud = float(np.abs(samples).max()) or 1.0
    scaled = samples * min(8.0, 0.7 / loud) * 32767
    silence = np.zeros(int(_PAD * RATE), np.float32)
    whole = np.concatenate([silence, scaled, silence])
    noise = np.random.default_rng(5).normal(0.0, _DITHER, len(whole))
    return np.asarray(np.clip(whole + noise, -32768, 32767), np.int16)


def _word(segment: Any) -> Word:
    """A word with its times from the start of its stretch."""
    return Word(
        word=_VARIANT.sub("", segment.word), start=segment.start_frame / 100 - _PAD, end=(segment.end_frame + 1) / 100 - _PAD,
        probability=min(1.0, max(0.0, float(segment.prob))),
    )  # fmt: skip


def _moved(word: Word, offset: float, sure: float) -> Word:
    """The word at its time in the recording; its chance is pulled towards the stretch's."""
    return Word(
        word=word.word, start=round(max(0.0, offset + word.start), 3), end=round(max(0.0, offset + word.end), 3),
        probability=round((word.probability + sure) / 2, 4),
    )  # fmt: skip


def create(reference: str = "") -> PocketSphinxTranscriber:
    """The transcriber; the model is the one in the package."""
    return PocketSphinxTranscriber()
