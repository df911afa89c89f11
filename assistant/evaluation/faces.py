"""Scores of the face finder: how many faces of photographs kept back it finds, and how often it sees one where nobody is."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from assistant.evaluation.base import Files, Score, held_out
from retrieval.faults import NotFound
from retrieval.items import Box
from tools.emotions.face import FaceAnalyzer
from tools.spotting import Spot, distinct, overlap

TEACHER = "models/ultraface/version-RFB-320.onnx"
_PEOPLE = re.compile(r"\b(man|woman|men|women|person|people|girl|boy|child|kid|lady|guy|player|skier|surfer)s?\b", re.I)
_SAME = 0.4
"""Overlap from which two boxes are the same face."""


def evaluate(data: Path, analyzer: FaceAnalyzer) -> list[Score]:
    """The scores of the shipped weights, on photographs they were not trained on and on sets that may only be measured on."""
    kept = [(key, image) for key, image in people(data) if held_out(key, 5)]
    scores = [*_against_teacher("faces_found", kept, data, analyzer, goal=0.9)]
    for name, archive, least in (
        ("flickr8k_faces_found", "nc_or_unclear/flickr8k/dev/flickr8k_subset", 0.12),
        ("portraits_found", "nc_or_unclear/face_emotion/dev/facial_expressions", 0.2),
    ):
        if (data / f"{archive}.zip").is_file():
            scores += _against_teacher(
                name, list(_sample(data / f"{archive}.zip", 200)), data, analyzer, least=least, note="measured only, never trained on"
            )
    return [*scores, _false_alarms(data, analyzer)]


def _against_teacher(
    name: str,
    kept: list[tuple[str, Image.Image]],
    data: Path,
    analyzer: FaceAnalyzer,
    *,
    least: float = 0.08,
    goal: float | None = None,
    note: str = "",
) -> list[Score]:
    """Share of the teacher's faces that are found, and of what is found that the teacher sees too."""
    hits = wanted = right = found_all = 0
    for _, image in kept:
        truth = [box for box in teacher_boxes(data / TEACHER, image, 0.9) if max(box[2] - box[0], box[3] - box[1]) >= least]
        loose = teacher_boxes(data / TEACHER, image, 0.4)
        found = [spot.box for spot in analyzer.find(np.asarray(image))]
        wanted += len(truth)
        hits += sum(any(overlap(t, f) > _SAME for f in found) for t in truth)
        found_all += len(found)
        right += sum(any(overlap(t, f) > _SAME for t in loose) for f in found)
    told = f"faces of at least {least:.0%} of the picture that UltraFace boxes; {note or 'photographs kept back'}"
    return [
        Score("face_emotion", name, hits / max(1, wanted), wanted, goal=goal, note=told),
        Score(
            "face_emotion",
            f"{name}_precision",
            right / max(1, found_all),
            found_all,
            note="share of the boxes where UltraFace sees a face too",
        ),
    ]


def _false_alarms(data: Path, analyzer: FaceAnalyzer) -> Score:
    """Faces seen on photographs of things, one picture each."""
    files = Files(data, "photos/caltech101/dev/caltech101")
    people_too = ("human face", "buddha", "saxophone", "euphonium", "wheelchair", "accordion", "dollar bill", "headphone", "inline skate")
    rows = [r["file"] for r in files.rows if held_out(r["file"], 5) and r["label"] not in people_too]
    rows = random.Random(3).sample(rows, min(len(rows), 300))  # noqa: S311 - dice, not secrets
    seen = sum(len(analyzer.find(np.asarray(files.picture(file).convert("RGB")))) for file in rows)
    return Score(
        "face_emotion",
        "false_faces_a_picture",
        seen / max(1, len(rows)),
        len(rows),
        goal=0.05,
        lower_is_better=True,
        note="Caltech-101 photographs of things, kept back",
    )


def people(data: Path) -> Iterator[tuple[str, Image.Image]]:
    """(key, photograph) of the sets that may be trained on, where words say that somebody is on it."""
    for name in ("photos/caltech101/dev/caltech101", "photos/coco_captions/dev/coco_captions"):
        files, seen = Files(data, name), set()
        for row in files.rows:
            somebody = row.get("label") == "human face" or ("caption_no" in row and _PEOPLE.search(row["caption"]))
            if somebody and row["file"] not in seen:
                seen.add(row["file"])
                yield row["file"], files.picture(row["file"]).convert("RGB")
    archive = data / "products/dev/magento_products"
    if not archive.with_suffix(".jsonl").is_file():
        raise NotFound(f"There is no {archive}.jsonl.", hint="Name the folder that holds the sets: --data DIR.")
    with zipfile.ZipFile(archive.with_suffix(".zip")) as pictures:
        for file in sorted(pictures.namelist()):
            if file.lower().endswith((".jpg", ".png", ".webp", ".jpeg")):
                yield file, Image.open(io.BytesIO(pictures.read(file))).convert("RGB")


def _sample(path: Path, count: int) -> Iterator[tuple[str, Image.Image]]:
    with zipfile.ZipFile(path) as pictures:
        names = sorted(n for n in pictures.namelist() if not n.endswith("/"))
        for file in random.Random(3).sample(names, min(count, len(names))):  # noqa: S311 - dice, not secrets
            yield file, Image.open(io.BytesIO(pictures.read(file))).convert("RGB")


@lru_cache(maxsize=1)
def _teacher(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def teacher_boxes(path: Path, image: Image.Image, least: float) -> list[Box]:
    """The faces that UltraFace sees, fractions of the picture, best first."""
    width, height = image.size
    scale = min(320 / width, 240 / height)
    w, h = round(width * scale), round(height * scale)
    canvas = Image.new("RGB", (320, 240), (127, 127, 127))
    canvas.paste(image.resize((w, h), Image.Resampling.BILINEAR), (0, 0))
    array = (np.asarray(canvas, np.float32) - 127) / 128
    scores, boxes = _teacher(path).run(None, {"input": array.transpose(2, 0, 1)[None]})
    grow = np.asarray([320 / w, 240 / h, 320 / w, 240 / h])
    found = [Spot(_box(box * grow), float(score)) for score, box in zip(scores[0][:, 1], boxes[0], strict=True) if score > least]
    return [spot.box for spot in distinct(found)]


def _box(values: Any) -> Box:
    x0, y0, x1, y1 = (float(min(max(v, 0.0), 1.0)) for v in values)
    return (x0, y0, x1, y1)
