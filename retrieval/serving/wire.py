"""What goes between a server and the processes that hold its models, as bytes: values, arrays and faults in msgpack. Never pickle.

An interface speaks of the types that its `base.py` names: only those are read back, and each is checked as it is read. Knows no model and
no connection.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import ormsgpack
from pydantic import BaseModel

from retrieval import faults
from retrieval.faults import Fault, Unavailable

MARK = "~"
"""Key of a map that stands for something else than a map; its value says for what."""
_KEPT = (bool, int, float, str, bytes, type(None))


class Wire:
    """Values of one interface <-> bytes."""

    def __init__(self, package: str) -> None:
        """`package` has the interface in its `base` (dotted)."""
        named = vars(importlib.import_module(f"{package}.base"))
        self._types = {name: kind for name, kind in named.items() if isinstance(kind, type) and _is_value(kind)}

    def pack(self, value: Any) -> bytes:
        """The bytes of a value. Raises TypeError for one that has no place here."""
        return ormsgpack.packb(self._plain(value))

    def unpack(self, data: bytes) -> Any:
        """The value of bytes. Raises ValueError when they are none of ours."""
        return self._value(ormsgpack.unpackb(data))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, _KEPT):
            return value
        if isinstance(value, np.ndarray):
            return {MARK: "array", "dtype": value.dtype.str, "shape": list(value.shape), "data": value.tobytes()}
        if isinstance(value, Fault):
            return {MARK: "fault", **told(value)}
        if isinstance(value, (list, tuple, set, frozenset)):
            kind = "list" if isinstance(value, list) else "set" if isinstance(value, (set, frozenset)) else "tuple"
            items = [self._plain(one) for one in value]
            return items if kind == "list" else {MARK: kind, "items": items}
        if isinstance(value, Mapping):
            return {MARK: "map", "items": [[self._plain(key), self._plain(one)] for key, one in value.items()]}
        if type(value).__name__ in self._types:
            return {MARK: type(value).__name__, "fields": self._plain({name: getattr(value, name) for name in _fields(type(value))})}
        if isinstance(value, BaseModel):  # inside one of ours, whose fields say what it is
            return self._plain(value.model_dump())
        raise TypeError(f"A {type(value).__name__} cannot be sent.")

    def _value(self, plain: Any) -> Any:
        if isinstance(plain, list):
            return [self._value(one) for one in plain]
        if not isinstance(plain, dict):
            return plain
        kind = plain.get(MARK)
        if kind == "array":
            return np.frombuffer(plain["data"], np.dtype(plain["dtype"])).reshape(plain["shape"]).copy()
        if kind == "fault":
            return fault_of(plain)
        if kind in ("tuple", "set"):
            return {"tuple": tuple, "set": frozenset}[kind](self._value(one) for one in plain["items"])
        if kind == "map":
            return {self._value(key): self._value(one) for key, one in plain["items"]}
        if kind not in self._types:
            raise ValueError(f"'{kind}' is no type of this interface.")
        made = self._types[kind]
        fields = self._value(plain["fields"])
        return made.model_validate(fields) if issubclass(made, BaseModel) else made(**fields)


def _is_value(kind: type) -> bool:
    return issubclass(kind, BaseModel) or (dataclasses.is_dataclass(kind) and kind.__name__ != "Watch")


def _fields(kind: type) -> list[str]:
    return list(kind.model_fields) if issubclass(kind, BaseModel) else [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]


def told(fault: Fault) -> dict[str, Any]:
    """A fault as plain data."""
    kind = next((base.__name__ for base in type(fault).__mro__ if vars(faults).get(base.__name__) is base), "Fault")
    return {
        "kind": kind, "message": fault.message, "hint": fault.hint, "param": fault.param, "code": fault.code, "status": fault.status,
        "retry_after": getattr(fault, "retry_after", None),
    }  # fmt: skip


def fault_of(plain: Mapping[str, Any]) -> Fault:
    """The same fault again."""
    kind = vars(faults).get(str(plain.get("kind")))
    made = kind if isinstance(kind, type) and issubclass(kind, Fault) else Unavailable
    fault: Fault = made(plain["message"], hint=plain["hint"], param=plain["param"], code=plain["code"])
    fault.status = plain["status"]
    if plain.get("retry_after") is not None:
        fault.retry_after = plain["retry_after"]  # type: ignore[attr-defined]
    return fault
