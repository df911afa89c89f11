"""Unanswered: one thing that was said or typed in a live session and waits for an answer."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.content import Content


@dataclass(frozen=True)
class Unanswered:
    """What was said or typed and not answered yet."""

    item: str
    text: str
    contents: tuple[Content, ...] = ()
    confidence: float | None = None
    """Of words that were heard."""
    sound: Content | None = None
