"""Speech: transcription and synthesis of ours beside the bare engines, and how long after a word its caption comes.

`python -m benchmarks.speaking [--rounds N] [--quick]`, on the recordings that ship and sentences spoken by our own voice. The bare
transcriber is PocketSphinx with the same searches over the same stretches of speech; the bare voice is eSpeak NG's library, called in a
process of its own, because its licence keeps it out of this one. Processor time, children included. Captions are those of a live session,
fed at the pace of speech; the end of a word is where the transcript of the whole recording has it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from assistant import samples
from assistant.live.ear import WINDOW
from assistant.live.events import LiveEvent, Partial
from assistant.live.listening import Listening, Utterance
from assistant.live.options import LiveOptions
from assistant.speech import speech_spans
from assistant.synthesizers.espeak import EspeakSynthesizer
from assistant.transcribers._decoding import Decoding
from assistant.transcribers.base import RATE
from assistant.transcribers.pocketsphinx import PocketSphinxTranscriber
from assistant.voice import Voice
from benchmarks.processes import processor_seconds
from retrieval.decoding import Decoder

ROOT = Path(__file__).parents[1]
Samples = NDArray[np.float32]
SAID = (
    "turn on the light in the kitchen and close the blinds in the living room",
    "what does the warranty of the heat pump cover",
)
LONG = " ".join(["The pump of the old harbour is checked every two days, because the water rises in autumn."] * 8)
OFTEN = 5
"""Times that it is spoken: the clock of other processes counts in hundredths of a second."""
QUIET = 0.8
"""Seconds of silence around what is played."""
BARE_VOICE = """
import json, sys
from assistant.synthesizers._espeak_process import Engine
engine = Engine()
for line in sys.stdin:
    heard = []
    engine.speak(json.loads(line), "en-us", 155, heard.append)
    print(sum(map(len, heard)), flush=True)
"""


def recordings(decoder: Decoder, voice: EspeakSynthesizer) -> dict[str, Samples]:
    """The spoken one that ships, and made ones, as 16 kHz samples."""
    shipped = Path(samples.__file__).parent / "sounds" / "spoken_question.wav"
    found = {shipped.name: decoder.pcm(decoder.admit(shipped.read_bytes(), shipped.name), RATE)}
    for text in SAID:
        found[text[:24]] = decoder.pcm(voice.speak(text, "en"), RATE)
    return found


def transcribing(sounds: Mapping[str, Samples], rounds: int) -> dict[str, Any]:
    """Ours finds the speech, reads it with both languages and weighs them; bare is both searches of a decoder over the same stretches."""
    ours, bare = PocketSphinxTranscriber(), Decoding()
    stretches = [sound[start:end] for sound in sounds.values() for start, end in speech_spans(sound)]

    def whole() -> None:
        for sound in sounds.values():
            ours.transcribe(sound, "en")

    def alone() -> None:
        for stretch in stretches:
            bare.prose(stretch)
            bare.asked(stretch)

    return compared({"ours_ms": whole, "bare_ms": alone}, rounds, time.process_time)


def voicing(voice: EspeakSynthesizer, rounds: int) -> dict[str, Any]:
    """A long text by our voice, its process included, and by the library alone."""
    bare = subprocess.Popen([sys.executable, "-c", BARE_VOICE], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def alone() -> None:
        assert bare.stdin is not None
        assert bare.stdout is not None
        for _ in range(OFTEN):
            bare.stdin.write(json.dumps(LONG) + "\n")
            bare.stdin.flush()
            if not int(bare.stdout.readline() or 0):
                raise RuntimeError("the bare voice said nothing")

    try:
        return compared({"ours_ms": lambda: [voice.speak(LONG, "en") for _ in range(OFTEN)], "bare_ms": alone}, rounds, _worked)
    finally:
        bare.kill()
        bare.wait()


def compared(ways: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float]) -> dict[str, Any]:
    """Milliseconds of every way, in turn, and the ratio of the first to the second in each round; the first round is not counted."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            began = clock()
            way()
            if turn:
                spent[name].append(1000 * (clock() - began))
    one, other = spent.values()
    return {**spent, "ratios": [a / b for a, b in zip(one, other, strict=True)]}


def _worked() -> float:
    """Processor seconds of this process and its children."""
    own = psutil.Process()
    return processor_seconds((own, *own.children(recursive=True)))


def captioned(voice: Voice, sounds: Mapping[str, Samples]) -> dict[str, float]:
    """Seconds between the end of each word and the caption that first has it, in a live session that is fed at the pace of speech."""
    delays: list[float] = []
    _live(voice, next(iter(sounds.values())))  # its processes start
    for sound in sounds.values():
        words = voice.transcriber.transcribe(sound, "en").words
        seen = _live(voice, sound)
        for place, word in enumerate(words):
            before = sum(other.word == word.word for other in words[:place])
            shown = next((at for at, text in seen if text.split().count(word.word) > before), None)
            if shown is not None:
                delays.append(shown - QUIET - word.end)
    if not delays:
        return {"words": 0, "p50_s": 0.0, "p90_s": 0.0}
    return {"words": len(delays), "p50_s": float(np.percentile(delays, 50)), "p90_s": float(np.percentile(delays, 90))}


def _live(voice: Voice, sound: Samples) -> list[tuple[float, str]]:
    """(seconds since the first sample, caption) while it is played."""
    seen: list[tuple[float, str]] = []
    began = time.perf_counter()

    def emit(event: LiveEvent) -> None:
        if isinstance(event, Partial):
            seen.append((time.perf_counter() - began, event.text))

    listening = Listening(voice, LiveOptions(language="en"), emit)
    silence = np.zeros(int(QUIET * RATE), np.float32)
    played = np.concatenate([silence, sound, silence])
    for start in range(0, len(played) - WINDOW, WINDOW):
        time.sleep(max(0.0, began + (start + WINDOW) / RATE - time.perf_counter()))
        for told in listening.feed(played[start : start + WINDOW]):
            if isinstance(told, Utterance):
                seen.append((time.perf_counter() - began, told.transcript.text))
    listening.close()
    return seen


def main() -> None:
    """Print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one recording, one round: shows that it runs")
    options = parser.parse_args()
    decoder, speaker, transcriber = Decoder(workers=1), EspeakSynthesizer(), PocketSphinxTranscriber()
    try:
        sounds = recordings(decoder, speaker)
        rounds = 1 if options.quick else options.rounds
        if options.quick:
            sounds = dict(list(sounds.items())[:1])
        found = {"transcription": transcribing(sounds, rounds), "synthesis": voicing(speaker, rounds)}
        captions = captioned(Voice(decoder, transcriber, speaker), sounds)
    finally:
        transcriber.close()
        speaker.close()
        decoder.close()
    print(json.dumps({"ways": found, "captions": captions}))


if __name__ == "__main__":
    main()
