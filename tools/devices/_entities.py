"""Entities of Home Assistant: its states as ours, and what is wanted as its services. Knows no connection. Pure."""

from __future__ import annotations

from typing import Any

from tools.devices._kinds import COLOURS, nearest_colour

_SILENT = ("unavailable", "unknown", "")


def values(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    """Our state from an entity's `state` and `attributes`; empty when it does not answer. What is still moving is left out."""
    state = str(found.get("state", ""))
    attributes = found.get("attributes")
    if state in _SILENT or not isinstance(attributes, dict):
        return {}
    if kind == "lock":
        return {"locked": state == "locked"} if state in ("locked", "unlocked", "open") else {}
    if kind in ("cover", "garage"):
        return _position(state, attributes)
    read: dict[str, Any] = {"power": "off" if state in ("off", "standby") else "on"}
    for key, name, at_full in (("brightness", "brightness", 255), ("speed", "percentage", 100), ("volume", "volume_level", 1)):
        level = attributes.get(name)
        if isinstance(level, int | float):
            read[key] = round(level / at_full * 100)
    for key, name in (("target", "temperature"), ("temperature", "current_temperature")):
        degrees = attributes.get(name)
        if isinstance(degrees, int | float):
            read[key] = round(float(degrees), 1)
    rgb = attributes.get("rgb_color")
    if isinstance(rgb, list | tuple) and len(rgb) == 3 and all(isinstance(part, int | float) for part in rgb):
        read["colour"] = nearest_colour((int(rgb[0]), int(rgb[1]), int(rgb[2])))
    return read


def _position(state: str, attributes: dict[str, Any]) -> dict[str, Any]:
    position = attributes.get("current_position")
    if isinstance(position, int | float):
        return {"position": round(position)}
    return {"position": 100 if state == "open" else 0} if state in ("open", "closed") else {}


def calls(entity: str, before: dict[str, Any], wanted: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(domain, service, data) of each service that brings about what is wanted."""
    domain = entity.partition(".")[0]
    if "locked" in wanted:
        return [("lock", "lock" if wanted["locked"] else "unlock", {})]
    if "position" in wanted:
        return [_moved(wanted["position"])]
    if wanted.get("power") == "off":
        return [(domain, "turn_off", {})]
    if domain == "light":
        data: dict[str, Any] = {}
        if "brightness" in wanted:
            data["brightness_pct"] = wanted["brightness"]
        if "colour" in wanted:
            data["rgb_color"] = list(COLOURS[wanted["colour"]])
        return [(domain, "turn_on", data)]
    if domain == "fan":
        return [(domain, "turn_on", {"percentage": wanted["speed"]} if "speed" in wanted else {})]
    made: list[tuple[str, str, dict[str, Any]]] = []
    if "volume" in wanted:
        made.append(("media_player", "volume_set", {"volume_level": wanted["volume"] / 100}))
    if "target" in wanted:
        made.append((domain, "set_temperature", {"temperature": wanted["target"]}))
    # A value can be set without switching on what is on already.
    return made if made and before.get("power") == "on" else [(domain, "turn_on", {}), *made]


def _moved(position: int) -> tuple[str, str, dict[str, Any]]:
    if position in (0, 100):
        return "cover", "open_cover" if position else "close_cover", {}
    return "cover", "set_cover_position", {"position": position}


def holds(wanted: dict[str, Any], state: dict[str, Any]) -> bool:
    """True when the state is what is wanted; levels may be one off, because Home Assistant counts them in other units."""
    return all(key in state and _alike(value, state[key]) for key, value in wanted.items())


def _alike(a: Any, b: Any) -> bool:
    numbers = isinstance(a, int | float) and isinstance(b, int | float) and not isinstance(a, bool)
    return abs(a - b) <= 1 if numbers else bool(a == b)
