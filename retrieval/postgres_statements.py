"""Our statements, written for SQLite, as PostgreSQL reads them, and what they bind and give. Knows the two dialects, no connection.

What the translation leaves to whoever writes a statement: `ON CONFLICT` in place of `OR IGNORE` and `OR REPLACE`, the name of the table
before a column that `DO UPDATE` reads, no order by a column that may be NULL, no truth of a bare number, and every column of a GROUP BY.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

_MARK = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|(?<!:):[A-Za-z_]\w*|\?\d*""")
_KEPT = re.compile(r"zqp_(\w+?)_pqz")
_TABLE_OPTIONS = re.compile(r"\)\s*(?:STRICT|WITHOUT ROWID)(?:\s*,\s*(?:STRICT|WITHOUT ROWID))*\s*(?=;|\Z)", re.IGNORECASE)
_ORDER_OF_NULLS = re.compile(r" NULLS (?:FIRST|LAST)")
_TEXT_COLUMN = re.compile(r"(?<![\"'.\w])TEXT(?![\"'\w])")
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


def bound(values: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """Values as `translated` names them: by name as they are, by place as `_1`, `_2`, ..."""
    if isinstance(values, Mapping):
        return {name: _kept(value) for name, value in values.items()}
    return {f"_{place}": _kept(value) for place, value in enumerate(values, 1)}


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        if _NUL in value or _SIGN in value:
            return value.replace(_SIGN, _SIGN + "1").replace(_NUL, _SIGN + "0")
    elif isinstance(value, bool):
        return int(value)
    return value


@lru_cache(maxsize=2000)
def translated(statement: str) -> str:
    """One statement for psycopg, with `%(name)s` for what is bound. One that begins with `--pg` is PostgreSQL's but for its marks."""
    number = 0

    def marked(found: re.Match[str]) -> str:
        nonlocal number
        mark = found[0]
        if mark[0] == "?":
            number = int(mark[1:]) if len(mark) > 1 else number + 1
            return f"zqp__{number}_pqz"
        return f"zqp_{mark[1:]}_pqz" if mark[0] == ":" else mark

    theirs = statement.startswith("--pg")
    text = _MARK.sub(marked, statement.removeprefix("--pg").strip())
    return _KEPT.sub(r"%(\1)s", (text if theirs else _dialect(text)).replace("%", "%%"))


def _dialect(text: str) -> str:
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(_TABLE_OPTIONS.sub(")", text), read="sqlite")
    if isinstance(tree, exp.Command):
        return text
    for like in list(tree.find_all(exp.Like)):  # of SQLite it minds no case of ASCII, and has no sign for escaping unless one is named
        loose = exp.ILike(this=like.this, expression=like.expression)
        like.replace(loose if isinstance(like.parent, exp.Escape) else exp.Escape(this=loose, expression=exp.Literal.string("")))
    if isinstance(tree, exp.Create):
        for kind in tree.find_all(exp.DataType):
            if kind.this == exp.DataType.Type.INT:
                kind.set("this", exp.DataType.Type.BIGINT)
    made = tree.sql(dialect="postgres")
    if "NULLS" not in text.upper():
        made = _ORDER_OF_NULLS.sub("", made)
    if isinstance(tree, exp.Create) and tree.kind == "TABLE":
        made = _TEXT_COLUMN.sub('TEXT COLLATE "C"', made)  # the order of texts is that of their bytes, on every server
    return made
