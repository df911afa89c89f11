"""Pace: whether a client's sound is that of somebody who hears the answers now, or of a file that is sent at once. Knows only times."""

from __future__ import annotations

import time

from assistant.transcribers.base import RATE

_AHEAD = 3.0
"""Seconds by which a client's sound may be ahead of the clock and still be that of somebody who hears the answers."""
_LATELY = 1.0
"""Seconds since the last sound after which nobody is speaking into the session."""


class Pace:
    """How sound has come in."""

    def __init__(self) -> None:
        self._received = self._answer_from = 0
        self._began = self._last = 0.0

    def came(self, samples: int) -> None:
        """More sound, just now."""
        now = time.monotonic()
        self._began, self._last = self._began or now, now
        self._received += samples

    def answering(self) -> None:
        """An answer begins."""
        self._answer_from = self._received

    def live(self) -> bool:
        """Whether sound comes in as it is spoken."""
        now = time.monotonic()
        ahead = self._received / RATE - (now - self._began)
        return bool(self._began) and now - self._last < _LATELY and ahead < _AHEAD

    def interrupts(self, at: float) -> bool:
        """Whether speech that began `at` seconds into the sound can mean the answer: what was here long before it cannot."""
        return self.live() and (at + _LATELY) * RATE >= self._answer_from
