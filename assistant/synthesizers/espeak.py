"""eSpeak NG: a clear, robotic voice in English and Mandarin, offline. GPL-3, so it runs in a process of its own and is never loaded here.

The library of the optional `espeakng-loader` package is taken first; without it the `espeak-ng` command, if the machine has it.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
import weakref
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assistant.speech import for_the_ear
from retrieval import child_processes
from retrieval.content import Content
from retrieval.faults import Busy, InvalidInput, NotInstalled, TimedOut, Unavailable
from retrieval.hosting.circuit import Circuit
from retrieval.items import ModelCard
from retrieval.waves import recording

VOICES = ("en-us", "en-gb", "cmn")
_DEFAULT = {"en": "en-us", "zh": "cmn"}
_ALIASES = {"zh": "cmn", "mandarin": "cmn", "chinese": "cmn", "english": "en-us", "british": "en-gb", "american": "en-us"}
_WORDS_A_MINUTE = {"en": 155, "zh": 150}
_SLOWEST, _FASTEST = 80, 450
_PATIENCE = 30.0
"""Seconds for all of a text, and for a start."""
_SILENCE = 2.0
"""Seconds between two pieces of a speech; they come every few milliseconds."""
_LONGEST_LINE = 4096
_PIECE = 65_536
"""Bytes that are read at once."""
_MOST_BYTES = 128 * 2**20
"""Of the longest text at the slowest pace, and some."""
_RATES = range(8000, 48_001)
_ROOT = Path(__file__).resolve().parents[2]


class EspeakSynthesizer:
    """One child process that is started at the first word and again after a crash."""

    voices = VOICES

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._circuit = Circuit("The voice")
        self._alive: list[subprocess.Popen[bytes]] = []
        weakref.finalize(self, _end, self._alive)

    @cached_property
    def card(self) -> ModelCard:
        """What would speak, without starting it."""
        source = (
            "espeakng-loader package"
            if find_spec("espeakng_loader")
            else "espeak-ng command"
            if shutil.which("espeak-ng")
            else "not installed"
        )
        return ModelCard(
            name="eSpeak NG",
            role="synthesizer",
            kind="classical",
            source=source,
            revision=_version(),
            licence="GPL-3.0 (runs in a process of its own)",
            bytes=21_000_000,
            modalities=("audio",),
            limits="Formant synthesis: clear but robotic. Mandarin tones are approximate.",
        )

    def speak(self, text: str, language: str, *, voice: str = "", speed: float = 1.0) -> Content:
        """Speech as 16-bit mono WAV. Citation marks and Markdown are not read out. Raises NotInstalled, InvalidInput, TimedOut."""
        language = "zh" if language.lower().startswith(("zh", "cmn")) else "en"
        if not 0.25 <= speed <= 4.0:
            raise InvalidInput(f"{speed:g} is not a speed.", hint="Choose 0.25 to 4.", param="speed")
        words = for_the_ear(text, language)
        if not any(c.isalnum() for c in words):
            raise InvalidInput("There is nothing to say.", hint="Send some words.", param="text")
        chosen = _voice(voice, language)
        pace = round(min(_FASTEST, max(_SLOWEST, _WORDS_A_MINUTE[language] * speed)))
        if find_spec("espeakng_loader") is not None:
            rate, samples = self._ask({"text": words, "voice": chosen, "rate": pace})
        else:
            rate, samples = _by_command(words, chosen, pace)
        return recording(samples, rate, "speech.wav")

    def phonemes(self, text: str, voice: str) -> str:
        """`text` in the International Phonetic Alphabet, as the voice says it. Raises NotInstalled."""
        _, found = self._ask({"text": text, "voice": voice, "rate": 0, "phonemes": True})
        return found.decode("utf-8", "replace")

    def _ask(self, request: dict[str, Any]) -> tuple[int, bytes]:
        """Samples from the child process; one retry with a fresh one when it has died. Raises Busy, Unavailable, TimedOut."""
        if not self._lock.acquire(timeout=2 * _PATIENCE):
            raise Busy("The voice speaks for others.", hint="Try again in a moment.")
        try:
            for _ in range(2):
                self._circuit.check()
                try:
                    found = _exchange(self._running(), request)
                except (OSError, EOFError, ValueError, KeyError, TypeError):
                    _end(self._alive)
                    self._circuit.failed()
                    continue
                except TimedOut:
                    self._circuit.failed()
                    raise
                self._circuit.worked()
                return found
        finally:
            self._lock.release()
        raise Unavailable("The voice stopped while speaking.", hint="Try again.", code="voice_stopped")

    def readiness(self) -> str:
        """`ready` or `failed: why`; starts nothing."""
        return "failed: The voice keeps stopping. It is tried again in a moment." if self._circuit.open else "ready"

    def _running(self) -> subprocess.Popen[bytes]:
        """The child process. Raises NotInstalled when it says that there is no voice, EOFError and the like when it stops instead."""
        if self._alive and self._alive[0].poll() is None:
            return self._alive[0]
        _end(self._alive)
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "assistant.synthesizers._espeak_process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, start_new_session=True, bufsize=0,
        )  # fmt: skip
        self._alive.append(process)
        if "ready" not in json.loads(_Answer(process).line(time.monotonic() + _PATIENCE)):
            _end(self._alive)
            raise _missing()
        return process

    def close(self) -> None:
        """End the child process."""
        with self._lock:
            _end(self._alive)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Kill and wait for them; the list is empty afterwards."""
    while processes:
        child_processes.end(processes.pop())


