"""Device words: devices, actions and states as people say them. Pure; changes nothing."""

from __future__ import annotations

from typing import Any

from tools.devices.base import Device
from tools.phrasing import listed, tell


def done_words(devices: list[Device], language: str) -> str:
    """What is so now: one sentence for one device, a list for several in the same state."""
    if len(devices) == 1:
        return tell(
            language,
            "device.now_many" if is_plural(devices[0]) else "device.now",
            device=device_name(devices[0], language),
            state=state_words(devices[0], language),
        )
    states = {state_words(d, language) for d in devices}
    names = listed((device_name(d, language) for d in devices), language)
    if len(states) == 1:
        return tell(language, "device.now_all", names=names, state=states.pop())
    each = ("，" if language == "zh" else "; ").join(
        f"{device_name(d, language)}{'：' if language == 'zh' else ': '}{state_words(d, language)}" for d in devices
    )
    return tell(language, "device.now_each", each=each)


def told_words(devices: list[Device], language: str) -> str:
    """What was told to devices that did not answer."""
    names = listed((device_name(d, language) for d in devices), language)
    return tell(language, "device.unconfirmed" if len(devices) == 1 else "device.unconfirmed_many", device=names)


def is_plural(device: Device) -> bool:
    """True for a device whose English name is a plural (blinds)."""
    return device.names["en"][0].endswith("s")


def state_words(device: Device, language: str) -> str:
    """The state in words, e.g. `on, brightness 60 %`."""
    state = device.state
    if not state:
        return tell(language, "state.unknown")
    if "locked" in state:
        return tell(language, "state.locked" if state["locked"] else "state.unlocked")
    if "position" in state:
        position = int(state["position"])
        key = "state.open" if position == 100 else "state.closed" if position == 0 else "state.part"
        return tell(language, key, percent=position)
    if state.get("power") == "off":
        return tell(language, "state.off")
    parts = [tell(language, "state.on")]
    for key in ("brightness", "volume", "speed", "target", "temperature"):
        if key in state:
            parts.append(tell(language, f"state.{key}", value=f"{state[key]:g}"))
    if state.get("program"):
        parts.append(tell(language, "state.program", value=str(state["program"])))
    if state.get("colour", "white") != "white":
        parts.append(tell(language, "state.colour", value=_colour(str(state["colour"]), language)))
    return ("，" if language == "zh" else ", ").join(parts)


def _colour(name: str, language: str) -> str:
    try:
        return tell(language, f"colour.{name}")
    except KeyError:
        return name


def device_name(device: Device, language: str) -> str:
    """The device with its room, unless its name says it."""
    names = device.names.get(language) or device.names["en"]
    area = (device.area_names.get(language) or device.area_names.get("en") or (device.area,))[0]
    first = names[0]
    if area in first or device.kind in ("lock", "garage"):
        return first
    return tell(language, "device.in_area", device=first, area=area)


def action_word(action: str, language: str) -> str:
    """The action in words, e.g. `switch on`."""
    return tell(language, f"action.{action}")


def row(device: Device) -> dict[str, Any]:
    """The device for programs."""
    return {
        "id": device.id,
        "name": device.names["en"][0],
        "area": device.area,
        "kind": device.kind,
        "state": device.state,
        "risky": device.risky,
        "confirmed": device.confirmed,
    }
