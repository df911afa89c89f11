"""Face: where the faces of a picture are, and the expression of each. Knows no person and no feeling: a smile is not happiness.

Bundled, faces and smiles are found by Haar cascades (`_smile.py`): joy against no smile is all it tells; no set that we may learn from has
other expressions. A reference names a folder with `expression.onnx` (one grey face in, one logit a label out), `labels.txt` (a label of
LABELS a line, `-` for one that is left out) and, if its finder is to be used, `detector.onnx` (UltraFace layout: scores (1, n, 2) and
boxes (1, n, 4) as fractions).
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.content import Content, Modality
from retrieval.decoding import pixels
from retrieval.faults import NotInstalled, Unreadable
from retrieval.items import Box, ModelCard
from tools.emotions import _smile
from tools.emotions.base import LABELS, EmotionReading, FaceReading, entropy, joined
from tools.phrasing import tell
from tools.spotting import Spot, distinct

_FILES = ("expression.onnx", "labels.txt")
_DETECTOR = "detector.onnx"
_SURE = 0.7
MOST = 8
"""Faces that are read, the largest."""
_LEAST, _SMALL = 12, 36
"""Pixels of a face's width up to which nothing of its expression is seen, and below which little is."""
_UNSEEN = 0.6
"""Sharpness, or sight of the mouth, below which it is said."""
_PLAIN = {"neutral": 0.46, "sadness": 0.14, "anger": 0.13, "surprise": 0.1, "fear": 0.06, "disgust": 0.06, "joy": 0.05}
"""Shares of a face that does not smile: mostly nothing particular, and any of the rest."""
_SMILING = {"joy": 0.8, "neutral": 0.08, "surprise": 0.03, "sadness": 0.03, "anger": 0.02, "fear": 0.02, "disgust": 0.02}


