"""Text in pictures, English and Chinese, with RapidOCR: the models come inside its package and run on ONNX Runtime. Knows no store.

The models load at the first call (about half a second); a picture then takes 0.2 to 0.6 s on one core.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.items import Box, ModelCard

CARD = ModelCard(
    name="PP-OCRv6 small (RapidOCR)", role="text_recognizer", source="rapidocr package", licence="Apache-2.0", bytes=31_000_000,
    modalities=("image",), limits="Printed English and Chinese; handwriting, curved and very small text are read badly.",
)  # fmt: skip
_WIDE = re.compile("[\u2e80-\u9fff\u3000-\u303f\uff00-\uffef]")


@dataclass(frozen=True)
class Line:
    """A line of text in a picture."""

    text: str
    box: Box
    """Fractions of width and height, origin at the top left."""
    confidence: float
    """0 to 1."""


def _same_row(a: Box, b: Box) -> bool:
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    return overlap > 0.5 * min(a[3] - a[1], b[3] - b[1])


def rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines grouped into rows that share a height in the picture: rows from top to bottom, lines of a row from left to right."""
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.box[1] + line.box[3]) / 2):
        if found and _same_row(found[-1][-1].box, line.box):
            found[-1].append(line)
        else:
            found.append([line])
    return [sorted(row, key=lambda line: line.box[0]) for row in found]


def _glue(left: str, right: str) -> str:
    return "" if left and right and _WIDE.match(left[-1]) and _WIDE.match(right[0]) else " "


def _joined(row: Sequence[Line], aspect: float) -> list[Line]:
    """Neighbours of a row as one line where the gap between them is a space, not a column: below one and a half line heights."""
    merged: list[Line] = []
    for line in row:
        before = merged[-1] if merged else None
        height = line.box[3] - line.box[1]
        if before is None or (line.box[0] - before.box[2]) * aspect > 1.5 * height:
            merged.append(line)
            continue
        a, b = before.box, line.box
        box = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        merged[-1] = Line(before.text + _glue(before.text, line.text) + line.text, box, min(before.confidence, line.confidence))
    return merged


def words(lines: Sequence[Line]) -> str:
    """The text of a picture: one line a row, columns of a row apart by two spaces, so that a price stays beside its article."""
    return "\n".join("  ".join(line.text for line in row) for row in rows(lines))


class TextRecognizer:
    """Reads printed text. Safe to call from several threads; calls run one after the other."""

    card = CARD

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _engine(self) -> Any:
        from rapidocr import RapidOCR

        # Half the cores: onnxruntime's threads spin, and beside a busy neighbour two were measured slower (1.4 s) than one (1.0 s).
        threads = max(1, min(4, (os.cpu_count() or 1) // 2))
        return RapidOCR(params={"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": threads})

    def read(self, pixels: NDArray[np.uint8]) -> list[Line]:
        """Lines in reading order of an RGB picture, shape (height, width, 3). Empty when no text is found."""
        height, width = pixels.shape[:2]
        with self._lock:
            result = self._engine(np.ascontiguousarray(pixels[:, :, ::-1]))
        if result.boxes is None or not result.txts:
            return []
        lines = []
        for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
            if not text.strip():
                continue
            across = np.clip(np.asarray(corners)[:, 0] / width, 0, 1)
            down = np.clip(np.asarray(corners)[:, 1] / height, 0, 1)
            box = (float(across.min()), float(down.min()), float(across.max()), float(down.max()))
            lines.append(Line(" ".join(text.split()), box, float(score)))
        return [line for row in rows(lines) for line in _joined(row, width / height)]
