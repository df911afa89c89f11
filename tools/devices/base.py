"""DeviceBackend: the devices of a home and what can be done with them. One file per back-end."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

Action = Literal["on", "off", "toggle", "set", "increase", "decrease", "open", "close", "lock", "unlock", "status"]


class Device(BaseModel):
    """One exposed device and its state as the back-end confirmed it."""

    model_config = ConfigDict(frozen=True)

    id: str
    names: dict[str, tuple[str, ...]]
    """Language -> names a person may use, first one preferred."""
    kind: str
    """light | switch | thermostat | cover | lock | speaker | fan | ..."""
    area: str
    area_names: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    state: dict[str, Any] = Field(default_factory=dict)
    """e.g. `{"power": "on", "brightness": 60}`."""
    risky: bool = False
    """Locks, ovens: the executor asks before it acts."""


class DeviceBackend(Protocol):
    """Reads and changes devices."""

    def devices(self) -> list[Device]:
        """All exposed devices with their state now."""
        ...

    def execute(self, device_id: str, action: Action, value: str = "") -> Device:
        """Do it and return the confirmed new state. Raises InvalidInput for an unsupported action or value."""
        ...
