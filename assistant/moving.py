"""Moving conversations, accounts and the other small databases of a data directory into PostgreSQL, each table in one transaction with all.

Knows which file has which tables, and what numbers go on; copying and comparing are `retrieval.moving`'s.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from assistant import audit_chain
from assistant.accounts import Accounts
from assistant.audit import Audit
from assistant.conversations.postgres import create as conversations
from assistant.keys import Keys
from assistant.publishable_keys import PublishableKeys
from assistant.reviews import Reviews
from assistant.visits import Visits
from retrieval.database import BUSY_SECONDS, translated
from retrieval.faults import Conflict
from retrieval.moving import Tell, copy_table
from retrieval.postgres import Connection, Postgres
from tools.drawing_quota import DrawingQuota
from tools.facts import Facts

TABLES = (
    ("conversations.db", "conversation", "id"), ("conversations.db", "message", "place"),
    ("conversations.db", "remembered", "conversation, place"),
    ("accounts.db", "keys", "id"), ("accounts.db", "key_use", "key, day"), ("accounts.db", "suspended", "owner"),
    ("accounts.db", "accounts", "id"), ("accounts.db", "sessions", "digest"),
    ("widget.db", "publishable_keys", "id"), ("widget.db", "publishable_use", "key, day"), ("widget.db", "visits", "id"),
    ("reviews.db", "review", "id"), ("drawings.db", "drawn", "owner, at, pictures"), 
    ("audit.db", "entry", "id"),
)  # fmt: skip
"""(file, table, order of its rows); those that others refer to come first."""


def install(place: Postgres) -> None:
    """Make all tables."""
    conversations(place).close()
    Keys(place).list()
    Accounts(place).list()
    PublishableKeys(place).list("")
    Visits(place).newest("")
    Reviews(place).list()
    DrawingQuota(place, per_day=1).used("")
    Facts(place).list("")
    Audit(place).entries()


def move_rest(data_dir: Path, place: Postgres, step: Tell = lambda done: None) -> dict[str, int]:
    """Copy everything that is not the library's into a database where there is none of it; how many rows each table has.

    Raises Conflict when there is something, and what opening a damaged file raises; the database is then as it was.
    """
    install(place)
    moved: dict[str, int] = {}
    with place.write() as theirs:
        for table in [table for _, table, _ in TABLES] + ["store"]:
            if theirs.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone():  # noqa: S608 - names of ours
                raise Conflict(
                    "That database has somebody's data in it already.", hint="Use another database, or drop its schema `assistant`."
                )
        for file, table, order in TABLES:
            if not (data_dir / file).is_file():
                continue
            try:
                with closing(sqlite3.connect(data_dir / file, timeout=BUSY_SECONDS)) as ours:
                    ours.row_factory = sqlite3.Row
                    if ours.execute("SELECT 1 FROM sqlite_master WHERE name = ? AND type = 'table'", (table,)).fetchone():
                        moved[table] = copy_table(ours, theirs, table, order, step)
                        if table == "entry":
                            audit_chain.go_on_from(theirs, ours)
            except sqlite3.Error as error:
                raise translated(error, file) from error
        moved["store"] = _facts(data_dir / "facts.db", theirs)
        theirs.execute("--pg SELECT setval(pg_get_serial_sequence('message', 'place'), 1 + COALESCE(max(place), 0), false) FROM message")
    return moved


def _facts(path: Path, theirs: Connection) -> int:
    """Values of earlier versions are bytes in a column of text."""
    if not path.is_file():
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as ours:
            found = ours.execute("SELECT prefix, key, CAST(value AS TEXT) FROM store").fetchall()
    except sqlite3.Error as error:
        raise translated(error, path.name) from error
    theirs.executemany("INSERT INTO store (prefix, key, value) VALUES (?, ?, ?)", found)
    return len(found)
