"""The PocketSphinx process: sound in on stdin while somebody speaks, words out on stdout. Prefers nothing; knows no conversation.

The library holds Python's lock while it works, so in the server's own process every other person would wait for each word. Run as
`python -m assistant.transcribers._pocketsphinx_process asked`, or `grammar`. A request is one JSON line, for `feed` followed by `bytes`
bytes of 16-bit mono samples at 16 kHz; each is answered by one JSON line. Ends when stdin closes.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

import numpy as np

from assistant.transcribers._decoding import Decoding, Heard
from assistant.transcribers._streamed import Streamed


def _heard(found: Heard) -> dict[str, Any]:
    return {"words": [word.model_dump() for word in found.words], "path": found.path, "seconds": found.seconds}


class Engine:
    """One utterance at a time, by one search: `asked`, free words, or `grammar`."""

    def __init__(self, search: str) -> None:
        """Raises KeyError for a search that there is not."""
        self._decoding = {"asked": Decoding(("asked",)), "grammar": Decoding(())}[search]
        self._decoding.ready()
        self._search = search
        self._reading = Streamed(self._decoding, search)

    def answer(self, request: dict[str, Any], body: bytes) -> dict[str, Any]:
        """What comes of a request: `start` (with a grammar), `feed`, `settle`, `resume`, `fit`. Raises ValueError."""
        what = request["do"]
        if what == "start":
            self._start(request.get("grammar"))
        elif what == "feed":
            self._reading.feed(np.frombuffer(body, "<i2").astype(np.float32) / np.float32(32768))
        elif what == "settle":
            return _heard(self._reading.settle())
        elif what == "resume":
            self._reading.resume()
        elif what == "fit":
            return {"fits": [self._decoding.fit(self._reading.sound, text) for text in request["texts"]]}
        else:
            raise ValueError(f"there is no '{what}'")
        return {"text": self._reading.so_far().text}

    def _start(self, told: str | None) -> None:
        """A new utterance; without a grammar the last one stays."""
        self._reading.close()
        if told and self._search == "grammar":
            self._decoding.prepare(told)
        self._reading = Streamed(self._decoding, self._search)


def serve(search: str, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    try:
        engine = Engine(search)
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
        serve(sys.argv[1], sys.stdin.buffer, lines)
