"""Face: the expression of the faces in a picture, by two ONNX models that a person supplies. None comes with the packages installed here.

The reference is a folder with `detector.onnx` (UltraFace layout: scores (1, n, 2) and boxes (1, n, 4) as fractions), `expression.onnx`
(one grey face in, one logit a label out) and `labels.txt` (a label of LABELS a line, `-` for one that is left out). Without it the
analyzer says that it is not installed: OpenCV's wheel carries no face detector.
"""

from __future__ import annotations

import hashlib
import threading
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
from tools.emotions.base import LABELS, EmotionReading
from tools.emotions.lexicon import entropy
from tools.phrasing import tell

_FILES = ("detector.onnx", "expression.onnx", "labels.txt")
_SURE = 0.7
_OVERLAP = 0.4


class FaceAnalyzer:
    """Reads expressions from faces."""

    modality: Modality = "image"

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> ModelCard:
        """What is known of the supplied models."""
        installed = self._folder is not None and all((self._folder / name).is_file() for name in _FILES)
        if self._folder is None or not installed:
            return ModelCard(
                name="face (none)",
                role="emotion",
                kind="classical",
                modalities=("image",),
                limits="No face model is installed; faces are not read.",
            )
        data = (self._folder / "expression.onnx").read_bytes()
        return ModelCard(
            name=self._folder.name,
            role="emotion",
            source=str(self._folder),
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            modalities=("image",),
            limits="An expression is not a feeling; people smile for many reasons.",
        )

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The expression of the faces, larger ones weighing more. Raises NotInstalled without models, Unreadable without a face."""
        detector, expression, labels = self._models(language)
        picture = pixels(content)
        boxes = find_faces(detector, picture)
        if not boxes:
            raise Unreadable(tell(language, "emotion.no_face"), hint=tell(language, "emotion.no_face_hint"), param="media")
        with self._lock:
            shares = [_express(expression, labels, picture, box) for box, _ in boxes[:8]]
        weights = np.asarray([(b[2] - b[0]) * (b[3] - b[1]) for b, _ in boxes[:8]])
        weights = weights / weights.sum()
        mean = {label: float(sum(w * s[label] for w, s in zip(weights, shares, strict=True))) for label in LABELS}
        note = tell(language, "emotion.faces", count=len(boxes))
        return EmotionReading(label=max(mean, key=mean.__getitem__), distribution=mean, uncertainty=round(entropy(mean), 4), note=note)

    def _models(self, language: str) -> tuple[Any, Any, list[str]]:
        missing = list(_FILES) if self._folder is None else [name for name in _FILES if not (self._folder / name).is_file()]
        if missing:
            raise NotInstalled(
                tell(language, "emotion.face_missing"),
                hint=tell(language, "emotion.face_missing_hint", files=", ".join(_FILES)),
            )
        return self._sessions

    @cached_property
    def _sessions(self) -> tuple[Any, Any, list[str]]:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        folder = self._folder or Path()
        sessions = [onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"]) for name in _FILES[:2]]
        labels = [line.strip() for line in (folder / "labels.txt").read_text("utf-8").splitlines() if line.strip()]
        return sessions[0], sessions[1], labels


def find_faces(detector: Any, picture: NDArray[np.uint8]) -> list[tuple[Box, float]]:
    """Boxes (fractions) with their scores, best first, overlapping ones merged by non-maximum suppression."""
    wanted = detector.get_inputs()[0]
    height, width = int(wanted.shape[2]), int(wanted.shape[3])
    small = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR), np.float32)
    scores, boxes = detector.run(None, {wanted.name: ((small - 127.0) / 128.0).transpose(2, 0, 1)[None]})
    found = [
        (tuple(float(np.clip(v, 0, 1)) for v in box), float(score))
        for box, score in zip(boxes[0], scores[0][:, 1], strict=True)
        if score > _SURE
    ]
    kept: list[tuple[Box, float]] = []
    for box, score in sorted(found, key=lambda f: -f[1]):
        if all(_overlap(box, other) < _OVERLAP for other, _ in kept):  # type: ignore[arg-type]
            kept.append((box, score))  # type: ignore[arg-type]
    return sorted(kept, key=lambda f: -(f[0][2] - f[0][0]) * (f[0][3] - f[0][1]))


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    joint = across * down
    return joint / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - joint)


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
