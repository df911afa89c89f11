"""Sound of the terminal: a microphone, a WAV file or raw PCM comes in, the answers' voice goes out. Knows no question and no answer."""

from __future__ import annotations

import queue
import sys
import threading
import time
import wave
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from retrieval.faults import Fault, InvalidInput, NotInstalled, Unavailable
from ui.pcm import Incoming

RATE = 16_000
"""Samples a second that are sent."""
SPOKEN_RATE = 24_000
"""Samples a second of the answers."""
_PIECE = 0.1
"""Seconds of a piece."""


def microphone(seconds: float | None) -> Iterator[bytes]:
    """16-bit mono pieces of the microphone, for so long. Raises NotInstalled, Unavailable."""
    device = _sounddevice()
    try:
        with device.RawInputStream(samplerate=RATE, channels=1, dtype="int16", blocksize=int(RATE * _PIECE)) as stream:
            until = None if seconds is None else time.monotonic() + seconds
            while until is None or time.monotonic() < until:
                data, _ = stream.read(int(RATE * _PIECE))
                yield bytes(data)
    except Fault:
        raise
    except Exception as error:  # PortAudio raises its own and plain OSError, depending on the platform
        raise Unavailable(f"The microphone cannot be used: {error}.", hint="Check that one is connected and allowed.") from error


def recording(path: Path) -> Iterator[bytes]:
    """16-bit mono pieces of a WAV file, as fast as they would be spoken. Raises InvalidInput."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = {"rate": file.getframerate(), "width": file.getsampwidth(), "channels": file.getnchannels()}
            incoming, began, sent = Incoming(), time.monotonic(), 0.0
            while piece := file.readframes(int(shape["rate"] * _PIECE)):
                yield _pcm(incoming.feed(shape, piece))
                sent += _PIECE
                time.sleep(max(0.0, began + sent - time.monotonic()))
    except (OSError, EOFError, wave.Error) as error:
        raise InvalidInput(
            f"'{path}' cannot be streamed: {getattr(error, 'strerror', None) or error}.",
            hint=f"A WAV file can; others are answered whole: assistant listen {path.name} (without --hands-free and --wake).",
        ) from error  # fmt: skip


def raw(stream: BinaryIO, rate: int) -> Iterator[bytes]:
    """16-bit mono pieces of raw PCM (signed 16-bit little-endian, mono, `rate`) as it comes."""
    incoming, shape = Incoming(), {"rate": rate, "width": 2, "channels": 1}
    read = getattr(stream, "read1", stream.read)
    while piece := read(int(rate * _PIECE) * 2):
        yield _pcm(incoming.feed(shape, piece))


def standard_input(rate: int) -> Iterator[bytes]:
    """The same from standard input. Raises InvalidInput when that is a terminal."""
    if sys.stdin.isatty():
        raise InvalidInput("No sound comes in.", hint="For example: arecord -f S16_LE -r 16000 -t raw | assistant listen -")
    return raw(sys.stdin.buffer, rate)


def silence(seconds: float) -> bytes:
    """16-bit mono silence."""
    return bytes(2 * int(RATE * seconds))


def _pcm(samples: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    return bytes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _sounddevice() -> Any:
    """The package that reaches microphone and loudspeaker. Raises NotInstalled."""
    if find_spec("sounddevice") is None:
        raise NotInstalled(
            "The microphone needs the package 'sounddevice'.",
            hint="Install it (pip install sounddevice), or give a recording: assistant listen question.wav",
        )
    try:
        return import_module("sounddevice")
    except OSError as error:
        raise NotInstalled(
            f"The microphone cannot be reached: {error}.",
            hint="Install PortAudio (on Debian: apt-get install libportaudio2), or give a recording: assistant listen question.wav",
        ) from error


class Loudspeaker:
    """Plays 16-bit mono pieces at SPOKEN_RATE in their order, in a thread of its own. Silent where there is no loudspeaker."""

    def __init__(self) -> None:
        self.there = True
        self.played = 0.0
        """Seconds of the present answer that were given to the device."""
        self._pieces: queue.Queue[bytes | None] = queue.Queue()
        self._stream: Any = None
        try:
            self._stream = _sounddevice().RawOutputStream(samplerate=SPOKEN_RATE, channels=1, dtype="int16")
            self._stream.start()
        except Exception:  # no package, no PortAudio, no device: the words are still written
            self.there = False
            return
        self._thread = threading.Thread(target=self._play, name="loudspeaker", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Something is left to be played."""
        return self.there and self._pieces.unfinished_tasks > 0

    def begin(self) -> None:
        """A new answer."""
        self.played = 0.0

    def play(self, pcm: bytes) -> None:
        """Play this after the rest."""
        if self.there:
            self._pieces.put(pcm)

    def stop(self) -> None:
        """Drop what is left."""
        while True:
            try:
                self._pieces.get_nowait()
            except queue.Empty:
                return
            self._pieces.task_done()

    def close(self) -> None:
        """End, once everything was played."""
        if self.there:
            self._pieces.put(None)
            self._thread.join(60)
            self._stream.close()

    def _play(self) -> None:
        while (piece := self._pieces.get()) is not None:
            self._stream.write(piece)
            self.played += len(piece) / 2 / SPOKEN_RATE
            self._pieces.task_done()
