"""Strict JSON: what RFC 8259 and a database can hold, and nothing else. Knows bytes, no HTTP.

Python's own reader takes NaN, Infinity, 1e999, lone surrogates and doubled keys, which later break an answer or a stored row; a body of
brackets alone exhausts its stack. Each is refused here, before anything else sees it.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from retrieval.faults import InvalidInput
from ui.api.words import refuse

DEEPEST = 64
"""Levels of nesting; no request of this API needs more than eight."""
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(data: bytes) -> Any:
    """The value in `data`. Raises InvalidInput that says what is wrong and never repeats the input."""
    if not data.strip():
        raise refuse(InvalidInput, "json_empty")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refuse(InvalidInput, "json_encoding") from error
    if text.startswith("\ufeff"):
        raise refuse(InvalidInput, "json_encoding")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise refuse(InvalidInput, "json_syntax", line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise refuse(InvalidInput, "json_depth", limit=DEEPEST) from error
    if data.count(b"[") + data.count(b"{") > DEEPEST or _SURROGATE_ESCAPE.search(data):
        _walk(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise refuse(InvalidInput, "json_duplicate")
    return found


def _constant(name: str) -> Any:
    raise refuse(InvalidInput, "json_number", given=name)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise refuse(InvalidInput, "json_number", given=digits[:24])
    return value


def _integer(digits: str) -> int:
    if len(digits) > 20:  # no field is wider than 64 bits, and Python refuses some lengths with a bare ValueError
        raise refuse(InvalidInput, "json_number", given=digits[:24])
    return int(digits)


def _walk(value: Any) -> None:
    """Refuse lone surrogates and deep nesting, without recursion."""
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, str):
            if _SURROGATE.search(node):
                raise refuse(InvalidInput, "json_surrogate")
        elif isinstance(node, (dict, list)):
            if depth > DEEPEST:
                raise refuse(InvalidInput, "json_depth", limit=DEEPEST)
            inner = [*node.keys(), *node.values()] if isinstance(node, dict) else node
            waiting.extend((entry, depth + 1) for entry in inner)
