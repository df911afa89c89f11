"""One turn in the terminal: files become content parts, the stream becomes lines, media are saved. Knows no command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrieval.catalogue import language_of
from retrieval.faults import Fault, InvalidInput, NotFound, TooLarge
from ui.chat.client import Attached, Json, part
from ui.chat.live import Draft
from ui.cli import output
from ui.cli.connection import Client

MOST_BYTES = 50 * 2**20


@dataclass
class Answer:
    """A finished turn as a program reads it."""

    draft: Draft
    language: str
    spoken: str = ""
    """File id of the spoken answer."""
    saved: list[Json] = field(default_factory=list)

    def to_dict(self) -> Json:
        """The JSON of `ask --json`."""
        trace = self.draft.trace
        return {
            "answer": self.draft.text,
            "refused": bool(trace.get("refused")),
            "citations": self.draft.annotations,
            "images": [saved for saved in self.saved if saved["modality"] == "image"],
            "audio": next((saved["path"] for saved in self.saved if saved["modality"] == "audio"), None),
            "heard": self.draft.heard or None,
            "language": self.language,
            "trace": trace,
        }


def attach(path: Path) -> Json:
    """A file as a content part; the service finds out what it is. Raises NotFound, InvalidInput or TooLarge."""
    if not path.exists():
        raise NotFound(f"There is no file '{path}'.", hint="Check the path.", param=str(path))
    if not path.is_file():
        raise InvalidInput(f"'{path}' is not a file.", hint="To add a folder to a collection, use: assistant ingest FOLDER.")
    if path.stat().st_size > MOST_BYTES:
        raise TooLarge(f"'{path.name}' has {output.size(path.stat().st_size)}; the limit is 50 MB.", hint="Send a smaller file.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"'{path}' cannot be read: {error.strerror}.", hint="Check its permissions.") from error
    return part(Attached(path.name, "", data))


def question_of(words: str, files: Sequence[Path]) -> list[Json]:
    """The parts of a turn. Raises InvalidInput when there is nothing to ask."""
    parts = [attach(path) for path in files]
    if words.strip():
        parts.insert(0, {"type": "text", "text": words})
    if not parts:
        raise InvalidInput("There is no question.", hint='For example: assistant ask "What does the warranty cover?"')
    return parts


def run(client: Client, parts: Sequence[Json], options: Json, *, live: bool, conversation: str = "") -> Answer:
    """Send a turn and follow it to its end. With `live`, words and steps are printed as they come.

    Raises ApiFault when the service refuses the request or the turn fails. Ctrl-C hangs up, which stops the work, and is raised on.
    """
    body = {"stream_options": {"include_usage": True}, **options}
    stream = client.turn(parts, conversation, body)
    draft, printer, spoken = Draft(), _Printer(), ""
    try:
        for chunk in stream:
            changed = draft.add(chunk)
            event = (chunk.get("trace") or {}).get("event") or {}
            if event.get("type") == "spoken":
                spoken = str(event.get("file_id", ""))
            if live:
                printer.show(changed, chunk, draft)
    except KeyboardInterrupt:
        stream.close()
        raise
    if draft.fault is not None:
        raise draft.fault
    return Answer(draft, language_of(draft.text), spoken)


class _Printer:
    """Prints a draft while it grows: words to standard output, steps to standard error."""

    def __init__(self) -> None:
        self._language = "en"

    def show(self, changed: str, chunk: Json, draft: Draft) -> None:
        if changed == "text":
            delta = next((c.get("delta") or {} for c in chunk.get("choices") or []), {})
            output.write(str(delta.get("content") or ""), end="")
        elif changed == "heard":
            self._language = language_of(draft.heard)
            self._note(output.say(self._language, "unsure" if draft.unsure else "heard", text=draft.heard))
        elif changed == "step" and draft.steps:
            self._step(chunk, draft)

    def _step(self, chunk: Json, draft: Draft) -> None:
        event: dict[str, Any] = (chunk.get("trace") or {}).get("event") or {}
        tool = output.clean(str(event.get("tool", "")))
        if event.get("type") == "tool_started":
            self._note(output.say(self._language, "running", tool=tool))
        elif event.get("type") == "tool_finished" and event.get("ok"):
            self._note(output.say(self._language, "finished", tool=tool, seconds=f"{float(event.get('ms') or 0) / 1000:.2f}"))
        elif event.get("type") == "tool_finished":
            self._note(output.say(self._language, "failed", tool=tool, error=output.clean(str(event.get("error") or ""))))

    def _note(self, words: str) -> None:
        output.notes().print(f"  {words}", style="dim", markup=False)


def save_media(client: Client, answer: Answer, out: Path | None, speech: Path | None) -> None:
    """Write made pictures to `out` or ./NAME.png and the spoken answer to `speech`; remembers the paths in `answer.saved`."""
    made = [media for media in answer.draft.media if media.get("recipe")]
    for number, media in enumerate(made):
        data, _ = client.content(str(media["file_id"]))
        path = _target(out, number, str(media.get("caption") or media.get("handle") or "picture"))
        _write(path, data)
        answer.saved.append({
            "modality": "image", "path": str(path), "file_id": media["file_id"], "media_type": media.get("media_type"),
            "caption": media.get("caption", ""), "recipe": media["recipe"],
        })  # fmt: skip
    if speech is None:
        return
    data = client.content(answer.spoken)[0] if answer.spoken else client.speech(answer.draft.text, answer.language)
    _write(speech, data)
    answer.saved.append({"modality": "audio", "path": str(speech), "file_id": answer.spoken or None, "media_type": "audio/wav"})


def _target(out: Path | None, number: int, name: str) -> Path:
    if out is not None and number == 0:
        return out
    if out is not None:
        return out.with_name(f"{out.stem}-{number + 1}{out.suffix}")
    stem = re.sub(r"[^\w]+", "-", name.lower()).strip("-")[:40] or "picture"
    path, copy = Path(f"{stem}.png"), 2
    while path.exists():
        path, copy = Path(f"{stem}-{copy}.png"), copy + 1
    return path


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise Fault(f"'{path}' cannot be written: {error.strerror}.", hint="Choose another place with --out.") from error


def finish(answer: Answer) -> None:
    """What follows the words of an answer: its sources, and the media that were saved."""
    if answer.draft.text and not answer.draft.text.endswith("\n"):
        output.write("")
    output.show_sources(answer.draft.annotations, answer.language)
    if notice := str(answer.draft.trace.get("notice") or ""):
        output.write(output.clean(notice))
    for saved in answer.saved:
        if saved["modality"] == "image":
            output.show_picture(Path(saved["path"]).read_bytes())
        output.write(output.say(answer.language, "saved", path=saved["path"]))
