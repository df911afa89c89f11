"""Synthesizer: words in, speech out. One file per back-end."""

from __future__ import annotations

from typing import Protocol

from retrieval.content import Content
from retrieval.items import ModelCard


class Synthesizer(Protocol):
    """Turns words into a voice."""

    card: ModelCard
    voices: tuple[str, ...]

    def speak(self, text: str, language: str, *, voice: str = "", speed: float = 1.0) -> Content:
        """Speech as `audio/wav` (16-bit PCM, mono). `speed` 0.25 to 4. Raises NotInstalled."""
        ...
