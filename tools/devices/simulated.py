"""Simulated home: twelve devices in four areas that behave like real ones, their state kept in one file. Drives no hardware.

The state is written to a new file, synced and renamed, so a killed process leaves the old or the new state, never half of one.
"""

from __future__ import annotations

import json
import os
import threading
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from retrieval.faults import InvalidInput, NotFound, StorageFull
from tools.devices.base import Action, Device

_ACTIONS: dict[str, tuple[Action, ...]] = {
    "light": ("on", "off", "toggle", "set", "increase", "decrease", "status"),
    "switch": ("on", "off", "toggle", "status"),
    "speaker": ("on", "off", "toggle", "set", "increase", "decrease", "status"),
    "fan": ("on", "off", "toggle", "set", "increase", "decrease", "status"),
    "thermostat": ("on", "off", "toggle", "set", "increase", "decrease", "status"),
    "cover": ("open", "close", "toggle", "set", "increase", "decrease", "status"),
    "lock": ("lock", "unlock", "status"),
}
_LEVEL: dict[str, tuple[str, float, float, float]] = {
    "light": ("brightness", 1, 100, 20), "speaker": ("volume", 0, 100, 10), "fan": ("speed", 10, 100, 20),
    "thermostat": ("target", 10, 30, 1), "cover": ("position", 0, 100, 25),
}  # fmt: skip
"""Kind -> what `set`, `increase` and `decrease` change, its lowest and highest value, and one step."""
COLOURS = ("white", "warm white", "cold white", "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink")
_COLOURS_ZH = {
    "白": "white",
    "红": "red",
    "橙": "orange",
    "黄": "yellow",
    "绿": "green",
    "青": "turquoise",
    "蓝": "blue",
    "紫": "purple",
    "粉": "pink",
    "暖白": "warm white",
}


class SimulatedHome:
    """The devices of `home.toml` with their state in `<data_dir>/devices.json`. Safe to use from several threads."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "devices.json"
        self._lock = threading.Lock()
        self._home = tomllib.loads(files("tools.devices").joinpath("home.toml").read_text("utf-8"))

    def devices(self) -> list[Device]:
        """All devices with their state now."""
        with self._lock:
            saved = self._load()
        return [self._device(entry, saved) for entry in self._home["devices"]]

    def execute(self, device_id: str, action: Action, value: str = "") -> Device:
        """Do it, keep it, read it back. Raises NotFound, InvalidInput, StorageFull."""
        entry = next((e for e in self._home["devices"] if e["id"] == device_id), None)
        if entry is None:
            raise NotFound(f"There is no device '{device_id}'.", hint="Ask for the list of devices.", param="device")
        if action not in _ACTIONS[entry["kind"]]:
            able = ", ".join(a for a in _ACTIONS[entry["kind"]] if a != "status")
            raise InvalidInput(f"'{entry['en'][0]}' cannot '{action}'.", hint=f"It can: {able}.", param="action", code="unsupported_action")
        with self._lock:
            saved = self._load()
            state = {**entry["state"], **saved.get(device_id, {})}
            changed = _APPLY[entry["kind"]](state, entry["kind"], action, value)
            if changed != state:
                saved[device_id] = changed
                self._save(saved)
            return self._device(entry, self._load())

    def _device(self, entry: dict[str, Any], saved: dict[str, Any]) -> Device:
        area = self._home["areas"][entry["area"]]
        return Device(
            id=entry["id"], names={"en": tuple(entry["en"]), "zh": tuple(entry["zh"])}, kind=entry["kind"], area=entry["area"],
            area_names={language: tuple(names) for language, names in area.items()}, actions=_ACTIONS[entry["kind"]],
            state={**entry["state"], **saved.get(entry["id"], {})}, risky=bool(entry.get("risky", False)),
        )  # fmt: skip

    def _load(self) -> dict[str, Any]:
        """The saved states; a missing or damaged file means the home as it began."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) and all(isinstance(v, dict) for v in found.values()) else {}

    def _save(self, states: dict[str, Any]) -> None:
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(states, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            raise StorageFull("The state of the devices could not be saved.", hint="Free some space in the data directory.") from error


def _number(text: str, low: float, high: float, what: str) -> float:
    """A value such as `40`, `40%`, `21.5 degrees`. Raises InvalidInput when it is none or out of range."""
    digits = "".join(c for c in text if c.isdigit() or c in ".-")
    try:
        value = float(digits)
    except ValueError as error:
        raise InvalidInput(f"'{text}' is not a value for {what}.", hint=f"Say a number from {low:g} to {high:g}.", param="value") from error
    if not low <= value <= high:
        raise InvalidInput(f"{value:g} is out of range for {what}.", hint=f"Say a number from {low:g} to {high:g}.", param="value")
    return value


def _power(state: dict[str, Any], kind: str, action: Action, value: str) -> dict[str, Any]:
    """Lights, switches, speakers, fans, thermostats."""
    if action == "status":
        return state
    if action == "toggle":
        return {**state, "power": "off" if state["power"] == "on" else "on"}
    if action == "off":
        return {**state, "power": "off"}
    if action == "on" and (not value or kind not in _LEVEL):
        return {**state, "power": "on"}
    colour = _colour(value) if kind == "light" else ""
    if colour:
        return {**state, "power": "on", "colour": colour}
    key, low, high, step = _LEVEL[kind]
    if action in ("set", "on"):
        level = _number(value, low if kind == "thermostat" else 0, high, key)
        if level == 0 and kind in ("light", "fan"):
            return {**state, "power": "off"}
    else:
        amount = _number(value, 0, high, key) if value else step
        # A light that is off and shall be brighter begins at its lowest level.
        now = float(state[key]) if state["power"] == "on" else (low if action == "increase" and kind != "thermostat" else float(state[key]))
        level = now + amount if action == "increase" else now - amount
    level = min(high, max(low, level))
    return {**state, "power": "on", key: round(level, 1) if kind == "thermostat" else round(level)}


def _colour(text: str) -> str:
    low = text.strip().lower()
    if low in COLOURS:
        return low
    low = low.removesuffix("色")
    return _COLOURS_ZH.get(low, "")


def _cover(state: dict[str, Any], kind: str, action: Action, value: str) -> dict[str, Any]:
    """Blinds: position 0 is closed, 100 is open."""
    now = int(state["position"])
    if action == "status":
        return state
    if action == "toggle":
        return {**state, "position": 0 if now > 0 else 100}
    if action == "set":
        return {**state, "position": round(_number(value, 0, 100, "position"))}
    if action in ("open", "close"):
        whole = 100 if action == "open" else 0
        return {**state, "position": round(_number(value, 0, 100, "position")) if value else whole}
    step = _number(value, 0, 100, "position") if value else 25
    return {**state, "position": round(max(0, min(100, now + step if action == "increase" else now - step)))}


def _locked(state: dict[str, Any], kind: str, action: Action, value: str) -> dict[str, Any]:
    return state if action == "status" else {**state, "locked": action == "lock"}


_APPLY: dict[str, Callable[[dict[str, Any], str, Action, str], dict[str, Any]]] = {
    "light": _power, "switch": _power, "speaker": _power, "fan": _power, "thermostat": _power, "cover": _cover, "lock": _locked,
}  # fmt: skip


def create(data_dir: Path) -> SimulatedHome:
    """The home of this data directory."""
    return SimulatedHome(data_dir)
