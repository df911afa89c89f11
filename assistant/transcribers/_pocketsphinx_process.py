"""The PocketSphinx process: sound in on stdin while somebody speaks, words out on stdout. Prefers nothing; knows no conversation.

The library holds Python's lock while it works, so in the server's own process every other person would wait for each word. Run as
`python -m assistant.transcribers._pocketsphinx_process`. A request is one JSON line, for `feed` followed by `bytes` bytes of 16-bit mono
samples at 16 kHz; each is answered by one JSON line. Ends when stdin closes.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

import numpy as np

from assistant.transcribers._confidence import agreement
from assistant.transcribers._decoding import Decoding, Heard
from assistant.transcribers._streamed import Streamed

LEAST_ALIKE = 0.1
"""Share of its words that a grammar has in common with free words wherever it is believed; below it, nothing is compared."""


def _heard(found: Heard) -> dict[str, Any]:
    return {"words": [word.model_dump() for word in found.words], "path": found.path, "seconds": found.seconds}


class Engine:
    """One utterance at a time."""

    def __init__(self) -> None:
        # Two decoders, because each can be in the middle of one utterance only: free words, and a grammar.
        self._decodings = {"asked": Decoding(("asked",)), "grammar": Decoding(())}
        for decoding in self._decodings.values():
            decoding.ready()
        self._grammar = ""
        self._reading: dict[str, Streamed] = {}
        self._fits: tuple[tuple[str, str], list[float]] = (("", ""), [])

    def answer(self, request: dict[str, Any], body: bytes) -> dict[str, Any]:
        """What comes of a request: `start` (with a grammar), `feed`, `pause`, `settle`, `resume`, `finish`. Raises ValueError."""
        what = request["do"]
        if what == "start":
            self._start(request.get("grammar"))
        elif what == "feed":
            sound = np.frombuffer(body, "<i2").astype(np.float32) / np.float32(32768)
            for one in self._reading.values():
                one.feed(sound)
        elif what in ("pause", "finish"):
            return self._found(ended=what == "finish")
        elif what == "settle":
            self._reading["asked"].settle()
        elif what == "resume":
            for one in self._reading.values():
                one.resume()
        else:
            raise ValueError(f"there is no '{what}'")
        return {"text": self._reading["asked"].so_far().text}

    def _start(self, told: str | None) -> None:
        """A new utterance; without a grammar the last one stays."""
        for one in self._reading.values():
            one.close()
        grammar = self._grammar = self._grammar if told is None else told
        if grammar and told is not None:
            self._decodings["grammar"].prepare(grammar)
        self._reading = {name: Streamed(self._decodings[name], name) for name in (("asked", "grammar") if grammar else ("asked",))}
        self._fits = (("", ""), [])

    def _found(self, *, ended: bool) -> dict[str, Any]:
        asked = self._reading["asked"]
        free = asked.settle() if ended or asked.short else asked.so_far()
        named = self._reading["grammar"].settle() if "grammar" in self._reading else Heard()
        return {"free": _heard(free), "named": _heard(named), "fits": self._fitting(named.text, free.text)}

    def _fitting(self, named: str, free: str) -> list[float]:
        """How well both fit the sounds; empty where that cannot matter."""
        if not named or agreement(named.split(), free.split()) < LEAST_ALIKE:
            return []
        if named == free:
            return [0.0, 0.0]
        if self._fits[0] != (named, free):
            sound, decoding = self._reading["asked"].sound, self._decodings["grammar"]
            self._fits = ((named, free), [decoding.fit(sound, text) for text in (named, free)])
        return self._fits[1]


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    try:
        engine = Engine()
    except Exception as error:
        _tell(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    _tell(answers, {"ready": True})
    for line in requests:
        try:
            request = json.loads(line)
            _tell(answers, engine.answer(request, requests.read(int(request.get("bytes", 0)))))
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            _tell(answers, {"error": str(error)})


def _tell(answers: BinaryIO, what: dict[str, Any]) -> None:
    answers.write(json.dumps(what).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    # The library prints remarks about grammars on stdout; they are none of the answers.
    with os.fdopen(os.dup(1), "wb") as lines:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, lines)
