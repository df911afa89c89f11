"""The ways to fuse and each modality alone, on the same pairs: as they are, with one modality left out, and with one damaged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation import emotion_noise as noise
from assistant.evaluation.emotion_pairs import Pair
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.faults import Fault, InvalidInput, Unreadable
from tools.emotions.base import LABELS, EmotionAnalyzer, EmotionReading
from tools.fusions.base import MODALITIES, Fusion, shares_of

RATE = 16_000
_BINS = 10
Harm = Callable[..., Any]
"""(text, words of all texts) -> text, samples -> samples, or picture -> picture."""
DAMAGES: dict[str, tuple[str, Harm]] = {
    "words shuffled": ("text", noise.shuffled), "words thrown together": ("text", noise.thrown_together),
    "random letters": ("text", noise.scrambled), "a wrong encoding": ("text", noise.misread),
    "voice in noise, 0 dB": ("audio", noise.noisy), "voice among voices, 0 dB": ("audio", noise.among_voices),
    "only noise for a voice": ("audio", noise.hissing), "face blurred": ("image", noise.blurred),
    "face half covered": ("image", noise.covered), "black for a face": ("image", noise.blackened),
}  # fmt: skip
"""Name of a condition -> modality that is damaged, and how."""
CLEAN = "as they are"
Readings = dict[str, EmotionReading]
"""By modality, or by condition."""
Condition = list[Readings]
"""What was read of each pair; empty where nothing could be."""
Said = tuple[int, float]
"""Place in LABELS and its share; (-1, 0) where nothing was said."""
Report = Callable[[float], None]


@dataclass(frozen=True)
class Row:
    """How well one reader did under one condition."""

    reader: str
    """A file of tools/fusions, or `text`, `audio`, `image` for a modality alone."""
    condition: str
    accuracy: float
    recall: float
    """Mean over the feelings."""
    macro_f1: float
    calibration_error: float
    """Expected calibration error of what was answered, in ten bins of equal width (Guo et al. 2017)."""
    cases: int
    answered: int
    """Pairs of which anything could be read; the others count as wrong."""

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}


def read(pairs: Sequence[Pair], emotions: Mapping[str, EmotionAnalyzer], decoder: Decoder, report: Report) -> dict[str, Condition]:
    """The readings of the pairs by condition. Raises InvalidInput when not a single one could be read."""
    reader = _Reader(emotions, decoder, DAMAGES, [word for pair in pairs for word in pair.text.split()])
    found: dict[str, Condition] = {name: [] for name in (CLEAN, *DAMAGES)}
    for place, pair in enumerate(pairs):
        every = reader.of(pair)
        clean = {m: one[CLEAN] for m, one in every.items() if CLEAN in one}
        found[CLEAN].append(clean)
        for name, (modality, _) in DAMAGES.items():
            rest = {m: reading for m, reading in clean.items() if m != modality}
            found[name].append(rest | ({modality: every[modality][name]} if name in every.get(modality, {}) else {}))
        report((place + 1) / len(pairs))
    if not any(found[CLEAN]):
        raise InvalidInput("Nothing could be read in any of these files.", hint="Try one of them: assistant ask --consent.", param="data")
    return found | without(found[CLEAN]) | swapped(found[CLEAN], pairs)


def clean_readings(pairs: Sequence[Pair], emotions: Mapping[str, EmotionAnalyzer], decoder: Decoder, report: Report) -> Condition:
    """The readings of the pairs as they are."""
    reader, found = _Reader(emotions, decoder, {}, []), []
    for place, pair in enumerate(pairs):
        found.append({m: one[CLEAN] for m, one in reader.of(pair).items() if CLEAN in one})
        report((place + 1) / len(pairs))
    return found


@dataclass(frozen=True)
class _Reader:
    """Reads each text and each clip once: opened and decoded once, read as it is and after each damage; several pairs may share it."""

    emotions: Mapping[str, EmotionAnalyzer]
    decoder: Decoder
    damages: Mapping[str, tuple[str, Harm]]
    words: Sequence[str]
    """Those of all texts."""
    known: dict[tuple[str, bytes], Readings] = field(default_factory=dict)
    """(modality, hash of the text or file) -> reading by condition."""

    def of(self, pair: Pair) -> dict[str, Readings]:
        """Modality -> reading by condition; what cannot be read is left out."""
        given = {"text": ("", pair.text.encode())} if pair.text else {}
        given |= {modality: (name, opened()) for modality, (name, opened) in pair.files.items()}
        found = {}
        for modality, (name, data) in given.items():
            key = modality, hashlib.sha256(data).digest()
            if key not in self.known:
                self.known[key] = self._every(modality, name, data)
            found[modality] = self.known[key]
        return found

    def _every(self, modality: str, name: str, data: bytes) -> Readings:
        """The reading by condition: as it is, and after each damage to this modality."""
        harms = {CLEAN: None} | {condition: harm for condition, (own, harm) in self.damages.items() if own == modality}
        found: Readings = {}
        try:
            plain = self._plain(modality, name, data)
        except Unreadable:
            return found
        for condition, harm in harms.items():
            try:
                found[condition] = self.emotions[modality].analyze(self._content(modality, plain, harm), "en")
            except Unreadable:
                continue
            except Fault as fault:
                if fault.code != "not_installed":
                    raise
        return found

    def _plain(self, modality: str, name: str, data: bytes) -> Any:
        """The text, the samples or the picture that a damage is done to."""
        if modality == "text":
            return data.decode()
        content = self.decoder.admit(data, name)
        return content if modality == "image" else self.decoder.pcm(content, RATE)

    def _content(self, modality: str, plain: Any, harm: Harm | None) -> Content:
        from tools.emotion_reading import to_wav

        if modality == "text":
            return Content.from_text(harm(plain, words=self.words) if harm else plain)
        damaged = harm(plain) if harm else plain
        return to_wav(damaged) if modality == "audio" else damaged


def without(clean: Condition) -> dict[str, Condition]:
    """The same readings with each modality left out."""
    return {f"without {name}": [{m: r for m, r in one.items() if m != name} for one in clean] for name in MODALITIES}


def swapped(clean: Condition, pairs: Sequence[Pair]) -> dict[str, Condition]:
    """The same readings with one modality that of another pair with another feeling: noise that looks like sense."""
    found = {}
    for name in MODALITIES:
        others = [_other(clean, pairs, place, name) for place in range(len(pairs))]
        found[f"{name} of another"] = [{**one, name: other} if other else one for one, other in zip(clean, others, strict=True)]
    return found


def _other(clean: Condition, pairs: Sequence[Pair], place: int, name: str) -> EmotionReading | None:
    """The next reading of this modality, some way off, of a pair with another label."""
    start, count = place + len(pairs) // 3 + 1, len(pairs)
    order = ((start + step * 7) % count for step in range(count))
    return next((clean[n][name] for n in order if name in clean[n] and pairs[n].label != pairs[place].label), None)


def evaluate(pairs: Sequence[Pair], readings: Mapping[str, Condition], fusions: Mapping[str, Fusion]) -> list[Row]:
    """Every fusion and every modality under every condition."""
    labels = np.array([pair.label for pair in pairs])
    rows = []
    for condition, found in readings.items():
        for name, fusion in fusions.items():
            rows.append(judged(name, condition, [_said(fusion, one) for one in found], labels))
        for modality in MODALITIES:
            if any(modality in one for one in found):
                rows.append(judged(modality, condition, [_alone(one.get(modality)) for one in found], labels))
    return rows


def _said(fusion: Fusion, readings: Readings) -> Said:
    if not readings:
        return -1, 0.0
    fused = fusion.fuse(readings)
    return LABELS.index(fused.label), fused.distribution[fused.label]


def _alone(reading: EmotionReading | None) -> Said:
    if reading is None:
        return -1, 0.0
    shares = shares_of(reading)
    return int(shares.argmax()), float(shares.max())


def judged(reader: str, condition: str, said: Sequence[Said], labels: NDArray[np.int64]) -> Row:
    """The figures of what was said against what is right."""
    guess, sure = np.array([place for place, _ in said]), np.array([share for _, share in said])
    recalls, f1 = [], []
    for label in np.unique(labels):
        hits, own, named = ((guess == label) & (labels == label)).sum(), (labels == label).sum(), (guess == label).sum()
        recalls.append(hits / own)
        f1.append(2 * hits / (own + named))
    answered = guess >= 0
    return Row(
        reader, condition, float((guess == labels).mean()), float(np.mean(recalls)), float(np.mean(f1)),
        calibration_error(sure[answered], (guess == labels)[answered]), len(labels), int(answered.sum()),
    )  # fmt: skip


def calibration_error(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Mean distance between how sure and how often right, over bins of equal width weighted by their cases; 0 for no cases."""
    if not len(sure):
        return 0.0
    places = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return float(sum((places == n).mean() * abs(sure[places == n].mean() - right[places == n].mean()) for n in np.unique(places)))
