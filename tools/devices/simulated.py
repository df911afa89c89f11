"""Simulated home: the devices of the home's file, which behave like real ones, their state kept in one file. Drives no hardware.

The state is written to a new file, synced and renamed, so a killed process leaves the old or the new state, never half of one.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from retrieval.faults import StorageFull
from tools.devices._home_file import Entry, read_home
from tools.devices._kinds import LEVELS, unknown, wanted
from tools.devices.base import Action, Device


class SimulatedHome:
    """The devices of the home with their state in `<data_dir>/devices.json`. Safe to use from several threads."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "devices.json"
        self._lock = threading.Lock()
        self._home = read_home(data_dir)
        self._entries = self._home.exposed()

    def devices(self) -> list[Device]:
        """All exposed devices with their state now."""
        with self._lock:
            saved = self._load()
        return [self._home.device(entry, _state(entry, saved)) for entry in self._entries.values()]

    def execute(self, device_id: str, action: Action, value: str = "") -> Device:
        """Do it, keep it, read it back. Raises NotFound, InvalidInput, StorageFull."""
        entry = self._entries.get(device_id)
        if entry is None:
            raise unknown(device_id)
        with self._lock:
            saved = self._load()
            state = _state(entry, saved)
            changed = state | wanted(entry.en[0], entry.kind, state, action, value)
            if changed != state:
                saved[device_id] = changed
                self._save(saved)
                saved = self._load()
            return self._home.device(entry, _state(entry, saved))

    def _load(self) -> dict[str, Any]:
        """The saved states; a missing or damaged file means the home as it began."""
        try:
            found: Any = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        sound = isinstance(found, dict) and all(isinstance(value, dict) for value in found.values())
        return {str(name): state for name, state in found.items()} if sound else {}

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


def _state(entry: Entry, saved: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = _beginning(entry) | entry.state | saved.get(entry.id, {})
    return state


def _beginning(entry: Entry) -> dict[str, Any]:
    """How a device begins whose file does not say: off, closed or locked."""
    if entry.kind == "lock":
        return {"locked": True}
    if entry.kind in ("cover", "garage"):
        return {"position": 0}
    level = LEVELS.get(entry.kind)
    return {"power": "off"} | ({level[0]: level[1]} if level else {})


def create(data_dir: Path) -> SimulatedHome:
    """The home of this data directory."""
    return SimulatedHome(data_dir)
