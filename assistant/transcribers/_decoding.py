"""PocketSphinx's decoder: what one search makes of a stretch of speech, and how well given words fit its sounds. Prefers nothing.

One decoder serves every search: loading dictionary and sounds anew takes half a second each time. Its front end is made anew for every
stretch, because it carries the last speaker's noise estimate along and would double the errors; the words are then the same, to the last
digit of their score, as those of a decoder that was never used.
"""

from __future__ import annotations

import gzip
import math
import re
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.transcribers._grammar import read
from assistant.transcribers.base import RATE, Word
from retrieval.faults import NotInstalled

REQUESTS = Path(__file__).with_name("requests.arpa.gz")
PAD = 0.3
"""Seconds of faint noise before and after a stretch."""
DITHER = 8.0
"""Standard deviation of that noise in 16-bit steps; pure zeros upset the noise estimate."""
_SCALE = 1024.0
"""The decoder's scores are kept in 1024ths (SENSCR_SHIFT); times this they are natural logarithms."""
_FRAMES = 100
"""Frames a second."""
_LEAST = 1e-300
_TOO_MANY = 2
"""Words at the end of a path through a grammar that are left out where they end no sentence."""
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")


@dataclass(frozen=True)
class Heard:
    """What one search made of a stretch."""

    words: tuple[Word, ...] = ()
    path: float = -math.inf
    """Log score of sounds and language together, in the decoder's own steps. Only searches by trigrams compare."""
    seconds: float = 1.0

    @property
    def text(self) -> str:
        return " ".join(word.word for word in self.words)


