"""Objects: answers about named things of a drawn scene: what, how many, where, which colour, whether, what stands beside what.

Every thing that was found is named by its vector. A question names things too, and that counts: asked for dogs, the things most like dogs
are the ones meant, while a thing that is named without being asked for must be sure on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.items import Box
from tools.vqa._measuring import same_colour
from tools.vqa._names import KIN, Name
from tools.vqa._naming import Namer, Opinion, soft
from tools.vqa._questions import Question
from tools.vqa._seeing import Seen, View

MEANT = -4.5
"""How far behind the best name an asked-for noun may be and still be what is meant (log of shares)."""
PRESENT = -3.0
"""The same where the question is whether there is one at all: says yes to 6 in 7 that are there and to 1 in 13 that are not."""
TOGETHER, UNLIKE = 3.0, -1.0
"""How far behind the best match, and behind the best name, a thing that does not look like it may be and still count as the same kind."""
SURE = 0.3
"""Share from which a name is said without doubt."""
SURE_OF_A_PHOTOGRAPH = 0.5
"""The same for a whole photograph."""


@dataclass(frozen=True)
class Named:
    """A thing with what it seems to be."""

    seen: Seen
    name: Name | None
    """None where no noun is sure enough."""
    share: float
    likely: tuple[Name, ...]
    """The best three."""


class Objects:
    """The things of a view, named."""

    def __init__(self, view: View, namer: Namer, asked: Question) -> None:
        self.view = view
        self._namer = namer
        self.asked = asked
        self.extra = "" if asked.nouns or asked.figure or not asked.noun.isascii() or not namer.knows_words else asked.noun

    @cached_property
    def things(self) -> list[Seen]:
        """Left to right; one photograph counts as one thing."""
        return self.view.things if self.view.drawn else [Seen((0.0, 0.0, 1.0, 1.0), self.view.scene.main_colour, 0.5, 0.5)]

    @cached_property
    def opinion(self) -> Opinion:
        """How well nouns fit the things, and which things are alike."""
        if self.extra not in self.view.opinions:
            crops = [self.view.cut(t.box) for t in self.things]
            self.view.opinions[self.extra] = self._namer.look(crops, self.extra, drawn=self.view.drawn)
        return self.view.opinions[self.extra]

    @property
    def logits(self) -> NDArray[np.float32]:
        """Fit of each thing (rows) with each noun (columns)."""
        return self.opinion.fits

    @cached_property
    def named(self) -> list[Named]:
        """Every thing with its name, of the kinds that were asked for."""
        allowed = self._namer.allowed(self.asked.groups)
        logits = np.where(allowed, self.logits[:, : len(allowed)], -1e9)
        found = []
        least = SURE if self.view.drawn else SURE_OF_A_PHOTOGRAPH
        for thing, shares in zip(self.things, soft(logits), strict=True):
            best = np.argsort(-shares)[:3]
            name = self._namer.nouns[best[0]]
            found.append(
                Named(thing, name if shares[best[0]] >= least else None, float(shares[best[0]]), tuple(self._namer.nouns[n] for n in best))
            )
        return found

    def fit(self, noun: str) -> NDArray[np.float32] | None:
        """How far each thing's fit with a noun is ahead of the best other noun's; none for an unknown noun."""
        column = self._namer.column(noun)
        own = [c for c in (column, *(self._namer.column(kin) for kin in KIN.get(noun, ()))) if c is not None]
        if column is None:
            if noun != self.extra:
                return None
            own = [self.logits.shape[1] - 1]
        rest = np.ones(self.logits.shape[1], bool)
        rest[own] = False
        result: NDArray[np.float32] = self.logits[:, own].max(1) - self.logits[:, rest].max(1)
        return result

    def meant(self, noun: str, least: float = MEANT) -> list[Seen]:
        """The things that are meant by a noun, best first: the best match, what looks like it, and what fits nearly as well."""
        fits = self.fit(noun)
        if fits is None or not len(fits) or fits.max() < least:
            return []
        chosen = fits >= max(least, UNLIKE, fits.max() - TOGETHER)
        chosen[fits.argmax()] = True
        while (more := self.opinion.alike[chosen].any(0) | chosen).sum() > chosen.sum():
            chosen = more
        return [self.things[n] for n in np.argsort(-fits) if chosen[n]]

    def certainty(self, noun: str) -> float:
        """0 to 1: how sure the best match is."""
        fits = self.fit(noun)
        return float(1 / (1 + np.exp(-(fits.max() - MEANT) / 2))) if fits is not None and len(fits) else 0.0

    def beside(self, things: list[Seen], anchor: Seen, side: str) -> list[Seen]:
        """Those on one side of a thing, nearest first."""
        found = [t for t in things if t is not anchor and is_on(t.box, anchor.box, side)]
        return sorted(found, key=lambda t: _distance(t.box, anchor.box))

    def at(self, place: str) -> list[Seen]:
        """The things in a part of the picture; where nothing lies in it, the one nearest to it."""
        if not self.things:
            return []
        inside = [t for t in self.things if _in_place(t.box, place)]
        x, y = _CORNERS[place]
        nearest = sorted(
            self.things,
            key=lambda t: (
                abs(_middle(t.box)[0] - x) * (x != 0.5 or place == "middle") + abs(_middle(t.box)[1] - y) * (y != 0.5 or place == "middle")
            ),
        )
        return inside or nearest[:1]

    def of_colour(self, things: list[Seen], colour: str) -> list[Seen]:
        """Those of a colour."""
        return [t for t in things if same_colour(colour, t.colour)]

    def name_of(self, thing: Seen) -> Named:
        """What a thing seems to be."""
        return next(n for n in self.named if n.seen is thing)


_CORNERS = {
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
    "top": (0.5, 0.0),
    "bottom": (0.5, 1.0),
    "middle": (0.5, 0.5),
    "top_left": (0.0, 0.0),
    "top_right": (1.0, 0.0),
    "bottom_left": (0.0, 1.0),
    "bottom_right": (1.0, 1.0),
}


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _distance(a: Box, b: Box) -> float:
    (ax, ay), (bx, by) = _middle(a), _middle(b)
    return float(np.hypot(ax - bx, ay - by))


def _in_place(box: Box, place: str) -> bool:
    x, y = _middle(box)
    fits = {"left": x < 0.4, "right": x > 0.6, "top": y < 0.4, "bottom": y > 0.6}
    if place == "middle":
        return 0.3 < x < 0.7 and 0.3 < y < 0.7
    return all(fits[part] for part in place.split("_"))


def is_on(a: Box, b: Box, side: str) -> bool:
    """Whether `a` lies on that side of `b`: its middle beyond b's, more in this direction than across."""
    (ax, ay), (bx, by) = _middle(a), _middle(b)
    dx, dy = ax - bx, ay - by
    if side == "beside":
        return _distance(a, b) < 0.45
    along, across = {"left": (-dx, dy), "right": (dx, dy), "above": (-dy, dx), "below": (dy, dx)}[side]
    return along > 0.03 and along > 0.35 * abs(across)
