"""The garbage collector of a process that serves. It looks at what is young, and not at the half million objects that stay.

Every full look at them stops all threads for a quarter of a second, in the middle of somebody's answer.
"""

from __future__ import annotations

import gc
import time

YOUNG = 20_000
"""New objects after which the young ones are looked at. One turn makes a few thousand, nearly all of which end without a collector."""
SLOW_SECONDS = 0.03
"""A full look that takes longer has found many objects that stay: models that were loaded meanwhile."""

_began = 0.0


def starting() -> None:
    """Look at nothing until `started`: imports leave hardly any garbage, and looking for it is a quarter of the start."""
    gc.disable()


def started() -> None:
    """What is here stays. Does nothing unless the process was `starting`."""
    if gc.isenabled():
        return
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
    gc.callbacks.append(_looked)
    gc.enable()


def _looked(phase: str, info: dict[str, int]) -> None:
    """After a slow look, what was found alive stays too. Whoever unloads models calls `gc.unfreeze` before it collects."""
    global _began
    if phase == "start":
        _began = time.perf_counter()
    elif info["generation"] == 2 and time.perf_counter() - _began > SLOW_SECONDS:
        gc.freeze()
