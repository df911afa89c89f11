"""Again: a Chinese question that was searched for in vain is asked once more in English words. Knows the turn, searches nothing."""

from __future__ import annotations

import re
from typing import Any

from assistant.reflex.evidence import Answer
from assistant.reflex.glossing import gloss
from assistant.reflex.phrases import asked_medium
from assistant.reflex.router import Route
from assistant.reflex.situation import Situation

_MARK = re.compile(r"\[(\d+)\]")


def in_english(route: Route, situation: Situation) -> str:
    """The question in English words, if the turn is one search of Chinese; else empty."""
    return gloss(route.steps[0].words) if route.plan == ("search",) and len(route.steps) == 1 and not situation.attached else ""


def is_second(route: Route, situation: Situation, place: int) -> bool:
    """Whether the outcome at `place` is that of the question in English."""
    return place == 1 and route.plan == ("search",) and situation.outcomes[1].tool == "search"


def in_vain(first: Answer, situation: Situation) -> bool:
    """Whether the first search told nothing, or only pictures that nobody asked for."""
    told = {int(number) for number in _MARK.findall(first.text)}
    kinds = {str(piece["hit"]["item"]["modality"]) for piece in situation.outcomes[0].evidence if int(piece["number"]) in told}
    return first.refused or (kinds == {"image"} and not asked_medium(situation.words)[0])


def both(situation: Situation) -> list[dict[str, Any]]:
    """What both searches found, each piece once."""
    found = {int(piece["number"]): piece for outcome in situation.outcomes[:2] for piece in outcome.evidence}
    return list(found.values())
