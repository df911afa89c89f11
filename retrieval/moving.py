"""Moving a data directory's SQLite library into PostgreSQL: each table is copied, read back and compared, in one transaction.

It works on a copy as it was at one moment, so whoever uses the library goes on, but what is written after that moment stays behind. The
blobs stay where they are. Knows tables by name, not what they are for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from retrieval.database_postgres import PostgresDatabase
from retrieval.engine import ALL
from retrieval.faults import Conflict, NotFound, Unavailable
from retrieval.migrating import copied
from retrieval.postgres import Connection
from retrieval.postgres_statements import bound

BLOCK = 500
"""Rows at once."""
LIBRARY = (
    "collections", "files", "attachments", "items", "spaces", "vectors", "calibrations", "faq_entries", "faq_forms", "faq_cases",
    "questions",
)  # fmt: skip
"""Its tables; those that others refer to come first."""
_ORDER = {
    "vectors": "space, item",
    "attachments": "collection, file",
    "faq_forms": "entry, place",
    "items": "key",
    "calibrations": "collection",
}
_KEPT = ("library", "segmentation", "milvus_mean_words")
"""What `meta` keeps: with its id the library finds its Milvus again."""
Tell = Callable[[int], None]


def move_library(data_dir: Path, database: PostgresDatabase, total: Tell, step: Tell) -> dict[str, int]:
    """Copy the library of a directory into an empty database; how many rows each table has.

    `total` gets the number of rows, `step` how many were done since. Raises NotFound, Conflict when the database has something in it,
    StorageFull, Unavailable; the database is then as it was.
    """
    if not (data_dir / "library.db").is_file():
        raise NotFound(f"There is no library in {data_dir}.", hint="Name the data directory with --data-dir.")
    with copied(data_dir) as (_, source), source.read() as ours, database.write() as connection:
        if any(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in LIBRARY):  # noqa: S608 - names of ours
            raise Conflict("That database has a library in it already.", hint="Use another database, or drop its schema `library`.")
        total(sum(_count(ours, table) for table in LIBRARY))
        moved = {table: copy_table(ours, connection, table, _ORDER.get(table, "id"), step) for table in LIBRARY}
        _words(ours, connection, database)
        for name in _KEPT:
            row = ours.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
            if row:
                connection.execute("DELETE FROM meta WHERE name = ?", (name,))
                connection.execute("INSERT INTO meta VALUES (?, ?)", (name, row[0]))
        last = ours.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'items'").fetchone()[0]
        connection.execute("UPDATE counters SET value = ? WHERE name = 'items'", (last,))
        connection.execute("--pg SELECT setval(pg_get_serial_sequence('spaces', 'id'), 1 + COALESCE(max(id), 0), false) FROM spaces")
        database.feed.tell(ALL)
    return moved


def _words(ours: Any, connection: Any, database: PostgresDatabase) -> None:
    after = 0
    while rows := ours.execute("SELECT key, title, text FROM items WHERE key > ? ORDER BY key LIMIT ?", (after, BLOCK)).fetchall():
        database.text.add(connection, [(row["key"], row["title"], row["text"]) for row in rows])
        after = rows[-1]["key"]


def copy_table(ours: Any, theirs: Connection, table: str, order: str, step: Tell) -> int:
    """Copy the rows of a table into one of the same name that is empty, and compare them; how many. Raises Unavailable: they differ."""
    columns = _columns(ours, theirs, table)
    named = ", ".join(f'"{column}"' for column in columns)
    wanted = f'SELECT {named} FROM "{table}" ORDER BY {order}'  # noqa: S608 - names of the schema
    written, count = hashlib.sha256(), 0
    with theirs.raw.cursor().copy(f'COPY "{table}" ({named}) FROM STDIN') as copy:
        for block in _blocks(ours.execute(wanted)):
            for row in block:
                written.update(_told(row))
                copy.write_row([*bound(row).values()])
            count += len(block)
            step(len(block))
    read = hashlib.sha256()
    with theirs.raw.cursor(name="moved") as cursor:
        cursor.itersize = BLOCK
        for row in cursor.execute(wanted):
            read.update(_told(row))
    if read.digest() != written.digest():
        raise Unavailable(f"The table {table} is not the same in the database.", hint="Nothing was changed there. Please report it.")
    return count


def _columns(ours: Any, theirs: Connection, table: str) -> list[str]:
    here = [row[1] for row in ours.execute(f'PRAGMA table_info("{table}")')]
    found = theirs.execute(
        "--pg SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?", (table,)
    ).fetchall()
    there = {row[0] for row in found}
    return [column for column in here if column in there]


def _count(ours: Any, table: str) -> int:
    return int(ours.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608 - names of the schema


def _blocks(cursor: Any) -> Iterator[list[Sequence[Any]]]:
    while rows := cursor.fetchmany(BLOCK):
        yield [tuple(row) for row in rows]


def _told(row: Sequence[Any]) -> bytes:
    return repr(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)).encode("utf-8", "surrogatepass")
