"""Faces of a video over time: frames at even steps, each read as a picture, joined into one reading with a timeline. Permits nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from retrieval.content import Content
from retrieval.faults import Unreadable
from tools.emotions.base import LABELS, EmotionReading, FaceReading, Moment
from tools.kit import Kit
from tools.phrasing import tell

MOST = 12
"""Frames that are looked at."""
STEP = 1.0
"""Seconds between frames, longer where the video is."""


def read_frames(kit: Kit, video: Content, language: str, check: Callable[[], None]) -> EmotionReading:
    """The expressions over a video, surer frames weighing more. Raises Unreadable when no frame shows a face."""
    seconds = float(video.seconds or 0.0)
    count = max(1, min(MOST, math.ceil(seconds / STEP)))
    step = seconds / count
    times = [step * (n + 0.5) for n in range(count)]
    read: list[tuple[float, EmotionReading]] = []
    first: Unreadable | None = None
    for time, data in zip(times, kit.decoder.frames(video, times), strict=True):
        check()
        frame = Content(modality="image", media_type="image/jpeg", data=data, name=video.name, width=video.width, height=video.height)
        try:
            read.append((time, kit.emotions["image"].analyze(frame, language)))
        except Unreadable as fault:
            first = first or fault
    if not read:
        raise first or Unreadable(tell(language, "emotion.no_picture"), hint=tell(language, "emotion.no_face_hint"), param="media")
    return _joined(read, step, count, language)


def _joined(read: Sequence[tuple[float, EmotionReading]], step: float, count: int, language: str) -> EmotionReading:
    trust = np.asarray([max(0.03, 1.0 - reading.uncertainty) for _, reading in read])
    trust = trust / trust.sum()
    readings = [reading for _, reading in read]

    def average(values: Iterable[float]) -> float:
        return round(float(trust @ np.asarray(list(values))), 4)

    mean = {label: average(r.distribution.get(label, 0.0) for r in readings) for label in LABELS}
    known = sorted(set.intersection(*(set(r.dimensions) for r in readings)))
    same = len({len(r.features) for r in readings}) == 1
    note = tell(language, "emotion.frames", read=len(read), count=count)
    return EmotionReading(
        label=max(mean, key=mean.__getitem__),
        distribution=mean,
        # frames without a face leave the reading less sure: what was not seen may have been different
        uncertainty=min(1.0, average(r.uncertainty for r in readings) + 0.2 * (1 - len(read) / count)),
        note=note if not readings[0].note else f"{note}; {readings[0].note}",
        timeline=tuple(_moment(t, r, step) for t, r in read),
        dimensions={name: average(r.dimensions[name] for r in readings) for name in known},
        base=readings[0].base,
        faces=_faces(read),
        features=tuple(average(values) for values in zip(*(r.features for r in readings), strict=True)) if same else (),
    )


def _moment(time: float, reading: EmotionReading, step: float) -> Moment:
    scores = {label: round(share, 4) for label, share in reading.distribution.items()}
    start, end = round(max(0.0, time - step / 2), 2), round(time + step / 2, 2)
    return Moment(start=start, end=end, label=reading.label, scores=scores, dimensions=dict(reading.dimensions))


def _faces(read: Sequence[tuple[float, EmotionReading]]) -> tuple[FaceReading, ...]:
    """The faces of the frame that shows most of them, with its time: which face of another frame is the same is not known."""
    time, fullest = max(read, key=lambda pair: len(pair[1].faces))
    return tuple(face.model_copy(update={"start": round(time, 2)}) for face in fullest.faces)