class Decoding:
    """Searches by the wheel's trigrams of newspaper prose, by ours of requests, and within a grammar. Safe for several threads."""

    def __init__(self, trigrams: Sequence[str] = ("prose", "asked")) -> None:
        """`trigrams`: those that will be searched by; a process that needs fewer is smaller."""
        self._lock = threading.RLock()
        self._grammar = ""
        self._wanted = trigrams

    def ready(self) -> None:
        """Load everything now."""
        _ = self._decoder

    def prose(self, stretch: NDArray[np.float32]) -> Heard:
        """By the language of newspapers."""
        return self._hear(stretch, "prose")

    def asked(self, stretch: NDArray[np.float32]) -> Heard:
        """By the language of requests."""
        return self._hear(stretch, "asked")

    def by(self, search: str, stretch: NDArray[np.float32]) -> Heard:
        """By the search of that name: `prose`, `asked`, or the `grammar` that was prepared."""
        found = self._hear(stretch, search)
        return self._whole(found) if search == "grammar" else found

    def within(self, stretch: NDArray[np.float32], grammar: str) -> Heard:
        """By a grammar, which hears nothing that it does not allow. An empty one hears nothing."""
        with self._lock:
            if not grammar:
                return Heard(seconds=len(stretch) / RATE)
            if grammar != self._grammar:
                self._teach(grammar)
            return self._whole(self._hear(stretch, "grammar"))

    def _teach(self, grammar: str) -> None:
        """Make `grammar`, in JSGF or in Sphinx's own format, the one that is searched."""
        if grammar.startswith("FSG_BEGIN"):
            known = read(grammar)
            last = known.states
            steps = [(start, end, 1.0, word) for start, end, word in known.steps] + [(end, last, 1.0) for end in sorted(known.ends)]
            self._decoder.add_fsg("grammar", self._decoder.create_fsg("grammar", 0, last, steps))
        else:
            self._decoder.add_jsgf_string("grammar", grammar)
        self._grammar = grammar

    def _whole(self, heard: Heard) -> Heard:
        """A path that breaks off inside a sentence, because a last sound fits nothing, without the words that are too many."""
        if not self._grammar.startswith("FSG_BEGIN"):
            return heard
        for left in range(len(heard.words), max(0, len(heard.words) - 1 - _TOO_MANY), -1):
            if read(self._grammar).takes(word.word for word in heard.words[:left]):
                return replace(heard, words=heard.words[:left])
        return replace(heard, words=())

    def fit(self, stretch: NDArray[np.float32], text: str) -> float:
        """Mean log chance of a frame's sounds when `text` is what was said, whatever the language. -inf when it cannot be said so fast."""
        with self._lock:
            if not text:
                return -math.inf
            self._decoder.set_align_text(text)
            found, frames = self._run(stretch), self._decoder.n_frames()
        return -math.inf if found is None else _SCALE * math.log(max(found.score, _LEAST)) / max(1, frames)

    @cached_property
    def known(self) -> frozenset[str]:
        """Words of the dictionary."""
        path = self._path("cmudict-en-us.dict")
        return frozenset(line.split(" ", 1)[0] for line in path.read_text("utf-8").splitlines())

    def _hear(self, stretch: NDArray[np.float32], search: str) -> Heard:
        with self._lock:
            self._decoder.activate_search(search)
            return self._found(self._run(stretch), len(stretch) / RATE)

    def _found(self, found: Any, seconds: float) -> Heard:
        with self._lock:
            # Scores come as plain numbers, not logarithms; a long stretch may reach zero.
            segments = list(self._decoder.seg()) if found is not None else []
        if found is None or not segments:
            return Heard(seconds=seconds)
        return Heard(
            words=tuple(_word(s) for s in segments if not _FILLER.match(s.word)), path=math.log(max(found.score, _LEAST)), seconds=seconds,
        )  # fmt: skip

    def means(self, sound: NDArray[np.int16], search: str) -> str:
        """Cepstral means of 16-bit sound: what a voice and its room sound like on the whole."""
        with self._lock:
            decoder = self._decoder
            decoder.activate_search(search)
            decoder.reinit_feat()
            decoder.start_utt()
            decoder.process_raw(sound.tobytes(), no_search=True, full_utt=True)
            decoder.end_utt()
            return str(decoder.get_cmn(False))

    def open(self, search: str, means: str) -> None:
        """Begin to read by a search, piece by piece. Nothing else may be asked until `shut`."""
        self._decoder.activate_search(search)
        self._decoder.reinit_feat()
        self._decoder.set_cmn(means)
        self._decoder.start_utt()

    def more(self, sound: NDArray[np.int16]) -> Heard:
        """Read on; the words so far."""
        self._decoder.process_raw(sound.tobytes())
        return self._found(self._decoder.hyp(), 0.0)

    def shut(self, search: str) -> Heard:
        """The words of everything that was read by that search."""
        self._decoder.end_utt()
        found = self._found(self._decoder.hyp(), 0.0)
        return self._whole(found) if search == "grammar" else found

    def prepare(self, grammar: str) -> None:
        """Have a grammar ready to be searched by."""
        with self._lock:
            if grammar != self._grammar:
                self._teach(grammar)

    def _run(self, stretch: NDArray[np.float32]) -> Any:
        """The path through the sounds by the search that is active; None when there is none."""
        decoder = self._decoder
        decoder.reinit_feat()
        decoder.start_utt()
        decoder.process_raw(padded(stretch).tobytes(), full_utt=True)
        decoder.end_utt()
        return decoder.hyp()

    @cached_property
    def _module(self) -> Any:
        try:
            import pocketsphinx
        except ModuleNotFoundError as error:
            raise NotInstalled("PocketSphinx is not installed.", hint="Run make install again.") from error
        return pocketsphinx

    def _path(self, name: str) -> Path:
        return Path(self._module.get_model_path()) / "en-us" / name

    @cached_property
    def _decoder(self) -> Any:
        decoder = self._module.Decoder(samprate=RATE, loglevel="FATAL", lm=None)
        if "prose" in self._wanted:
            decoder.add_lm("prose", self._trigrams(decoder, self._path("en-us.lm.bin")))
        if "asked" in self._wanted:
            with tempfile.TemporaryDirectory() as folder:  # the decoder reads files only, so ours is unpacked for a moment
                plain = Path(folder) / "requests.arpa"
                plain.write_bytes(gzip.decompress(REQUESTS.read_bytes()))
                decoder.add_lm("asked", self._trigrams(decoder, plain))
        return decoder

    def _trigrams(self, decoder: Any, path: Path) -> Any:
        return self._module.NGramModel(decoder.config, decoder.logmath, str(path))


def gain(samples: NDArray[np.float32], peak: float) -> float:
    """What brings samples to a working level: their loudest to `peak`."""
    return float(min(8.0, peak / (float(np.abs(samples).max()) or 1.0)))


def padded(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """16-bit samples at a working level with faint noise around and under them, the same for the same input."""
    scaled = samples * gain(samples, 0.7) * 32767
    silence = np.zeros(int(PAD * RATE), np.float32)
    whole = np.concatenate([silence, scaled, silence])
    noise = np.random.default_rng(5).normal(0.0, DITHER, len(whole))
    return np.asarray(np.clip(whole + noise, -32768, 32767), np.int16)


def _word(segment: Any) -> Word:
    """A word with its times from the start of its stretch."""
    return Word(
        word=_VARIANT.sub("", segment.word), start=segment.start_frame / _FRAMES - PAD, end=(segment.end_frame + 1) / _FRAMES - PAD,
        probability=min(1.0, max(0.0, float(segment.prob))),
    )  # fmt: skip
