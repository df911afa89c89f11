"""The one tree of errors. Every failure a person can meet is a Fault: it names the value, and says what to do next.

Fault
├── InvalidInput      400  malformed or out of range
├── NotAllowed        403  the caller may not do this
├── NotFound          404  no such thing (also: not yours)
├── Conflict          409  the thing exists already, or is in another state
│   └── Taken         409  a row with this key is there already
├── TooLarge          413  over a limit of the settings
├── UnsupportedType   415  a kind of file that is not read
├── Unreadable        422  the right kind, but damaged or empty
├── Busy              429  a queue or quota is full
├── Cancelled         499  the person stopped it
├── Unavailable       503  a model or a store is not ready
│   └── NotInstalled  503  a back-end's package or model is missing
├── TimedOut          504  the work took longer than allowed
├── StorageFull       507  the disk did not take it
└── DataLocked        503  another process owns the data directory
"""

from __future__ import annotations

from typing import Any


class Fault(Exception):
    """Root of all errors. `code` is stable for programs, `hint` tells a person what to do next."""

    code: str = "internal_error"
    status: int = 500
    retryable: bool = False

    def __init__(self, message: str, *, hint: str = "", param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.param = param
        if code is not None:
            self.code = code

    def to_dict(self) -> dict[str, Any]:
        """The error shape of the HTTP API (`{"message", "type", "param", "code", "hint"}`)."""
        text = f"{self.message} {self.hint}".strip()
        return {"message": text, "type": type(self).__name__, "param": self.param, "code": self.code, "hint": self.hint}


class InvalidInput(Fault):
    """The request is malformed or a value is out of range."""

    code, status = "invalid_request", 400


class NotAllowed(Fault):
    """The caller may not do this."""

    code, status = "not_allowed", 403


class NotFound(Fault):
    """No such thing, or it belongs to somebody else: the two look the same on purpose."""

    code, status = "not_found", 404


class Conflict(Fault):
    """The thing exists already or is in another state."""

    code, status = "conflict", 409


class Taken(Conflict):
    """A row with this key is there already."""


class TooLarge(Fault):
    """A size, length, duration or count is over the limit in the settings."""

    code, status = "too_large", 413


class UnsupportedType(Fault):
    """A kind of file that is not read."""

    code, status = "unsupported_type", 415


class Unreadable(Fault):
    """The right kind of file, but damaged, encrypted or empty."""

    code, status = "unreadable", 422


class Busy(Fault):
    """A queue or a quota is full."""

    code, status, retryable = "busy", 429, True


class Cancelled(Fault):
    """The person stopped the work."""

    code, status = "cancelled", 499


class Unavailable(Fault):
    """A model or a store is not ready."""

    code, status, retryable = "unavailable", 503, True


class NotInstalled(Unavailable):
    """The package or model that a back-end needs is missing; the hint names what to install."""

    code, retryable = "not_installed", False


class TimedOut(Fault):
    """The work took longer than allowed and was stopped."""

    code, status, retryable = "timed_out", 504, True


class StorageFull(Fault):
    """The disk did not take the write; nothing was acknowledged."""

    code, status, retryable = "insufficient_storage", 507, True


class StorageRefused(Unavailable):
    """The system opened no file, for a reason that passes or that somebody can mend: too many are open, rights are missing."""

    code = "storage_refused"


class DataLocked(Fault):
    """Another process owns the data directory."""

    code, status = "data_locked", 503
