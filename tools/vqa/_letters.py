"""Letters: which of the separate things before a calm ground are a line of writing. Reads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.items import Box

_TALL = 0.15
"""Height, as a share of the picture's, above which a row of things is no writing."""
_LEAST = 4
"""Letters that make a line."""
_APART = 0.9
"""Gap to the next letter, in heights of the line: also between words."""
_EVEN = 2.2
"""How many times as tall as another a letter may be."""


def written(boxes: Sequence[Box], figures: Sequence[bool], aspect: float) -> set[int]:
    """Places of the boxes that are letters.

    `figures` tells which of them are plane figures: a row of mostly these is none, though it may have an O. `aspect` is the picture's width
    over its height.
    """
    small = sorted((n for n, box in enumerate(boxes) if _height(box) <= _TALL), key=lambda n: boxes[n][0])
    found: set[int] = set()
    for first in small:
        line = [first]
        for n in small:
            if boxes[n][0] > boxes[line[-1]][0] and _follows(boxes[line[-1]], boxes[n], aspect):
                line.append(n)
        if len(line) >= _LEAST and sum(figures[n] for n in line) <= len(line) / 2:
            found.update(line)
    return found | {n for n in small if any(_beside(boxes[n], boxes[m], aspect) for m in found)}


def _height(box: Box) -> float:
    return box[3] - box[1]


def _follows(box: Box, after: Box, aspect: float) -> bool:
    """Whether a letter stands behind another in one line."""
    low, high = sorted((_height(box), _height(after)))
    return high <= _EVEN * low and _beside(box, after, aspect)


def _beside(one: Box, other: Box, aspect: float) -> bool:
    """Near each other and on one line."""
    tall = max(_height(one), _height(other))
    gap = max(one[0], other[0]) - min(one[2], other[2])
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return gap * aspect <= _APART * tall and shared > 0.5 * min(_height(one), _height(other))
