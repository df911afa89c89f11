"""Names: what classifiers from elsewhere call the emotions that are told apart here. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.emotions.base import FINE, GROUP_OF, LABELS

_ALSO = {
    "anger": ("angry", "ang", "contempt", "fru", "frustration", "frustrated", "生气", "愤怒"),
    "disgust": ("disgusted", "dis", "厌恶"),
    "fear": ("fearful", "fea", "scared", "afraid", "anxious", "anxiety", "恐惧", "害怕"),
    "joy": ("happy", "happiness", "hap", "exc", "excited", "joyful", "positive", "高兴", "开心", "快乐"),
    "sadness": ("sad", "negative", "悲伤", "难过"),
    "surprise": ("surprised", "sur", "surp", "惊讶"),
    "neutral": ("neu", "calm", "no emotion", "中性", "中立", "平静"),
}
"""Other names, in small letters."""
_KNOWN = {fine: LABELS[place] for fine, place in GROUP_OF.items()} | {name: label for label, also in _ALSO.items() for name in also}


def known(name: str) -> str:
    """Which of LABELS a classifier's label stands for; empty when its name does not say."""
    plain = " ".join(name.lower().replace("_", " ").replace("-", " ").split())
    found = _KNOWN.get(plain) or _KNOWN.get(plain.partition("/")[0].strip())
    return found or next((_KNOWN[part] for part in plain.split() if part in _KNOWN), "")


def certainty_scale(names: Sequence[str]) -> float:
    """What the entropy over LABELS is multiplied with, so that a classifier of few of them that knows nothing has 1."""
    told = len({known(name) for name in names} - {""})
    return float(np.log(len(LABELS)) / np.log(told)) if told > 1 else 1.0


def unknown(names: Sequence[str]) -> list[str]:
    """Those of a classifier's labels whose names do not say what they stand for."""
    return [name for name in names if not known(name)]


def over_labels(names: Sequence[str], shares: NDArray[np.floating[Any]], several: bool) -> dict[str, float]:
    """Shares of LABELS, sum 1, from those of a classifier's labels; what is unknown is left out. Even where nothing is left.

    `several` says that the labels do not exclude each other: then any of a group speaks for it, where else their shares are added.
    """
    found = dict.fromkeys(LABELS, 0.0)
    for name, share in zip(names, map(float, shares), strict=True):
        label = known(name)
        if label:
            found[label] = 1 - (1 - found[label]) * (1 - share) if several else found[label] + share
    total = sum(found.values())
    return {label: value / total if total > 1e-9 else 1 / len(LABELS) for label, value in found.items()}


def fine(names: Sequence[str], shares: NDArray[np.floating[Any]], least: float) -> dict[str, float]:
    """Those of FINE with a share of `least` or more, strongest first; empty for a classifier that knows LABELS only."""
    told = {name.lower(): float(share) for name, share in zip(names, shares, strict=True) if name.lower() in FINE}
    if set(told) <= set(LABELS):
        return {}
    over = sorted(((share, name) for name, share in told.items() if share >= least), reverse=True)
    return {name: round(share, 4) for share, name in over[:5]}
