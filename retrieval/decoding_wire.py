"""Frames between the decoder and its worker: four bytes of length, then msgpack. Never pickle. Knows nothing of media."""

from __future__ import annotations

import struct
from typing import IO, Any

import ormsgpack

_LENGTH = struct.Struct(">I")


def send(stream: IO[bytes], message: dict[str, Any]) -> None:
    """Write one message and flush. Raises OSError when the other side is gone, ValueError when it is not plain data."""
    body = ormsgpack.packb(message)
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], limit: int) -> dict[str, Any] | None:
    """The next message, or None at the end of the stream (also in the middle of a message: the other side died).

    Raises ValueError when a message is longer than `limit` bytes or is not a map.
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > limit:
        raise ValueError("message too long")
    body = stream.read(length)
    if len(body) < length:
        return None
    message = ormsgpack.unpackb(body)
    if not isinstance(message, dict):
        raise ValueError("message is not a map")
    return message
