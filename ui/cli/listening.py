"""`assistant listen`: a spoken question from a file or the microphone, written down and answered. Knows no speech model."""

from __future__ import annotations

import io
import wave
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import Collections, DataDir, Json, Language, Speak

if TYPE_CHECKING:
    from ui.cli.connection import Client

RATE = 16_000


def listen(
    recording: Annotated[Path | None, typer.Argument(help="A recording; without it the microphone is used.", show_default=False)] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="How long to listen to the microphone.", min=1, max=60)] = 6,
    speak: Speak = None,
    transcribe_only: Annotated[bool, typer.Option("--transcribe-only", help="Write down what was said and stop.")] = False,
    collection: Collections = None,
    language: Language = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Answer a spoken question.

    The microphone needs the package sounddevice; a recording needs nothing more.

    Examples:

        assistant listen question.wav

        assistant listen question.wav --json --speak answer.wav

        assistant listen --seconds 5
    """
    from ui.cli import answering, output
    from ui.cli.connection import connected

    sound = answering.attach(recording) if recording is not None else None
    if sound is None:
        from ui.chat.client import Attached, part

        sound = part(Attached("microphone.wav", "", record(seconds)))
    metadata: dict[str, object] = {"collection": collection} if collection else {}
    metadata |= {"language": language} if language else {}
    options: dict[str, object] = {"metadata": metadata} if metadata else {}
    options |= {"modalities": ["text", "audio"]} if speak else {}
    with connected(data_dir) as client:
        if transcribe_only:
            _transcribe(client, sound, json)
            return
        answer = answering.run(client, [sound], options, live=not json)
        answering.save_media(client, answer, None, speak)
    if json:
        output.show_json(answer.to_dict())
    else:
        answering.finish(answer)


def _transcribe(client: Client, sound: dict[str, object], as_json: bool) -> None:
    import base64

    from ui.cli import output

    file = sound["file"]
    assert isinstance(file, dict)
    data = base64.b64decode(str(file["file_data"]).partition(",")[2])
    found = client.transcribe(str(file["filename"]), data)
    if as_json:
        output.show_json(found)
    else:
        output.write(str(found.get("text", "")))


def record(seconds: float) -> bytes:
    """`seconds` of the microphone as WAV (16 kHz, mono). Raises NotInstalled or Unavailable."""
    from retrieval.faults import NotInstalled, Unavailable

    if find_spec("sounddevice") is None:
        raise NotInstalled(
            "The microphone needs the package 'sounddevice'.",
            hint="Install it (pip install sounddevice), or give a recording: assistant listen question.wav",
        )
    from ui.cli import output

    sounddevice = import_module("sounddevice")
    output.notes().print(f"  Listening for {seconds:g} s ...", style="dim")
    try:
        samples = sounddevice.rec(int(seconds * RATE), samplerate=RATE, channels=1, dtype="int16")
        sounddevice.wait()
    except Exception as error:  # PortAudio raises its own and plain OSError, depending on the platform
        raise Unavailable(f"The microphone cannot be used: {error}.", hint="Check that one is connected and allowed.") from error
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()
