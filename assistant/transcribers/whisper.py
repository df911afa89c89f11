"""Whisper: speech to text in a hundred languages by openai-whisper from a local file, `whisper:/path/model.pt`. Fetches nothing.

The package is an optional extra, the weights are the person's own. Samples go in as an array, so that the ffmpeg command is not needed.
"""

from __future__ import annotations

import hashlib
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.speech import speech_spans
from assistant.transcribers.base import RATE, Transcript, Word
from retrieval.faults import NotInstalled
from retrieval.items import ModelCard

_NO_SPEECH = 0.6
"""Whisper's own chance of silence above which a stretch is dropped; it invents words for noise."""


class WhisperTranscriber:
    """Multilingual."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> ModelCard:
        """What is known of the file; its hash is taken once."""
        if self._path is None or not self._path.is_file():
            return ModelCard(
                name="whisper (no model)", role="transcriber", licence="MIT", modalities=("audio",), limits="No weights file is set."
            )
        digest = hashlib.sha256()
        with self._path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return ModelCard(
            name=self._path.stem,
            role="transcriber",
            source="openai-whisper",
            sha256=digest.hexdigest(),
            licence="MIT",
            bytes=self._path.stat().st_size,
            modalities=("audio",),
            limits="May invent words for music and noise; such stretches are cut out by voice activity first.",
        )

    def transcribe(self, samples: NDArray[np.float32], language: str) -> Transcript:
        """Words with times. Raises NotInstalled when the package or the file is missing."""
        samples = np.ascontiguousarray(samples, np.float32).ravel()
        spans = speech_spans(samples, longest=28.0)
        if not spans:
            return Transcript(text="", language=language or "en", seconds=len(samples) / RATE)
        words: list[Word] = []
        texts: list[str] = []
        heard = language[:2].lower()
        for start, end in spans:
            result = self._run(samples[start:end], heard)
            heard = heard or str(result.get("language") or "")
            for segment in result.get("segments", ()):
                if segment.get("no_speech_prob", 0.0) > _NO_SPEECH and segment.get("avg_logprob", 0.0) < -1.0:
                    continue
                texts.append(str(segment["text"]).strip())
                words += _words(segment, start / RATE)
        joiner = "" if heard == "zh" else " "
        sure = sum(w.probability for w in words) / len(words) if words else 0.0
        return Transcript(
            text=joiner.join(t for t in texts if t),
            language=heard or "en",
            words=tuple(words),
            confidence=round(sure, 4),
            seconds=len(samples) / RATE,
        )

    def _run(self, samples: NDArray[np.float32], language: str) -> dict[str, Any]:
        with self._lock:
            found: dict[str, Any] = self._model.transcribe(
                samples,
                language=language or None,
                word_timestamps=True,
                condition_on_previous_text=False,
                fp16=False,
                verbose=None,
                temperature=0.0,
            )
        return found

    @cached_property
    def _model(self) -> Any:
        hint = 'Install it with: make install EXTRAS=whisper, and set transcriber = "whisper:/path/to/model.pt" in assistant.toml.'
        if self._path is None or not self._path.is_file():
            raise NotInstalled(
                "There is no Whisper model file." if self._path is None else f"There is no Whisper model at '{self._path}'.", hint=hint
            )
        try:
            import whisper
        except ModuleNotFoundError as error:
            raise NotInstalled("The package openai-whisper is not installed.", hint=hint) from error
        # A path is loaded as it is; a name would be fetched, and is refused above because it is no file.
        return whisper.load_model(str(self._path), device="cpu")


def _words(segment: dict[str, Any], offset: float) -> list[Word]:
    return [
        Word(
            word=str(w["word"]).strip(), start=round(offset + float(w["start"]), 3), end=round(offset + float(w["end"]), 3),
            probability=round(min(1.0, max(0.0, float(w.get("probability", 0.0)))), 4),
        )
        for w in segment.get("words", ()) if str(w["word"]).strip()
    ]  # fmt: skip


def create(reference: str = "") -> WhisperTranscriber:
    """The transcriber. `reference` is the path of a `.pt` file in openai-whisper's format."""
    return WhisperTranscriber(Path(reference).expanduser() if reference else None)
