"""The eSpeak NG process: text in on stdin, samples out on stdout. The GPL library lives here and nowhere else.

Run as `python -m assistant.synthesizers._espeak_process`. A request is one JSON line `{"text", "voice", "rate"}`. The answer is pieces as
they are made, so that whoever waits can tell work from a hang: one JSON line `{"rate", "bytes"}`, then that many bytes of 16-bit mono
samples; the last piece has none. `{"error"}` in place of a piece ends it too. With `"phonemes": true` the bytes are the text in the
International Phonetic Alphabet (UTF-8) instead. Ends when stdin closes.
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO

MEMORY_BYTES = 1024 * 2**20
"""Address space of the process."""
PIECE_BYTES = 32_768
PIECE_SECONDS = 0.1
"""Samples are told when there are so many of them, or when nothing was told for so long."""
_SYNCHRONOUS = 2
_RATE_PARAMETER = 1
_UTF8 = 1
_IPA = 2
_NAMED = {"en-gb": "en"}
"""Languages whose voice has another name in the library."""


class Engine:
    """eSpeak NG through its C interface."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_Initialize.restype = ctypes.c_int
        self.rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0))
        if self.rate <= 0:
            raise OSError("eSpeak NG could not be started")
        self._tell: Callable[[bytes], None] = lambda samples: None
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._collect)  # kept: the library calls it later
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self._tell(ctypes.string_at(wave, count * 2))
        return 0

    def _choose(self, voice: str) -> None:
        """Raises ValueError for an unknown voice."""
        if self._library.espeak_SetVoiceByName(_NAMED.get(voice, voice).encode()) != 0:
            raise ValueError(f"there is no voice '{voice}'")

    def phonemes(self, text: str, voice: str) -> bytes:
        """`text` in phonetic letters, UTF-8. Raises ValueError for an unknown voice."""
        self._choose(voice)
        left = ctypes.c_char_p(text.encode("utf-8"))
        clauses: list[bytes] = []
        while left.value:  # one clause a call
            clauses.append(self._library.espeak_TextToPhonemes(ctypes.byref(left), _UTF8, _IPA) or b"")
        return b" ".join(clauses)

    def speak(self, text: str, voice: str, words_a_minute: int, tell: Callable[[bytes], None]) -> None:
        """16-bit mono samples at `rate`, told as they are made. Raises ValueError for an unknown voice."""
        self._tell = tell
        self._choose(voice)
        self._library.espeak_SetParameter(_RATE_PARAMETER, words_a_minute, 0)
        data = text.encode("utf-8")
        self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    try:
        engine = Engine()
    except (OSError, ImportError, AttributeError) as error:
        _answer(answers, {"error": f"not installed: {error}"})
        return
    _answer(answers, {"ready": engine.rate})

    waiting, told = bytearray(), time.monotonic()

    def tell(piece: bytes, *, now: bool = False) -> None:
        nonlocal told
        waiting.extend(piece)
        if waiting and (now or len(waiting) >= PIECE_BYTES or time.monotonic() - told >= PIECE_SECONDS):
            _answer(answers, {"rate": engine.rate, "bytes": len(waiting)}, bytes(waiting))
            waiting.clear()
            told = time.monotonic()

    for line in requests:
        try:
            wanted = json.loads(line)
            if wanted.get("phonemes"):
                tell(engine.phonemes(str(wanted["text"]), str(wanted["voice"])))
            else:
                engine.speak(str(wanted["text"]), str(wanted["voice"]), int(wanted["rate"]), tell)
            tell(b"", now=True)
        except (ValueError, KeyError, TypeError) as error:
            waiting.clear()
            _answer(answers, {"error": str(error)})
            continue
        _answer(answers, {"rate": engine.rate, "bytes": 0})


def _answer(answers: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    answers.write(json.dumps(head).encode() + b"\n" + body)
    answers.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)
