"""Metadata filters of requests become the filter language of `retrieval.filters`. Pure translation; the store checks the result.

Three spellings are read: that language itself (`price < 60`), plain JSON (`{"category": "jackets", "price": {"lt": 60}}`, all must hold),
and OpenAI's (`{"type": "and", "filters": [{"type": "eq", "key": "category", "value": "jackets"}]}`).
"""

from __future__ import annotations

import json
from typing import Any

from retrieval.faults import InvalidInput
from ui.api.words import refuse

_SIGNS = {"eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_LISTS = {"in": "in", "nin": "not in"}
_DEEPEST = 8


def expression(given: Any, depth: int = 0) -> str:
    """The filter as one line; empty when nothing was given. Raises InvalidInput."""
    if given is None or given == "" or given == {}:
        return ""
    if isinstance(given, str):
        return given
    if not isinstance(given, dict):
        raise _unreadable("it is neither text nor an object")
    if depth > _DEEPEST:
        raise _unreadable("it is nested too deeply")
    if given.get("type") in ("and", "or") and isinstance(given.get("filters"), list):
        parts = [expression(part, depth + 1) for part in given["filters"]]
        return _joined([part for part in parts if part], given["type"])
    if "key" in given and "type" in given:
        return _comparison(given["key"], given["type"], given.get("value"))
    return _joined([_conditions(key, value) for key, value in given.items()], "and")


def _conditions(key: str, value: Any) -> str:
    if not isinstance(value, dict):
        return _comparison(key, "in" if isinstance(value, list) else "eq", value)
    if not value:
        raise _unreadable(f"'{key[:40]}' has an empty condition")
    return _joined([_comparison(key, sign.lstrip("$"), operand) for sign, operand in value.items()], "and")


def _comparison(key: Any, sign: Any, value: Any) -> str:
    if not isinstance(key, str) or not key or "`" in key:
        raise _unreadable("a key must be text without `")
    if sign == "contains":
        return f"`{key}` contains {_value(value)}"
    if sign in _LISTS:
        if not isinstance(value, list) or not value:
            raise _unreadable(f"'{sign}' needs a list")
        return f"`{key}` {_LISTS[sign]} ({', '.join(_value(entry) for entry in value)})"
    if sign not in _SIGNS:
        raise _unreadable(f"'{str(sign)[:20]}' is not a comparison")
    return f"`{key}` {_SIGNS[sign]} {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise _unreadable("a value must be text, a number, true, false or null")
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return json.dumps(value)


def _joined(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f" {word} ".join(f"({part})" for part in parts)


def _unreadable(why: str) -> InvalidInput:
    return refuse(InvalidInput, "filter", param="filter", why=f"{why}.")
