"""PocketSphinx: English speech to text with the model inside its wheel. Offline and small; far behind a neural recogniser.

Each stretch of speech that Silero VAD finds is read alone, with dithered silence around it. Two models of language read it: the wheel's,
of newspaper prose, and ours, of what people ask of an assistant; the likelier one over the whole recording is taken, because a person
either dictates or asks. When it is known which names may be said, a grammar of requests with those names reads it as well. A grammar cannot
say "none of these", and the scores of its search count otherwise than those of the trigrams; so the words of all three are aligned with
the sounds once more by one and the same search, and a grammar is believed where its words fit about as well as the free ones, the more so
the more words they share.
Silence, noise and music give no words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.speech import speech_spans
from assistant.transcribers._confidence import agreement, commanded, confidence, support
from assistant.transcribers._decoding import REQUESTS, Decoding, Heard
from assistant.transcribers._grammar import choice, requests, sayable
from assistant.transcribers._pocketsphinx_pipes import Processes
from assistant.transcribers._pocketsphinx_stream import Found, PocketSphinxStream
from assistant.transcribers.base import RATE, UNSURE, Expected, Transcript, Word
from retrieval.faults import NotInstalled
from retrieval.items import ModelCard

Samples = NDArray[np.float32]
_SHORT = 12.0
"""Seconds of a stretch up to which it may be a request."""
_SLOWEST = 1.3
"""Words a second below which a grammar has skipped most of what was said."""
_DOUBTED = -0.2
"""Support below which a grammar's words are not what was said: see `support`."""
_EXPECTING = 0.4
"""How sure voice activity must be where one of a few words is expected."""
_IN_GRAMMAR = 0.85
"""Confidence in one of a few sentences: the share of digits and short commands that is right."""


@dataclass(frozen=True)
class Readings:
    """What each language made of one stretch."""

    prose: Heard
    asked: Heard
    """Empty for a stretch that is too long for a request."""
    named: Heard
    """Within the grammar; empty without one, or where it is not believed."""
    sure: float = 0.0
    """Confidence in `named`."""

    def best(self, asking: bool) -> tuple[Heard, float]:
        """The reading that is taken, and how far another one agrees; half when there is no other."""
        free = self.asked if asking and self.asked.words else self.prose
        taken = self.named if self.named.words else free
        others = [one for one in (self.prose, self.asked) if one is not taken and one.words]
        return taken, max((agreement(taken.text.split(), one.text.split()) for one in others), default=0.5)


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
        self._decoding = Decoding()
        self._expected: Callable[[], Expected] = Expected
        self._grammar: tuple[Expected, str] = (Expected(), "")
        self._processes = Processes()

    def listen_for(self, expected: Callable[[], Expected]) -> None:
        """Names that may be said from now on; asked anew for each recording."""
        self._expected = expected

    def transcribe(self, samples: Samples, language: str) -> Transcript:
        """Words with times. `language` other than English raises NotInstalled: this model has no other."""
        _english(language)
        samples = np.asarray(samples, np.float32).ravel()
        spans = speech_spans(samples)
        return _written(samples, spans, self.read(samples, spans))

    def stream(self, language: str) -> PocketSphinxStream:
        """One utterance while it is spoken, in a process of its own. Only the language of requests and the grammar read it, because who
        speaks to an assistant asks. Raises NotInstalled as `transcribe` does."""
        _english(language)
        return PocketSphinxStream(self._processes, self._requests(), _spoken)

    def ready(self) -> None:
        """Start what `stream` needs, without waiting for it."""
        self._processes.ready(self._requests())

    def readiness(self) -> str:
        """`ready` or `failed: why`; starts nothing."""
        if self._processes.circuit.open:
            return "failed: The speech recogniser keeps stopping. It is tried again in a moment."
        return "ready"

    def close(self) -> None:
        """End the processes."""
        self._processes.close()

    def among(self, samples: Samples, sentences: Sequence[str]) -> Transcript:
        """Which of the `sentences` is said; for digits, yes and no, names of a menu. Raises nothing for a sentence that cannot be said."""
        grammar = choice(sayable(sentences, self._decoding.known))
        samples = np.asarray(samples, np.float32).ravel()
        spans = speech_spans(samples, sure=_EXPECTING)
        return _written(samples, spans, [(self._decoding.within(samples[start:end], grammar), _IN_GRAMMAR) for start, end in spans])

    def read(self, samples: Samples, spans: Sequence[tuple[int, int]]) -> list[tuple[Heard, float]]:
        """Each stretch of speech as the likeliest language reads it, and how sure that is."""
        grammar = self._requests() if spans else ""
        readings = [self._readings(samples[start:end], grammar) for start, end in spans]
        asking = asks(readings)
        taken = [(one, *one.best(asking)) for one in readings]
        return [(found, one.sure if found is one.named else confidence(found.words, agreed)) for one, found, agreed in taken]

    def _readings(self, stretch: Samples, grammar: str) -> Readings:
        decoding, none = self._decoding, Heard()
        prose = decoding.prose(stretch)
        short = len(stretch) <= _SHORT * RATE
        asked = decoding.asked(stretch) if short else none
        named, sure = decoding.within(stretch, grammar) if short else none, 0.0
        if named.words:
            # Prose is no rival: who dictates is far from any command, and a command must not lose to words that nobody would ask.
            fits = [decoding.fit(stretch, one.text) for one in (named, asked)]
            for_it = support(agreement(named.text.split(), asked.text.split()), *fits)
            named, sure = (named, commanded(for_it)) if believed(named, for_it) else (none, 0.0)
        return Readings(prose=prose, asked=asked, named=named, sure=sure)

    def _requests(self) -> str:
        expected = self._expected()
        if expected != self._grammar[0]:
            self._grammar = (expected, requests(expected, self._decoding.known))
        return self._grammar[1]


