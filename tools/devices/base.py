"""DeviceBackend: the devices of a home and what can be done with them. One file per back-end."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

Action = Literal["on", "off", "toggle", "set", "increase", "decrease", "open", "close", "lock", "unlock", "status"]


class Device(BaseModel):
    """One exposed device and its state as the back-end knows it."""

    model_config = ConfigDict(frozen=True)

    id: str
    names: dict[str, tuple[str, ...]]
    """Language -> names a person may use, first one preferred."""
    kind: str
    """light | switch | thermostat | cover | lock | speaker | fan | garage | oven | appliance"""
    area: str
    area_names: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    state: dict[str, Any] = Field(default_factory=dict)
    """e.g. `{"power": "on", "brightness": 60}`; empty when the device has not said."""
    risky: bool = False
    """Locks, ovens, garage doors: the executor asks before some action, see `asks`."""
    asks: tuple[Action, ...] = ()
    """Actions that the executor asks about first."""
    confirmed: bool = True
    """False after a command that the device did not answer: then `state` is what it said last, not what was asked."""


class DeviceBackend(Protocol):
    """Reads and changes devices. Exposes what its file lists and nothing else."""

    def devices(self) -> list[Device]:
        """All exposed devices with their state now. A device that does not answer has an empty state."""
        ...

    def execute(self, device_id: str, action: Action, value: str = "") -> Device:
        """Do it and return the new state: `confirmed` when the device itself said so.

        Raises NotFound for a device that is not exposed, InvalidInput for an unsupported action or value, Unavailable when it cannot
        be reached.
        """
        ...
