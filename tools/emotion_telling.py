"""What was read, told: the shape of `/v1/emotion`, and sentences on how sure it is and where words, voice and face part. Reads nothing.

A reading is told as what it is: words are positive or negative, a voice is tense, lively, aroused, even, subdued or calm, a face smiles or
looks some way. What somebody feels is not said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from retrieval.faults import Fault
from tools.emotion_fusion import NOTABLE, Fused, emotion, source
from tools.emotions.base import EmotionReading, FaceReading, Moment
from tools.phrasing import listed, tell, together

SURE, UNSURE = 0.55, 0.78
"""Uncertainty up to which a reading is told plainly, and from which it is told that nobody is sure."""
HIGH, LOW = 0.58, 0.38
"""Arousal from which a voice is aroused, and below which it is calm."""
ORDER = ("text", "audio", "image")
_POLE = {"joy": 1, "anger": -1, "disgust": -1, "fear": -1, "sadness": -1}


def told(fused: Fused, readings: Mapping[str, EmotionReading], skipped: Sequence[tuple[str, Fault]], language: str, *, yours: bool) -> str:
    """One or two sentences. `yours`: the person who reads them is the one who was read."""
    share = round(fused.distribution[fused.label] * 100)
    answer = tell(language, f"emotion.{sureness(fused.uncertainty)}", label=emotion(fused.label, language), share=share)
    faces = readings["image"].faces if "image" in readings else ()
    each = together([tell(language, "emotion.several", count=len(faces)), _each(faces, language)], language) if len(faces) > 1 else ""
    missing = together([f"{fault.message}" for _, fault in skipped], language)
    return together([answer, disagreement(fused, readings, language, yours=yours), each, missing], language)


def sureness(uncertainty: float) -> str:
    """sure | likely | unsure."""
    return "sure" if uncertainty < SURE else "unsure" if uncertainty > UNSURE else "likely"


def disagreement(fused: Fused, readings: Mapping[str, EmotionReading], language: str, *, yours: bool) -> str:
    """Where the modalities part, or that they do not, in a sentence."""
    whose = "your" if yours else "the"
    if len(readings) < 2:
        return tell(language, "emotion.one_source", source=source(next(iter(readings)), language))
    said = listed(
        (tell(language, f"emotion.{whose}_{name}", state=state(name, readings[name], language)) for name in ORDER if name in readings),
        language,
    )
    poles = {_pole(name, reading) for name, reading in readings.items()}
    key = "parted" if parted(fused, readings) else "united" if len(poles) == 1 and 0 not in poles else "beside"
    return tell(language, f"emotion.{key}", said=said[:1].upper() + said[1:])


def parted(fused: Fused, readings: Mapping[str, EmotionReading]) -> bool:
    """Whether the modalities say different things: their shares are far apart, or one is pleasant where another is unpleasant."""
    poles = [_pole(name, reading) for name, reading in readings.items()]
    sure = {reading.label for reading in readings.values() if reading.uncertainty <= UNSURE}
    return (1 in poles and -1 in poles) or (fused.disagreement >= NOTABLE and len(sure) > 1)


def state(name: str, reading: EmotionReading, language: str) -> str:
    """What one modality is like: `positive`, `tense`, `smiling`."""
    if name == "audio":
        return tell(language, f"emotion.voice_{_voice(reading.dimensions, reading.distribution)}")
    if reading.uncertainty > UNSURE and not _pole(name, reading):
        return tell(language, "emotion.state_unclear")
    if name == "image":
        return tell(language, f"emotion.face_{reading.label}")
    return tell(language, f"emotion.words_{reading.label}")


def _voice(dimensions: Mapping[str, float], shares: Mapping[str, float]) -> str:
    arousal = dimensions.get("arousal", _arousal(shares))
    valence = dimensions.get("valence", 0.5)
    if arousal >= HIGH:
        return "tense" if valence < 0.42 else "lively" if valence > 0.58 else "aroused"
    if arousal <= LOW:
        return "flat" if valence < 0.42 else "calm"
    return "even"


def _arousal(shares: Mapping[str, float]) -> float:
    """From the shares of the labels, for a back-end that tells no dimensions."""
    return sum(shares.get(label, 0.0) for label in ("anger", "fear", "joy", "surprise")) + 0.5 * shares.get("disgust", 0.0)


def _pole(name: str, reading: EmotionReading) -> int:
    """1 pleasant, -1 unpleasant, 0 neither or not known."""
    if name == "audio":
        return {"tense": -1, "flat": -1, "lively": 1}.get(_voice(reading.dimensions, reading.distribution), 0)
    share = reading.distribution.get(reading.label, 0.0)
    return _POLE.get(reading.label, 0) if share >= 0.35 else 0


def _each(faces: Sequence[FaceReading], language: str) -> str:
    return tell(language, "emotion.each", said=listed((_face(face, language) for face in faces), language))


def _face(face: FaceReading, language: str) -> str:
    label = tell(language, "emotion.state_unclear") if face.uncertainty > UNSURE else emotion(face.label, language)
    return tell(language, "emotion.says", source=face.place, label=label)


def shape(
    fused: Fused, readings: Mapping[str, EmotionReading], skipped: Sequence[tuple[str, Fault]], language: str, *, yours: bool
) -> dict[str, Any]:
    """The body of `/v1/emotion` without its envelope."""
    return {
        "fused": {
            "label": fused.label, "distribution": fused.distribution, "uncertainty": fused.uncertainty,
            "interval": interval(fused.distribution, fused.uncertainty), "sureness": sureness(fused.uncertainty),
        },
        "modalities": {name: _modality(name, r, fused.weights[name], language) for name, r in readings.items()},
        "disagreement": {
            "score": fused.disagreement, "parted": len(readings) > 1 and parted(fused, readings),
            "text": disagreement(fused, readings, language, yours=yours),
        },
        "timeline": timeline(readings, language),
        "skipped": [{"modality": name, "reason": fault.message, "hint": fault.hint, "code": fault.code} for name, fault in skipped],
    }  # fmt: skip


def _moment_state(name: str, moment: Moment, language: str) -> str:
    """What a moment of one modality is like; of a voice that is how it sounds, not which feeling it has."""
    if name == "audio":
        return tell(language, f"emotion.voice_{_voice(moment.dimensions, moment.scores)}")
    return tell(language, f"emotion.{'face' if name == 'image' else 'words'}_{moment.label}")


def interval(distribution: Mapping[str, float], uncertainty: float) -> dict[str, list[float]]:
    """(least, most) share of each label when the reading knows nothing with the chance `uncertainty` (the linear-vacuous mixture of
    Walley 1991): the surer, the narrower."""
    known = 1.0 - min(1.0, max(0.0, uncertainty))
    return {label: [round(known * share, 4), round(known * share + 1 - known, 4)] for label, share in distribution.items()}


def _modality(name: str, reading: EmotionReading, weight: float, language: str) -> dict[str, Any]:
    faces = [face.model_dump(mode="json") | {"box": [round(v, 4) for v in face.box]} for face in reading.faces]
    return {
        "label": reading.label, "distribution": {k: round(v, 4) for k, v in reading.distribution.items()}, "weight": weight,
        "uncertainty": round(reading.uncertainty, 4), "state": state(name, reading, language), "note": reading.note,
        **({"fine": reading.fine} if reading.fine else {}), **({"dimensions": reading.dimensions} if reading.dimensions else {}),
        **({"faces": faces} if faces else {}),
    }  # fmt: skip


def timeline(readings: Mapping[str, EmotionReading], language: str) -> list[dict[str, Any]]:
    """Every moment of every modality, in the order of time; seconds."""
    moments: list[tuple[str, Moment]] = [(name, moment) for name, reading in readings.items() for moment in reading.timeline]
    return [
        {"start": m.start, "end": m.end, "label": m.label, "modality": name, "scores": m.scores, "state": _moment_state(name, m, language)}
        | ({"dimensions": m.dimensions} if m.dimensions else {})
        for name, m in sorted(moments, key=lambda pair: (pair[1].start, pair[0]))
    ]  # fmt: skip
