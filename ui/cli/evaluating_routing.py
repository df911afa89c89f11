"""`assistant eval routing`: how often the right tool comes first. Asks the route of every row, runs nothing."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ui.cli.connection import Client


@dataclass
class Score:
    """Right answers of a kind, and the wrong ones to look at."""

    right: int = 0
    of: int = 0
    wrong: list[dict[str, Any]] = field(default_factory=list)

    def add(self, ok: bool, case: dict[str, Any]) -> None:
        """Count a case."""
        self.of += 1
        self.right += ok
        if not ok:
            self.wrong.append(case)

    @property
    def share(self) -> float | None:
        """Right by all; None when there was nothing to count."""
        return round(self.right / self.of, 4) if self.of else None

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"right": self.right, "of": self.of, "share": self.share, "wrong": self.wrong}


def run(files: Sequence[Path], least: float, *, json: bool, data_dir: Path | None) -> None:
    """Measure and show; exits with 1 when the share is below `least`. Raises Fault."""
    from ui.cli import output
    from ui.cli.connection import connected

    score = Score()
    with connected(data_dir) as client:
        skipped = sum(_routing(client, path, score) for path in files)
    low = score.share is not None and score.share < least
    if json:
        output.show_json({"passed": not low, **score.to_dict(), "skipped": skipped})
    else:
        _show(score, skipped)
    if low:
        if not json:
            output.show_fault(f"Below the threshold: {score.share} < {least}.")
        raise typer.Exit(1)


def _routing(client: Client, path: Path, score: Score) -> int:
    """Route every row; how many rows need an earlier turn and were left out."""
    from retrieval.faults import InvalidInput

    skipped = 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if not {"words", "expected"} <= set(rows.fieldnames or ()):
            raise InvalidInput(f"{path} lacks the columns words and expected.", hint="The first line names them: words, media, expected.")
        for row in rows:
            media = (row.get("media") or "").strip()
            if media.startswith("earlier:"):
                skipped += 1
                continue
            parts: list[dict[str, Any]] = [{"type": "text", "text": row["words"]}] if row["words"] else []
            parts += [_medium(media, path.parent)] if media else []
            found = client.post("/v1/route", {"input": parts})
            first = found["plan"][0] if found["plan"] else "none"
            score.add(first == row["expected"], {"words": row["words"], "media": media, "expected": row["expected"], "got": first})
    return skipped


def _medium(name: str, folder: Path) -> dict[str, Any]:
    from assistant.doctor import picture, tone
    from ui.chat.client import Attached, part
    from ui.cli.answering import attach

    if name == "image":
        return part(Attached("photo.png", "", picture().data))
    if name == "audio":
        return part(Attached("recording.wav", "", tone().data))
    if name == "video":
        return part(Attached("clip.mp4", "", _clip()))
    if name == "file":
        return part(Attached("document.txt", "", b"A short document."))
    return attach(folder / name)


def _clip() -> bytes:
    """A quarter of a second of grey video."""
    import io

    import av
    import numpy as np

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=8)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(2):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    return out.getvalue()


def _show(score: Score, skipped: int) -> None:
    from ui.cli import output

    if score.share is not None:
        output.table(["measure", "right", "of", "share"], [["routing", str(score.right), str(score.of), f"{score.share:.3f}"]])
    if skipped:
        output.write(f"{skipped} rows that need an earlier turn were left out.")
    for case in score.wrong[:20]:
        output.write(f"  {output.shorten(str(case), 200)}")
