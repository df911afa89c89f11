"""Wyoming: a voice from a service elsewhere, such as wyoming-piper or another assistant. Knows no model.

`wyoming:tcp://host:10200`, or `wyoming:tcp://host:10200#voice`. The protocol has no speed: the sound is stretched here, at the same pitch.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.speech import for_the_ear
from assistant.wyoming_peer import Peer
from retrieval.content import Content
from retrieval.faults import Fault, InvalidInput, TooLarge, Unreadable
from retrieval.items import ModelCard
from retrieval.waves import recording

if TYPE_CHECKING:
    from wyoming.event import Event

_REMEMBERED = 300.0
"""Seconds for which the list of voices is believed."""
_LONGEST = 1800.0
"""Seconds of speech that are taken for one text."""
_RATES = range(4000, 192_001)
_QUICKEST = 2.0
"""Factor of one filter; faster speech goes through two."""


@dataclass
class _Sound:
    """16-bit mono samples as they come in."""

    rate: int = 0
    pcm: bytearray = field(default_factory=bytearray)

    def add(self, event: Event) -> None:
        """The next piece. Raises Unreadable for sound in another shape, TooLarge for speech without end."""
        rate, width, channels = (event.data.get(key) for key in ("rate", "width", "channels"))
        if not isinstance(rate, int) or rate not in _RATES or (width, channels) != (2, 1) or (self.rate and rate != self.rate):
            raise Unreadable(f"The voice sends sound that is not read here (rate {rate}, width {width}, channels {channels}).")
        self.rate = rate
        self.pcm += event.payload or b""
        if len(self.pcm) > 2 * rate * _LONGEST:
            raise TooLarge(f"The voice spoke for more than {_LONGEST:g} s.", hint="Send a shorter text.")


class WyomingSynthesizer:
    """Whatever voices the service has."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._known: tuple[float, tuple[str, ...]] = (-_REMEMBERED, ())
        self.card = ModelCard(
            name=peer.name or "Wyoming service", role="synthesizer", kind="service", source=peer.address, licence="its own",
            modalities=("audio",), limits="A service elsewhere: what is said leaves this process.",
        )  # fmt: skip

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the service's voices; none while it cannot be reached."""
        asked, names = self._known
        if time.monotonic() - asked > _REMEMBERED:
            try:
                found = self._peer.info()
            except Fault:
                return names
            names = tuple(voice.name for program in found.tts for voice in program.voices)
            self._known = (time.monotonic(), names)
        return names

    def speak(self, text: str, language: str, *, voice: str = "", speed: float = 1.0) -> Content:
        """Speech as 16-bit mono WAV. Raises InvalidInput, Unavailable, TimedOut, Unreadable."""
        from wyoming.audio import AudioChunk, AudioStop
        from wyoming.tts import Synthesize, SynthesizeVoice

        if not 0.25 <= speed <= 4.0:
            raise InvalidInput(f"{speed:g} is not a speed.", hint="Choose 0.25 to 4.", param="speed")
        language = "zh" if language.lower().startswith(("zh", "cmn")) else "en"
        words = for_the_ear(text, language)
        if not any(c.isalnum() for c in words):
            raise InvalidInput("There is nothing to say.", hint="Send some words.", param="text")
        named = voice if voice and voice in self.voices else self._peer.name
        wanted = SynthesizeVoice(name=named) if named else SynthesizeVoice(language=language)
        sound = _Sound()
        with self._peer.open() as exchange:
            exchange.send(Synthesize(text=words, voice=wanted).event())
            while not AudioStop.is_type((event := exchange.receive()).type):
                if AudioChunk.is_type(event.type):
                    sound.add(event)
        if not sound.pcm:
            raise Unreadable("The voice said nothing.", hint="Try other words, or look at the service's log.")
        return recording(_at_speed(bytes(sound.pcm), sound.rate, speed), sound.rate, "speech.wav")

    def close(self) -> None:
        """Nothing is kept open."""


def _at_speed(pcm: bytes, rate: int, speed: float) -> bytes:
    """The samples, faster or slower at the same pitch (FFmpeg's `atempo`)."""
    if abs(speed - 1.0) < 0.01:
        return pcm
    import av

    graph = av.filter.Graph()
    steps: list[Any] = [graph.add_abuffer(sample_rate=rate, format="s16", layout="mono")]
    for factor in _factors(speed):
        steps.append(graph.add("atempo", f"{factor:.4f}"))
    steps.append(graph.add("abuffersink"))
    graph.link_nodes(*steps).configure()
    frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")[None], format="s16", layout="mono")
    frame.rate = rate
    steps[0].push(frame)
    steps[0].push(None)
    pieces: list[bytes] = []
    while True:
        try:
            pieces.append(steps[-1].pull().to_ndarray().astype("<i2").tobytes())
        except (av.error.BlockingIOError, av.error.EOFError):
            return b"".join(pieces)


def _factors(speed: float) -> list[float]:
    """Factors of at most `_QUICKEST`, at least its inverse, whose product is `speed`."""
    return [speed] if 1 / _QUICKEST <= speed <= _QUICKEST else [speed**0.5, speed**0.5]


def create(reference: str = "", *, offline: bool = False) -> WyomingSynthesizer:
    """The synthesizer; connects to nothing yet. Raises InvalidInput for a malformed reference."""
    return WyomingSynthesizer(Peer(reference, setting="synthesizer", offline=offline))
