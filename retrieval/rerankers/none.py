"""No reranker: what the search found stays in its order."""

from __future__ import annotations


def create() -> None:
    """Nothing, which is what a search without a reranker is given."""
