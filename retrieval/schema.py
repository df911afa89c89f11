"""The tables of `library.db`, and the steps that bring a database of an older version to this one. Pure statements."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence

SCHEMA_VERSION = 3

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE collections (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, metadata TEXT NOT NULL, created_at REAL NOT NULL, UNIQUE (owner, name)
) WITHOUT ROWID;
CREATE TABLE files (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, modality TEXT NOT NULL, media_type TEXT NOT NULL, bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL, purpose TEXT NOT NULL, created_at REAL NOT NULL, recipe TEXT, metadata TEXT NOT NULL,
    width INTEGER, height INTEGER, seconds REAL
) WITHOUT ROWID;
CREATE INDEX files_owner ON files (owner, created_at);
CREATE INDEX files_sha256 ON files (sha256);
CREATE TABLE attachments (
    collection TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE, file TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    owner TEXT NOT NULL, status TEXT NOT NULL, items INTEGER NOT NULL, warnings TEXT NOT NULL, error TEXT, metadata TEXT NOT NULL,
    created_at REAL NOT NULL, PRIMARY KEY (collection, file)
) WITHOUT ROWID;
CREATE INDEX attachments_file ON attachments (file);
CREATE INDEX attachments_pending ON attachments (status) WHERE status = 'in_progress';
CREATE TABLE items (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, collection TEXT NOT NULL, owner TEXT NOT NULL, modality TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, blob TEXT, media_type TEXT, metadata TEXT NOT NULL, parent TEXT, locator TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE INDEX items_scope ON items (owner, collection, modality);
CREATE INDEX items_page ON items (collection);
CREATE INDEX items_parent ON items (parent, collection) WHERE parent IS NOT NULL;
CREATE INDEX items_blob ON items (blob) WHERE blob IS NOT NULL;
CREATE TABLE spaces (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dimension INTEGER NOT NULL, generation INTEGER NOT NULL
);
CREATE TABLE vectors (space INTEGER NOT NULL REFERENCES spaces (id), item INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE UNIQUE INDEX vectors_place ON vectors (space, item);
CREATE INDEX vectors_item ON vectors (item);
CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', tokenize='porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE terms USING fts5vocab (words, row);
"""

_SECOND = """
CREATE VIRTUAL TABLE occurrences USING fts5vocab (words, instance);
CREATE INDEX files_origin ON files (owner, json_extract(metadata, '$.origin')) WHERE json_extract(metadata, '$.origin') IS NOT NULL;
CREATE TABLE calibrations (
    collection TEXT PRIMARY KEY REFERENCES collections (id) ON DELETE CASCADE, owner TEXT NOT NULL, value TEXT NOT NULL,
    items INTEGER NOT NULL, created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE faq_entries (
    id TEXT PRIMARY KEY, item TEXT UNIQUE REFERENCES items (id) ON DELETE CASCADE,
    collection TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE, owner TEXT NOT NULL, question TEXT NOT NULL,
    normal TEXT NOT NULL, answer TEXT NOT NULL, language TEXT NOT NULL, tags TEXT NOT NULL, source TEXT NOT NULL,
    created_at REAL NOT NULL, changed_at REAL NOT NULL, UNIQUE (collection, normal)
) WITHOUT ROWID;
CREATE INDEX faq_entries_changed ON faq_entries (owner, collection, changed_at);
CREATE TABLE faq_forms (
    entry TEXT NOT NULL REFERENCES faq_entries (id) ON DELETE CASCADE, place INTEGER NOT NULL, text TEXT NOT NULL, space TEXT NOT NULL,
    vector BLOB NOT NULL, PRIMARY KEY (entry, place)
) WITHOUT ROWID;
CREATE TABLE faq_cases (
    id TEXT PRIMARY KEY, entry TEXT NOT NULL REFERENCES faq_entries (id) ON DELETE CASCADE, question TEXT NOT NULL,
    created_at REAL NOT NULL, UNIQUE (entry, question)
) WITHOUT ROWID;
CREATE TABLE questions (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, collection TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE, text TEXT NOT NULL,
    outcome TEXT NOT NULL, comment TEXT NOT NULL, conversation TEXT, message TEXT, created_at REAL NOT NULL, space TEXT, vector BLOB
) WITHOUT ROWID;
CREATE INDEX questions_place ON questions (collection, created_at);
CREATE INDEX questions_owner ON questions (owner, created_at);
CREATE INDEX questions_conversation ON questions (conversation) WHERE conversation IS NOT NULL;
CREATE INDEX questions_message ON questions (message) WHERE message IS NOT NULL;
"""


_ITEMS_PAGE = "CREATE INDEX items_page ON items (collection);\n"


def _statements(script: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in script.split(";\n") if part.strip())


def _by(statements: Sequence[str]) -> Callable[[sqlite3.Connection], None]:
    def migrate(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return migrate


def _by_what_is_missing(script: str) -> tuple[str, ...]:
    return tuple(re.sub(r"^CREATE (VIRTUAL TABLE|TABLE|INDEX) ", r"CREATE \1 IF NOT EXISTS ", part) for part in _statements(script))


TABLES = (*_statements(_FIRST), *_statements(_SECOND))
"""Everything a database of today has, for an engine that has none of an older version."""
SCHEMA = _statements(_FIRST)
"""Statements that make a database of version 1; the migrations then bring it to the version of today."""
MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _by(_statements(_SECOND)),
    # Versions 1 and 2 grew while they kept their numbers: a database may have come from any state of them.
    _by(_by_what_is_missing(_ITEMS_PAGE + _SECOND)),
)
"""`MIGRATIONS[n]` brings a database of version n + 1 to version n + 2, inside one transaction."""
