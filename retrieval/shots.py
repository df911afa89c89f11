"""Shots of a video, from small pictures of its frames. Knows no container and no codec.

A cut is a change far above what the picture does just before and after it, so a slide that turns is one and a shaking camera is none. A
slow change (a fade, a pan that ends) begins a new shot once the picture stands still and is another than at the beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SIDE = 32
"""Pixels of the small pictures' sides."""
_LEAST, _MOST = 3.0, 35.0
"""Change from one look to the next, mean of 0 to 255 over pixels and colours: below the first there is no cut, above the second always."""
_ABOVE = 4.0
"""How many times the usual change around it a cut is."""
_AROUND = 5
"""Looks on each side that say what is usual."""
_STILL, _OTHER = 2.0, 24.0
"""Change below which the picture stands still; change since the beginning of a shot that makes it another one."""
_LONG, _MOVED = 15.0, 10.0
"""Seconds after which a shot that has changed by `_MOVED` is divided, so that a hit in a long walk is still a moment."""
_SHORT = 0.4
"""Seconds: a shorter shot is a flicker."""
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """A stretch without a cut, in seconds, and the time of the frame that looks most like all of it."""

    start: float
    end: float
    at: float


def shots(times: Sequence[float], looks: NDArray[np.uint8], seconds: float, most: int) -> list[Shot]:
    """The shots of a video of `seconds`, at most `most` of them: then the clearest cuts count.

    `looks` are the small pictures at `times`, which rise; shape (n, SIDE, SIDE, 3). None without looks.
    """
    if not len(looks):
        return []
    flat = looks.reshape(len(looks), -1).astype(np.float32)
    begins = _begins(times, flat)
    strongest = sorted(begins, key=lambda place: -begins[place])[: max(0, most - 1)]
    edges = [0, *sorted(strongest), len(flat)]
    found = []
    for first, last in pairwise(edges):
        start = 0.0 if first == 0 else times[first]
        end = max(seconds, start) if last == len(flat) else times[last]
        found.append(Shot(start, end, times[first + _typical(flat[first:last])]))
    return found


def _change(a: Floats, b: Floats) -> float:
    return float(np.abs(a - b).mean())


def _begins(times: Sequence[float], looks: Floats) -> dict[int, float]:
    """Place of the first look of each shot but the first -> how clear the change is."""
    steps = np.abs(np.diff(looks, axis=0)).mean(axis=1)  # steps[n] leads from look n to look n + 1
    found: dict[int, float] = {}
    start = 0
    for place in range(1, len(looks)):
        since, step = times[place] - times[start], float(steps[place - 1])
        drift = _change(looks[place], looks[start])
        settled = step < _STILL and since >= 1.0 and drift > _OTHER
        if _is_cut(steps, looks, place) or settled or (since > _LONG and drift > _MOVED):
            if since < _SHORT and start in found:  # of two beginnings that close, the later one is where the picture stays
                found[place] = max(step, found.pop(start))
            else:
                found[place] = max(step, drift if settled else 0.0)
            start = place
    return found


def _is_cut(steps: Floats, looks: Floats, place: int) -> bool:
    step = float(steps[place - 1])
    before, after = steps[max(0, place - 1 - _AROUND) : place - 1], steps[place : place + _AROUND]
    usual = max((float(np.median(side)) for side in (before, after) if len(side)), default=0.0)
    if step <= min(max(_LEAST, _ABOVE * usual), _MOST):
        return False
    # A flash comes back to what was there before: neither its beginning nor its end is a cut.
    same = min(_LEAST, step / 4)
    begins = place + 1 < len(looks) and _change(looks[place + 1], looks[place - 1]) < same
    ends = place > 1 and _change(looks[place], looks[place - 2]) < same
    return not (begins or ends)


def _typical(looks: Floats) -> int:
    """Place of the look nearest to the median of all: not in mid-fade, not in the one blurred frame."""
    middle = np.median(looks[:: max(1, len(looks) // 200)], axis=0)
    return int(np.abs(looks - middle).mean(axis=1).argmin())
