"""Every score of the models that come along, measured again with the weights that are in use. Knows which file measures which model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.evaluation.base import Score
from assistant.service import Assistant
from retrieval.faults import Fault, InvalidInput, NotFound, Unavailable

Measure = Callable[[Assistant, Path], Sequence[Score]]


def _image_encoder(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.image_encoder import evaluate

    return evaluate(data, assistant.library.embedders["image_embedder"])


def _sound_encoder(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.sound_encoder import evaluate

    return evaluate(data, assistant.library.embedders["audio_embedder"])


def _drawing(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.drawing import evaluate

    return evaluate(data, assistant.kit.image_generator)


def _judge(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.judge import evaluate
    from tools.image_generators.shapes import create
    from tools.judge import Judge

    embedder = assistant.library.embedders["image_embedder"]
    return evaluate(data, embedder, Judge(assistant.library), assistant.kit.image_generator, create())


def _vqa(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.vqa import evaluate

    return evaluate(data, assistant.kit.vqa)


def _router(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.router import evaluate

    return evaluate(data, assistant.router)


def _reader(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.reader import evaluate

    return evaluate(data, assistant.reader)


def _text_emotion(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.text_emotion import evaluate

    return evaluate(data, assistant.kit.emotions["text"])


def _speech(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.speech import evaluate

    return evaluate(data, assistant.voice)


def _faces(assistant: Assistant, data: Path) -> Sequence[Score]:
    from assistant.evaluation.faces import evaluate
    from tools.emotions.face import FaceAnalyzer

    analyzer = assistant.kit.emotions["image"]
    if not isinstance(analyzer, FaceAnalyzer):
        raise Unavailable("Only the bundled face model is measured here.", hint="Set models.face_emotion back to `face`.")
    return evaluate(data, analyzer)


MEASURES: dict[str, Measure] = {
    "router": _router, "reader": _reader, "text_emotion": _text_emotion, "image_encoder": _image_encoder, "sound_encoder": _sound_encoder,
    "drawing": _drawing, "judge": _judge, "vqa": _vqa, "speech": _speech, "faces": _faces,
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """What one measure found."""

    name: str
    seconds: float
    scores: Sequence[Score] = ()
    skipped: str = ""
    """Why nothing was measured; empty when something was."""

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "name": self.name, "seconds": round(self.seconds, 1), "skipped": self.skipped,
            "scores": [score.to_dict() for score in self.scores],
        }  # fmt: skip


@dataclass
class Report:
    """All that was measured so far."""

    measured: list[Measured] = field(default_factory=list)

    @property
    def missed(self) -> list[str]:
        """Goals that were not reached."""
        return [f"{score.model}/{score.name}" for one in self.measured for score in one.scores if score.met is False]

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "passed": not self.missed, "missed": self.missed, "seconds": round(sum(one.seconds for one in self.measured), 1),
            "measured": [one.to_dict() for one in self.measured],
        }  # fmt: skip


def chosen(only: Sequence[str]) -> list[str]:
    """The measures to take. Raises InvalidInput for a name that is none."""
    unknown = [name for name in only if name not in MEASURES]
    if unknown:
        raise InvalidInput(f"'{unknown[0]}' is not measured.", hint=f"Choose of: {', '.join(MEASURES)}.", param="only")
    return list(only) or list(MEASURES)


def measure(assistant: Assistant, data: Path, names: Sequence[str]) -> Iterator[Measured]:
    """One after the other. A set that is not in `data`, or a back-end that is not installed, is skipped with its reason."""
    if not data.is_dir():
        raise NotFound(f"There is no folder {data}.", hint="Name the folder of the public sets: --data DIR.", param="data")
    for name in names:
        started = time.monotonic()
        try:
            scores = MEASURES[name](assistant, data)
        except Fault as fault:
            yield Measured(name, time.monotonic() - started, skipped=f"{fault.message} {fault.hint}".strip())
            continue
        yield Measured(name, time.monotonic() - started, scores)
