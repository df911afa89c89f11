"""A metadata filter as an SQL condition with bound values. Names and values never become part of the SQL text."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from retrieval.faults import InvalidInput
from retrieval.filters import EXAMPLE, Group, Node, Value, parse

_AMOUNT = re.compile(r"\s*[$€£¥￥]?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*[%$€£¥元]?\s*\Z")


def amount(value: Any) -> float | None:
    """The number a text stands for (`"$1,299.00"` -> 1299.0), or None. Also the SQL function `amount`."""
    match = _AMOUNT.match(value) if isinstance(value, str) else None
    return float(match.group(1).replace(",", "")) if match else None


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the SQL functions that `where` uses."""
    connection.create_function("amount", 1, amount, deterministic=True)
    connection.create_function("folded", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True)


class _Sql:
    """Collects bound values while it writes the condition; names and values never become SQL text."""

    def __init__(self, column: str) -> None:
        self.values: list[Any] = []
        self._column = column

    def _bind(self, value: Any) -> str:
        self.values.append(value)
        return "?"

    def _at(self, function: str, path: str) -> str:
        return f"{function}({self._column}, {self._bind(path)})"

    def write(self, node: Node) -> str:
        if isinstance(node, Group):
            parts = [self.write(part) for part in node.parts]
            return f"(NOT {parts[0]})" if node.operator == "not" else "(" + f" {node.operator.upper()} ".join(parts) + ")"
        path = "$." + ".".join(f'"{key}"' for key in node.name)
        if isinstance(node.value, tuple):
            return "(" + " OR ".join(self._compare(path, "=", value) for value in node.value) + ")"
        if node.operator == "contains":
            return self._contains(path, node.value)
        if node.operator == "!=":
            return f"(NOT {self._compare(path, '=', node.value)})"
        return self._compare(path, node.operator, node.value)

    def _compare(self, path: str, operator: str, value: Value) -> str:
        if value is None or isinstance(value, bool):
            if operator != "=":
                raise InvalidInput("true, false and null can only be compared with = and !=.", hint=EXAMPLE, param="filter")
            kind = self._at("json_type", path)
            if value is None:
                return f"(COALESCE({kind}, 'null') = 'null')"
            word = str(value).lower()
            text = f"folded({self._at('json_extract', path)})"
            return f"COALESCE(CASE {kind} WHEN 'text' THEN {text} ELSE {self._at('json_type', path)} END = {self._bind(word)}, 0)"
        number = value if isinstance(value, int | float) else amount(value)
        parts = [f"CASE {self._at('json_type', path)}"]
        for kind in ("integer", "real"):
            if number is not None:
                parts.append(f"WHEN '{kind}' THEN {self._at('json_extract', path)} {operator} {self._bind(number)}")
        text = self._at("json_extract", path)
        parts.append(f"WHEN 'text' THEN {text if isinstance(value, str) else f'amount({text})'} {operator} {self._bind(value)}")
        return f"COALESCE({' '.join(parts)} END, 0)"

    def _contains(self, path: str, value: Value) -> str:
        if value is None or isinstance(value, bool):
            raise InvalidInput("'contains' needs a text or a number.", hint='Write it like: tags contains "red".', param="filter")
        kinds = "'text'" if isinstance(value, str) else "'integer', 'real'"
        parts = [f"CASE {self._at('json_type', path)} WHEN 'array' THEN EXISTS (SELECT 1 FROM"]
        parts.append(f"{self._at('json_each', path)} WHERE type IN ({kinds}) AND value = {self._bind(value)})")
        if isinstance(value, str):
            parts.append(f"WHEN 'text' THEN instr(folded({self._at('json_extract', path)}), {self._bind(value.lower())}) > 0")
        return f"COALESCE({' '.join(parts)} END, 0)"


def where(source: str, column: str = "items.metadata") -> tuple[str, list[Any]]:
    """SQL condition and its values in order, for the JSON in `column`; an empty filter is `("1", [])`. Raises InvalidInput."""
    if not source.strip():
        return "1", []
    sql = _Sql(column)
    return sql.write(parse(source)), sql.values
