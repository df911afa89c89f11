"""Ledger: the work list of one collection and one place, in a SQLite file of its own. Knows no library and reads no file.

The library is the truth of what is in it. The ledger holds what was listed, what the library said it holds, and which files could not be
read; all but the last is made anew at every start, so losing it costs nothing but trying those again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from retrieval.blobs import make_directory, storage_fault
from retrieval.bulk.base import Held, Listed, Refused
from retrieval.bulk.kinds import kind_of, rank_of
from retrieval.database import translated
from retrieval.faults import Conflict

FOLDER = "bulk"
AT_ONCE = 5000
UNREAD, DONE, UNCHANGED, WAITING, FAILED, PASSED = range(6)
"""States of a listed file. WAITING: the library itself is to read it; FAILED: in this run or before; PASSED: of no kind that is read."""
_NAME = "The ledger"
_TABLES = """
CREATE TABLE IF NOT EXISTS failures (
    origin TEXT PRIMARY KEY, mark TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, hint TEXT NOT NULL, lasting INTEGER NOT NULL
) WITHOUT ROWID;
DROP TABLE IF EXISTS listed;
DROP TABLE IF EXISTS held;
CREATE TABLE listed (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, mark TEXT NOT NULL, kind TEXT NOT NULL, rank INTEGER NOT NULL, state INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE held (origin TEXT PRIMARY KEY, mark TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID;
"""
_SETTLE = f"""
UPDATE listed SET state = {PASSED} WHERE rank = 2;
UPDATE listed SET state = CASE WHEN held.status = 'completed' THEN {UNCHANGED} WHEN held.status = 'failed' THEN {FAILED} ELSE {WAITING} END
    FROM held WHERE held.origin = listed.origin AND listed.rank < 2 AND listed.state = {UNREAD}
    AND (held.mark = listed.mark AND (held.status <> 'failed' OR NOT :retry) OR held.status = 'in_progress');
UPDATE listed SET state = {FAILED} FROM failures WHERE failures.origin = listed.origin AND failures.mark = listed.mark
    AND failures.lasting AND NOT :retry AND listed.state = {UNREAD};
DELETE FROM failures WHERE NOT EXISTS (SELECT 1 FROM listed WHERE listed.origin = failures.origin AND listed.state = {FAILED});
"""  # noqa: S608 - fixed numbers
_GONE = "FROM held WHERE substr(origin, 1, length(?)) = ? AND NOT EXISTS (SELECT 1 FROM listed WHERE listed.origin = held.origin)"


def forget(data_dir: Path, collection: str) -> None:
    """Remove the ledgers of a collection: they name files."""
    for path in (data_dir / FOLDER).glob(f"{collection}-*"):
        path.unlink(missing_ok=True)


class Ledger:
    """An open ledger. Holds its file's lock: raises Conflict while another process has it."""

    def __init__(self, data_dir: Path, collection: str, place: str) -> None:
        folder = data_dir / FOLDER
        named = f"{collection}-{hashlib.sha256(place.encode()).hexdigest()[:24]}"
        try:
            make_directory(folder)
            folder.chmod(0o700)  # names of files may tell much
            self._lock = os.open(folder / f"{named}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise storage_fault(error, folder) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise Conflict(f"{place} is being read into this collection already.", hint="Wait until that ends, or stop it.") from error
        self.path = folder / f"{named}.db"
        with self._faults():
            self._database = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._made()
        except sqlite3.DatabaseError:  # cut off by a loss of power: it is only a work list
            for path in self.path.parent.glob(f"{self.path.name}*"):
                path.unlink(missing_ok=True)
            return self._made()

    def _made(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        database.row_factory = sqlite3.Row
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-16000")
        database.executescript(_TABLES)
        return database

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise translated(error, _NAME) from error

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._faults():
            self._database.execute("BEGIN")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                self._database.execute("ROLLBACK")
                raise

    def enter(self, found: Iterable[Listed]) -> Iterator[int]:
        """Take a listing in; how many names so far, every now and then."""
        source, count = iter(found), 0
        while block := list(islice(source, AT_ONCE)):
            rows = [(one.origin, one.size, one.mark, kind := kind_of(one.origin), rank_of(kind), UNREAD) for one in block]
            with self._change() as database:
                database.executemany("INSERT OR IGNORE INTO listed VALUES (?,?,?,?,?,?)", rows)
            count += len(rows)
            yield count

    def hold(self, held: Iterable[Held]) -> None:
        """Take in what the library holds."""
        rows = [(one.origin, one.mark, one.status) for one in held]
        with self._change() as database:
            # Several versions of a file may be there; one that is read counts most, a failed one least.
            database.executemany(
                "INSERT INTO held VALUES (?,?,?) ON CONFLICT DO UPDATE SET mark = excluded.mark, status = excluded.status"
                " WHERE held.status = 'failed' OR excluded.status = 'completed'", rows,
            )  # fmt: skip

    def settle(self, most_bytes: int, *, retry: bool) -> None:
        """Decide what is to be done, once all is listed and held. Files over `most_bytes`, and empty ones, fail unread."""
        with self._change() as database:
            for statement in _SETTLE.split(";\n"):
                if statement.strip():
                    database.execute(statement, {"retry": retry} if ":retry" in statement else {})
            for condition, code, reason, hint in (
                (f"size > {int(most_bytes)}", "file_too_large", f"The file has more than {most_bytes / 2**20:g} MiB.",
                 "Raise limits.file_bytes."),
                ("size = 0", "empty_file", "The file is empty.", "Check that it was saved."),
            ):  # fmt: skip
                database.execute(
                    f"INSERT OR REPLACE INTO failures SELECT origin, mark, ?, ?, ?, 1 FROM listed WHERE state = {UNREAD} AND {condition}",  # noqa: S608
                    (code, reason, hint),
                )
                database.execute(f"UPDATE listed SET state = {FAILED} WHERE state = {UNREAD} AND {condition}")  # noqa: S608

    def unread(self, rank: int) -> Iterator[Listed]:
        """What is to be read, of one rank, in the order of the names; read in pages, so that nothing is locked meanwhile."""
        after = ""
        while rows := self._all(
            f"SELECT origin, size, mark FROM listed WHERE origin > ? AND state = {UNREAD} AND rank = ? ORDER BY origin LIMIT 1000",  # noqa: S608
            (after, rank),
        ):
            after = rows[-1]["origin"]
            yield from (Listed(*row) for row in rows)

    def done(self, origins: Iterable[str]) -> None:
        """These are in the library."""
        rows = [(origin,) for origin in origins]
        with self._change() as database:
            database.executemany(f"UPDATE listed SET state = {DONE} WHERE origin = ?", rows)  # noqa: S608
            database.executemany("DELETE FROM failures WHERE origin = ?", rows)

    def fail(self, refused: Refused, *, lasting: bool) -> None:
        """This one is not; `lasting`: it would not be the next time either, unless it changes."""
        one = refused.listed
        with self._change() as database:
            values = (one.origin, one.mark, refused.code, refused.reason, refused.hint, lasting)
            database.execute("INSERT OR REPLACE INTO failures VALUES (?,?,?,?,?,?)", values)
            database.execute(f"UPDATE listed SET state = {FAILED} WHERE origin = ?", (one.origin,))  # noqa: S608

    def gone(self, prefix: str) -> Iterator[list[str]]:
        """Origins below `prefix` that the library holds and the listing did not give, in blocks."""
        after = ""
        while rows := self._all(f"SELECT origin {_GONE} AND origin > ? ORDER BY origin LIMIT 500", (prefix, prefix, after)):
            after = rows[-1]["origin"]
            yield [row["origin"] for row in rows]

    def missing(self, prefix: str) -> int:
        """How many of them there are."""
        return int(self._all(f"SELECT count(*) {_GONE}", (prefix, prefix))[0][0])

    def counts(self) -> dict[int, tuple[int, int]]:
        """(files, bytes) by state."""
        rows = self._all("SELECT state, count(*), sum(size) FROM listed GROUP BY state")
        return {int(state): (int(files), int(size)) for state, files, size in rows}

    def kinds(self, *states: int) -> dict[str, tuple[int, int]]:
        """(files, bytes) by kind, of some states, most frequent first."""
        marks = ",".join("?" * len(states))
        rows = self._all(
            f"SELECT kind, count(*) AS files, sum(size) FROM listed WHERE state IN ({marks}) GROUP BY kind ORDER BY files DESC, kind",  # noqa: S608
            states,
        )
        return {kind: (int(files), int(size)) for kind, files, size in rows}

    def failures(self, limit: int) -> tuple[int, list[Refused]]:
        """How many files could not be read, and the first of them by name."""
        total = self._all("SELECT count(*) FROM failures")[0][0]
        rows = self._all("SELECT * FROM failures ORDER BY origin LIMIT ?", (limit,))
        return int(total), [Refused(Listed(r["origin"], 0, r["mark"]), r["code"], r["reason"], r["hint"]) for r in rows]

    def _all(self, statement: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        with self._faults():
            found: list[sqlite3.Row] = self._database.execute(statement, values).fetchall()
            return found

    def close(self) -> None:
        """Close the file and give the lock back."""
        self._database.close()
        os.close(self._lock)
