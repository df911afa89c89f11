"""Phrasing: sentences of this package in the language of the turn, and how that language joins things. Knows no tool."""

from __future__ import annotations

from collections.abc import Iterable

from retrieval.catalogue import say


def tell(language: str, key: str, **values: object) -> str:
    """The sentence `key` of `tools/words`."""
    return say("tools", language, key, **values)


def listed(items: Iterable[str], language: str) -> str:
    """`a, b, c`, in Chinese with its own comma."""
    return ("、" if language == "zh" else ", ").join(items)


def together(sentences: Iterable[str], language: str) -> str:
    """Sentences one after another; Chinese puts no blank between them."""
    return ("" if language == "zh" else " ").join(s for s in sentences if s)
