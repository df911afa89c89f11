"""Prosody: how aroused a voice sounds, from pitch, its movement and how bright the voice is. Knows no words.

Arousal is what classical prosody tells with some reliability (Scherer 2003; the eGeMAPS set of Eyben et al. 2016). Whether the voice is
pleased or not (valence) and in charge or not (dominance) is not in these measures, so neither is claimed; nor is which emotion it is: the
reading is a soft distribution with high uncertainty, and says so. Takes 16-bit PCM WAV; the tool decodes other formats before it calls.
"""

from __future__ import annotations

import numpy as np

from retrieval.content import Content, Modality
from retrieval.faults import Unreadable
from retrieval.items import ModelCard
from tools.emotions._voice import RATE, Voice, measure, samples_of
from tools.emotions.base import LABELS, EmotionReading, Moment, entropy, joined
from tools.phrasing import tell

_WINDOW, _STEP = 3.0, 1.5
"""Seconds of one moment of the timeline, and from one to the next."""
_NORMS = {
    "semitones": (7.35, 4.67), "high": (10.76, 4.75), "movement": (0.23, 0.05), "spread": (9.78, 4.03), "alpha": (-16.96, 3.21),
    "hammarberg": (-28.72, 4.19), "flux": (7.34, 0.72), "dynamics": (21.39, 4.75), "pace": (4.43, 0.71), "voiced": (0.44, 0.09),
}  # fmt: skip
"""Mean and spread of each measure in plain speech: read sentences (LJSpeech, kathleen) and spoken orders (Picovoice coffee commands), the
two sets counting alike (`training/measure_prosody.py`)."""
_GROUPS = (("semitones", "high"), ("movement",), ("alpha", "hammarberg", "flux"))
"""Arousal raises pitch, its movement, and effort: brighter, faster changing sound. Three groups that count alike; no weight
is fitted, but these were kept of about thirty measures after a look at how each does on the development part of RAVDESS."""
_STEEP = 1.4
_NOISY = 18.0
"""dB above the quietest frames below which noise makes the reading unsure."""
_DROWNED = 4.0
"""dB above the quietest frames at which hardly anything of the voice is left."""
_SHORT = 1.0
"""Seconds of voice below which the reading is unsure."""

CARD = ModelCard(
    name="prosody-2",
    role="emotion",
    kind="classical",
    source="pitch level and movement, alpha ratio, Hammarberg index, spectral flux; directions from the literature, norms of plain speech",
    licence="Apache-2.0",
    modalities=("audio",),
    scores={"arousal_auc_ravdess": 0.876, "arousal_auc_ravdess_8khz": 0.882, "arousal_auc_ravdess_noise_10db": 0.74},
    limits="Tells a calm voice from an aroused one, not which emotion it is, nor pleasure or dominance; a lively speaker misleads it, "
    "and so does loud background noise. Measured on acted English of 18 speakers, which was also looked at to choose the measures.",
)


def deviations(voice: Voice) -> dict[str, float]:
    """How far each measure is from plain speech, in its spreads, -2.5 to 2.5."""
    return {name: float(np.clip((getattr(voice, name) - mean) / spread, -2.5, 2.5)) for name, (mean, spread) in _NORMS.items()}


def arousal(voice: Voice) -> float:
    """0 (calm) to 1 (aroused); 0.5 is plain speech."""
    away = deviations(voice)
    return float(1 / (1 + np.exp(-_STEEP * np.mean([np.mean([away[name] for name in group]) for group in _GROUPS]))))


def evidence(voice: Voice | None) -> tuple[float, ...]:
    """The voice's own part of `joined`: deviations over 2.5, then noise and length about -1 to 1; zeros without a voice."""
    if voice is None:
        return (0.0,) * (len(_NORMS) + 2)
    away = deviations(voice)
    return (*(away[name] / 2.5 for name in _NORMS), voice.above_noise / 30 - 1, min(voice.seconds, 10.0) / 5 - 1)


