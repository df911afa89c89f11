"""Wyoming's wire: one line of JSON, then data, then sound, each within bounds. Knows no socket and no service.

The `wyoming` package's own reader believes the lengths that the other side writes; whatever reads from a network here uses this one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.faults import TooLarge, Unreadable

if TYPE_CHECKING:
    from wyoming.event import Event

HEAD_BYTES = 64 * 1024
DATA_BYTES = 1024 * 1024
PAYLOAD_BYTES = 1024 * 1024
"""Half a minute of speech; real peers send a tenth of a second at once."""
VERSION = "1.10.2"
"""Of the protocol, as the package numbers it."""


@dataclass(frozen=True)
class Head:
    """The line that begins an event, and how many bytes of data and sound follow it."""

    type: str
    data: dict[str, Any]
    data_bytes: int
    payload_bytes: int

    def event(self, data: bytes, payload: bytes) -> Event:
        """The whole event. Raises Unreadable."""
        from wyoming.event import Event

        return Event(type=self.type, data=self.data | (_object(data) if data else {}), payload=payload or None)


def head(line: bytes) -> Head:
    """The head in one line. Raises Unreadable for what is none, TooLarge for lengths over the bounds."""
    found = _object(line)
    kind, data = found.get("type"), found.get("data")
    if not isinstance(kind, str) or not kind or not (data is None or isinstance(data, dict)):
        raise _garbled()
    return Head(kind, data or {}, _length(found, "data_length", DATA_BYTES), _length(found, "payload_length", PAYLOAD_BYTES))


def encoded(event: Event) -> bytes:
    """An event as it is sent."""
    data = json.dumps(event.data, ensure_ascii=False).encode("utf-8", "replace") if event.data else b""
    payload = event.payload or b""
    line: dict[str, Any] = {"type": event.type, "version": VERSION}
    line |= {"data_length": len(data)} if data else {}
    line |= {"payload_length": len(payload)} if payload else {}
    return b"".join((json.dumps(line).encode(), b"\n", data, payload))


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _garbled() from error
    if not isinstance(found, dict):
        raise _garbled()
    return found


def _length(found: dict[str, Any], key: str, most: int) -> int:
    length = found.get(key) or 0
    if isinstance(length, bool) or not isinstance(length, int) or length < 0:
        raise _garbled()
    if length > most:
        raise TooLarge(f"An event with {key} {length} is larger than {most} bytes.", hint="Send sound in smaller pieces.")
    return length


def _garbled() -> Unreadable:
    return Unreadable("This is no event of the Wyoming protocol.", hint="Each event begins with one line of JSON that has a type.")
