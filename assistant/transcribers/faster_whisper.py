"""faster-whisper: speech to text in a hundred languages by a Whisper in CTranslate2's format, int8 on a processor. Fetches nothing.

`faster_whisper:org/name` or `faster_whisper:DIRECTORY` with `model.bin` (a format that holds numbers, no code), as
`ct2-transformers-converter` writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from assistant.transcribers._stretches import Reading, Samples, transcribed, words_of
from assistant.transcribers.base import RATE, Transcript, Word
from retrieval.faults import InvalidInput
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.machine import machine
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard

ROLE = "transcriber"
_BEAMS = 5
_MOST_THREADS = 8
"""Threads beyond which a Whisper on a processor gains nothing."""


class FasterWhisperTranscriber:
    """Multilingual, unless the model is English-only."""

    def __init__(self, reference: str, models: ModelHost) -> None:
        self._hosted = Hosted(models, reference, ROLE, allowed=("device", "compute"), patterns=("model.bin",))

    @property
    def card(self) -> ModelCard:
        """What is known of the model, loaded or not."""
        return self._hosted.card(
            modalities=("audio",), limits="Reads only where voice activity is found; may still mishear names, numbers and noisy speech."
        )

    def transcribe(self, samples: Samples, language: str) -> Transcript:
        """Words with times. Raises NotInstalled, InvalidInput for a language that the model does not know."""

        def read(stretches: Sequence[Samples], heard: str) -> list[Reading]:
            with self._hosted.resident("CTranslate2", self._load).use() as model:
                return _read(model, stretches, _known(model, heard))

        return transcribed(samples, language, read)

    def _load(self, weights: Weights) -> Any:
        from faster_whisper import WhisperModel

        device = self._hosted.models.device(weights)
        here = device if device == "cuda" else "cpu"  # CTranslate2 computes on these two
        return WhisperModel(
            str(weights.path), device=here, compute_type=weights.options.get("compute", "int8" if here == "cpu" else "int8_float16"),
            cpu_threads=min(_MOST_THREADS, machine(accelerators=False).cores), local_files_only=True,
        )  # fmt: skip


def _known(model: Any, language: str) -> str:
    """`language` when the model has it. Raises InvalidInput."""
    if language and language not in model.supported_languages:
        known = ", ".join(model.supported_languages[:12])
        raise InvalidInput(f"This recogniser does not know the language '{language}'.", hint=f"It knows: {known}.", param="language")
    return language


def _read(model: Any, stretches: Sequence[Samples], language: str) -> list[Reading]:
    """Each stretch alone, in the language that all of them together are in."""
    import numpy as np
    from faster_whisper import BatchedInferencePipeline

    starts = np.cumsum([0, *(len(stretch) for stretch in stretches)]) / RATE
    segments, heard = BatchedInferencePipeline(model).transcribe(
        np.concatenate(stretches), language=language or None, beam_size=_BEAMS, temperature=0.0, word_timestamps=True,
        without_timestamps=True, vad_filter=False, batch_size=len(stretches),
        clip_timestamps=[{"start": a, "end": b} for a, b in pairwise(starts)],
    )  # fmt: skip
    found: dict[int, Reading] = {}
    for segment in segments:
        which = int(np.searchsorted(starts, segment.seek / 100 + 0.02, "right")) - 1
        found[which] = _joined(found.get(which), segment, float(starts[which]), heard.language)
    return [found.get(n, Reading((), heard.language)) for n in range(len(stretches))]


def _joined(before: Reading | None, segment: Any, offset: float, language: str) -> Reading:
    pieces = [
        Word(word=w.word, start=float(w.start) - offset, end=float(w.end) - offset, probability=float(w.probability))
        for w in segment.words or ()
    ]  # fmt: skip
    return Reading(
        words=(before.words if before else ()) + words_of(pieces), language=language, logprob=float(segment.avg_logprob),
        silence=float(segment.no_speech_prob),
    )  # fmt: skip


def create(reference: str = "", *, models: ModelHost) -> FasterWhisperTranscriber:
    """The transcriber; `?device=cuda` and `?compute=float32` (CTranslate2's names) may follow the reference."""
    return FasterWhisperTranscriber(reference, models)
