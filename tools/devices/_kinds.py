"""Kinds of devices: what each can do, what its levels are, which actions are risky, and which state an action asks for. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from retrieval.faults import InvalidInput, NotFound
from tools.devices.base import Action

_POWER: tuple[Action, ...] = ("on", "off", "toggle", "status")
_LEVELLED: tuple[Action, ...] = ("on", "off", "toggle", "set", "increase", "decrease", "status")
_COVERS: tuple[Action, ...] = ("open", "close", "toggle", "set", "increase", "decrease", "status")
ACTIONS: dict[str, tuple[Action, ...]] = {
    "light": _LEVELLED, "switch": _POWER, "speaker": _LEVELLED, "fan": _LEVELLED, "thermostat": _LEVELLED, "oven": _LEVELLED,
    "cover": _COVERS, "garage": _COVERS, "lock": ("lock", "unlock", "status"), "appliance": (*_POWER[:3], "set", "status"),
}  # fmt: skip
RISKY: dict[str, tuple[Action, ...]] = {
    "lock": ("lock", "unlock"),
    "garage": ("open", "close", "toggle", "set", "increase", "decrease"),
    "oven": ("on", "toggle", "set", "increase", "decrease"),  # off is always allowed at once
}
"""Kind -> actions that are asked about first. A file can add to them, never take away."""
LEVELS: dict[str, tuple[str, float, float, float]] = {
    "light": ("brightness", 1, 100, 20), "speaker": ("volume", 0, 100, 10), "fan": ("speed", 10, 100, 20),
    "thermostat": ("target", 10, 30, 1), "oven": ("target", 50, 275, 10), "cover": ("position", 0, 100, 25),
    "garage": ("position", 0, 100, 25),
}  # fmt: skip
"""Kind -> what `set`, `increase` and `decrease` change, its lowest and highest value, and one step."""
COLOURS = {
    "white": (255, 255, 255), "warm white": (255, 197, 143), "cold white": (201, 226, 255), "red": (255, 0, 0), "orange": (255, 165, 0),
    "yellow": (255, 255, 0), "green": (0, 128, 0), "turquoise": (64, 224, 208), "blue": (0, 0, 255), "purple": (128, 0, 128),
    "pink": (255, 192, 203),
}  # fmt: skip
"""Name -> red, green, blue, as the web has them."""
_COLOURS_ZH = {
    "白": "white", "红": "red", "橙": "orange", "黄": "yellow", "绿": "green", "青": "turquoise", "蓝": "blue", "紫": "purple",
    "粉": "pink", "暖白": "warm white", "冷白": "cold white",
}  # fmt: skip


def unknown(device_id: str) -> NotFound:
    """The fault for a device that is not exposed, or does not exist."""
    return NotFound(f"There is no device '{device_id}'.", hint="Ask for the list of devices.", param="device")


def wanted(name: str, kind: str, state: dict[str, Any], action: Action, value: str) -> dict[str, Any]:
    """The part of the state that `action` asks for, given the `state` now; empty for `status`.

    Raises InvalidInput for an action the kind has not, a value out of range, or a step from a state that is not known.
    """
    if action not in ACTIONS[kind]:
        able = ", ".join(a for a in ACTIONS[kind] if a != "status")
        raise InvalidInput(f"'{name}' cannot '{action}'.", hint=f"It can: {able}.", param="action", code="unsupported_action")
    if action == "status":
        return {}
    if not state and action in ("toggle", "increase", "decrease"):
        raise InvalidInput(
            f"'{name}' has not said what it is set to, so it cannot be changed by a step.", hint="Say what it shall be, for example 40 %.",
            param="action", code="state_unknown",
        )  # fmt: skip
    return _WANTED[kind](state, kind, action, value)


def number(text: str, low: float, high: float, what: str) -> float:
    """A value such as `40`, `40%`, `21.5 degrees`. Raises InvalidInput when it is none or out of range."""
    digits = "".join(c for c in text if c.isdigit() or c in ".-")
    try:
        value = float(digits)
    except ValueError as error:
        raise InvalidInput(f"'{text}' is not a value for {what}.", hint=f"Say a number from {low:g} to {high:g}.", param="value") from error
    if not low <= value <= high:
        raise InvalidInput(f"{value:g} is out of range for {what}.", hint=f"Say a number from {low:g} to {high:g}.", param="value")
    return value


def colour(text: str) -> str:
    """The English name of a colour in English or Chinese; empty when it is none."""
    low = text.strip().lower()
    return low if low in COLOURS else _COLOURS_ZH.get(low.removesuffix("色"), "")


def nearest_colour(rgb: tuple[int, int, int]) -> str:
    """The name of the colour that is nearest."""
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLOURS[name], rgb, strict=True)))


def _power(state: dict[str, Any], kind: str, action: Action, value: str) -> dict[str, Any]:
    """Lights, switches, speakers, fans, thermostats, ovens."""
    if action == "toggle":
        return {"power": "off" if state.get("power") == "on" else "on"}
    if action == "off":
        return {"power": "off"}
    if action == "on" and (not value or kind not in LEVELS):
        return {"power": "on"}
    named = colour(value) if kind == "light" else ""
    if named:
        return {"power": "on", "colour": named}
    key, low, high, step = LEVELS[kind]
    warmth = key == "target"
    if action == "decrease" and not warmth and state.get("power") == "off":
        return {"power": "off"}  # less than nothing: it is not switched on for that
    if action in ("set", "on"):
        level = number(value, low if warmth else 0, high, key)
        if level == 0 and kind in ("light", "fan"):
            return {"power": "off"}
    else:
        amount = number(value, 0, high, key) if value else step
        # A light that is off and shall be brighter begins at its lowest level.
        off = state.get("power") != "on" and action == "increase" and not warmth
        now = low if off else float(state.get(key, low))
        level = now + amount if action == "increase" else now - amount
    level = min(high, max(low, level))
    return {"power": "on", key: round(level, 1) if warmth else round(level)}


def _cover(state: dict[str, Any], kind: str, action: Action, value: str) -> dict[str, Any]:
    """Blinds and doors: position 0 is closed, 100 is open."""
    now = int(state.get("position", 0))
    if action == "toggle":
        return {"position": 0 if now > 0 else 100}
    if action == "set":
        return {"position": round(number(value, 0, 100, "position"))}
    if action in ("open", "close"):
        return {"position": round(number(value, 0, 100, "position")) if value else 100 if action == "open" else 0}
    step = number(value, 0, 100, "position") if value else LEVELS[kind][3]
    return {"position": round(max(0, min(100, now + step if action == "increase" else now - step)))}


def _program(state: dict[str, Any], kind: str, action: Action, value: str) -> dict[str, Any]:
    """Machines that are told what to make or which program to run, in words."""
    if action == "set":
        if not value.strip():
            raise InvalidInput("It was not said what the machine shall do.", hint="Name the program.", param="value")
        return {"power": "on", "program": value.strip()}
    return _power(state, kind, action, "")


def _locked(state: dict[str, Any], kind: str, action: Action, value: str) -> dict[str, Any]:
    return {"locked": action == "lock"}


_WANTED: dict[str, Callable[[dict[str, Any], str, Action, str], dict[str, Any]]] = {
    **dict.fromkeys(("light", "switch", "speaker", "fan", "thermostat", "oven"), _power),
    "cover": _cover, "garage": _cover, "lock": _locked, "appliance": _program,
}  # fmt: skip
