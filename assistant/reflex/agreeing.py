"""Agreeing: a bare yes to a risky action that the turn before asked about. Knows the turn, moves no device."""

from __future__ import annotations

import re
from typing import Any

from assistant.reflex.situation import Situation

_YES = re.compile(
    r"^\s*(?:yes|yeah|yep|sure|ok|okay|confirmed|do it|go ahead|please do)(?:[\s,.!]+(?:please|do it|go ahead|sure|thanks))*[\s.!]*$"
    r"|^\s*(?:是的?|对|好的?|确认|确定|可以|行)吧?[，,。！!\s]*$",
    re.IGNORECASE,
)
"""A bare yes; one that says more is read as a turn of its own."""


def agreement(situation: Situation) -> dict[str, Any] | None:
    """The call that carries out a risky action, when the turn before asked about it and the person now says yes."""
    asked = (situation.previous_outcomes[-1].artifact.get("data") or {}) if situation.previous_outcomes else {}
    if not asked.get("confirm") or not _YES.match(situation.words):
        return None
    return {"action": asked["action"], "device": asked["devices"][0]["name"], "command": f"confirm {asked['confirm']}"}