def _english(language: str) -> None:
    """Raises NotInstalled for any other language."""
    if language and not language.lower().startswith("en"):
        raise NotInstalled(
            f"The installed speech recogniser understands English only, not '{language}'.",
            hint='Install Whisper: make install EXTRAS=whisper, then set transcriber = "whisper:/path/to/model.pt" in assistant.toml.',
            param="language",
        )


def _spoken(found: Found, final: bool) -> Transcript:
    """The transcript of an utterance that was read while it was spoken; empty at a pause (`final` false) unless the grammar is believed."""
    named, free = found.named, found.free
    alike = agreement(named.text.split(), free.text.split())
    for_it = support(alike, *found.fits) if found.fits else -math.inf
    trusted = believed(named, for_it)
    sure = commanded(for_it) if trusted else confidence(free.words, 0.5)
    if not final and (not trusted or sure < UNSURE):
        return Transcript(text="", language="en")
    taken = named if trusted else free
    whole = np.zeros(round(taken.seconds * RATE), np.float32)
    return _written(whole, [(0, len(whole))], [(taken, sure)])


def believed(named: Heard, for_it: float) -> bool:
    """Whether a grammar's words are what was said: enough speaks `for_it`, and they fill the time."""
    return bool(named.words) and len(named.words) / named.seconds >= _SLOWEST and for_it >= _DOUBTED


def asks(read: Sequence[Readings]) -> bool:
    """Whether a recording is more likely a request than prose."""
    both = [one for one in read if one.asked.words]
    return sum(one.asked.path for one in both) > sum(one.prose.path for one in both)


def _written(samples: Samples, spans: Sequence[tuple[int, int]], read: Sequence[tuple[Heard, float]]) -> Transcript:
    """The words of all stretches; the recording is as sure as its words are on average."""
    words = [_moved(word, start / RATE, sure) for (start, _), (found, sure) in zip(spans, read, strict=True) for word in found.words]
    weight = sum(len(found.words) for found, _ in read)
    total = sum(sure * len(found.words) for found, sure in read)
    return Transcript(
        text=" ".join(w.word for w in words), language="en", words=tuple(words),
        confidence=round(total / weight, 4) if weight else 0.0, seconds=len(samples) / RATE,
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
