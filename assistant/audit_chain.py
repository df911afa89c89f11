"""The chain of the audit log: each row carries a hash over itself and over the row before, so that a change, a gap and a cut-off end show.

What a row says goes into the chain as a salted hash. When it must be forgotten, words and salt go and the hash stays: the chain holds, and
nothing can be guessed from it. Knows tables, no meaning of an action. Who can write the file can write a whole new chain: against that,
note the head elsewhere now and then.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

VERSION = 2
ERASED = "erased"
"""Action of a row whose words were taken out."""
TRIMMED = "audit.trimmed"
NAMED = "audit.erased"
Said = tuple[str, str, str, str, str, str, bool, str]
"""owner, action, subject, outcome, why, modalities (with commas), consent, deployment."""

_TABLE = """
CREATE TABLE entry (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, owner TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
  outcome TEXT NOT NULL, why TEXT NOT NULL, modalities TEXT NOT NULL, consent INTEGER NOT NULL, deployment TEXT NOT NULL,
  salt TEXT NOT NULL, content TEXT NOT NULL, former TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE INDEX entry_of_owner ON entry (owner, id);
"""
_GUARD = "CREATE TRIGGER {} BEFORE {} ON entry BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
_NOT_CHANGED, _NOT_DELETED = "entry_is_not_changed", "entry_is_not_deleted"
_GUARDS = {_NOT_CHANGED: _GUARD.format(_NOT_CHANGED, "UPDATE"), _NOT_DELETED: _GUARD.format(_NOT_DELETED, "DELETE")}
SHARED = (
    *(re.sub("CREATE (TABLE|INDEX)", r"CREATE \1 IF NOT EXISTS", part).replace("AUTOINCREMENT", "") for part in _TABLE.split(";\n")[:2]),
    "CREATE TABLE IF NOT EXISTS numbered (name TEXT PRIMARY KEY, seq INTEGER NOT NULL)",
    """--pg CREATE OR REPLACE FUNCTION entry_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF current_setting('synesthesia.audit', true) IS DISTINCT FROM 'open' THEN RAISE EXCEPTION 'the audit log is only added to'; END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$""",
    """--pg DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = 'entry'::regclass AND tgname = 'entry_is_only_added_to') THEN
  CREATE TRIGGER entry_is_only_added_to BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION entry_is_only_added_to();
  END IF; END $$""",
)  # fmt: skip
"""The same in PostgreSQL. Its own numbers have gaps after a transaction that was undone, so the last one is kept in a table."""
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


class Verified(BaseModel):
    """What reading the whole chain showed."""

    model_config = ConfigDict(frozen=True)

    ok: bool
    head: str
    """Hash of the newest row: note it elsewhere to prove later that nothing before it was changed."""
    entries: int
    erased: int
    """Rows whose words were taken out because their person was forgotten."""
    broken: int | None = None
    """Id of the first row that is not as it was written."""
    fault: str = ""


@dataclass(frozen=True)
class Gone:
    """Rows that were let go."""

    count: int
    last: int
    sha256: str


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, or bring those of the first version (uses of emotion analysis alone, no chain) to this one in one transaction."""
    if db.execute("PRAGMA user_version").fetchone()[0] >= VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] < VERSION:
            _make(db)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _make(db: sqlite3.Connection) -> None:
    for statement in _TABLE.split(";\n"):
        db.execute(statement) if statement.strip() else None
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'use' AND type = 'table'").fetchone():
        for row in db.execute("SELECT id, at, owner, why, modalities, consent, deployment, outcome FROM use ORDER BY id").fetchall():
            identity, at, owner, why, modalities, consent, deployment, outcome = row
            append(db, at, (owner, "emotion", "", outcome, why, modalities, bool(consent), deployment), identity)
        db.execute("DROP TABLE use")
    for guard in _GUARDS.values():
        db.execute(guard)
    db.execute(f"PRAGMA user_version = {VERSION}")


