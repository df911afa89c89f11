"""Streamed: one utterance read by one search of PocketSphinx while it comes in. Knows the decoder, and no other search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assistant.transcribers._decoding import DITHER, PAD, Decoding, Heard, gain
from assistant.transcribers.base import RATE

_KNOWN = 1.2
"""Seconds of an utterance from which its means are known; 0.8 s cost a tenth more wrong words."""
_LOOKS = (0.5, 0.85)
"""Seconds at which a beginning is read for its caption alone, before its means are known."""
_STEP = 0.15
"""Seconds that are read at once."""
_FRAME = RATE // 50
_AUDIBLE, _BEFORE = 0.1, 0.2
"""Share of the loudest frame from which one is no silence; seconds of silence that are taken along, as a whole reading has them."""
_HEADROOM = 0.4
"""Peak to which the beginning of an utterance is scaled; what follows may be louder."""


class Streamed:
    """One utterance that comes in piece by piece, read by one search.

    Cepstral means are taken from its first second, because those that the decoder would begin with are of another voice and make nineteen
    of twenty words wrong; a shorter utterance is read as a whole at its end.
    """

    def __init__(self, decoding: Decoding, search: str) -> None:
        self._decoding, self._search = decoding, search
        self._kept: list[NDArray[np.float32]] = []
        self._samples = self._read = self._looked = 0
        self._gain = 0.0
        self._noise = np.random.default_rng(5)
        self._open, self._settled = False, False
        self._far = Heard()

    @property
    def sound(self) -> NDArray[np.float32]:
        """All of it."""
        return np.concatenate(self._kept) if self._kept else np.zeros(0, np.float32)

    @property
    def short(self) -> bool:
        """Too short to be read before its end."""
        return not self._open and self._samples - _onset(self.sound) < _KNOWN * RATE

    def feed(self, samples: NDArray[np.float32]) -> None:
        """More sound. After `settle` it is only kept, because silence is expected."""
        self._kept.append(samples)
        self._samples += len(samples)
        if self._settled or self._samples - self._read < _STEP * RATE:
            return
        if not self.short:
            self._take()
        elif self._search == "asked":
            self._look()

    def _look(self) -> None:
        """The words of the beginning, for whoever watches: read as a whole now and then, and read anew when its means are known."""
        sound = self.sound
        if self._looked < len(_LOOKS) and len(sound) - _onset(sound) >= _LOOKS[self._looked] * RATE:
            self._looked += 1
            self._far = self._decoding.by(self._search, sound)

    def _take(self) -> None:
        """Read what was kept and not read yet."""
        sound = self.sound
        if not self._open:
            self._gain = gain(sound, _HEADROOM)
            self._decoding.open(self._search, self._decoding.means(self._stepped(sound[_onset(sound) :]), self._search))
            self._decoding.more(self._noise.normal(0.0, DITHER, int(PAD * RATE)).astype(np.int16))
            self._open = True
        fresh, self._read = sound[self._read :], len(sound)
        if len(fresh):
            self._far = self._decoding.more(self._stepped(fresh))

    def _stepped(self, samples: NDArray[np.float32]) -> NDArray[np.int16]:
        loud = samples * self._gain * 32767 + self._noise.normal(0.0, DITHER, len(samples))
        return np.asarray(np.clip(loud, -32768, 32767), np.int16)

    def so_far(self) -> Heard:
        """The words that were read; more may come."""
        return Heard(words=self._far.words, path=self._far.path, seconds=max(self._samples, 1) / RATE)

    def settle(self) -> Heard:
        """The words if this is the end."""
        if not self._settled and self._samples:
            if self._open:
                self._take()
                self._far, self._open = self._decoding.shut(self._search), False
            else:
                self._far = self._decoding.by(self._search, self.sound)
            self._settled = True
        return self.so_far()

    def resume(self) -> None:
        """It was not the end: all of it is read again, because a search that was ended cannot go on."""
        if self._settled:
            self._settled, self._read, self._far = False, 0, Heard()

    def close(self) -> None:
        """Give it up in the middle."""
        if self._open:
            self._decoding.shut(self._search)
            self._open = False


def _onset(sound: NDArray[np.float32]) -> int:
    """Sample shortly before the first that is no longer silence: means of silence are of no voice."""
    if len(sound) < _FRAME:
        return 0
    frames = np.abs(sound[: len(sound) // _FRAME * _FRAME]).reshape(-1, _FRAME).max(1)
    loud = np.flatnonzero(frames >= _AUDIBLE * frames.max())
    return max(0, int(loud[0]) * _FRAME - int(_BEFORE * RATE))
