"""transformers: speech to text by any recogniser of the transformers library: Whisper, Parakeet, Moonshine, Qwen3-ASR, wav2vec 2.

`transformers:org/name` or `transformers:DIRECTORY`. Short clips that several people send at once are read together. Knows how a model is
loaded and shared; how each family writes is in `_families`.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.transcribers._families import Clip, Reader, reader
from assistant.transcribers._stretches import Reading, Samples, transcribed
from assistant.transcribers.base import Transcript
from retrieval.hosting.batching import Batcher
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard

ROLE = "transcriber"
_TOGETHER = 4
"""Clips, of up to four stretches each, that are read in one call of the model."""


class TransformersTranscriber:
    """In the languages of its model."""

    def __init__(self, reference: str, models: ModelHost) -> None:
        self._hosted = Hosted(models, reference, ROLE, allowed=("device", "dtype"))
        self.batched: Batcher[Clip, list[Reading]] = Batcher(self._run, most=_TOGETHER, key=lambda clip: clip.language)

    @property
    def card(self) -> ModelCard:
        """What is known of the model, loaded or not."""
        return self._hosted.card(
            modalities=("audio",), limits="Reads only where voice activity is found. Word times are measured by Whisper, CTC and "
            "transducer models, and estimated from the length of the words for others.",
        )  # fmt: skip

    def transcribe(self, samples: Samples, language: str) -> Transcript:
        """Words with times. Raises NotInstalled, InvalidInput for a language that the model does not know."""

        def read(stretches: Sequence[Samples], heard: str) -> list[Reading]:
            return self.batched(Clip(tuple(stretches), heard))

        return transcribed(samples, language, read)

    def _run(self, clips: Sequence[Clip]) -> list[list[Reading]]:
        with self._hosted.resident("recogniser", self._load).use() as model:
            return model(clips)

    def _load(self, weights: Weights) -> Reader:
        return reader(weights, self._hosted.models.device(weights), self._hosted.models.dtype(weights))


def create(reference: str = "", *, models: ModelHost) -> TransformersTranscriber:
    """The transcriber; `?device=cpu` and `?dtype=float32` may follow the reference."""
    return TransformersTranscriber(reference, models)
