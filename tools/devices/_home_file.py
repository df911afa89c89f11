"""The file of a home: its areas and the devices that may be spoken to. Knows its shape, not who serves the devices.

A person's own `home.yaml` in the data directory takes the place of the home that ships. A device that is not listed, or is listed with
`exposed: false`, does not exist for anything above a back-end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from retrieval.faults import InvalidInput, NotFound, Unavailable
from tools import yaml_files
from tools.devices._kinds import ACTIONS, RISKY, unknown, wanted
from tools.devices.base import Action, Device
from tools.yaml_files import Strict, checked

OWN = "home.yaml"
Kind = Literal["light", "switch", "thermostat", "cover", "lock", "speaker", "fan", "garage", "oven", "appliance"]


class Connection(Strict):
    """How a service is reached. Secrets stand in files of their own, beside this one."""

    url: str = ""
    username: str = ""
    secret_file: str = ""
    """File with the password or token, relative to the data directory."""
    wait: float = Field(default=2.0, gt=0, le=30)
    """Seconds for which a device may take its time to confirm."""


class Topics(Strict):
    """A device behind an MQTT broker. A topic is one that takes all values as JSON, or a table with one topic for each value."""

    command: str | dict[str, str]
    state: str | dict[str, str] = ""
    """Where the device says what it is now."""
    ack: str = ""
    """Where the device says that it did as it was told."""
    keys: dict[str, str] = Field(default_factory=dict)
    """Our name of a value -> theirs, e.g. `power: state`."""
    values: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Our name -> our value -> theirs, e.g. `power: {on: ON, off: OFF}`."""
    scale: dict[str, float] = Field(default_factory=dict)
    """Our name -> theirs at our 100, e.g. `brightness: 254`."""


class Hook(Strict):
    """A device behind an HTTP address."""

    url: str
    """Takes a POST with what is wanted."""
    state_url: str = ""
    """Answers a GET with the state."""


class Entry(Strict):
    """One device."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")
    kind: Kind
    area: str
    en: tuple[str, ...] = Field(min_length=1)
    zh: tuple[str, ...] = ()
    state: dict[str, Any] = Field(default_factory=dict)
    """How a simulated device begins."""
    exposed: bool = True
    risky: bool = False
    """Ask before every action, whatever the kind."""
    mqtt: Topics | None = None
    webhook: Hook | None = None
    entity: str = Field(default="", pattern=r"^([a-z_]+\.[a-z0-9_]+)?$")
    """Its name in Home Assistant."""

    @field_validator("en", "zh")
    @classmethod
    def _small_letters(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(" ".join(name.lower().split()) for name in names)


class HomeFile(Strict):
    """Areas, devices, and how the services of this home are reached."""

    areas: dict[str, dict[Literal["en", "zh"], tuple[str, ...]]]
    devices: tuple[Entry, ...]
    mqtt: Connection | None = None
    webhook: Connection | None = None
    home_assistant: Connection | None = None

    @model_validator(mode="after")
    def _joined(self) -> HomeFile:
        ids = [entry.id for entry in self.devices]
        if twice := {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"these ids stand twice: {', '.join(sorted(twice))}")
        if lost := {entry.area for entry in self.devices} - set(self.areas):
            raise ValueError(f"these areas are not described: {', '.join(sorted(lost))}")
        return self

    def exposed(self) -> dict[str, Entry]:
        """Id -> device, of those that may be spoken to."""
        return {entry.id: entry for entry in self.devices if entry.exposed}

    def listed(self) -> list[Device]:
        """The exposed devices as the file describes them, whoever serves them."""
        return [self.device(entry, dict(entry.state)) for entry in self.exposed().values()]

    def device(self, entry: Entry, state: dict[str, Any], confirmed: bool = True) -> Device:
        """The device as the tools see it."""
        actions = ACTIONS[entry.kind]
        asks = tuple(a for a in actions if a != "status") if entry.risky else RISKY.get(entry.kind, ())
        names = {"en": entry.en} | ({"zh": entry.zh} if entry.zh else {})
        areas: dict[str, tuple[str, ...]] = {language: found for language, found in self.areas[entry.area].items()}
        return Device(
            id=entry.id, names=names, kind=entry.kind, area=entry.area, area_names=areas, actions=actions,
            state=state, risky=bool(asks), asks=asks, confirmed=confirmed,
        )  # fmt: skip


def read_home(data_dir: Path, *, own: bool = False) -> HomeFile:
    """The home of `data_dir`, or the one that ships. Raises NotFound when it must be the person's `own` and is not there, InvalidInput."""
    path = data_dir / OWN
    if path.is_file():
        return checked(HomeFile, yaml_files.read(path), str(path))
    if own:
        raise NotFound(
            f"There is no {path}, which says which devices may be used.", hint="Write one to start from with: assistant devices init",
            code="no_home",
        )  # fmt: skip
    return shipped()


