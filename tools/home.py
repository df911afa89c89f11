"""The home: a back-end, and the book of what was done in it, by whom, and whether the device confirmed it. Knows no words.

Those who follow it (the page of devices) are told of every entry as it is written.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from retrieval.faults import Fault
from tools.devices.base import Action, Device, DeviceBackend

KEPT = 200
"""Entries of the book; older ones are dropped."""


class Done(BaseModel):
    """One command to one device, and what became of it."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: float
    """Seconds since 1970."""
    by: str
    """The owner who gave the command."""
    device: str
    action: Action
    value: str = ""
    outcome: str
    """confirmed | unconfirmed | failed"""
    error: str = ""
    """Code of the fault."""
    state: dict[str, Any] = Field(default_factory=dict)
    ms: float = 0.0


class Home:
    """A DeviceBackend that keeps a book. Safe to use from several threads."""

    def __init__(self, backend: DeviceBackend) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._book: deque[Done] = deque(maxlen=KEPT)
        self._number = 0
        self._followers: list[Callable[[Done], None]] = []

    def devices(self) -> list[Device]:
        """All exposed devices with their state now."""
        return self._backend.devices()

    def execute(self, device_id: str, action: Action, value: str = "", *, by: str = "") -> Device:
        """Do it and write it down. Raises what the back-end raises."""
        started = time.perf_counter()
        try:
            device = self._backend.execute(device_id, action, value)
        except Fault as fault:
            self._write(started, by, device_id, action, value, "failed", fault.code, {})
            raise
        if action != "status":
            self._write(started, by, device_id, action, value, "confirmed" if device.confirmed else "unconfirmed", "", device.state)
        return device

    def book(self) -> list[Done]:
        """What was done, newest first."""
        with self._lock:
            return list(reversed(self._book))

    def follow(self, tell: Callable[[Done], None]) -> Callable[[], None]:
        """Call `tell`, from any thread, for every new entry, until the returned function is called."""
        with self._lock:
            self._followers.append(tell)

        def leave() -> None:
            with self._lock:
                self._followers.remove(tell)

        return leave

    def close(self) -> None:
        """Leave the devices."""
        getattr(self._backend, "close", lambda: None)()

    def _write(
        self, started: float, by: str, device: str, action: Action, value: str, outcome: str, error: str, state: dict[str, Any]
    ) -> None:  # fmt: skip
        ms = round((time.perf_counter() - started) * 1000, 2)
        with self._lock:
            self._number += 1
            entry = Done(
                number=self._number, at=time.time(), by=by, device=device, action=action, value=value, outcome=outcome, error=error,
                state=state, ms=ms,
            )  # fmt: skip
            self._book.append(entry)
            followers = list(self._followers)
        for tell in followers:
            tell(entry)


def as_home(backend: DeviceBackend) -> Home:
    """The back-end with a book; itself when it has one."""
    return backend if isinstance(backend, Home) else Home(backend)
