"""`assistant emotion`: what words, voices and faces say. Knows the request, reads nothing."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli.options import DataDir, Json

Body = dict[str, Any]
BAR = 24
"""Characters of a bar."""
_FULL, _RANGE = "█", "░"


def emotion(
    what: Annotated[list[str], typer.Argument(metavar="TEXT|FILE...", help="Words, or a recording, a picture, a video; several together.")],
    consent: Annotated[bool, typer.Option("--consent", help="The person whose voice or face it is agreed.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the reading as a file of yours. Otherwise nothing is kept.")] = False,
    language: Annotated[str, typer.Option("--language", help="Language of the answer: en or zh.", show_default=False)] = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Read feelings from words, and with consent from a voice, a face or a video; all of them fused.

    A hint, not a finding: bars show the share of each feeling, pale ones how far off it may be.

    Examples:

        assistant emotion "I am so happy that you came"

        assistant emotion "I am fine" voice.wav --consent

        assistant emotion clip.mp4 --consent --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    body = request_of(what) | {"consent": consent, "keep": keep} | ({"language": language} if language else {})
    with connected(data_dir) as client:
        read = client.post("/v1/emotion", body)
    if json:
        output.show_json(read)
    else:
        show(read, language or ("zh" if _chinese(str(read.get("text", ""))) else "en"))


def request_of(what: list[str]) -> Body:
    """The request for words and files as they were typed. Raises InvalidInput for two of a kind and for a kind that is not read."""
    from retrieval.faults import InvalidInput

    body: Body = {}
    words = []
    for one in what:
        path = Path(one)
        if not _is_file(path):
            words.append(one)
            continue
        media_type = mimetypes.guess_type(path.name)[0] or ""
        kind = media_type.partition("/")[0]
        if kind == "text" or not kind:
            words.append(path.read_text("utf-8", errors="replace"))
            continue
        if kind not in ("audio", "image", "video") or kind in body:
            raise InvalidInput(f"'{path.name}' cannot be read here.", hint="Give words and at most one recording, picture and video.")
        data = base64.b64encode(path.read_bytes()).decode()
        if kind == "audio":
            body[kind] = {"data": data, "format": path.suffix.lstrip(".").lower() or "wav"}
        else:
            body[kind] = {"url": f"data:{media_type};base64,{data}"}
    return body | ({"text": "\n".join(words)} if words else {})


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # words longer than any name
        return False


def _chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def show(read: Body, language: str) -> None:
    """Sentences, bars, what each modality says, and the timeline."""
    from retrieval.catalogue import say
    from ui.cli import output

    def name(key: str) -> str:
        return say("ui.cli", language, f"feelings.{key}")

    output.write(str(read["text"]) + "\n")
    fused = read["fused"]
    shares: Body = fused["distribution"]
    rows = [(name(label), share, fused["interval"][label]) for label, share in sorted(shares.items(), key=lambda pair: -pair[1])]
    for label, share, (low, high) in rows:
        output.write(f"  {_padded(label, 16)} {bar(share, high)} {share:4.0%}  ({low:.0%}-{high:.0%})")
    output.write("")
    for modality, part in read["modalities"].items():
        note = f"; {part['note']}" if part.get("note") else ""
        output.write(f"  {_padded(name(modality), 8)} {part['weight']:4.0%}  {part['state']}{note}")
    _timeline(read["timeline"], name)
    for left_out in read["skipped"]:
        output.notes().print(f"{name(left_out['modality'])}: {left_out['reason']} {left_out['hint']}", style="dim", markup=False)
    if read.get("help"):
        output.write(f"\n{read['help']}")
    if read.get("file_id"):
        output.write(f"\n{name('kept')} {read['file_id']}")


def bar(share: float, high: float) -> str:
    """A bar of the share, and behind it how far it may reach."""
    full = round(share * BAR)
    reach = max(full, round(high * BAR))
    return (_FULL * full + _RANGE * (reach - full)).ljust(BAR)


def _timeline(moments: list[Body], name: Any) -> None:
    """One line a moment, in seconds."""
    from ui.cli import output

    if not moments:
        return
    output.write(f"\n  {name('timeline')}")
    for moment in moments:
        share = float(moment["scores"].get(moment["label"], 0.0))
        span = f"{moment['start']:6.1f} - {moment['end']:5.1f} s"
        shown = moment.get("state") or name(moment["label"])
        output.write(f"  {span}  {_padded(name(moment['modality']), 8)} {_FULL * round(share * BAR / 2):12s} {shown}")


def _padded(text: str, width: int) -> str:
    """Padded to columns: a Chinese character takes two."""
    return text + " " * max(0, width - sum(2 if ord(letter) > 0x2E80 else 1 for letter in text))
