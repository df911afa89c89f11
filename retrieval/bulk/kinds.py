"""Kinds: which names are read, by their extension, and in which order. Opens nothing."""

from __future__ import annotations

from retrieval.media_types import EXTENSION_OF, TEXT_EXTENSIONS, extension

TABLES = frozenset({".csv", ".tsv", ".json", ".jsonl"})
"""Read first: their rows may describe pictures and sounds that come after them."""
READ = frozenset(EXTENSION_OF.values()) | frozenset(TEXT_EXTENSIONS) | {".jpeg", ".opus", ".oga", ".m4v", ".mkv", ".ogv"}
"""Extensions of the kinds that are read, with their dots."""


def kind_of(name: str) -> str:
    """The extension in lower case; `other` when there is none."""
    return extension(name) or "other"


def rank_of(kind: str) -> int:
    """0 for tables, 1 for what is read after them, 2 for what is passed over."""
    return 2 if kind not in READ else int(kind not in TABLES)
