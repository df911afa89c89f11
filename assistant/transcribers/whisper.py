"""Whisper: speech to text in a hundred languages by openai-whisper from a local file, `whisper:/path/model.pt`. Fetches nothing.

The package is an optional extra, the weights are the person's own. Samples go in as an array, so that the ffmpeg command is not needed.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.transcribers._stretches import DOUBTFUL, SILENT, Reading, Samples, transcribed, words_of
from assistant.transcribers.base import Transcript, Word
from retrieval.faults import NotInstalled
from retrieval.hosting.host import ModelHost
from retrieval.items import ModelCard

_HINT = 'Install it with: make install EXTRAS=whisper, and set transcriber = "whisper:/path/to/model.pt" in assistant.toml.'
_LOADED = 2.2
"""A model in memory against its file: the file holds 16-bit numbers, a processor computes in 32."""


class WhisperTranscriber:
    """Multilingual."""

    def __init__(self, path: Path | None, models: ModelHost) -> None:
        self._path, self._models = path, models
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> ModelCard:
        """What is known of the file; its hash is taken once."""
        if self._path is None or not self._path.is_file():
            return ModelCard(
                name="whisper (no model)", role="transcriber", licence="MIT", modalities=("audio",), limits="No weights file is set."
            )
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return ModelCard(
            name=self._path.stem, role="transcriber", source="openai-whisper", sha256=digest, licence="MIT",
            bytes=self._path.stat().st_size, modalities=("audio",), limits="Reads only where voice activity is found.",
        )  # fmt: skip

    def transcribe(self, samples: Samples, language: str) -> Transcript:
        """Words with times. Raises NotInstalled when the package or the file is missing."""
        return transcribed(samples, language, self._read)

    def _read(self, stretches: Sequence[Samples], language: str) -> list[Reading]:
        if self._path is None or not self._path.is_file():
            missing = "There is no Whisper model file." if self._path is None else f"There is no Whisper model at '{self._path}'."
            raise NotInstalled(missing, hint=_HINT)
        size = int(self._path.stat().st_size * _LOADED)
        readings: list[Reading] = []
        with self._models.residency.resident(f"{self._path} (openai-whisper)", self._load, size).use() as model, self._lock:
            for stretch in stretches:
                found = model.transcribe(
                    stretch, language=language or None, word_timestamps=True, condition_on_previous_text=False, fp16=False, verbose=None,
                    temperature=0.0,
                )  # fmt: skip
                language = language or str(found.get("language") or "en")
                readings.append(Reading(words_of(_pieces(found)), language))
        return readings

    def _load(self) -> Any:
        try:
            import whisper
        except ModuleNotFoundError as error:
            raise NotInstalled("The package openai-whisper is not installed.", hint=_HINT) from error
        # A path is loaded as it is; a name would be fetched, and is refused above because it is no file.
        return whisper.load_model(str(self._path), device="cpu")


def _pieces(found: dict[str, Any]) -> list[Word]:
    """The words of the segments that are no silence."""
    spoken = [s for s in found.get("segments", ()) if s.get("no_speech_prob", 0.0) <= SILENT or s.get("avg_logprob", 0.0) >= DOUBTFUL]
    return [
        Word(word=str(w["word"]), start=float(w["start"]), end=float(w["end"]), probability=float(w.get("probability", 0.0)))
        for segment in spoken for w in segment.get("words", ())
    ]  # fmt: skip


def create(reference: str = "", *, models: ModelHost) -> WhisperTranscriber:
    """The transcriber. `reference` is the path of a `.pt` file in openai-whisper's format."""
    return WhisperTranscriber(Path(reference).expanduser() if reference else None, models)
