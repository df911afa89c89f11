"""A metadata filter as a condition of PostgreSQL, with the meaning that `retrieval.filter_sql` gives it in SQLite.

Names and values never become part of the SQL text. `as_json`, `amount` and `folded` are functions of `retrieval.schema_postgres`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from retrieval.faults import InvalidInput
from retrieval.filter_sql import amount
from retrieval.filters import EXAMPLE, Group, Node, Value, parse


class _Sql:
    """Collects bound values while it writes the condition."""

    def __init__(self, column: str) -> None:
        self.values: list[Any] = []
        self._column = column

    def _bind(self, value: Any) -> str:
        self.values.append(value)
        return "CAST(? AS NUMERIC)" if isinstance(value, Decimal) else "CAST(? AS TEXT)"

    def _at(self, path: tuple[str, ...]) -> str:
        """The value at a path of keys; members of lists are no keys."""
        return "(as_json(" + self._column + ")" + "".join(f" -> {self._bind(key)}" for key in path) + ")"

    def write(self, node: Node) -> str:
        """The condition."""
        if isinstance(node, Group):
            parts = [self.write(part) for part in node.parts]
            return f"(NOT {parts[0]})" if node.operator == "not" else "(" + f" {node.operator.upper()} ".join(parts) + ")"
        if isinstance(node.value, tuple):
            return "(" + " OR ".join(self._compare(node.name, "=", value) for value in node.value) + ")"
        if node.operator == "contains":
            return self._contains(node.name, node.value)
        if node.operator == "!=":
            return f"(NOT {self._compare(node.name, '=', node.value)})"
        return self._compare(node.name, node.operator, node.value)

    def _text(self, path: tuple[str, ...]) -> str:
        return f"({self._at(path)} #>> '{{}}')"

    def _compare(self, path: tuple[str, ...], operator: str, value: Value) -> str:
        kind = f"jsonb_typeof({self._at(path)})"
        if value is None or isinstance(value, bool):
            if operator != "=":
                raise InvalidInput("true, false and null can only be compared with = and !=.", hint=EXAMPLE, param="filter")
            if value is None:
                return f"(COALESCE({kind}, 'null') = 'null')"
            told = f"CASE {kind} WHEN 'string' THEN folded({self._text(path)}) WHEN 'boolean' THEN {self._text(path)} END"
            return f"COALESCE({told} = {self._bind(str(value).lower())}, FALSE)"
        number = value if isinstance(value, int | float) else amount(value)
        parts = [f"CASE {kind}"]
        if number is not None:
            parts.append(f"WHEN 'number' THEN CAST({self._text(path)} AS NUMERIC) {operator} {self._bind(_exact(number))}")
        if isinstance(value, str):
            parts.append(f"WHEN 'string' THEN {self._text(path)} {operator} {self._bind(value)}")
        else:
            parts.append(f"WHEN 'string' THEN amount({self._text(path)}) {operator} {self._bind(_exact(value))}")
        return f"COALESCE({' '.join(parts)} END, FALSE)"

    def _contains(self, path: tuple[str, ...], value: Value) -> str:
        if value is None or isinstance(value, bool):
            raise InvalidInput("'contains' needs a text or a number.", hint='Write it like: tags contains "red".', param="filter")
        member = value if isinstance(value, str) else _exact(value)
        parts = [f"CASE jsonb_typeof({self._at(path)})"]
        parts.append(f"WHEN 'array' THEN {self._at(path)} @> jsonb_build_array({self._bind(member)})")
        if isinstance(value, str):
            parts.append(f"WHEN 'string' THEN strpos(folded({self._text(path)}), {self._bind(value.lower())}) > 0")
        return f"COALESCE({' '.join(parts)} END, FALSE)"


def _exact(number: int | float) -> Decimal:
    """The number as it is written: what PostgreSQL's JSON keeps too."""
    return Decimal(repr(number))


def where(source: str, column: str = "items.metadata") -> tuple[str, list[Any]]:
    """The condition and its values in order, for the JSON in `column`; an empty filter is `("TRUE", [])`. Raises InvalidInput."""
    if not source.strip():
        return "TRUE", []
    sql = _Sql(column)
    return sql.write(parse(source)), sql.values
