"""Scores of the bundled models, measured again on a folder of data. One file a model; each has `evaluate(data, ...) -> list[Score]`."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image

from retrieval.content import Content
from retrieval.faults import NotFound

STYLE_LEFT_OUT = "emojitwo"
"""The drawing style that no model was trained on."""


@dataclass(frozen=True)
class Score:
    """One measured figure of one model."""

    model: str
    """Role, as in `assistant models list`."""
    name: str
    """What was measured, e.g. `caltech101_top1`."""
    value: float
    cases: int
    """How many cases it was measured on."""
    goal: float | None = None
    lower_is_better: bool = False
    note: str = ""
    """What was held back, and how."""

    @property
    def met(self) -> bool | None:
        """Whether the goal was reached; None without a goal."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.lower_is_better else self.value >= self.goal

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "value": round(self.value, 4), "met": self.met}


def held_out(key: str, parts: int) -> bool:
    """Whether `key` belongs to the one part in `parts` that no model was trained on; the same on every machine."""
    return int(hashlib.sha1(key.encode()).hexdigest()[:8], 16) % parts == 0  # noqa: S324


class Files:
    """A table (`NAME.tsv`) beside its archive (`NAME.zip`)."""

    def __init__(self, data: Path, name: str) -> None:
        """`name` is the path below `data` without its ending, e.g. `photos/flowers/dev/flower_photos`. Raises NotFound."""
        self._path = data / name
        if not self._path.with_suffix(".tsv").is_file():
            raise NotFound(f"There is no {name}.tsv in {data}.", hint="Name the folder that holds the sets: --data DIR.")

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The rows of the table."""
        with self._path.with_suffix(".tsv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self._path.with_suffix(".zip"))

    def bytes(self, file: str) -> bytes:
        """The file as it lies in the archive."""
        return self._archive.read(file)

    def picture(self, file: str) -> Image.Image:
        """The picture as RGBA; a photograph is opaque everywhere."""
        return Image.open(io.BytesIO(self.bytes(file))).convert("RGBA")

    def image(self, file: str) -> Content:
        """The picture on white, as an admitted content."""
        picture = self.picture(file)
        ground = Image.new("RGBA", picture.size, "white")
        ground.alpha_composite(picture)
        out = io.BytesIO()
        ground.convert("RGB").save(out, "PNG")
        return Content(modality="image", media_type="image/png", data=out.getvalue(), name=file, width=picture.width, height=picture.height)
