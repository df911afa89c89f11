"""The card of the answerer: that of the network that finds things, as training wrote it."""

from __future__ import annotations

import json
from functools import cache

from retrieval.items import ModelCard
from tools.vqa._seeing import WEIGHTS

LIMITS = (
    "Knows about 380 everyday nouns and drawn or single things; of photographs it names only what fills them, and says so when it is not "
    "sure. It does not know people, actions or scenes."
)


@cache
def card() -> ModelCard:
    """What is known of the model."""
    path = WEIGHTS.with_suffix(".card.json")
    told = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return ModelCard(
        name="compose-1",
        role="vqa",
        kind="learned" if told else "classical",
        source=told.get("source", "OpenCV, RapidOCR"),
        licence="Apache-2.0",
        revision=told.get("revision", ""),
        sha256=told.get("sha256", ""),
        bytes=told.get("bytes", 0),
        modalities=("image",),
        scores=told.get("scores", {}),
        limits=LIMITS,
    )
