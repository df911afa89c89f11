"""Candidates: how the second and later drawings of a request differ from the first: another layout, place or hour. Draws nothing.

Only where no seed was asked for, which would decide everything. What the words ask for stays: a place or an hour is changed only where they
name none, and where the things may stand anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.shapes.prompt import Plan

_SETTINGS: tuple[dict[str, str], ...] = ({}, {"time": "sunset"}, {"scene": "plain"}, {"scene": "snow"})
_OPEN = ("meadow", "plain")
"""What things suggest that may as well stand elsewhere."""


def another(number: int) -> dict[str, Any]:
    """Parameters of the recipe of candidate `number`, from 0; the first is drawn as if it were alone."""
    setting = _SETTINGS[number % len(_SETTINGS)]
    return ({"loose": True} if number else {}) | ({"setting": setting} if setting else {})


def placed(plan: Plan, natural: str, parameters: Mapping[str, Any]) -> Plan:
    """The plan in the place or hour of its candidate; `natural` is the scene that its things suggest."""
    setting = parameters.get("setting")
    if not setting or plan.scene or plan.time or plan.background or natural not in _OPEN:
        return plan
    if setting.get("scene") == natural:
        setting = {"scene": next(scene for scene in _OPEN if scene != natural)}
    return plan.model_copy(update=setting)
