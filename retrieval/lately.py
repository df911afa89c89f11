"""Lately: an embedder that still knows the vectors of the last few short texts. Knows no model.

In one turn the same words are read by the router, the guard, the curated answers, the search and the reader: they are embedded once. It is
for that, and no cache of what people ask: it forgets within moments.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from retrieval.content import Content
from retrieval.embedders.base import Embedder, Vectors

REMEMBERED = 64
"""Texts."""
LONGEST = 400
"""Characters of one; more is a document."""
FEW = 16
"""Texts of one call that are looked at; more are a file being read."""


class Lately:
    """The embedder with that memory, and everything else of it as it is. Safe for threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """As of the embedder: only what is not known is embedded."""
        short = [content.text for content in contents if content.modality == "text" and len(content.text) <= LONGEST]
        if len(contents) > FEW or len(short) < len(contents):
            return self._embedder.embed(contents)
        with self._lock:
            found = {text: self._known[text] for text in short if text in self._known}
        missing = [text for text in dict.fromkeys(short) if text not in found]
        if missing:
            found |= zip(missing, self._embedder.embed([Content.from_text(text) for text in missing]), strict=True)
            with self._lock:
                self._known |= {text: found[text] for text in missing}
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return np.stack([found[text] for text in short]) if short else self._embedder.embed(contents)