def append(db: Any, at: float, said: Said, identity: int | None = None) -> int:
    """Add a row inside the caller's transaction; its id."""
    newest = db.execute("SELECT id, sha256 FROM entry ORDER BY id DESC LIMIT 1").fetchone()
    former = newest[1] if newest else ""
    if identity is None:  # after a trim the numbers go on, also when no row is left
        identity = (_last(db) or 0) + 1
    salt = secrets.token_hex(16)
    content = _content(salt, at, said)
    row = (identity, at, *said, salt, content, former, _link(former, identity, content))
    db.execute(f"INSERT INTO entry VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - question marks
    if not isinstance(db, sqlite3.Connection):
        _number(db, identity)
    return int(identity)


def _last(db: Any) -> int | None:
    """The highest number that was ever given."""
    kept = "sqlite_sequence" if isinstance(db, sqlite3.Connection) else "numbered"
    row = db.execute(f"SELECT seq FROM {kept} WHERE name = 'entry'").fetchone()  # noqa: S608 - two names of ours
    return int(row[0]) if row else None


def go_on_from(db: Any, other: Any) -> None:
    """Count on from the numbers of another book, whose rows were copied into this one."""
    if (last := _last(other)) is not None:
        _number(db, last)


def _number(db: Any, last: int) -> None:
    db.execute("INSERT INTO numbered (name, seq) VALUES ('entry', ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq", (last,))


@contextmanager
def _unguarded(db: Any, guard: str) -> Iterator[None]:
    """A block in which rows may be changed, or deleted, inside the caller's transaction."""
    if isinstance(db, sqlite3.Connection):
        db.execute(f"DROP TRIGGER {guard}")
        yield
        db.execute(_GUARDS[guard])
        return
    db.execute("--pg SET LOCAL synesthesia.audit = 'open'")
    yield
    db.execute("--pg SET LOCAL synesthesia.audit = ''")


def _content(salt: str, at: float, said: Said) -> str:
    return hashlib.sha256(json.dumps([salt, at, *said[:6], int(said[6]), said[7]], ensure_ascii=True).encode()).hexdigest()


def _link(former: str, identity: int, content: str) -> str:
    return hashlib.sha256(f"{former}:{identity}:{content}".encode()).hexdigest()


def erase(db: Any, owner: str) -> list[int]:
    """Empty the rows of `owner` inside the caller's transaction; their ids."""
    ids = [int(row[0]) for row in db.execute("SELECT id FROM entry WHERE owner = ? ORDER BY id", (owner,))]
    if ids:
        with _unguarded(db, _NOT_CHANGED):
            db.execute(
                "UPDATE entry SET at = 0, owner = '', action = ?, subject = '', outcome = '', why = '', modalities = '', consent = 0,"
                " deployment = '', salt = '' WHERE owner = ?", (ERASED, owner),
            )  # fmt: skip
    return ids


def trim(db: Any, before: float, most: int) -> Gone | None:
    """Delete the oldest rows inside the caller's transaction: those before a time, and those beyond `most`. None when none is.

    A row leaves only together with all before it, and the newest stays. Emptied rows have no time of their own: they leave with those
    around them.
    """
    first_kept = db.execute("SELECT min(id) FROM entry WHERE at >= ? AND action != ?", (before, ERASED)).fetchone()[0]
    newest, count = db.execute("SELECT max(id), count(*) FROM entry").fetchone()
    last = (newest if first_kept is None else first_kept) or 0
    last = min(last, newest or 0) - 1  # the newest stays: what is written next follows it
    if count > most:
        last = max(last, db.execute("SELECT id FROM entry ORDER BY id LIMIT 1 OFFSET ?", (count - most - 1,)).fetchone()[0])
    row = db.execute("SELECT id, sha256 FROM entry WHERE id <= ? ORDER BY id DESC LIMIT 1", (last,)).fetchone()
    told = "SELECT 1 FROM entry WHERE id <= ? AND action NOT IN (?, ?)"
    if row is None or (count <= most and not db.execute(told, (last, TRIMMED, ERASED)).fetchone()):
        return None  # notes and emptied rows alone: else a book at rest would write a note about its last note for ever
    with _unguarded(db, _NOT_DELETED):
        deleted = db.execute("DELETE FROM entry WHERE id <= ?", (last,)).rowcount
    return Gone(deleted, int(row[0]), str(row[1]))


def ranges(ids: Sequence[int]) -> str:
    """`3-9,12` for ascending ids."""
    parts: list[list[int]] = []
    for one in ids:
        if parts and one == parts[-1][1] + 1:
            parts[-1][1] = one
        else:
            parts.append([one, one])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def verify(db: Any, head: str = "") -> Verified:
    """Read every row. `head`: a hash that must be one of them."""
    former, count, missing, seen = None, 0, set[int](), not head
    trims: dict[str, int] = {"": 0}
    start, before, last = "", 0, 0
    broken, fault = None, ""
    for row in db.execute("SELECT * FROM entry ORDER BY id"):
        count += 1
        if former is None:
            start, before = row["former"], row["id"] - 1
            last = before
        wrong = _wrong(row, former, last)
        if wrong and broken is None:
            broken, fault = int(row["id"]), wrong
        if row["action"] == ERASED:
            missing.add(int(row["id"]))
        elif row["action"] == NAMED:
            missing -= _named(row["why"])
        elif row["action"] == TRIMMED:
            trims[row["why"]] = int(row["subject"] or 0)
        former, last, seen = row["sha256"], row["id"], seen or row["sha256"] == head
    if broken is None:
        broken, fault = _whole(db, (start, before), last, trims, missing)
    if broken is None and not seen:
        fault = "the head that was noted is not in it"
    erased = int(db.execute("SELECT count(*) FROM entry WHERE action = ?", (ERASED,)).fetchone()[0])
    return Verified(ok=not fault, head=former or "", entries=count, erased=erased, broken=broken, fault=fault)


def _wrong(row: Any, former: str | None, last: int) -> str:
    if row["id"] != last + 1:
        return "rows before it are missing"
    if former is not None and row["former"] != former:
        return "it does not follow the row before"
    if row["sha256"] != _link(row["former"], row["id"], row["content"]):
        return "its hash is not that of the row"
    said = (
        row["owner"],
        row["action"],
        row["subject"],
        row["outcome"],
        row["why"],
        row["modalities"],
        bool(row["consent"]),
        row["deployment"],
    )
    if row["action"] != ERASED and row["content"] != _content(row["salt"], row["at"], said):
        return "it was changed"
    if row["action"] == ERASED and any((row["at"], *said[:1], *said[2:], row["salt"])):
        return "it was changed after it was emptied"
    return ""


def _whole(db: Any, beginning: tuple[str, int], last: int, trims: dict[str, int], missing: set[int]) -> tuple[int | None, str]:
    """What only the whole chain tells: its beginning was let go with a note, no end was cut off, every emptied row is named."""
    numbered = _last(db)
    if numbered is not None and numbered != last:
        return int(last) + 1, "rows at the end are missing"
    start, before = beginning
    if trims.get(start) != before:
        return before + 1, "rows at the beginning are missing"
    if missing:
        return min(missing), "it was emptied without a note"
    return None, ""


def _named(ranges_said: str) -> set[int]:
    found: set[int] = set()
    for first, end in _RANGE.findall(ranges_said):
        found.update(range(int(first), int(end or first) + 1))
    return found
