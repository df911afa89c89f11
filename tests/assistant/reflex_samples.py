"""Evidence and the embedder that the tests of the bundled chat model share."""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from retrieval.embedders.base import Embedder
from retrieval.embedders.minilm import create


@lru_cache(maxsize=1)
def minilm() -> Embedder:
    """The text embedder, exported once and kept for the next run."""
    return create(cache())


def cache() -> Path:
    """Where exports are kept."""
    return Path(os.environ.get("ASSISTANT_CACHE_DIR") or Path(tempfile.gettempdir()) / "synesthesia-tests")


PLACES = [{"id": "vs_1", "name": "My documents", "items": 214}]


def hit(
    number: int, text: str, *, title: str = "", modality: str = "text", metadata: dict[str, Any] | None = None, row: int | None = None,
    probability: float = 0.1,
) -> dict[str, Any]:  # fmt: skip
    """One piece of evidence as a tool's artifact has it."""
    item = {
        "id": f"item_{number}", "collection": "vs_1", "owner": "local", "modality": modality, "title": title, "text": text,
        "metadata": metadata or {}, "locator": {"row": row} if row else {},
    }  # fmt: skip
    return {"number": number, "hit": {"item": item, "score": 0.5, "probability": probability}}


WARRANTY = hit(1, "The warranty covers defects of material. It does not cover wear.", title="Warranty")
FAQ = hit(2, "How much is shipping?\nShipping costs 4.90 EUR.", title="How much is shipping?",
          metadata={"faq": True, "question": "How much is shipping?", "answer": "Shipping costs 4.90 EUR."}, row=3)  # fmt: skip
JACKET = hit(3, "name: Red rain jacket, colour: red, price: 49.9", title="Red rain jacket",
             metadata={"name": "Red rain jacket", "colour": "red", "price": 49.9}, row=1)  # fmt: skip
PICTURE = hit(4, "a sailing boat on the sea", title="sailing_boat.png", modality="image")
