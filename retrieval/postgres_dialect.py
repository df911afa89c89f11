"""Our SQL, which is SQLite's, written as PostgreSQL's: a statement is read into a tree, the tree is changed, and written out.

Knows sqlglot and both dialects; of what is bound only the names that stand in the text for it. `retrieval.postgres_statements` imports it
when a statement is first wanted. `json_text` and `json_without` are functions of `retrieval.schema_postgres`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite

_TABLE_OPTIONS = re.compile(r"\)\s*(?:STRICT|WITHOUT ROWID)(?:\s*,\s*(?:STRICT|WITHOUT ROWID))*\s*(?=;|\Z)", re.IGNORECASE)
"""What sqlglot does not read at the end of CREATE TABLE. PostgreSQL is strict anyhow, and has no ROWID."""
_MEMBERS = re.compile(r"SELECT value FROM JSON_EACH\((\w+)\)", re.IGNORECASE)


class _Ours(SQLite):
    """SQLite's, but an order that says nothing of NULL puts it where PostgreSQL does: no column that we order by has one."""

    NULL_ORDERING = "nulls_are_large"


@lru_cache(maxsize=1000)
def written(text: str, marks: frozenset[str]) -> tuple[str, frozenset[str]]:
    """A statement as PostgreSQL reads it, and which of its marks are to be bound to a list: they come as JSON.

    `marks` are the names in it that stand for what is bound. Raises ValueError, ParseError for what cannot be brought over.
    """
    tree = sqlglot.parse_one(_TABLE_OPTIONS.sub(")", text), read=_Ours)
    if isinstance(tree, exp.Command):
        raise ValueError(f"Only PostgreSQL's own form of this statement will do: {text}")
    changes = _Changes(marks)
    for node in [*tree.walk(bfs=False)]:  # what is around comes before what is in it
        changes.make(node)
    if any(call.name.lower() == "json_each" for call in tree.find_all(exp.Anonymous)):
        raise ValueError(f"json_each is brought over as a list to look in or a table with a name only: {text}")
    return tree.sql(dialect="postgres"), frozenset(changes.lists)


class _Changes:
    def __init__(self, marks: frozenset[str]) -> None:
        self._marks = marks
        self.lists: set[str] = set()

    def make(self, node: exp.Expr) -> None:
        """Change a node where the dialects differ and sqlglot does not see to it."""
        if (change := self._BY_KIND.get(type(node))) is not None:
            change(self, node)

    def _members(self, node: exp.Expr) -> None:
        """`x IN (SELECT value FROM json_each(mark))`: a list of anything."""
        query = node.args.get("query")
        found = _MEMBERS.fullmatch(query.this.sql()) if query is not None else None
        if found is not None and found[1] in self._marks:
            self.lists.add(found[1])
            node.replace(exp.EQ(this=node.this, expression=exp.Any(this=exp.Paren(this=exp.column(found[1])))))

    def _table(self, node: exp.Expr) -> None:
        """`json_each(mark)` among the tables: the members of an object where its keys are read, else a list of numbers."""
        if not isinstance(node.this, exp.Anonymous) or node.this.name.lower() != "json_each" or not node.alias:
            return
        given, alias = node.this.expressions[0], node.args["alias"]
        if any(column.name == "key" and column.table == node.alias for column in node.root().find_all(exp.Column)):
            node.set("this", exp.Anonymous(this="json_each_text", expressions=[_cast(given, "JSON")]))
        elif given.name in self._marks:
            self.lists.add(given.name)
            alias.set("columns", [exp.to_identifier("value")])
            node.replace(exp.Unnest(expressions=[_cast(given, "BIGINT[]")], alias=alias))

    def _is(self, node: exp.Expr) -> None:
        """`mark IS NULL`, of which PostgreSQL asks what type it has; and IS NOT NULL stays what it is."""
        if not isinstance(node.expression, exp.Null):
            return
        if node.this.name in self._marks:
            node.set("this", _cast(node.this, "TEXT"))
        if isinstance(node.parent, exp.Not):
            node.parent.replace(exp.Is(this=node.this, expression=exp.Not(this=node.expression)))

    def _join(self, node: exp.Expr) -> None:
        """CROSS JOIN with a condition: SQLite's way to say which table comes first."""
        if node.args.get("on") is not None:
            node.set("kind", None)

    def _like(self, node: exp.Expr) -> None:
        """Of SQLite it minds no case of ASCII, and has no sign for escaping unless one is named."""
        loose = exp.ILike(**node.args)
        node.replace(loose if isinstance(node.parent, exp.Escape) else exp.Escape(this=loose, expression=exp.Literal.string("")))

    def _joined(self, node: exp.Expr) -> None:
        """group_concat."""
        node.set("this", _cast(node.this, "TEXT"))

    def _array(self, node: exp.Expr) -> None:
        """json_group_array, which gives a text, that of an empty list for no rows."""
        made = _cast(exp.JSONArrayAgg(**node.args), "TEXT")
        node.replace(exp.Coalesce(this=made, expressions=[exp.Literal.string("[]")]))

    def _extract(self, node: exp.Expr) -> None:
        """json_extract, of one key."""
        path = node.expression.sql(dialect="sqlite").strip("'")
        if not re.fullmatch(r"\$\.\w+", path):
            raise ValueError(f"json_extract is of one key that the statement names: {node.sql()}")
        node.replace(exp.Anonymous(this="json_text", expressions=[node.this, exp.Literal.string(path)]))

    def _remove(self, node: exp.Expr) -> None:
        """json_remove, of keys."""
        node.replace(exp.Anonymous(this="json_without", expressions=[node.this, *node.expressions]))

    def _kind(self, node: exp.Expr) -> None:
        """SQLite's integers have 64 bits."""
        if node.this == exp.DataType.Type.INT:
            node.set("this", exp.DataType.Type.BIGINT)

    def _column(self, node: exp.Expr) -> None:
        """Texts have the order of their bytes, on every server."""
        if (kind := node.args.get("kind")) is not None and kind.this == exp.DataType.Type.TEXT:
            bytewise = exp.ColumnConstraint(kind=exp.CollateColumnConstraint(this=exp.to_identifier("C", quoted=True)))
            node.set("constraints", [bytewise, *node.args.get("constraints", ())])

    _BY_KIND: ClassVar[Mapping[type[Any], Callable[[_Changes, exp.Expr], None]]] = {
        exp.In: _members, exp.Table: _table, exp.Is: _is, exp.Join: _join, exp.Like: _like, exp.GroupConcat: _joined,
        exp.JSONArrayAgg: _array, exp.JSONExtract: _extract, exp.JSONExtractScalar: _extract, exp.JSONRemove: _remove,
        exp.DataType: _kind, exp.ColumnDef: _column,
    }  # fmt: skip


def _cast(node: exp.Expr, kind: str) -> exp.Cast:
    return exp.Cast(this=node, to=exp.DataType.build(kind, dialect="postgres"))
