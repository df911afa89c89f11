"""Fused readings in words: what the modalities and the feelings are called, and from when it is said that they disagree. Fuses nothing."""

from __future__ import annotations

from tools.fusions.base import Fused
from tools.phrasing import tell

__all__ = ["NOTABLE", "Fused", "emotion", "source"]
NOTABLE = 0.12
"""Disagreement from which it is said; below, the readings only differ in how sure they are."""


def source(name: str, language: str) -> str:
    """`text`, `audio` or `image` in words."""
    return tell(language, f"emotion.source_{name}")


def emotion(label: str, language: str) -> str:
    """A label in words."""
    return tell(language, f"emotion.{label}")
