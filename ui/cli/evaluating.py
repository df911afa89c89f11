"""`assistant eval`: how often the route, the evidence and the refusals are right on a person's own questions. Knows no model.

`bundled` in place of files measures the models that come along (`evaluating_bundled.py`). Two kinds of files:

- `.tsv` with the columns `words`, `media`, `expected`: turns and the tool that should come first (`none` for no tool). `media` is
  empty, a path beside the file, or image | audio | video | file for a small stand-in.
- `.jsonl` with one object a line: `question`, and `expected`, words that the cited evidence or its title must contain, or null when
  the collection cannot answer the question and the assistant must say so.
"""

from __future__ import annotations

import csv
import json as json_format
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import Collections, DataDir, Json

if TYPE_CHECKING:
    from ui.cli.connection import Client

Share = Annotated[float, typer.Option(min=0, max=1, help="Exit with 1 when the figure is lower.")]


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


def evaluate(
    files: Annotated[list[Path], typer.Argument(help=".tsv (routing) and .jsonl (questions) files; or the word bundled.")],
    min_routing: Share = 0,
    min_recall: Share = 0,
    min_refusal: Share = 0,
    collection: Collections = None,
    data: Annotated[Path | None, typer.Option(envvar="DATA", help="For bundled: the folder of the public sets.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="For bundled: measure this model only; may be repeated.")] = None,
    require_goals: Annotated[bool, typer.Option(help="For bundled: exit with 1 when a goal is missed.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Measure routing, evidence and refusals on your own questions; for a build server there are thresholds.

    A .tsv file has the columns words, media, expected (a tool or none). A .jsonl file has a question a line, with the words the
    evidence must contain as "expected", or null when there is no answer.

    Examples:

        assistant eval turns.tsv --min-routing 0.9

        assistant eval questions.jsonl --collection manuals --min-recall 0.8 --min-refusal 0.9 --json

        assistant eval bundled --data sets --only vqa --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    if [str(file) for file in files] == ["bundled"]:
        from retrieval.faults import InvalidInput
        from ui.cli import evaluating_bundled

        if data is None:
            raise InvalidInput("The sets to measure on are not named.", hint="assistant eval bundled --data DIR", param="data")
        evaluating_bundled.run(data, only or [], require_goals=require_goals, json=json)
        return
    _present(files)
    scores = {"routing": Score(), "recall": Score(), "refusal": Score()}
    skipped = 0
    with connected(data_dir) as client:
        for path in files:
            if path.suffix == ".tsv":
                skipped += _routing(client, path, scores["routing"])
            else:
                _questions(client, path, list(collection or []), scores["recall"], scores["refusal"])
    floors = {"routing": min_routing, "recall": min_recall, "refusal": min_refusal}
    low = [name for name, score in scores.items() if (score.share is not None and score.share < floors[name])]
    if json:
        found = {name: score.to_dict() for name, score in scores.items() if score.of}
        output.show_json({"passed": not low, "scores": found, "skipped": skipped, "below": low})
    else:
        _show(scores, skipped)
    if low:
        if not json:
            output.show_fault(f"Below the threshold: {', '.join(low)}.")
        raise typer.Exit(1)


def _present(files: Sequence[Path]) -> None:
    for file in files:
        if not file.is_file():
            raise typer.BadParameter(f"There is no file {file}. Name .tsv or .jsonl files, or the word bundled.", param_hint="FILES")


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


def _questions(client: Client, path: Path, collections: Sequence[str], recall: Score, refusal: Score) -> None:
    """Ask every question: an answerable one must cite what is expected, an unanswerable one must be refused."""
    from retrieval.faults import InvalidInput
    from ui.cli import answering

    options = {"metadata": {"collection": list(collections)}} if collections else {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = json_format.loads(line)
            question, expected = str(case["question"]), case.get("expected")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(f"{path}, line {number} is not a question.", hint='One object a line: {"question", "expected"}.') from error
        answer = answering.run(client, [{"type": "text", "text": question}], options, live=False).to_dict()
        seen = {"question": question, "expected": expected, "answer": answer["answer"]}
        if expected is None:
            refusal.add(bool(answer["refused"]), seen)
        else:
            evidence = " ".join(f"{c.get('title', '')} {c.get('cited_text', '')}" for c in answer["citations"])
            recall.add(str(expected).casefold() in evidence.casefold(), seen)


def _show(scores: dict[str, Score], skipped: int) -> None:
    from ui.cli import output

    rows = [[name, str(score.right), str(score.of), f"{score.share:.3f}"] for name, score in scores.items() if score.share is not None]
    output.table(["measure", "right", "of", "share"], rows)
    if skipped:
        output.write(f"{skipped} rows that need an earlier turn were left out.")
    for name, score in scores.items():
        for case in score.wrong[:20]:
            output.write(f"  {name}: {output.shorten(str(case), 200)}")