class FaceAnalyzer:
    """Finds faces, and reads the expression of each."""

    modality: Modality = "image"

    def __init__(self, folder: Path | None) -> None:
        """`folder` holds a person's own models; None for what comes along."""
        self._folder = folder
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> ModelCard:
        """What is known of the supplied models, or of the bundled cascades."""
        if self._folder is not None and not self._missing:
            data = (self._folder / "expression.onnx").read_bytes()
            return ModelCard(
                name=self._folder.name, role="emotion", source=str(self._folder), sha256=hashlib.sha256(data).hexdigest(), bytes=len(data),
                modalities=("image",), limits="An expression is not a feeling; people smile for many reasons.",
            )  # fmt: skip
        told = json.loads(_smile.WEIGHTS.with_suffix(".card.json").read_text("utf-8"))
        return ModelCard.model_validate({key: value for key, value in told.items() if key in ModelCard.model_fields})

    def find(self, picture: NDArray[np.uint8]) -> list[Spot]:
        """The faces of a picture, largest first; drawn ones are left out."""
        if self._folder is not None and (self._folder / _DETECTOR).is_file():
            return supplied_faces(self._sessions[_DETECTOR], picture)
        return _parted(picture)[0]

    def seen(self, picture: NDArray[np.uint8], language: str) -> list[Spot]:
        """The faces to read, at most MOST. Raises Unreadable that says whether there is none, or only drawn ones."""
        supplied = self._folder is not None and (self._folder / _DETECTOR).is_file()
        faces = self.find(picture) if supplied else []
        drawn: list[Spot] = []
        if not faces:
            photographed, drawn = _parted(picture)
            faces = [] if supplied else photographed
        if faces:
            return faces[:MOST]
        key = "face_drawn" if drawn else "no_face"
        raise Unreadable(tell(language, f"emotion.{key}"), hint=tell(language, "emotion.no_face_hint"), param="media")

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The expression of each face and their mean, larger ones weighing more.

        Raises Unreadable without a photographed face that is large enough, NotInstalled for a folder without its models.
        """
        if self._folder is not None and self._missing:
            raise NotInstalled(
                tell(language, "emotion.face_files", folder=self._folder.name),
                hint=tell(language, "emotion.face_missing_hint", files=", ".join(_FILES)),
            )
        picture = pixels(content)
        boxes = [spot.box for spot in self.seen(picture, language)]
        shares, dimensions = self._expressions(picture, boxes)
        key = "faces_smile" if self._folder is None else "faces"
        sights = [_smile.sight(picture, box) for box in boxes] if self._folder is None else [(1.0, 1.0)] * len(boxes)
        weak = _weak(sights, language, small=min(_large(picture, box) for box in boxes) < 1.0)
        note = tell(language, "emotion.also").join([tell(language, f"emotion.{key}", count=len(boxes)), *weak])
        reading = reading_of(boxes, shares, dimensions, picture, note, language, sights=[sharp * mouth for sharp, mouth in sights])
        return reading if self._folder is not None else reading.model_copy(update={"base": of_smile(0.5)})

    def _expressions(self, picture: NDArray[np.uint8], boxes: Sequence[Box]) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
        """Shares of LABELS and the dimensions of each face."""
        if self._folder is None:
            smiles = [_smile.smile(picture, box) for box in boxes]
            return [of_smile(strength) for strength in smiles], [{"valence": round(0.45 + 0.45 * strength, 4)} for strength in smiles]
        lines = self._folder.joinpath("labels.txt").read_text("utf-8").splitlines()
        labels = [line.strip() for line in lines if line.strip()]
        with self._lock:
            shares = [_express(self._sessions["expression.onnx"], labels, picture, box) for box in boxes]
        return shares, [{} for _ in boxes]

    @property
    def _missing(self) -> list[str]:
        """Files that an expression needs and that are not there."""
        return [name for name in _FILES if self._folder is None or not (self._folder / name).is_file()]

    @cached_property
    def _sessions(self) -> dict[str, Any]:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        folder = self._folder or Path()
        names = [name for name in (_DETECTOR, "expression.onnx") if (folder / name).is_file()]
        return {name: onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"]) for name in names}


def of_smile(strength: float) -> dict[str, float]:
    """Shares of LABELS for how likely a face smiles: between those of a face that does not and one that does."""
    return {label: (1 - strength) * _PLAIN[label] + strength * _SMILING[label] for label in LABELS}


def _parted(picture: NDArray[np.uint8]) -> tuple[list[Spot], list[Spot]]:
    """The photographed and the drawn faces that the bundled cascade finds, largest first."""
    found = [(spot, _smile.drawn(picture, spot.box)) for spot in _smile.find(picture)]
    return [spot for spot, drawn in found if not drawn], [spot for spot, drawn in found if drawn]


def reading_of(
    boxes: Sequence[Box], shares: Sequence[dict[str, float]], dimensions: Sequence[dict[str, float]], picture: NDArray[np.uint8],
    note: str, language: str, scale: float = 1.0, lost: float = 0.0, sights: Sequence[float] = (),
) -> EmotionReading:  # fmt: skip
    """One reading of several faces. `scale` is what entropy over LABELS is multiplied with, `lost` is added to the uncertainty.

    `sights` say how well each face is seen, 0 to 1; what is hardly seen, or small, is unsure, and weighs little beside the others.
    """
    sizes = np.asarray([(b[2] - b[0]) * (b[3] - b[1]) for b in boxes])
    well = np.asarray(sights or [1.0] * len(boxes)) * [_large(picture, box) for box in boxes]
    weights = sizes * np.maximum(well, 0.05)
    weights /= weights.sum()
    order = sorted(range(len(boxes)), key=lambda n: boxes[n][0] + boxes[n][2])
    unsure = [1.0 - see * max(0.0, 1.0 - entropy(s) * scale - lost) for s, see in zip(shares, well, strict=True)]
    faces = tuple(
        FaceReading(
            box=boxes[n], place=place(rank, len(order), language), label=max(shares[n], key=shares[n].__getitem__), distribution=shares[n],
            uncertainty=round(unsure[n], 4), weight=round(float(weights[n]), 4), dimensions=dimensions[n],
        )
        for rank, n in enumerate(order)
    )  # fmt: skip
    mean = {label: float(sum(w * s[label] for w, s in zip(weights, shares, strict=True))) for label in LABELS}
    known = {name: round(float(sum(w * d[name] for w, d in zip(weights, dimensions, strict=True))), 4) for name in dimensions[0]}
    main = boxes[int(np.argmax(sizes))]
    joy = [s["joy"] for s in shares]
    own = (len(boxes) / 4 - 1, float(np.sqrt(sizes.max())), main[0] + main[2] - 1, main[1] + main[3] - 1, float(np.std(joy)), max(joy))
    uncertainty = max(min(1.0, entropy(mean) * scale + lost), float(weights @ np.asarray(unsure)))
    return EmotionReading(
        label=max(mean, key=mean.__getitem__), distribution=mean, uncertainty=round(uncertainty, 4), note=note, dimensions=known,
        faces=faces, features=joined("image", mean, known, own),
    )  # fmt: skip


def _large(picture: NDArray[np.uint8], box: Box) -> float:
    """How far a face is large enough for its expression to be seen, 0 to 1: enlarging a face of few pixels shows no more of it."""
    return float(np.clip(((box[2] - box[0]) * picture.shape[1] - _LEAST) / (_SMALL - _LEAST), 0.0, 1.0))


def _weak(sights: Sequence[tuple[float, float]], language: str, *, small: bool) -> list[str]:
    """What keeps faces from being seen well, in words."""
    blurred, hidden = (any(pair[which] < _UNSEEN for pair in sights) for which in (0, 1))
    return [tell(language, f"emotion.{key}") for key, so in (("face_blurred", blurred or small), ("face_covered", hidden)) if so]


def place(rank: int, count: int, language: str) -> str:
    """Which face of `count`, counted from the left, in words."""
    if count == 1:
        return tell(language, "emotion.face_only_one")
    named = {0: "left", count - 1: "right"} | ({1: "middle"} if count == 3 else {})
    return tell(language, f"emotion.face_{named[rank]}") if rank in named else tell(language, "emotion.face_nth", number=rank + 1)


def supplied_faces(detector: Any, picture: NDArray[np.uint8]) -> list[Spot]:
    """The faces that a supplied detector finds, largest first."""
    wanted = detector.get_inputs()[0]
    height, width = int(wanted.shape[2]), int(wanted.shape[3])
    small = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR), np.float32)
    scores, boxes = detector.run(None, {wanted.name: ((small - 127.0) / 128.0).transpose(2, 0, 1)[None]})
    found = []
    for box, score in zip(np.clip(boxes[0], 0, 1), scores[0][:, 1], strict=True):
        if score > _SURE:
            found.append(Spot((float(box[0]), float(box[1]), float(box[2]), float(box[3])), float(score)))
    return sorted(distinct(found), key=lambda s: -(s.box[2] - s.box[0]) * (s.box[3] - s.box[1]))


def _express(model: Any, labels: list[str], picture: NDArray[np.uint8], box: Box) -> dict[str, float]:
    """Shares over LABELS for one face."""
    wanted = model.get_inputs()[0]
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    crop = Image.fromarray(picture).convert("L").crop((int(x0), int(y0), max(int(x0) + 1, int(x1)), max(int(y0) + 1, int(y1))))
    face = np.asarray(crop.resize((int(wanted.shape[3]), int(wanted.shape[2])), Image.Resampling.BILINEAR), np.float32)
    logits = np.asarray(model.run(None, {wanted.name: face[None, None]})[0], np.float64).ravel()
    used = [n for n, label in enumerate(labels) if label in LABELS and n < len(logits)]
    soft = np.exp(logits[used] - logits[used].max())
    shares = dict.fromkeys(LABELS, 0.0)
    for n, value in zip(used, soft / soft.sum(), strict=True):
        shares[labels[n]] += float(value)
    return shares


def create(reference: str = "") -> FaceAnalyzer:
    """The analyzer. `reference` is the folder with the models, empty for none."""
    return FaceAnalyzer(Path(reference).expanduser() if reference else None)
