"""Again: what is searched for although the route has no step for it. A Chinese question that was searched for in vain is asked once more in
English words; a question that no tool serves is looked up before that is said. Knows the turn, searches nothing.
"""

from __future__ import annotations

import re
from typing import Any

from assistant.reflex.asking import is_open, is_yes_no
from assistant.reflex.glossing import gloss
from assistant.reflex.phrases import asked_medium
from assistant.reflex.refusing import Answer
from assistant.reflex.router import Route
from assistant.reflex.searched import is_outside
from assistant.reflex.situation import Situation
from assistant.reflex.talk import is_talk

_MARK = re.compile(r"\[(\d+)\]")
_DO_IT = re.compile(r"^(?:please )?(?:can|could|will|would) (?:you|u)\b|^[你您](?:能|可以|会)", re.IGNORECASE)
"""Asks for a deed, not for an answer."""


def before_talk(route: Route, situation: Situation) -> bool:
    """Whether a turn that no tool serves asks something that the collections may answer all the same."""
    words = situation.words.strip()
    if route.steps or route.intent not in ("small_talk", "out_of_scope") or situation.attached or is_talk(words) or is_outside(words):
        return False
    return (is_open(words) or is_yes_no(words) or words.endswith(("?", "？"))) and not _DO_IT.search(words)


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