def _voice(voice: str, language: str) -> str:
    wanted = _ALIASES.get(voice.lower(), voice.lower())
    # OpenAI clients send names such as `alloy`: an unknown voice falls back to the language's own, as those clients expect a voice.
    return wanted if wanted in VOICES else _DEFAULT[language]


def _exchange(process: subprocess.Popen[bytes], request: dict[str, Any]) -> tuple[int, bytes]:
    assert process.stdin is not None
    last = time.monotonic() + _PATIENCE
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    answer, data = _Answer(process), bytearray()
    while True:
        until = min(last, time.monotonic() + _SILENCE)
        head = json.loads(answer.line(until))
        if "error" in head:
            raise InvalidInput(f"The voice refused: {head['error']}.", hint=f"Choose a voice: {', '.join(VOICES)}.", param="voice")
        rate, size = int(head["rate"]), int(head["bytes"])
        if rate not in _RATES or not 0 <= size <= _MOST_BYTES - len(data) or (size % 2 and not request.get("phonemes")):
            raise ValueError("no sound")
        if not size:
            return rate, bytes(data)
        data += answer.exactly(size, until)


class _Answer:
    """What a process writes, read in large pieces: a call of the system for each byte took longer than the voice."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._process, self._descriptor, self._kept = process, process.stdout.fileno(), bytearray()
        self._coming = select.poll()  # select() takes no descriptor above 1023
        self._coming.register(self._descriptor, select.POLLIN)

    def line(self, until: float) -> bytes:
        """Up to the next end of a line. Raises ValueError for a line without end, and as `exactly` does."""
        while (end := self._kept.find(b"\n", 0, _LONGEST_LINE)) < 0:
            if len(self._kept) >= _LONGEST_LINE:
                raise ValueError("no answer")
            self._more(until)
        return self._taken(end + 1)

    def exactly(self, count: int, until: float) -> bytes:
        """`count` bytes. Raises EOFError when the process ended, TimedOut when it is silent for too long."""
        while len(self._kept) < count:
            self._more(until)
        return self._taken(count)

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._kept[:count])
        del self._kept[:count]
        return taken

    def _more(self, until: float) -> None:
        if not self._coming.poll(max(0.0, until - time.monotonic()) * 1000):
            self._process.kill()
            raise TimedOut("The voice took too long.", hint="Try again, with a shorter text if it was a long one.")
        part = os.read(self._descriptor, _PIECE)
        if not part:
            raise EOFError
        self._kept += part


def _by_command(text: str, voice: str, pace: int) -> tuple[int, bytes]:
    """Samples from the `espeak-ng` command."""
    command = shutil.which("espeak-ng")
    if command is None:
        raise _missing()
    try:
        done = subprocess.run(
            [command, "--stdout", "-v", voice, "-s", str(pace), "--stdin"],
            input=text.encode("utf-8"),
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise TimedOut("The voice took too long.", hint="Send a shorter text.") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable("The espeak-ng command failed.", hint="Run `espeak-ng --version` to see why.") from error
    start = done.stdout.find(b"data")
    rate = int.from_bytes(done.stdout[24:28], "little")
    return rate, done.stdout[start + 8 :]


def _missing() -> NotInstalled:
    return NotInstalled(
        "No voice is installed.",
        hint="Install eSpeak NG: make install EXTRAS=voice, or your system's package espeak-ng. Answers stay written until then.",
    )


def _version() -> str:
    try:
        return importlib.metadata.version("espeakng-loader")
    except importlib.metadata.PackageNotFoundError:
        return ""


def create(reference: str = "") -> EspeakSynthesizer:
    """The synthesizer; it has no model to refer to."""
    return EspeakSynthesizer()
