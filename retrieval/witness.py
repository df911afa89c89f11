"""A witness beside a SQLite file: whose it is and how many transactions it has acknowledged. Knows two rows of the table `meta`, no other.

SQLite believes every log that is whole in itself. One of another library is laid over this one page by page, an older one brings back
what was deleted, and a file whose log was removed lacks what was acknowledged last: all without a word. So every transaction counts
itself in `meta`, and when it is durable the count is noted in a file of its own. That note need not be synced: after a loss of power it
may be behind, never ahead.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from retrieval.faults import Unavailable

SUFFIX = "-mark"
COUNTED = "INSERT INTO meta VALUES ('commits', '1') ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
"""Counts a transaction; to be its last statement."""


class Witness:
    """The note of one open database. Not safe for threads: only the writer uses it."""

    def __init__(self, path: Path) -> None:
        """`path` is that of the database. A disk that refuses leaves the database without a witness, nothing worse."""
        self._file = -1
        with suppress(OSError):
            self._file = os.open(_place(path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def note(self, library: str, commits: int) -> None:
        """The transaction with this number is durable."""
        if self._file >= 0:
            with suppress(OSError):
                os.pwrite(self._file, f"{library} {commits:020}".encode(), 0)

    def close(self) -> None:
        """Release the file. Safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def examine(path: Path) -> None:
    """Raises Unavailable (`database_damaged`) when a database is not the one that the witness knows, or lacks what it saw acknowledged."""
    try:
        library, _, count = _place(path).read_text("ascii").partition(" ")
        seen = int(count)
    except (OSError, ValueError):
        return
    found = _known(path)
    hint = (
        f"Put back {path.name} and {path.name}-wal as they were, or restore a backup into an empty directory with: assistant restore."
        f" To go on with what is there, delete {path.name}{SUFFIX}."
    )
    if not found:
        what = f"{path.name} is missing, empty or without its log"
    elif found.get("library") != library:
        what = f"{path.name}, or the log beside it, is that of another library"
    elif int(found.get("commits", 0)) < seen:
        what = f"{path.name} or its log is old or was removed: the last {seen - int(found.get('commits', 0))} changes are missing"
    else:
        return
    raise Unavailable(f"The library was not opened: {what}.", hint=hint, code="database_damaged")


def _place(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _known(path: Path) -> dict[str, str]:
    """What `meta` says, without changing anything; empty when there is none. Raises sqlite3.Error for a damaged database."""
    if not path.is_file() or not path.stat().st_size:
        return {}
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            return {}
        return dict(database.execute("SELECT name, value FROM meta WHERE name IN ('library', 'commits')"))
