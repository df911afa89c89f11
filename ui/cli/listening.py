"""`assistant listen`: spoken questions from a file, the microphone or a stream, written down and answered. Knows no speech model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import Collections, DataDir, Json, Language, Speak

if TYPE_CHECKING:
    from ui.cli.connection import Client
    from ui.cli.live_talk import Wishes

Wake = Annotated[str, typer.Option("--wake", help="Answer only what follows this phrase, such as: computer.", show_default=False)]
HandsFree = Annotated[bool, typer.Option("--hands-free", help="Go on listening after each answer, until Ctrl-C or the end of the sound.")]
BargeIn = Annotated[
    bool, typer.Option("--barge-in", help="Speaking stops the answer. Use headphones: a loudspeaker is heard by its microphone.")
]
Raw = Annotated[int, typer.Option("--rate", help="Samples a second of raw sound on standard input.", min=4000, max=192_000)]


def listen(
    recording: Annotated[Path | None, typer.Argument(help="A recording, or - for raw 16-bit mono PCM on standard input; without it the "
                                                     "microphone is used.", show_default=False)] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="How long to listen to the microphone for one question.", min=1, max=60)] = 6,
    hands_free: HandsFree = False,
    wake: Wake = "",
    barge_in: BargeIn = False,
    rate: Raw = 16_000,
    speak: Speak = None,
    transcribe_only: Annotated[bool, typer.Option("--transcribe-only", help="Write down what was said and stop.")] = False,
    collection: Collections = None,
    language: Language = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Answer spoken questions, with captions while they are spoken and the milliseconds of each stage.

    A recording is one question. The microphone, `-` and `--hands-free` are a live session: who stops speaking is answered, aloud where
    there is a loudspeaker. With `--hands-free --json` each event is one line. The microphone needs the package sounddevice.

    Examples:

        assistant listen question.wav

        assistant listen question.wav --json --speak answer.wav

        assistant listen --hands-free --wake computer

        arecord -f S16_LE -r 16000 -t raw | assistant listen - --json
    """
    from retrieval.faults import InvalidInput
    from ui.cli.connection import connected
    from ui.cli.live_talk import Wishes

    streamed = recording is None or str(recording) == "-" or hands_free or bool(wake)
    if streamed and len(collection or []) > 1:
        raise InvalidInput("A live session uses one collection.", hint="Name one, or none for the default.", param="collection")
    once = recording is None and not hands_free and not wake
    wishes = Wishes(
        wake=wake, language=language, collection=(collection or [""])[0], transcribe_only=transcribe_only, once=once, interrupts=barge_in
    )
    with connected(data_dir) as client:
        if recording is not None and not streamed:
            _one(client, recording, speak, transcribe_only, collection, language, json)
        else:
            _live(client, wishes, _source(recording, rate, seconds if once else None), speak, json)


def _one(
    client: Client, recording: Path, speak: Path | None, transcribe_only: bool, collection: list[str] | None, language: str, as_json: bool
) -> None:
    """A whole recording as one question."""
    from ui.cli import answering, output

    sound = answering.attach(recording)
    if transcribe_only:
        _transcribe(client, sound, as_json)
        return
    metadata: dict[str, object] = {"collection": collection} if collection else {}
    metadata |= {"language": language} if language else {}
    options: dict[str, object] = {"metadata": metadata} if metadata else {}
    options |= {"modalities": ["text", "audio"]} if speak else {}
    answer = answering.run(client, [sound], options, live=not as_json)
    answering.save_media(client, answer, None, speak)
    if as_json:
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


def _source(recording: Path | None, rate: int, seconds: float | None) -> Iterator[bytes]:
    from ui.cli import live_sound

    if recording is None:
        return live_sound.microphone(seconds)
    return live_sound.standard_input(rate) if str(recording) == "-" else live_sound.recording(recording)


def _live(client: Client, wishes: Wishes, sound: Iterator[bytes], speak: Path | None, as_json: bool) -> None:
    """A live session, shown while it goes on."""
    from ui.cli import output
    from ui.cli.live_report import Captions, Heard, Lines
    from ui.cli.live_sound import Loudspeaker
    from ui.cli.live_talk import Talk

    heard, shown = Heard(), Lines() if as_json else Captions()

    def show(event: dict[str, object]) -> None:
        heard.add(event)
        if not (as_json and wishes.once):
            shown.show(event)

    loudspeaker = Loudspeaker() if speak is None and not wishes.transcribe_only else None
    language = wishes.language or "en"
    if not as_json:
        begun = output.say(language, "live_woken" if wishes.wake else "live_listening", phrase=wishes.wake)
        output.notes().print(f"  {begun}", style="dim", markup=False)
    talk = Talk(client, wishes, show, loudspeaker)
    try:
        talk.run(sound)
    except KeyboardInterrupt:
        if wishes.once:
            raise
    finally:
        if loudspeaker is not None:
            loudspeaker.stop()
            loudspeaker.close()
        if speak is not None:
            _save(speak, bytes(talk.spoken))
    if wishes.once and as_json:
        output.show_json(heard.to_dict(str(speak) if speak else None))
    elif not as_json and not heard.text:
        output.notes().print(f"  {output.say(language, 'live_nothing')}", style="dim")


def _save(path: Path, pcm: bytes) -> None:
    from retrieval.faults import Fault
    from retrieval.waves import of_pcm
    from ui.cli.live_sound import SPOKEN_RATE

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(of_pcm(pcm, SPOKEN_RATE))
    except OSError as error:
        raise Fault(f"'{path}' cannot be written: {error.strerror}.", hint="Choose another place with --speak.") from error
