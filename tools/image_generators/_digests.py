"""Digests: what code and files a picture depends on besides its recipe, as one sha256. Knows no picture."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
_SHAPES = HERE.parent / "shapes"


def digest(files: Iterable[Path], *more: str) -> str:
    """sha256 over files, in the order given, and over words."""
    found = hashlib.sha256()
    for file in files:
        found.update(file.read_bytes())
    for words in more:
        found.update(words.encode())
    return found.hexdigest()


@lru_cache
def drawings() -> str:
    """Of the drawings by hand: their code."""
    return digest(sorted(_SHAPES.glob("*.py")))


@lru_cache
def changes() -> str:
    """Of the changes on pixels: their code, and that of the drawn places."""
    return digest((HERE / "_pixels.py", HERE / "_scenery.py", HERE.parent / "subject.py"), drawings())
