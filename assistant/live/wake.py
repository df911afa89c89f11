"""Wake: whether a phrase was said, in sound that comes in piece by piece. Knows no turn.

Whoever wakes an assistant begins with the phrase, after a moment of silence. So where voice activity begins, PocketSphinx's keyphrase
search begins anew and weighs the sounds of the phrase against any others; speech that goes on is not searched. How much likelier the phrase
must be depends on the number of its sounds, because a long one is hardly ever said by chance.
"""

from __future__ import annotations

import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.live.pronouncing import arpabet
from assistant.speech import StreamingVoiceActivity
from assistant.transcribers.base import RATE
from retrieval.faults import InvalidInput, NotInstalled

Samples = NDArray[np.float32]
WINDOW = 512
FEWEST, MOST = 5, 30
"""Sounds of a phrase: a shorter one is heard in everything, a longer one is hardly spotted."""
_EXPONENT = (60.0, -12.5)
"""Of ten, for the least likelihood ratio: a constant, and per sound. Set on 249 calls of crowd speakers and 0.4 h of other speech."""
_LEAST = -60.0
"""What even a long phrase must reach."""
_SWING = 30.0
"""How far the exponent goes from sensitivity 0 to 1."""
_SPEECH, _SILENCE = 0.5, 0.35
"""Chance of speech of a window that begins it, and below which it is silent."""
_PAUSE = 8
"""Silent windows (a quarter of a second) before a beginning."""
_BEFORE = 16
"""Windows from before the beginning that are searched as well."""
_BEGINS = 0.6
"""Seconds within which the phrase begins: a "hey" before it is no harm."""
_LONGEST = 80
"""Windows (two and a half seconds) after the beginning until which it has ended."""
_DITHER = 8.0
"""Standard deviation of the noise put under the sound, in 16-bit steps: pure zeros upset the noise estimate."""
_FRAMES = 100


class WakeSpotter:
    """Listens for one English phrase of one to five words. Safe for several threads, but it is one stream of sound."""

    def __init__(self, phrase: str, sensitivity: float = 0.5) -> None:
        """`sensitivity` 0 (hardly ever by mistake) to 1 (hardly ever missed). Loads a model: half a second.

        Raises InvalidInput for a phrase that cannot be spotted, NotInstalled without PocketSphinx.
        """
        if not 0 <= sensitivity <= 1:
            raise InvalidInput(f"{sensitivity:g} is not a sensitivity.", hint="Choose 0 to 1.", param="sensitivity")
        self.phrase = " ".join(phrase.lower().split())
        self._lock = threading.Lock()
        self._noise = np.random.default_rng(5)
        self._activity = StreamingVoiceActivity()
        self._rest: Samples = np.zeros(0, np.float32)
        self._recent: deque[Samples] = deque(maxlen=_BEFORE)
        self._quiet, self._searched = _PAUSE, -1
        """Silent windows in a row; windows searched since the beginning, -1 outside a search."""
        self._decoder, sounds = _decoder(self.phrase)
        self._search(max(_LEAST, _EXPONENT[0] + _EXPONENT[1] * sounds) + _SWING * (0.5 - sensitivity))

    def _search(self, exponent: float) -> None:
        """Look for what is 10 to the `exponent` times likelier than anything else."""
        with tempfile.TemporaryDirectory() as folder:  # the decoder reads phrases from files only
            keys = Path(folder) / "phrase"
            keys.write_text(f"{self.phrase} /1e{round(exponent)}/\n", "utf-8")
            self._decoder.add_kws("wake", str(keys))
        self._decoder.activate_search("wake")

    def feed(self, samples: Samples) -> bool:
        """Whether the phrase was found to end within these samples (mono, 16 kHz, -1 to 1) or up to 0.2 s before them."""
        with self._lock:
            self._rest = np.concatenate([self._rest, np.asarray(samples, np.float32).ravel()])
            whole = len(self._rest) // WINDOW * WINDOW
            windows, self._rest = self._rest[:whole].reshape(-1, WINDOW), self._rest[whole:]
            return any([self._window(window) for window in windows])  # a list: all of them are heard

    def _window(self, window: Samples) -> bool:
        chance = self._activity.chance(window)
        if self._searched < 0 and chance >= _SPEECH and self._quiet >= _PAUSE:
            self._begin()
        self._quiet = self._quiet + 1 if chance < _SILENCE else 0 if chance >= _SPEECH else self._quiet  # the rise in between is neither
        self._recent.append(window)
        if self._searched < 0:
            return False
        self._hear(window)
        self._searched += 1
        found = self._decoder.hyp() is not None and self._began_in_time()
        if found or self._searched > _LONGEST or self._quiet > 2 * _PAUSE:
            self._decoder.end_utt()
            self._searched = -1
        return found

    def _begin(self) -> None:
        """Search from a moment before this window on, as if nothing had been heard: the last speaker's loudness would mislead."""
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._searched = 0
        for window in self._recent:
            self._hear(window)

    def _hear(self, window: Samples) -> None:
        noisy = window * 32767 + self._noise.normal(0.0, _DITHER, len(window))
        self._decoder.process_raw(np.clip(noisy, -32768, 32767).astype("<i2").tobytes())

    def _began_in_time(self) -> bool:
        latest = (len(self._recent) * WINDOW / RATE + _BEGINS) * _FRAMES
        return any(segment.start_frame <= latest for segment in self._decoder.seg())


def _decoder(phrase: str) -> tuple[Any, int]:
    """A decoder that knows the words of `phrase`, and how many sounds they have."""
    try:
        import pocketsphinx
    except ModuleNotFoundError as error:
        raise NotInstalled("PocketSphinx is not installed.", hint="Run make install again.") from error
    words = phrase.split()
    if not 1 <= len(words) <= 5 or not all(word.replace("'", "").isascii() and word.replace("'", "").isalpha() for word in words):
        raise InvalidInput(f"'{phrase}' is no wake phrase.", hint="Choose one to five English words, such as: computer.", param="wake")
    decoder = pocketsphinx.Decoder(samprate=RATE, loglevel="FATAL", lm=None)
    sounds = 0
    for word in words:
        said = decoder.lookup_word(word)
        if said is None:
            said = arpabet(word)
            decoder.add_word(word, said, True)
        sounds += len(said.split())
    if not FEWEST <= sounds <= MOST:
        raise InvalidInput(
            f"'{phrase}' has {sounds} sounds; {FEWEST} to {MOST} can be told from other speech.",
            hint="Choose another phrase, such as: computer.", param="wake",
        )  # fmt: skip
    return decoder, sounds
