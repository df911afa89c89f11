"""Seeing: the separate things of a picture, each with its box, colour and a cut-out for naming. Knows no question and no noun.

A small network finds the things (tools/spotting.py), their boxes are put right on the pixels (`_boxes.py`), and their colour is measured on
the pixels that belong to them. Plane figures before a calm ground come from outlines (`_scene.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.items import Box
from tools.spotting import Sight, Spot, Spotter, overlap
from tools.subject import Mask, Pixels
from tools.vqa._boxes import ground_left, looked_again, tightened, worked
from tools.vqa._naming import Opinion
from tools.vqa._scene import NAMES, Scene, Thing, name_pixels, see

WEIGHTS = Path(__file__).with_name("things.safetensors")
LEAST = 0.35
_MAYBE = 0.3
"""Score from which a spot before a photograph is worth a nearer look."""
_FRAME = 0.06
"""Rim around a thing that is cut out with it, as a share of its longer side."""
_CLEAR = 0.5
"""Score of the surest thing from which a picture may be a scene of things."""
_FLAT, _CALM = 0.35, 0.85
"""Flatness of things that are drawn (rendered scenes: 0.39 to 0.94, photographs of single things mostly below 0.33), and how even a ground
is before which several things are taken for things whatever their grain."""
_PLAIN = ("black", "white", "gray")


@dataclass(frozen=True)
class Seen:
    """One thing."""

    box: Box
    colour: str
    colour_share: float
    """Share of the thing that has its colour."""
    score: float
    """How sure it is that there is one thing."""


class View:
    """A picture, looked at as far as a question needs."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        self.opinions: dict[str, Opinion] = {}
        """How well nouns fit the things, by the word that was looked for beside the known ones; filled by `_objects.py`."""

    @cached_property
    def scene(self) -> Scene:
        """Outlines, colours, ground."""
        return see(self.pixels)

    @cached_property
    def _sight(self) -> Sight | None:
        spotter = things_finder()
        return spotter.look(self.pixels, _MAYBE) if spotter else None

    @cached_property
    def _found(self) -> tuple[list[Spot], Mask]:
        """The spots in tight boxes, and the pixels that are theirs."""
        sight, spotter = self._sight, things_finder()
        assert sight is not None
        assert spotter is not None
        sure = [spot for spot in sight.spots if spot.score >= LEAST]
        left = ground_left(self.pixels)
        return looked_again(spotter, self.pixels, sight.spots) if left is None else (tightened(sure, left), left)

    @cached_property
    def things(self) -> list[Seen]:
        """The separate things, from left to right; those of outlines where the network has no weights."""
        if self._sight is None:
            found = [Seen(t.box, t.colour, t.colour_share, 0.6) for t in self.scene.things[:12]] if self.scene.calm >= 0.5 else []
        else:
            found = [Seen(spot.box, *self._colour(spot.box), spot.score) for spot in self._found[0]]
        return sorted(found, key=lambda s: s.box[0] + s.box[2])

    def _colour(self, box: Box) -> tuple[str, float]:
        """The name of the colour that most of a thing has; outlines and shine do not count where there is another colour."""
        codes, mask = self._codes
        height, width = codes.shape
        window = (
            slice(int(box[1] * height), max(int(box[1] * height) + 1, round(box[3] * height))),
            slice(int(box[0] * width), max(int(box[0] * width) + 1, round(box[2] * width))),
        )
        inside = codes[window][mask[window]]
        if not inside.size:
            inside = codes[window].ravel()
        shares = np.bincount(inside.ravel(), minlength=len(NAMES)) / inside.size
        order = [NAMES[n] for n in np.argsort(-shares)]
        best = order[0]
        if best in _PLAIN:
            second = next((name for name in order[1:] if name not in _PLAIN), best)
            if shares[NAMES.index(second)] > 0.62 * shares[NAMES.index(best)]:
                best = second
        return best, float(shares[NAMES.index(best)])

    @cached_property
    def _codes(self) -> tuple[NDArray[np.intp], Mask]:
        """Colour names of the pixels and which belong to a thing, at a workable size."""
        small = worked(self.pixels)
        return name_pixels(small), np.ones(small.shape[:2], bool) if self._sight is None else self._found[1]

    def cut(self, box: Box) -> Pixels:
        """The thing in a box with a narrow rim."""
        height, width = self.pixels.shape[:2]
        rim = _FRAME * max((box[2] - box[0]) * width, (box[3] - box[1]) * height)
        x0, y0 = max(0, int(box[0] * width - rim)), max(0, int(box[1] * height - rim))
        x1, y1 = min(width, int(np.ceil(box[2] * width + rim))), min(height, int(np.ceil(box[3] * height + rim)))
        return self.pixels[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]

    @cached_property
    def drawn(self) -> bool:
        """Whether the picture is made of separate drawn things, not one photograph: drawings are flat, photographs are grainy."""
        if not self.things or self.things_score < _CLEAR:
            return False
        return self._flatness >= _FLAT or (len(self.things) > 1 and self.scene.calm >= _CALM)

    @property
    def _flatness(self) -> float:
        """Share of the pixels of things that look like their right neighbour."""
        import cv2

        if self._sight is None:
            return 1.0
        height, width = self.pixels.shape[:2]
        inside = cv2.resize(self._sight.mask, (width, height)) > 0.6
        step = np.abs(np.diff(self.pixels.astype(np.int16), axis=1)).max(2)
        both = inside[:, 1:] & inside[:, :-1]
        return float((step[both] <= 3).mean()) if both.any() else 0.0

    @property
    def things_score(self) -> float:
        """How sure the surest thing is."""
        return max((t.score for t in self.things), default=0.0)

    @cached_property
    def figures(self) -> list[Thing]:
        """Plane figures before a calm ground."""
        return [t for t in self.scene.things if t.figure and t.figure_confidence > 0.5] if self.scene.calm >= 0.5 else []

    def figure_at(self, box: Box) -> Thing | None:
        """The plane figure that a thing is, if it is one."""
        return next((t for t in self.figures if overlap(t.box, box) > 0.6 and t.figure_confidence > 0.8), None)


@lru_cache(maxsize=1)
def things_finder() -> Spotter | None:
    """The network that finds things; none before it was trained."""
    return Spotter(WEIGHTS) if WEIGHTS.is_file() else None
