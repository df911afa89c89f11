"""Simulated readings: what analysers of voices and faces might say of a feeling, from poor to good ones, calibrated or not, present or not.

No set with words, voice and face of the same person and with rights for it was found, so the shipped networks of `tools/fusions` learn to
weigh by certainty from readings like these (domain randomisation, Tobin et al. 2017). No number was fitted to a set of voices or faces:
arousal and valence are the quadrants of Russell (1980), everything else is drawn from wide ranges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.emotions.base import LABELS, EmotionReading, distribution, entropy
from tools.emotions.prosody import spread_over

AROUSAL = {"anger": 0.8, "disgust": 0.5, "fear": 0.75, "joy": 0.7, "sadness": 0.25, "surprise": 0.75, "neutral": 0.35}
VALENCE = {"anger": 0.2, "disgust": 0.2, "fear": 0.2, "joy": 0.85, "sadness": 0.2, "surprise": 0.55, "neutral": 0.5}
"""Of LABELS, 0 to 1."""
KINDS = {
    "audio": {"prosody": 0.3, "arousal": 0.2, "classes": 0.35, "noise": 0.15}, "image": {"smile": 0.5, "classes": 0.35, "noise": 0.15},
}  # fmt: skip
"""How often each kind of analyser is drawn."""
MISSING = 0.2
Floats = NDArray[np.floating]


def simulated(random: np.random.Generator, modality: str, label: int) -> EmotionReading | None:
    """What an analyser drawn at random says of the feeling with this place in LABELS; None when it finds nothing to read."""
    if random.random() < MISSING:
        return None
    kind = random.choice(list(KINDS[modality]), p=list(KINDS[modality].values()))
    if kind == "prosody":
        return _prosody(random, label)
    if kind == "arousal":
        return _arousal(random, label)
    if kind == "smile":
        return _smile(random, label)
    return _classes(random, label) if kind == "classes" else _noise(random)


def _prosody(random: np.random.Generator, label: int) -> EmotionReading:
    """Hears arousal, and tells it as the bundled analyser of voices does."""
    heard = float(np.clip(AROUSAL[LABELS[label]] + random.normal(0, random.uniform(0.1, 0.45)), 0, 1))
    shares = np.array([spread_over(heard)[name] for name in LABELS])
    return _reading(random, np.log(shares), {"arousal": heard})


def _arousal(random: np.random.Generator, label: int) -> EmotionReading:
    """Hears arousal, at times some valence, and spreads what it heard over the feelings that have it."""
    noise, believed = random.uniform(0.1, 0.45), random.uniform(0.8, 1.6)
    heard = AROUSAL[LABELS[label]] + random.normal(0, noise)
    far = np.array([(heard - AROUSAL[name]) / (noise * believed) for name in LABELS]) ** 2
    told = {"arousal": float(np.clip(heard, 0, 1))}
    if random.random() < 0.4:
        blur = random.uniform(0.3, 0.8)
        pleasant = VALENCE[LABELS[label]] + random.normal(0, blur)
        far = far + np.array([(pleasant - VALENCE[name]) / (blur * believed) for name in LABELS]) ** 2
        told["valence"] = float(np.clip(pleasant, 0, 1))
    return _reading(random, -far / 2, told)


def _smile(random: np.random.Generator, label: int) -> EmotionReading:
    """Sees whether a face smiles, more or less well, and nothing else."""
    apart, believed = random.uniform(0.8, 3.0), random.uniform(0.6, 1.3)
    seen = random.normal(apart / 2 if LABELS[label] == "joy" else -apart / 2, 1)
    logits = np.log(random.dirichlet(np.full(len(LABELS), 8.0)))
    logits[LABELS.index("joy")] += apart * seen * believed
    return _reading(random, logits, {"valence": float(1 / (1 + np.exp(-seen)))})


def _classes(random: np.random.Generator, label: int) -> EmotionReading:
    """Tells all feelings apart, better or worse, too sure or not sure enough; some feelings it takes for others."""
    apart, believed = random.uniform(0.5, 3.5), np.exp(random.normal(0, 0.3))
    logits = random.normal(0, 1, len(LABELS))
    logits[label if random.random() > 0.1 else random.integers(len(LABELS))] += apart
    return _reading(random, logits * np.clip(apart, 0.5, 2.0) * believed * 0.7, {})


def _noise(random: np.random.Generator) -> EmotionReading:
    """Says something that has nothing to do with the feeling, and mostly knows that it is unsure."""
    logits = random.normal(0, random.uniform(0.2, 2.5), len(LABELS))
    return _reading(random, logits, {}, weak=float(random.uniform(0.2, 0.6)) if random.random() < 0.7 else 0.0)


def _reading(random: np.random.Generator, logits: Floats, told: dict[str, float], weak: float = 0.0) -> EmotionReading:
    shares = distribution(logits)
    weak = weak or (float(random.uniform(0, 0.15)) if random.random() < 0.3 else 0.0)
    return EmotionReading(
        label=max(shares, key=shares.__getitem__), distribution=shares, uncertainty=min(1.0, entropy(shares) + weak), dimensions=told
    )
