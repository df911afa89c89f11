"""Spots: drawings in their places, and blocks of them that stay together. Knows no rule of where things go.

Lengths are in picture heights: y runs 0 to 1, x runs 0 to the picture's width over its height.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tools.shapes.vocabulary import Thing


@dataclass(frozen=True)
class Spot:
    """One drawing in its place."""

    thing: Thing
    group: int
    x: float
    """Left edge."""
    y: float
    """Top edge."""
    width: float
    height: float
    layer: int = 10
    """Painted from low to high."""
    shadow: bool = True

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height


@dataclass
class Block:
    """Spots that stay together."""

    spots: list[Spot] = field(default_factory=list)
    place: str = "ground"
    wish: str = ""
    """Place in the picture that was asked for."""
    size: float = 1.0
    """Size that was asked for; a thing that stands alone shows it by how much of the picture it fills."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return (
            min(s.x for s in self.spots), min(s.y for s in self.spots),
            max(s.x + s.width for s in self.spots), max(s.bottom for s in self.spots),
        )  # fmt: skip

    def moved(self, dx: float, dy: float, scale: float = 1.0) -> Block:
        """A copy scaled about the origin and moved."""
        spots = [replace(s, x=s.x * scale + dx, y=s.y * scale + dy, width=s.width * scale, height=s.height * scale) for s in self.spots]
        return Block(spots, self.place, self.wish, self.size)