@cache
def shipped() -> HomeFile:
    """The home that comes along."""
    return checked(HomeFile, yaml_files.parse(files("tools.devices").joinpath("home.yaml").read_text("utf-8"), OWN), OWN)


_BEGINNINGS = {
    "simulated": ("", ""),
    "mqtt": (
        "mqtt: {url: mqtt://localhost:1883}  # with a password: username: NAME, secret_file: FILE\n",
        "    mqtt: {command: home/lamp/set, state: home/lamp}\n",
    ),
    "webhook": (
        "webhook: {wait: 2}  # secret_file: FILE signs what is sent\n",
        "    webhook: {url: http://localhost:8080/lamp, state_url: http://localhost:8080/lamp/state}\n",
    ),
    "home_assistant": (
        "home_assistant: {url: http://homeassistant.local:8123, secret_file: home_assistant.token}\n",
        "    entity: light.living_room\n",
    ),
}
_BEGINNING = """# The home: areas, and the devices that may be spoken to. What is not listed here does not exist for the assistant.
# docs/devices.md describes every key.
{service}areas:
  living_room: {{en: [living room, lounge], zh: [客厅]}}
devices:
  - id: lamp
    kind: light  # light switch thermostat cover lock speaker fan garage oven appliance
    area: living_room
    en: [lamp, floor lamp]
    zh: [落地灯, 灯]
{part}"""


def beginning(backend: str) -> str:
    """A file to start from. Raises InvalidInput for an unknown back-end."""
    if backend not in _BEGINNINGS:
        raise InvalidInput(f"'{backend}' serves no devices.", hint=f"Choose one of: {', '.join(_BEGINNINGS)}.", param="backend")
    service, part = _BEGINNINGS[backend]
    return _BEGINNING.format(service=service, part=part)


def asked(
    entries: Mapping[str, Entry], state: Callable[[Entry], dict[str, Any]], device_id: str, action: Action, value: str
) -> tuple[Entry, dict[str, Any], dict[str, Any]]:
    """(the device, its state now, what is to change). Raises NotFound for one that is not exposed, and what `wanted` raises."""
    entry = entries.get(device_id)
    if entry is None:
        raise unknown(device_id)
    before = state(entry)
    return entry, before, wanted(entry.en[0], entry.kind, before, action, value)


def reach(connection: Connection | None, service: str, data_dir: Path, *, offline: bool) -> tuple[Connection, str]:
    """The connection to `service` and its secret. Raises InvalidInput, NotFound, and Unavailable when `offline` forbids it."""
    if connection is None:
        raise InvalidInput(f"{OWN} does not say how '{service}' is reached.", hint=f"Add: {service}: {{url: ...}}", code="no_connection")
    guard(connection.url, offline=offline)
    return connection, secret_of(connection, service, data_dir)


def secret_of(connection: Connection, service: str, data_dir: Path) -> str:
    """What stands in the secret's file; empty when none is named. Raises NotFound."""
    if not connection.secret_file:
        return ""
    path = data_dir / connection.secret_file
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise NotFound(f"{path} cannot be read.", hint=f"It should hold the secret for '{service}'.") from error


def guard(url: str, *, offline: bool) -> None:
    """Raise Unavailable when `offline` and `url` is beyond this machine, InvalidInput when it is no address."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host:
        hint = "Write it like http://host:8123 or mqtt://host:1883."
        raise InvalidInput(f"'{url}' is not an address.", hint=hint, code="bad_address")
    if offline and not _here(host):
        raise Unavailable(f"This service is offline, and {host} is another machine.", hint="Unset OFFLINE to use it.", code="offline")


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
