"""transformers: emotion by a classifier of the transformers library: of text (GoEmotions and others), of a voice, or of a face.

`transformers:org/name` or `transformers:DIRECTORY`. One file for the three, because only what goes in differs. A face is looked for with
the bundled finder first; a voice must be in a recording, or nothing is read. The model's labels are matched by their names; those that
mean nothing here are left out and named in the note.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content, Modality
from retrieval.decoding import pixels
from retrieval.faults import InvalidInput, Unreadable
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard
from tools.emotions._names import certainty_scale, fine, known, over_labels, unknown
from tools.emotions._voice import RATE, Voice, measure, samples_of
from tools.emotions.base import FINE, EmotionReading, Moment, entropy, joined
from tools.emotions.face import FaceAnalyzer, reading_of
from tools.emotions.prosody import arousal, evidence, voice_of
from tools.phrasing import listed, tell

ROLE = "emotion"
Shares = NDArray[np.float32]
_TOKENS = 512
_MOST_TEXT = 20_000
"""Characters that are read."""
_WINDOW = 6.0
"""Seconds of a recording that are read at once; each is a moment of the timeline."""
_MARGIN = 0.15
"""Of a face's box that is added on each side: the classifiers were taught with chin and hair."""
_LEAST = 0.3
"""Share from which one of several feelings of a text is named."""
_HEADS = {"text": "SequenceClassification", "audio": "AudioClassification", "image": "ImageClassification"}
"""What follows `AutoModelFor` for a modality."""
_LIMITS = {
    "text": "Reads the wording; irony, quotation and context mislead it.",
    "audio": "Reads how a voice sounds, which differs between people and languages; taught mostly with acted speech.",
    "image": "An expression is not a feeling; people smile for many reasons.",
}


@dataclass(frozen=True)
class _Classifier:
    """A model with what prepares its input."""

    model: Any
    prepare: Any

    @property
    def names(self) -> list[str]:
        """Its labels in order."""
        found = self.model.config.id2label
        return [str(found[n]) for n in range(len(found))]

    @property
    def several(self) -> bool:
        """Whether it was taught several labels of one input."""
        return str(self.model.config.problem_type) == "multi_label_classification"

    def shares(self, inputs: Any) -> Shares:
        """(rows, labels): a distribution, or one probability a label for a model that was taught several at once."""
        import torch

        given = {
            name: value.to(self.model.device, self.model.dtype if value.is_floating_point() else value.dtype)
            for name, value in inputs.items()
        }
        with torch.inference_mode():
            logits = self.model(**given).logits.float()
        return np.asarray((logits.sigmoid() if self.several else logits.softmax(-1)).cpu(), np.float32)


