"""The tables of the library in PostgreSQL: those of `retrieval.schema`, and what stands in for what only SQLite has.

Pure statements, as `retrieval.postgres_statements` takes them.
"""

from __future__ import annotations

from retrieval.schema import TABLES

SCHEMA_VERSION = 1
"""Of these statements; raise it with a step in `STEPS` when a table changes."""
STEPS: tuple[tuple[str, ...], ...] = ()
"""`STEPS[n]` brings a database of version n + 1 to version n + 2, inside one transaction."""

_OTHERWISE = {
    "key INTEGER PRIMARY KEY AUTOINCREMENT": "key INTEGER PRIMARY KEY",
    "id INTEGER PRIMARY KEY, name": "id INTEGER PRIMARY KEY AUTOINCREMENT, name",
    ", UNIQUE (collection, normal)": "",
    ", UNIQUE (entry, question)": "",
}
"""Items are numbered by a counter, spaces by the server; an index takes no long text, so that what is unique is so by its hash (`_OWN`)."""
_FUNCTIONS = r"""
CREATE FUNCTION as_json(document TEXT) RETURNS JSONB LANGUAGE SQL IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN strpos(document, '\u0000') = 0 THEN CAST(document AS JSONB)
    ELSE CAST(regexp_replace(document, '(^|[^\\])((?:\\\\)*)\\u0000', '\1\2\\ufffe0', 'g') AS JSONB) END;
CREATE FUNCTION json_text(document TEXT, path TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE RETURN
    as_json(document) ->> substr(path, 3);
CREATE FUNCTION json_without(document TEXT, VARIADIC paths TEXT[]) RETURNS JSONB LANGUAGE SQL IMMUTABLE PARALLEL SAFE RETURN
    as_json(document) - ARRAY(SELECT substr(path, 3) FROM unnest(paths) AS path);
CREATE FUNCTION amount(told TEXT) RETURNS NUMERIC LANGUAGE SQL IMMUTABLE PARALLEL SAFE RETURN
    CAST(replace(substring(translate(told, '０１２３４５６７８９　', '0123456789 ')
    FROM '^\s*[$€£¥￥]?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*[%$€£¥元]?\s*$'), ',', '') AS NUMERIC);
"""
_FOLDED = "CREATE FUNCTION folded(told TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE RETURN lower(told COLLATE {});\n"
_OWN = """
CREATE UNIQUE INDEX faq_entries_normal ON faq_entries (collection, md5(normal));
CREATE UNIQUE INDEX faq_cases_question ON faq_cases (entry, md5(question));
CREATE INDEX files_origin ON files USING hash (json_text(metadata, '$.origin'));
CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO counters VALUES ('items', 0), ('changes', 0), ('texts', 0), ('words', 0);
CREATE TABLE changes (number BIGINT PRIMARY KEY, topic TEXT NOT NULL, keys BIGINT[] NOT NULL);
CREATE TABLE postings (term TEXT COLLATE "C", item BIGINT, count REAL NOT NULL, PRIMARY KEY (term, item) INCLUDE (count));
CREATE TABLE lengths (item BIGINT PRIMARY KEY, words BIGINT NOT NULL);
"""


def _statements(script: str) -> list[str]:
    return [f"--pg {part.strip()}" for part in script.split(";\n") if part.strip()]


def _otherwise(statement: str) -> str:
    for ours, theirs in _OTHERWISE.items():
        statement = statement.replace(ours, theirs)
    return statement


def statements(icu: bool) -> list[str]:
    """What makes an empty schema a library; `icu` says whether the server knows the letters of all scripts."""
    letters = '"und-x-icu"' if icu else '"default"'
    tables = [_otherwise(one) for one in TABLES if "VIRTUAL TABLE" not in one and "INDEX files_origin" not in one]
    return [*_statements(_FUNCTIONS), *_statements(_FOLDED.format(letters)), *tables, *_statements(_OWN)]
