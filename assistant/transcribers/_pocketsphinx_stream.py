"""PocketSphinx while somebody speaks: one utterance, read by its processes. Which reading is taken is decided elsewhere."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.transcribers._confidence import agreement
from assistant.transcribers._decoding import Heard
from assistant.transcribers._pocketsphinx_pipes import Processes, gone
from assistant.transcribers.base import RATE, Transcript, Word
from retrieval.faults import Unavailable

_SETTLED = 6.0
"""Seconds of an utterance up to which it is settled at a pause; reading a longer one again, when it goes on, takes too long."""
LEAST_ALIKE = 0.1
"""Share of its words that a grammar has in common with free words wherever it is believed; below it, nothing is compared."""


@dataclass(frozen=True)
class Found:
    """What a process made of an utterance."""

    free: Heard
    named: Heard
    """Within the grammar."""
    fits: tuple[float, ...]
    """How well the words of `named` and of `free` fit the sounds; empty when one of them has none."""


class PocketSphinxStream:
    """One utterance, read by free words and by a grammar at the same time, each in a process of its own. `write` makes a transcript of what
    was found, empty when it is not believed and the utterance may go on (its second argument is false)."""

    def __init__(self, processes: Processes, grammar: str, write: Callable[[Found, bool], Transcript]) -> None:
        self._processes, self._write = processes, write
        self._readers = [processes.take(search) for search in (("asked", "grammar") if grammar else ("asked",))]
        self._text = ""
        self._samples = 0
        self._paused: Transcript | None = None
        self._fits: tuple[tuple[str, str], tuple[float, ...]] = (("", ""), ())
        for process in self._readers:
            process.start(grammar)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        """What is asked of the processes: their failures are counted, and their nonsense is one."""
        try:
            yield
        except Unavailable:
            self._processes.circuit.failed()
            raise
        except (KeyError, TypeError, ValueError, IndexError) as error:
            self._processes.circuit.failed()
            for process in self._readers:
                process.close()
            raise gone() from error

    def _tell(self, request: dict[str, Any], body: bytes = b"") -> None:
        """Send it and look at what has come back meanwhile. Raises Unavailable."""
        with self._counted():
            for process in self._readers:
                process.ask(request, body)
                for one in process.answers(all_of_them=False):
                    if process.search == "asked":
                        self._text = str(one.get("text") or self._text)

    def feed(self, samples: NDArray[np.float32]) -> str:
        """Words so far."""
        self._samples += len(samples)
        self._tell({"do": "feed"}, np.asarray(np.clip(samples, -1, 1) * 32767, "<i2").tobytes())
        return self._text

    def pause(self) -> Transcript:
        """The words if this is the end. Empty when that is not sure, or when so much was said that it is no command."""
        known = self._samples < _SETTLED * RATE
        self._paused = self._write(self._found(), False) if known else Transcript(text="", language="en")
        return self._paused

    def resume(self) -> None:
        """It was not the end."""
        self._paused = None
        self._tell({"do": "resume"})

    def finish(self) -> Transcript:
        """All words."""
        try:
            if not self._readers or not self._samples:
                return Transcript(text="", language="en")
            if self._paused is not None and self._paused.text:
                return self._paused
            return self._write(self._found(), True)
        finally:
            self.close()

    def _found(self) -> Found:
        with self._counted():
            for process in self._readers:
                process.ask({"do": "settle"})
            heard = [_heard(process.answers(all_of_them=True)[-1]) for process in self._readers]
            free, named = heard[0], heard[1] if len(heard) > 1 else Heard()
            found = Found(free, named, self._fitting(named.text, free.text))
        self._processes.circuit.worked()
        return found

    def _fitting(self, named: str, free: str) -> tuple[float, ...]:
        """How well both fit the sounds; empty where that cannot matter."""
        if not named or agreement(named.split(), free.split()) < LEAST_ALIKE:
            return ()
        if named == free:
            return (0.0, 0.0)
        if self._fits[0] != (named, free):
            # Each aligns one of them: the two take as long as the longer.
            for process, text in zip(self._readers, (free, named), strict=True):
                process.ask({"do": "fit", "texts": [text]})
            found = [float(process.answers(all_of_them=True)[-1]["fits"][0]) for process in self._readers]
            if any(math.isnan(fit) for fit in found):
                raise ValueError("no number")
            self._fits = ((named, free), (found[1], found[0]))
        return self._fits[1]

    def close(self) -> None:
        """Give it up; the processes go on to the next utterance."""
        readers, self._readers = self._readers, []
        for process in readers:
            self._processes.give(process)


def _heard(found: dict[str, Any]) -> Heard:
    return Heard(words=tuple(Word.model_validate(word) for word in found["words"]), path=found["path"], seconds=found["seconds"])
