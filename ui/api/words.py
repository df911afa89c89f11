"""Refusals of the HTTP API in the reader's language. Knows the catalogue, not HTTP."""

from __future__ import annotations

from typing import TypeVar

from retrieval.catalogue import say
from retrieval.faults import Fault

F = TypeVar("F", bound=Fault)


def refuse(kind: type[F], key: str, *, param: str | None = None, code: str | None = None, **values: object) -> F:
    """A Fault whose message is `api.KEY` and whose hint is `api.KEY_hint`; it can be said again in another language."""
    message, hint = _say("en", key, values)
    fault = kind(message, hint=hint, param=param, code=code)
    setattr(fault, "said", (key, values))  # noqa: B010 - a note for `translate`; no field of Fault
    return fault


def translate(fault: Fault, language: str) -> Fault:
    """Say a fault made by `refuse` in `language`; others stay as they are. Returns the same fault."""
    key, values = getattr(fault, "said", ("", {}))
    if key and language != "en":
        fault.message, fault.hint = _say(language, key, values)
    return fault


def _say(language: str, key: str, values: dict[str, object]) -> tuple[str, str]:
    return say("ui", language, f"api.{key}", **values), say("ui", language, f"api.{key}_hint", **values)
