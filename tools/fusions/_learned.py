"""Learned: a fusion whose numbers were learned, from the file beside its module or from a directory of a person's own training.

A way to fuse is one function, `forward`; it is written for numpy and torch alike, so what serves is what was trained.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from retrieval.faults import NotInstalled, Unavailable
from retrieval.items import ModelCard
from tools.emotions.base import EmotionReading
from tools.fusions.base import Array, Fused, alone, batch, checked, fused, softmax

FILE, CARD = "fusion.safetensors", "card.json"
_LEAST = 0.01
"""Least share of a modality that was read: it was taken into account, however little it told."""


class Forward(Protocol):
    """(numpy or torch, weights, inputs (n, 3, WIDTH), evidence (n, 3, 7)) -> logits over LABELS (n, 7), shares of the modalities (n, 3)."""

    def __call__(self, xp: Any, weights: Mapping[str, Any], inputs: Any, evidence: Any) -> tuple[Any, Any]:
        """Shares need no certain sum; those of modalities that are missing are 0."""
        ...


class LearnedFusion:
    """Fuses with learned numbers."""

    def __init__(self, forward: Forward, weights: Mapping[str, Array], card: ModelCard) -> None:
        self._forward, self._weights, self.card = forward, weights, card

    def fuse(self, readings: Mapping[str, EmotionReading]) -> Fused:
        """The fusion of one or more readings by modality. Raises ValueError for none and for an unknown modality."""
        given = checked(readings)
        if len(given) == 1:
            return alone(*next(iter(given.items())))
        arrays = batch([given])
        logits, shares = self._forward(np, self._weights, arrays.inputs, arrays.evidence)
        there = arrays.there[0] > 0
        told = np.maximum(np.asarray(shares[0], np.float64)[there], 0.0)
        told = told / max(float(told.sum()), 1e-9)
        return fused(given, softmax(np.asarray(logits[0], np.float64)), np.maximum(told, _LEAST))


def opened(module: str, forward: Forward, reference: str = "") -> LearnedFusion:
    """The fusion of the file `module`: with the weights that ship, or those in the directory `reference` (`assistant train fusion`).

    Raises NotInstalled when the directory has none, Unavailable when they are damaged.
    """
    place = Path(reference).expanduser()
    weights, data = _read(place / FILE if reference else Path(module).with_suffix(".safetensors"))
    told = place / CARD if reference else Path(module).with_suffix(".card.json")
    known = json.loads(told.read_text("utf-8")) if told.is_file() else {}
    card = _card(Path(module).stem, known, data, own=bool(reference))
    if not reference and card.sha256 != hashlib.sha256(data).hexdigest():
        raise Unavailable("The weights of the fusion are damaged.", hint="Install again: make install.", code="weights_damaged")
    return LearnedFusion(forward, weights, card)


def _read(path: Path) -> tuple[dict[str, Array], bytes]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        data = path.read_bytes()
        return {name: value.astype(np.float32) for name, value in load(data).items()}, data
    except FileNotFoundError as error:
        raise NotInstalled(
            f"There is no fusion in '{path.parent}'.",
            hint="`assistant train list` shows those there are; `assistant train use --undo` goes back.", code="model_missing",
        ) from error  # fmt: skip
    except (OSError, SafetensorError, ValueError) as error:
        raise Unavailable(
            f"The fusion in '{path.parent}' cannot be read: {error}.", hint="Go back with: assistant train use --undo.",
            code="weights_damaged",
        ) from error  # fmt: skip


def _card(way: str, known: Mapping[str, Any], data: bytes, *, own: bool) -> ModelCard:
    if not own:
        return ModelCard.model_validate({name: known[name] for name in ModelCard.model_fields if name in known})
    return ModelCard(
        name=f"fusion-{way} + {known.get('name', '')}", role="fusion", kind="learned", source="assistant train fusion",
        sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), modalities=("text", "audio", "image"),
        scores=known.get("scores", {}), limits="Fitted to your own recordings; scores are of those held back.",
    )  # fmt: skip


def masked_softmax(xp: Any, scores: Any, there: Any) -> Any:
    """Over the last axis, 0 where `there` is 0; `scores` are kept within bounds where a softmax cannot overflow."""
    raised = xp.exp(xp.clip(scores, -20.0, 20.0)) * there
    return raised / (raised.sum(-1)[..., None] + 1e-9)


def lengths(xp: Any, vectors: Any) -> Any:
    """Of the last axis."""
    return xp.sqrt((vectors**2).sum(-1) + 1e-9)
