"""What an error of PostgreSQL means for a person, and whether a connection is one still. Knows its error codes (SQLSTATE)."""

from __future__ import annotations

import select
from typing import Any

from retrieval.faults import Busy, Fault, InvalidInput, NotInstalled, StorageFull, Taken, TimedOut, Unavailable

NAME = "The database"
RETRY_SECONDS = 2
"""That a client is told to wait: a restart of PostgreSQL takes about as long."""
_FULL = {"53100", "58030"}
"""disk_full, io_error."""
_OURS = {
    "28000": "PostgreSQL does not let this user in", "28P01": "PostgreSQL refuses the password", "3D000": "PostgreSQL has no such database",
    "42501": "The user of the database may not do this", "3F000": "The database has no such schema",
}  # fmt: skip
"""What somebody has to set right before it can work."""


def is_gone(error: BaseException) -> bool:
    """Whether the connection that raised this is of no more use: the server stopped, restarts, or ended it."""
    import psycopg

    state = str(getattr(error, "sqlstate", None) or "")
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (
        not state or (state[:2] in ("08", "57") and state != "57014")
    )


def translated(error: Any, what: str = NAME) -> Fault:
    """The Fault for an error of psycopg; `what` is the database. The server's own words stay in its cause: they name addresses and rows."""
    import psycopg

    state = str(getattr(error, "sqlstate", None) or "")
    if isinstance(error, psycopg.IntegrityError):
        return Taken(f"{what} has such a row already.", hint="Choose another name.")
    if state in _FULL:
        return StorageFull(f"The disk of {what[0].lower()}{what[1:]} did not take the data.", hint="Make room on the disk of PostgreSQL.")
    if state in _OURS:
        fault = Unavailable(f"{_OURS[state]}.", hint="Correct the settings database and database_password.", code="database_refused")
        fault.retryable = False
        return fault
    if state in ("40001", "40P01", "55P03"):
        return Busy(f"{what} was changed by somebody else at the same moment.", hint="Try again.")
    if state == "57014":
        return TimedOut(f"{what} took too long.", hint="Try again with less.")
    if state in ("22021", "22P05") or isinstance(error, UnicodeError):
        return InvalidInput("A text has characters that cannot be stored.", hint="Take them out.", code="bad_characters")
    if is_gone(error) or state[:2] == "53" or state == "25006":
        return later(f"{what} does not answer.")
    return Unavailable(f"{what} failed ({state or type(error).__name__}).", hint="Try again; if it stays, look into PostgreSQL's log.")


def later(message: str) -> Unavailable:
    """The Fault for a server that is not there at the moment."""
    fault = Unavailable(
        message, hint="Try again in a moment; `assistant doctor` says whether PostgreSQL answers.", code="database_unavailable"
    )
    fault.retry_after = RETRY_SECONDS  # type: ignore[attr-defined]
    return fault


def missing(error: ImportError) -> NotInstalled:
    """The Fault for a package that is not installed."""
    return NotInstalled(
        f"PostgreSQL needs the package {error.name}.", hint="Install it with: pip install 'synesthesia[grown]'", param="database"
    )


def alive(connection: Any) -> None:
    """Raises OperationalError for a connection whose server is gone: then its socket has an end, or last words, to be read."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        connection.execute("SELECT 1")
