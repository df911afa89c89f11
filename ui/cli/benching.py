"""`assistant bench`: how fast live voice answers on this machine, stage by stage. Measures in a data directory of its own."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import Json

if TYPE_CHECKING:
    from assistant.evaluation.live_voice import Recording, Run
    from assistant.service import Assistant

app = typer.Typer(no_args_is_help=True, help="Measure how fast the assistant answers on this machine.")
_SOUNDS = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".opus")


@app.callback()
def _bench() -> None:
    """Measure how fast the assistant answers on this machine."""


@app.command()
def voice(
    recordings: Annotated[
        Path | None, typer.Argument(help="A folder of recordings, one utterance each; made sentences when left out.", show_default=False)
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="How often everything is said.")] = 1,
    json: Json = False,
) -> None:
    """How long after the end of speech the answer is heard: p50 and p95 of every stage, and how fast speech stops the voice.

    Recordings are played into a live session at their own pace, as a microphone would. Nothing of your data is touched.

    Examples:

        assistant bench voice

        assistant bench voice my-recordings --json
    """
    from assistant.evaluation.live_voice import barge_in, made, measure
    from ui.cli import output

    with _assistant() as (assistant, loop), output.notes().status("") as status:
        said = (_read(assistant, recordings) if recordings is not None else made(assistant)) * rounds
        runs = measure(assistant, loop, said, lambda run: status.update(run.name))
        stopped = barge_in(assistant, loop)
    report = _report(runs, stopped)
    if json:
        output.show_json(report)
    else:
        _show(report)


@contextmanager
def _assistant() -> Iterator[tuple[Assistant, asyncio.AbstractEventLoop]]:
    """The assistant of the settings over the sample collection, started, in a loop of its own."""
    from assistant.build import build
    from assistant.settings import read

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with tempfile.TemporaryDirectory(prefix="assistant-bench-") as folder:
        assistant = build(read().model_copy(update={"data_dir": Path(folder), "sample": True}))
        asyncio.run_coroutine_threadsafe(assistant.start(), loop).result()
        try:
            asyncio.run_coroutine_threadsafe(_ready(assistant), loop).result()
            yield assistant, loop
        finally:
            asyncio.run_coroutine_threadsafe(assistant.close(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def _ready(assistant: Assistant) -> None:
    while not assistant.ready:
        await asyncio.sleep(0.1)


def _read(assistant: Assistant, folder: Path) -> list[Recording]:
    """Sounds of a folder. Raises InvalidInput when there are none."""
    from assistant.evaluation.live_voice import Recording
    from retrieval.faults import InvalidInput

    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SOUNDS) if folder.is_dir() else []
    if not paths:
        raise InvalidInput(f"There is no recording in {folder}.", hint=f"Put sounds there: {', '.join(_SOUNDS)}.", param="recordings")
    decoder = assistant.kit.decoder
    return [Recording(path.name, decoder.pcm(decoder.admit(path.read_bytes(), path.name), 16_000)) for path in paths]


def _report(runs: list[Run], stopped: list[float]) -> dict[str, Any]:
    from assistant.evaluation.live_voice import percentile, summary

    kinds = sorted({run.kind for run in runs})
    stops = {"p50": percentile(stopped, 0.5), "p95": percentile(stopped, 0.95), "runs": len(stopped)} if stopped else {}
    # A command is one that a device confirmed: what was misheard says nothing about that path.
    done = [run for run in runs if run.by == "control_device"]
    return {
        "unit": "ms", "all": summary(runs), "kinds": {kind: summary([run for run in runs if run.kind == kind]) for kind in kinds},
        "device_commands": summary(done), "barge_in": stops,
        "runs": [asdict(run) for run in runs],
    }  # fmt: skip


def _show(report: dict[str, Any]) -> None:
    from ui.cli import output

    rows = [
        [name, stage, f"{found['p50']:.0f}", f"{found['p95']:.0f}", str(int(found["runs"]))]
        for name, stages in (("all", report["all"]), *report["kinds"].items(), ("device commands", report["device_commands"]))
        for stage, found in stages.items()
    ]
    if report["barge_in"]:
        stops = report["barge_in"]
        rows.append(["barge-in", "speech to silence", f"{stops['p50']:.0f}", f"{stops['p95']:.0f}", str(stops["runs"])])
    output.table(["of", "stage", "p50 ms", "p95 ms", "runs"], rows)
