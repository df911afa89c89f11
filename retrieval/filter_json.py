"""A metadata filter given as JSON (ours, or OpenAI's filter objects) in the words of `retrieval.filters`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from retrieval.faults import InvalidInput
from retrieval.filters import KEYWORDS, MAX_DEPTH

_OPENAI = {"eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "in": "in", "nin": "not in", "contains": "contains"}


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_literal(v) for v in value) + ")"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    raise InvalidInput(
        f"A filter cannot compare with {type(value).__name__}.",
        hint="Use text, numbers, true, false, null or a list of them.",
        param="filter",
    )


def _comparison(key: Any, operator: Any, value: Any) -> str:
    if not isinstance(key, str) or not key or set(key) & {'"', "\\", "`"}:
        raise InvalidInput(
            "The filter needs a key without quotes or backslashes.", hint='Write it like: {"category": "jackets"}.', param="filter"
        )
    sign = _OPENAI.get(operator) if isinstance(operator, str) else None
    if sign is None:
        raise InvalidInput(
            f"The filter does not know the comparison {operator!r}.", hint=f"Use one of: {', '.join(_OPENAI)}.", param="filter"
        )
    if isinstance(value, list | tuple) != (sign in ("in", "not in")) or value in ([], ()):
        raise InvalidInput(
            f"The filter's comparison {operator!r} does not fit its value.", hint='Lists go with "in" and "nin".', param="filter"
        )
    name = key if all(re.fullmatch(r"[^\W\d][\w-]*", part) and part.lower() not in KEYWORDS for part in key.split(".")) else f"`{key}`"
    return f"{name} {sign} {_literal(value)}"


def from_mapping(mapping: Mapping[str, Any], depth: int = 0) -> str:
    """The same filter from JSON: `{"price": {"lt": 60}, "category": "jackets"}`, or OpenAI's `{"type": "and", "filters": [...]}` and
    `{"type": "eq", "key": ..., "value": ...}`. Raises InvalidInput.
    """
    if depth > MAX_DEPTH:
        raise InvalidInput(f"The filter is nested deeper than {MAX_DEPTH}.", hint="Simplify it.", param="filter")
    kind, inner = mapping.get("type"), mapping.get("filters")
    if kind in ("and", "or") and isinstance(inner, list) and set(mapping) == {"type", "filters"}:
        parts = [from_mapping(part, depth + 1) for part in inner if isinstance(part, Mapping)]
        if not inner or len(parts) != len(inner):
            raise InvalidInput(
                "'filters' needs a list of filters.", hint='Write it like: {"type": "and", "filters": [{…}, {…}]}.', param="filter"
            )
        return "(" + f" {kind} ".join(parts) + ")"
    if set(mapping) == {"type", "key", "value"}:
        return _comparison(mapping["key"], kind, mapping["value"])
    parts = []
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            parts += [_comparison(key, operator, operand) for operator, operand in value.items()]
        else:
            parts.append(_comparison(key, "in" if isinstance(value, list) else "eq", value))
    return " and ".join(parts)
