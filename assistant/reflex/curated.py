"""When a curated answer goes before everything else in a turn. Knows the route and the chance, not the entries."""

from __future__ import annotations

from assistant.events import Candidate
from assistant.reflex.router import COSTS, Route, Step
from retrieval.catalogue import say

SURE_COMMAND = 0.75
"""A turn that the router takes for a command at least this surely is one, unless an entry has its very words."""
EXACT = 1.0


def curated_first(route: Route, chance: float) -> bool:
    """Whether a turn is answered from the curated answers. `chance`, 0 to 1, is that of the best entry; 0 when none surely fits."""
    if not chance:
        return False
    command = bool(route.plan) and route.plan[0] != "search" and route.candidates[0].score >= SURE_COMMAND
    return chance >= EXACT or not command


def to_search(route: Route, words: str, chance: float, language: str) -> Route:
    """`route` with one step, a search for the very words, and the reason for it."""
    reason = say("assistant", language, "route.curated")
    first = Candidate(tool="search", score=round(chance, 4), reason=reason, cost=COSTS.get("search", "fast"))
    return Route(
        candidates=(first, *(c for c in route.candidates if c.tool != "search")), plan=("search",), intent="search",
        steps=(Step(tool="search", words=words),),
    )  # fmt: skip
