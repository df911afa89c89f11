"""Readings for the fusions, made to measure; and pairs of plain words and voices whose pitch alone tells the feeling."""

import numpy as np

from retrieval.waves import wav
from tools.emotions.base import LABELS, EmotionReading, entropy


def reading(label, share=0.9, uncertainty=None, **more):
    rest = (1 - share) / (len(LABELS) - 1)
    return of({name: share if name == label else rest for name in LABELS}, uncertainty, **more)


def of(shares, uncertainty=None, **more):
    total = sum(shares.values())
    shares = {label: value / total for label, value in shares.items()}
    unsure = entropy(shares) if uncertainty is None else uncertainty
    return EmotionReading(label=max(shares, key=shares.get), distribution=shares, uncertainty=min(1.0, unsure), **more)


FLAT = of(dict.fromkeys(LABELS, 1.0), 1.0)
"""Knows nothing, and says so."""


def voice(lively, seed, seconds=2.0, rate=16_000):
    """A WAV of a hummed melody: high, wide and restless, or low and even."""
    random = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    base, swing, pace = (random.uniform(230, 270), 0.45, 5.0) if lively else (random.uniform(95, 115), 0.06, 2.2)
    pitch = base * (1 + swing * np.sin(2 * np.pi * pace / 4 * t + random.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    tones = sum(np.sin(n * phase) / n ** (0.7 if lively else 1.8) for n in range(1, 12))
    loud = 0.55 + 0.45 * np.sin(2 * np.pi * pace * t)
    samples = 0.2 * tones * loud + random.normal(0, 0.001, len(t))
    return wav(samples, rate)


def paired(folder, each=15):
    """A table of pairs in `folder`: the words tell little, a lively voice is joy and a low one sadness."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["text\taudio\timage\tlabel"]
    for place in range(each):
        for label, lively in (("joy", True), ("sadness", False)):
            name = f"{label}{place}.wav"
            (folder / name).write_bytes(voice(lively, place))
            rows.append(f"The meeting number {place} is at ten, and then the one in room {'ab'[lively]}.\t{name}\t\t{label}")
    (folder / "pairs.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    return folder / "pairs.tsv"
