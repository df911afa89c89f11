"""MQTT messages of a device: what is wanted as payloads for its topics, and what it says as our values. Knows no broker. Pure."""

from __future__ import annotations

import json
from typing import Any

from tools.devices._home_file import Topics

_NUMBERS = ("brightness", "volume", "speed", "position", "target", "temperature")
_WORDS: dict[str, dict[str, Any]] = {
    "power": {"on": "on", "off": "off", "true": "on", "false": "off", "1": "on", "0": "off"},
    "locked": {"locked": True, "unlocked": False, "lock": True, "unlock": False, "true": True, "false": False, "1": True, "0": False},
}
"""What devices say where the file does not tell, in small letters -> our value."""
_DONE = frozenset(("", "ok", "done", "true", "1", "ack", "success"))


def messages(topics: Topics, wanted: dict[str, Any]) -> list[tuple[str, str]]:
    """(topic, payload) for each message that asks for `wanted`."""
    theirs = {key: _theirs(topics, key, value) for key, value in wanted.items()}
    if isinstance(topics.command, str):
        named = {topics.keys.get(key, key): value for key, value in theirs.items()}
        return [(topics.command, json.dumps(named, ensure_ascii=False, separators=(",", ":")))]
    return [(topics.command[key], _plain(value)) for key, value in theirs.items() if key in topics.command]


def listens(topics: Topics) -> list[str]:
    """Topics on which the device speaks."""
    states = [topics.state] if isinstance(topics.state, str) else list(topics.state.values())
    return [topic for topic in dict.fromkeys((*states, topics.ack)) if topic]


def values(topics: Topics, topic: str, payload: bytes) -> dict[str, Any]:
    """Our values in a message of a state topic; empty for what cannot be read."""
    text = payload.decode("utf-8", "replace").strip()
    if isinstance(topics.state, str):
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        if not isinstance(found, dict):
            return {}
        ours = {theirs: key for key, theirs in topics.keys.items()}
        read = {ours.get(str(name), str(name)): value for name, value in found.items()}
    else:
        read = {key: text for key, named in topics.state.items() if named == topic}
    return {key: value for key, said in read.items() if (value := _ours(topics, key, said)) is not None}


def done(payload: bytes) -> str:
    """Empty when a message on the ack topic says that it was done, else what it says."""
    text = payload.decode("utf-8", "replace").strip()
    try:
        found = json.loads(text)
    except ValueError:
        found = text
    if isinstance(found, dict):
        if found.get("ok") is True or str(found.get("status", "")).lower() in _DONE - {""}:
            return ""
        return str(found.get("error") or found.get("message") or text)[:200]
    return "" if text.lower() in _DONE else text[:200]


def same(topics: Topics, wanted: dict[str, Any], said: dict[str, Any]) -> bool:
    """True when everything that is wanted was said; numbers that were scaled may be one off."""
    return all(key in said and _alike(value, said[key], 1 if key in topics.scale else 0.01) for key, value in wanted.items())


def _alike(a: Any, b: Any, tolerance: float) -> bool:
    numbers = isinstance(a, int | float) and isinstance(b, int | float) and not isinstance(a, bool)
    return abs(a - b) <= tolerance if numbers else bool(a == b)


def _theirs(topics: Topics, key: str, value: Any) -> Any:
    word = str(value).lower() if isinstance(value, bool) else value
    named = topics.values.get(key, {})
    if str(word) in named:
        return named[str(word)]
    if key in topics.scale and isinstance(value, int | float):
        return round(value / 100 * topics.scale[key])
    return value


def _ours(topics: Topics, key: str, said: Any) -> Any:
    """Our value for what a device said; None for what has no meaning here."""
    text = str(said).lower() if isinstance(said, bool) else str(said)
    for ours, theirs in topics.values.get(key, {}).items():
        if str(theirs).lower() == text.lower():
            return {"true": True, "false": False}.get(ours, ours)
    if key in _WORDS:
        return _WORDS[key].get(text.lower())
    if key in _NUMBERS:
        try:
            value = float(text.rstrip("% "))
        except ValueError:
            return None
        if key in topics.scale:
            return round(value / topics.scale[key] * 100)
        return round(value, 1) if key in ("target", "temperature") else round(value)
    return said if key == "colour" else None


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
