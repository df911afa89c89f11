"""Seeing: the names of what a picture shows or a sound is, where the joint embedder is sure enough; else nothing is said."""

from __future__ import annotations

from retrieval.content import Content
from retrieval.embedders.base import Embedder
from retrieval.labels import Label
from retrieval.likeness import named

SURE = {"image": 0.6, "audio": 0.93}
"""Chance from which a name is written down. Sounds of kinds it was not taught come out too sure of themselves."""
KINDS = {"image": "label", "audio": "sound"}
SAID = {"image": "Shows 画面", "audio": "Sounds like 听起来像"}


class Sight:
    """Names for pictures and sounds. Safe to call from several threads."""

    def __init__(self, embedder: Embedder) -> None:
        """`embedder` is asked when it is the bundled joint one, for whose space the names are known; with any other, nothing is named."""
        self._embedder = embedder if getattr(embedder, "text_space", "") else None

    def names(self, content: Content, most: int = 3) -> list[tuple[Label, float]]:
        """The names that fit best, with the chance that each is right, best first. Raises what embedding raises."""
        if self._embedder is None or content.modality not in KINDS or content.modality not in self._embedder.modalities:
            return []
        return named(KINDS[content.modality], self._embedder.embed([content])[0], most)

    def words(self, content: Content) -> str:
        """`Shows 画面: cat 猫 (likely 很可能).`, or nothing."""
        sure = [label for label, chance in self.names(content, 1) if chance >= SURE[content.modality]]
        return f"{SAID[content.modality]}: {sure[0].both} (likely 很可能)." if sure else ""
