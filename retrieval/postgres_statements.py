"""Our statements, written for SQLite, as PostgreSQL reads them, and what they bind and give: the one way from one to the other.

Knows how a statement is marked for what is bound, no connection; what the dialects say differently is `retrieval.postgres_dialect`.

A statement is in the part of SQL that both understand, with `?`, `?1` or `:name` for values. Beyond that it may have, of SQLite's own:
`x IN (SELECT value FROM json_each(?))` and `json_each(?) AS name` (lists travel as JSON; one that is joined is of numbers, one whose
`name.key` is read an object), group_concat, json_group_array, json_extract and json_remove (in the library only), LIKE, `+column`,
CROSS JOIN with ON, max and min of several, IS of two values, `? IS NULL`, AUTOINCREMENT, STRICT and WITHOUT ROWID.

What is left to whoever writes a statement: `ON CONFLICT` in place of `OR IGNORE` and `OR REPLACE`, the name of the table before a column
that `DO UPDATE` reads, no order by a column that may be NULL, no truth of a bare number, and every column of a GROUP BY.

A statement that begins with `--pg` is PostgreSQL's but for its marks, and so is a part of one that `native` made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

_MARK = re.compile(r"""/\*pg\*/.*?/\*pg\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|(?<!:):[A-Za-z_]\w*|\?\d*""", re.DOTALL)
_NATIVE = "/*pg*/"
_KEPT = re.compile(r"zqp_(\w+?)_pqz")
_PART = re.compile(r"zqn_(\d+)_nqz")
_NUL, _SIGN = "\x00", "\ufffe"
"""PostgreSQL takes no character NUL in a text, so it is kept as the noncharacter U+FFFE and a 0, and that sign itself as U+FFFE and a 1."""


class Row(Sequence[Any]):
    """One row, by place and by name, as `sqlite3.Row`."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: Sequence[Any]) -> None:
        self._places, self._values = places, values

    def __getitem__(self, key: Any) -> Any:
        return self._values[self._places[key]] if isinstance(key, str) else self._values[key]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and tuple(self) == tuple(other) and self.keys() == other.keys()

    def __hash__(self) -> int:
        return hash(tuple(self._values))

    def __repr__(self) -> str:
        return f"Row({dict(zip(self._places, self._values, strict=True))!r})"

    def keys(self) -> list[str]:
        """Names of the columns."""
        return list(self._places)


def rows(cursor: Any) -> Callable[[Sequence[Any]], Row]:
    """The row factory of a cursor (psycopg)."""
    places = {column.name: place for place, column in enumerate(cursor.description or ())}

    def made(values: Sequence[Any]) -> Row:
        return Row(places, tuple(_shown(value) if type(value) is str and _SIGN in value else value for value in values))

    return made


def _shown(text: str) -> str:
    return text.replace(_SIGN + "0", _NUL).replace(_SIGN + "1", _SIGN)


def bound(values: Sequence[Any] | Mapping[str, Any], lists: Collection[str] = ()) -> dict[str, Any]:
    """Values as a `Statement` names them: by name as they are, by place as `_1`, `_2`, ...; those named in `lists` are read from JSON."""
    named = values if isinstance(values, Mapping) else {f"_{place}": value for place, value in enumerate(values, 1)}
    return {name: [_kept(each) for each in json.loads(value)] if name in lists else _kept(value) for name, value in named.items()}


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        if _NUL in value or _SIGN in value:
            return value.replace(_SIGN, _SIGN + "1").replace(_NUL, _SIGN + "0")
    elif isinstance(value, bool):
        return int(value)
    return value


class Statement(NamedTuple):
    """One statement for psycopg."""

    text: str
    """With `%(name)s` for what is bound."""
    lists: frozenset[str]
    """Names of the values that are lists: they come as JSON."""


def native(condition: str) -> str:
    """A part of a statement, such as stands between AND and AND, that is PostgreSQL's already but for its marks."""
    return f"{_NATIVE}{condition}{_NATIVE}"


@lru_cache(maxsize=2000)
def translated(statement: str) -> Statement:
    """A statement as PostgreSQL takes it. One that cannot be brought over is a mistake of ours: ValueError, or sqlglot's ParseError."""
    number, parts = 0, list[str]()

    def marked(found: re.Match[str]) -> str:
        nonlocal number
        mark = found[0]
        if mark.startswith(_NATIVE):
            parts.append(_MARK.sub(marked, mark.removeprefix(_NATIVE).removesuffix(_NATIVE)))
            return f"zqn_{len(parts) - 1}_nqz"
        if mark[0] not in "?:":
            return mark
        if mark[0] == "?":
            number = int(mark[1:]) if len(mark) > 1 else number + 1
        return f"zqp_{f'_{number}' if mark[0] == '?' else mark[1:]}_pqz"

    text, lists = _MARK.sub(marked, statement.removeprefix("--pg").strip()), frozenset[str]()
    if not statement.startswith("--pg"):
        from retrieval.postgres_dialect import written

        text, lists = written(text, frozenset(found[0] for found in _KEPT.finditer(text)))
    text = _PART.sub(lambda found: parts[int(found[1])], text).replace("%", "%%")
    return Statement(_KEPT.sub(r"%(\1)s", text), frozenset(_KEPT.sub(r"\1", name) for name in lists))