class TransformersAnalyzer:
    """One modality."""

    def __init__(self, reference: str, models: ModelHost, modality: Modality) -> None:
        self.modality: Modality = modality
        self._hosted = Hosted(models, reference, ROLE, allowed=("device", "dtype"))
        self._faces = FaceAnalyzer(None)

    @property
    def card(self) -> ModelCard:
        """What is known of the model, loaded or not."""
        return self._hosted.card(modalities=(self.modality,), limits=_LIMITS[self.modality])

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading. Raises Unreadable without words, a voice or a face; NotInstalled; InvalidInput for a model of something else."""
        reads: dict[str, Callable[[Content, str], EmotionReading]] = {"text": self._text, "audio": self._voice, "image": self._face}
        return reads[self.modality](content, language)

    def _text(self, content: Content, language: str) -> EmotionReading:
        text = content.text.strip()[:_MOST_TEXT]
        if not any(c.isalnum() or c >= "\u2600" for c in text if c != "…"):
            raise Unreadable(tell(language, "emotion.no_words"), hint=tell(language, "emotion.no_words_hint"), param="text")
        with self._classifier() as classifier:
            own = classifier.prepare.model_max_length
            inputs = classifier.prepare(
                text, truncation=True, max_length=min(_TOKENS, own), return_overflowing_tokens=True, padding=True, return_tensors="pt"
            )
            taken = {name: inputs[name] for name in classifier.prepare.model_input_names if name in inputs}
            weights = inputs["attention_mask"].sum(1).numpy().astype(np.float32)
            return self._reading(classifier, np.average(classifier.shares(taken), axis=0, weights=weights), language)

    def _voice(self, content: Content, language: str) -> EmotionReading:
        samples = samples_of(content, language)
        whole = voice_of(samples, language)
        step = int(_WINDOW * RATE)
        parts = [(start, samples[start : start + step]) for start in range(0, len(samples), step)]
        spoken = [(start, part, voice) for start, part in parts if (voice := measure(part)) is not None] or [(0, samples, whole)]
        with self._classifier() as classifier:
            inputs = classifier.prepare([p for _, p, _ in spoken], sampling_rate=RATE, padding=True, return_tensors="pt")
            shares = classifier.shares(inputs)
            weights = np.asarray([len(part) for _, part, _ in spoken], np.float32)
            moments = tuple(self._moment(classifier, row, *of) for row, of in zip(shares, spoken, strict=True))
            found = self._reading(classifier, np.average(shares, axis=0, weights=weights), language)
        dimensions = {"arousal": round(arousal(whole), 4)}  # by prosody: classifiers of classes tell none
        return found.model_copy(update={
            "timeline": moments if len(moments) > 1 else (), "dimensions": dimensions,
            "features": joined("audio", found.distribution, dimensions, evidence(whole)),
        })  # fmt: skip

    def _face(self, content: Content, language: str) -> EmotionReading:
        picture = pixels(content)
        boxes = [spot.box for spot in self._faces.seen(picture, language)]
        with self._classifier() as classifier:
            inputs = classifier.prepare([_crop(picture, box) for box in boxes], return_tensors="pt")
            rows = classifier.shares(inputs)
            told = self._told(classifier, language, tell(language, "emotion.faces", count=len(boxes)))
            shares = [over_labels(classifier.names, row, classifier.several) for row in rows]
            lost, scale = _lost(classifier.names, rows.mean(0)), certainty_scale(classifier.names)
        return reading_of(boxes, shares, [{} for _ in boxes], picture, told, language, scale, lost)

    def _moment(self, classifier: _Classifier, row: Shares, start: int, part: Shares, voice: Voice) -> Moment:
        own = over_labels(classifier.names, row, classifier.several)
        scores = {label: round(share, 4) for label, share in own.items()}
        begun = start / RATE
        return Moment(
            start=round(begun, 2), end=round(begun + len(part) / RATE, 2), label=max(own, key=own.__getitem__), scores=scores,
            dimensions={"arousal": round(arousal(voice), 4)},
        )  # fmt: skip

    def _reading(self, classifier: _Classifier, shares: Shares, language: str) -> EmotionReading:
        names = classifier.names
        own = over_labels(names, shares, classifier.several)
        given = {name.lower(): float(share) for name, share in zip(names, shares, strict=True)}
        return EmotionReading(
            label=max(own, key=own.__getitem__), distribution=own,
            uncertainty=round(min(1.0, entropy(own) * certainty_scale(names) + _lost(names, shares)), 4),
            note=self._told(classifier, language), fine=fine(names, shares, _LEAST) if classifier.several else {},
            features=joined("text", own, {}, [given.get(name, 0.0) for name in FINE]),
        )  # fmt: skip

    def _told(self, classifier: _Classifier, language: str, read: str = "") -> str:
        """What the reading rests on."""
        left = unknown(classifier.names)
        said = [read, tell(language, "emotion.model_read", name=self._hosted.weights.source.rstrip("/").rsplit("/", 1)[-1])]
        if left:
            said.append(tell(language, "emotion.labels_unknown", labels=listed(left[:6], language)))
        return tell(language, "emotion.also").join(part for part in said if part)

    def _classifier(self) -> Any:
        return self._hosted.resident(f"{self.modality} classifier", self._load).use()

    def _load(self, weights: Weights) -> _Classifier:
        import transformers as tf
        from transformers.models.auto import modeling_auto as auto

        head, config = _HEADS[self.modality], weights.config()
        architecture = str((config.get("architectures") or ["no config.json"])[0])
        table = f"MODEL_FOR_{head.replace('Classification', '').upper()}_CLASSIFICATION_MAPPING_NAMES"
        if config.get("model_type") not in getattr(auto, table) or not architecture.endswith("Classification"):
            raise InvalidInput(
                f"{weights.source} ({architecture}) does not read emotion from {self.modality}.",
                hint=f"Choose a model that AutoModelFor{head} of transformers loads.", code="model_unfit",
            )  # fmt: skip
        local = {"local_files_only": True, "trust_remote_code": False}
        models = self._hosted.models
        model = getattr(tf, f"AutoModelFor{head}").from_pretrained(
            str(weights.path), use_safetensors=True, dtype=models.dtype(weights), **local
        )
        helper = {"text": tf.AutoTokenizer, "audio": tf.AutoFeatureExtractor, "image": tf.AutoImageProcessor}[self.modality]
        made = _Classifier(model.to(models.device(weights)).eval(), helper.from_pretrained(str(weights.path), **local))
        if not any(map(known, made.names)):
            raise InvalidInput(
                f"The labels of {weights.source} name no emotion: {', '.join(made.names[:6])}.",
                hint="Choose a classifier of emotion whose config.json names its labels.", code="model_unfit",
            )  # fmt: skip
        return made


def _lost(names: list[str], shares: Shares) -> float:
    """Share of what the classifier says that means nothing here."""
    return float(sum(s for name, s in zip(names, shares, strict=True) if not known(name)) / max(float(shares.sum()), 1e-9))


def _crop(picture: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """A face with its margin."""
    height, width = picture.shape[:2]
    more_x, more_y = _MARGIN * (box[2] - box[0]), _MARGIN * (box[3] - box[1])
    left, right = int(max(0.0, box[0] - more_x) * width), int(min(1.0, box[2] + more_x) * width)
    top, bottom = int(max(0.0, box[1] - more_y) * height), int(min(1.0, box[3] + more_y) * height)
    return picture[top : max(bottom, top + 1), left : max(right, left + 1)]


def create(reference: str = "", *, models: ModelHost, modality: Modality = "text") -> TransformersAnalyzer:
    """The analyzer of `modality`; `?device=cpu` and `?dtype=float32` may follow the reference."""
    return TransformersAnalyzer(reference, models, modality)
