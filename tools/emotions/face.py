"""Face: where the faces of a picture are, and their expression where a person supplies a model that reads it.

The bundled network (see tools/spotting.py) finds faces and that is all: nothing free was found from which an expression could be learned,
so none is claimed. A reference names a folder with `expression.onnx` (one grey face in, one logit a label out), `labels.txt` (a label of
LABELS a line, `-` for one that is left out) and, if its finder is to be used, `detector.onnx` (UltraFace layout: scores (1, n, 2) and
boxes (1, n, 4) as fractions).
"""

from __future__ import annotations

import hashlib
import json
import threading
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.content import Content, Modality
from retrieval.decoding import pixels
from retrieval.faults import NotInstalled, Unreadable
from retrieval.items import Box, ModelCard
from tools.emotions.base import LABELS, EmotionReading, entropy
from tools.phrasing import tell
from tools.spotting import Spot, Spotter, distinct

_FILES = ("expression.onnx", "labels.txt")
_SUPPLY = "Put detector.onnx, expression.onnx and labels.txt into a folder and set models.face_emotion to `face:FOLDER`."
_DETECTOR = "detector.onnx"
_SURE = 0.7
SURE = 0.4
"""Score from which the bundled finder's spot is a face."""
WEIGHTS = Path(__file__).with_name("face.safetensors")


class FaceAnalyzer:
    """Finds faces, and reads their expressions where it can."""

    modality: Modality = "image"

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> ModelCard:
        """What is known of the supplied models, or of the bundled finder."""
        if self._folder is not None and not self._missing:
            data = (self._folder / "expression.onnx").read_bytes()
            return ModelCard(
                name=self._folder.name, role="emotion", source=str(self._folder), sha256=hashlib.sha256(data).hexdigest(), bytes=len(data),
                modalities=("image",), limits="An expression is not a feeling; people smile for many reasons.",
            )  # fmt: skip
        path = WEIGHTS.with_suffix(".card.json")
        told = json.loads(path.read_text("utf-8")) if path.is_file() else {"name": "face (none)", "kind": "classical"}
        known = {key: value for key, value in told.items() if key in ModelCard.model_fields}
        limits = f"Finds faces; their expression is not read. {told.get('limits', '')}".strip()
        return ModelCard.model_validate({**known, "role": "emotion", "modalities": ("image",), "limits": limits})

    def find(self, picture: NDArray[np.uint8]) -> list[Spot]:
        """The faces of a picture, largest first. Raises NotInstalled where neither weights nor a supplied finder are there."""
        if self._folder is not None and (self._folder / _DETECTOR).is_file():
            return supplied_faces(self._sessions[_DETECTOR], picture)
        if not WEIGHTS.is_file():
            raise NotInstalled("No model that finds faces comes along.", hint=_SUPPLY)
        return find_faces(finder(), picture)

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The expression of the faces, larger ones weighing more. Raises Unreadable without a face, NotInstalled where nothing reads it."""
        picture = pixels(content)
        faces = self.find(picture)
        if not faces:
            raise Unreadable(tell(language, "emotion.no_face"), hint=tell(language, "emotion.no_face_hint"), param="media")
        if self._missing:
            raise NotInstalled(
                tell(language, "emotion.face_only", count=len(faces)),
                hint=tell(language, "emotion.face_missing_hint", files=", ".join(_FILES)),
            )
        labels = [line.strip() for line in (self._folder or Path()).joinpath("labels.txt").read_text("utf-8").splitlines() if line.strip()]
        boxes = [face.box for face in faces[:8]]
        with self._lock:
            shares = [_express(self._sessions["expression.onnx"], labels, picture, box) for box in boxes]
        weights = np.asarray([(b[2] - b[0]) * (b[3] - b[1]) for b in boxes])
        weights = weights / weights.sum()
        mean = {label: float(sum(w * s[label] for w, s in zip(weights, shares, strict=True))) for label in LABELS}
        note = tell(language, "emotion.faces", count=len(faces))
        return EmotionReading(label=max(mean, key=mean.__getitem__), distribution=mean, uncertainty=round(entropy(mean), 4), note=note)

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


def finder(weights: Path = WEIGHTS) -> Spotter:
    """The face finder with these weights, loaded once."""
    return _finder(weights)


@lru_cache(maxsize=2)
def _finder(weights: Path) -> Spotter:
    return Spotter(weights)


def find_faces(spotter: Spotter, picture: NDArray[np.uint8]) -> list[Spot]:
    """The faces of a picture, largest first. A wide or tall picture is looked at in two squares as well, so that small faces are seen."""
    height, width = picture.shape[:2]
    found = list(spotter.look(picture, SURE).spots)
    long, short = max(width, height), min(width, height)
    if long > 1.25 * short and long >= 240:
        for start in (0, long - short):
            part = picture[:, start : start + short] if width > height else picture[start : start + short]
            for spot in spotter.look(part, SURE).spots:
                x0, y0, x1, y1 = spot.box
                if width > height:
                    x0, x1 = (start + x0 * short) / width, (start + x1 * short) / width
                else:
                    y0, y1 = (start + y0 * short) / height, (start + y1 * short) / height
                found.append(Spot((x0, y0, x1, y1), spot.score))
    return sorted(distinct(found), key=lambda s: -(s.box[2] - s.box[0]) * (s.box[3] - s.box[1]))


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