class ProsodyAnalyzer:
    """Reads arousal from a voice."""

    modality: Modality = "audio"
    card = CARD

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading of a recording. Raises Unreadable when it is too short, silent, or has no voice in it."""
        samples = samples_of(content, language)
        voice = voice_of(samples, language)
        aroused = arousal(voice)
        shares = spread_over(aroused)
        level = "low" if aroused < 0.38 else "high" if aroused > 0.62 else "middle"
        said = [tell(language, f"emotion.arousal_{level}", pitch=round(voice.pitch), pace=f"{voice.pace:.1f}")]
        weak = _weakness(voice)
        if weak:
            said.append(tell(language, f"emotion.{weak}"))
        dimensions = {"arousal": round(aroused, 4)}
        return EmotionReading(
            label=max(shares, key=shares.__getitem__), distribution=shares,
            uncertainty=_uncertainty(aroused, shares, worth(voice)),
            note=tell(language, "emotion.also").join(said), timeline=_timeline(samples), dimensions=dimensions,
            features=joined("audio", shares, dimensions, evidence(voice)),
        )  # fmt: skip


def voice_of(samples: np.ndarray[tuple[int], np.dtype[np.float32]], language: str) -> Voice:
    """The measures of samples. Raises Unreadable that says which it is: too short, silent, or without a voice."""
    voice = measure(samples)
    if voice is not None:
        return voice
    key = "too_short" if len(samples) < RATE // 4 else "silence" if float(np.abs(samples).max()) < 1e-3 else "no_voice"
    said = tell(language, f"emotion.{key}", seconds=round(len(samples) / RATE, 2))
    raise Unreadable(said, hint=tell(language, "emotion.no_voice_hint"), param="media")


def worth(voice: Voice) -> float:
    """What a voice's measures are worth, 0.1 to 1: less with noise behind it, by how far it stands out, and when there is little of it."""
    clear = float(np.clip((voice.above_noise - _DROWNED) / (_NOISY - _DROWNED), 0.1, 1.0))
    return clear * (0.5 if _weakness(voice) == "voice_short" else 1.0)


def _uncertainty(aroused: float, shares: dict[str, float], worth: float) -> float:
    """High at best; for a weak voice so high that fusion counts no more of its shares than they are worth."""
    least = 0.8 + 0.12 * (1 - abs(aroused - 0.5) * 2)
    return round(least if worth == 1.0 else max(least + 0.06, 1.0 - worth * (1.0 - entropy(shares))), 4)


def _weakness(voice: Voice) -> str:
    """Why the reading is weak: the key of a sentence; empty when it is not."""
    if voice.seconds * voice.voiced < _SHORT / 2:
        return "voice_short"
    return "voice_noisy" if voice.above_noise < _NOISY else ""


def _timeline(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> tuple[Moment, ...]:
    """A moment every `_STEP` seconds where there is a voice; empty for a recording of less than two."""
    whole, moments = len(samples) / RATE, []
    for start in np.arange(0.0, max(whole - _WINDOW / 2, 0.01), _STEP):
        part = measure(samples[int(start * RATE) : int((start + _WINDOW) * RATE)])
        if part is not None:
            aroused = arousal(part)
            own = spread_over(aroused)
            moments.append(Moment(
                start=round(float(start), 2), end=round(float(min(start + _WINDOW, whole)), 2), label=max(own, key=own.__getitem__),
                scores={label: round(share, 4) for label, share in own.items()}, dimensions={"arousal": round(aroused, 4)},
            ))  # fmt: skip
    return tuple(moments) if len(moments) > 1 else ()


def spread_over(arousal: float) -> dict[str, float]:
    """Soft shares of LABELS for an arousal: aroused emotions gain with it, quiet ones lose; nothing is ever excluded."""
    high = {"anger": 1.0, "joy": 0.9, "surprise": 0.8, "fear": 0.75, "disgust": 0.25}
    low = {"sadness": 1.0, "neutral": 1.25, "disgust": 0.3}
    a = float(np.clip((arousal - 0.2) / 0.6, 0, 1))
    raw = {label: 0.22 + a * high.get(label, 0.0) + (1 - a) * low.get(label, 0.0) for label in LABELS}
    total = sum(raw.values())
    return {label: value / total for label, value in raw.items()}


def create(reference: str = "") -> ProsodyAnalyzer:
    """The analyzer; it has no model to refer to."""
    return ProsodyAnalyzer()
