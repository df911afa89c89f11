"""API keys: who may call the HTTP API, what for, how long and how often. Knows `accounts.db`, not HTTP.

The secret is shown once, when it is made, and stored hashed.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from assistant.credentials import Credentials, digest
from assistant.rates import Rates
from retrieval.faults import Busy, Conflict, InvalidInput, NotFound, Taken
from retrieval.tables import Place

PREFIX = "syn_"
Role = Literal["user", "admin"]
Scope = Literal["read", "chat", "write", "admin"]
"""`read`: see and search what the owner has. `chat`: ask, which runs models and tools in the owner's name. `write`: add, change and delete.
`admin`: everything, `/metrics` and accounts too."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
USER_SCOPES: frozenset[Scope] = frozenset(("read", "chat", "write"))
LONGEST_SECRET = 512
"""Characters. Ours are shorter; hashing what is longer would be work for whoever sends it."""
USE_NOTED_SECONDS = 60.0
"""`last_used_at` is exact to this."""
_COLUMNS = "id, name, keys.owner, role, tail, created_at, revoked_at, scopes, expires_at, per_minute, per_day, last_used_at"
_SELECT = f"SELECT {_COLUMNS}, suspended.since FROM keys LEFT JOIN suspended ON suspended.owner = keys.owner"  # noqa: S608 - no input


class Key(BaseModel):
    """An API key without its secret."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`key_...`"""
    name: str
    """Label a person gave; unique."""
    owner: str
    """Whose collections, files and conversations the key opens. Keys of one owner share them."""
    role: Role
    """`admin` with the scope of that name, else `user`."""
    tail: str
    """Last four characters of the secret, to tell keys apart."""
    created_at: float
    """Seconds since the epoch, like all times here."""
    revoked_at: float | None = None
    scopes: tuple[Scope, ...] = ("read", "chat", "write")
    expires_at: float | None = None
    """From then on it opens nothing; None is never."""
    per_minute: int | None = None
    """Requests in 60 seconds; None sets no bound."""
    per_day: int | None = None
    """Requests between two midnights (UTC)."""
    last_used_at: float | None = None
    """Exact to a minute."""
    suspended: bool = False
    """The owner is suspended."""

    def expired(self, now: float) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


class Keys:
    """The keys of one data directory. Safe to use from several threads and processes."""

    def __init__(self, place: Place, now: Callable[[], float] = time.time) -> None:
        """Opens nothing until it is asked; the directory is made with the first key."""
        self._file, self._now = Credentials(place), now
        self._rates = Rates()
        self._noted: dict[str, float] = {}

    def create(
        self, name: str, role: Role = "user", owner: str = "", *, scopes: Iterable[str] = (), expires_at: float | None = None,
        per_minute: int | None = None, per_day: int | None = None,
    ) -> tuple[Key, str]:  # fmt: skip
        """A new key and its secret, which is not kept. `owner` defaults to `name`, `scopes` to those of the role.

        Raises InvalidInput, and Conflict for a name in use.
        """
        name = named(name)
        chosen = _scopes(role, tuple(scopes))
        if expires_at is not None and expires_at <= self._now():
            raise InvalidInput("A key cannot expire before it is made.", hint="Choose a later day.", param="expires_at")
        if any(most is not None and most < 1 for most in (per_minute, per_day)):
            raise InvalidInput("A key that may ask nothing is no key.", hint="Choose 1 or more, or leave it out.", param="per_minute")
        key = Key(
            id=f"key_{uuid.uuid4().hex}", name=name, owner=owner.strip() or name, role="admin" if "admin" in chosen else "user", tail="",
            created_at=self._now(), scopes=chosen, expires_at=expires_at, per_minute=per_minute, per_day=per_day,
        )  # fmt: skip
        return self._insert(key)

    def list(self, revoked: bool = False) -> list[Key]:
        """Keys in use, oldest first; with `revoked`, those that were revoked too."""
        where = "" if revoked else "WHERE revoked_at IS NULL"
        return [_key(row) for row in self._file.rows(f"{_SELECT} {where} ORDER BY created_at")]

    def get(self, name_or_id: str) -> Key:
        """The key in use with that name or id. Raises NotFound."""
        rows = self._file.rows(f"{_SELECT} WHERE revoked_at IS NULL AND ? IN (id, name)", name_or_id)
        if not rows:
            known = ", ".join(key.name for key in self.list()) or "none"
            raise NotFound(f"There is no key '{name_or_id[:80]}'.", hint=f"Keys in use: {known}.", param="name")
        return _key(rows[0])

    def revoke(self, name_or_id: str) -> Key:
        """Revoke a key at once and for good; its name is free again. Raises NotFound."""
        key, now = self.get(name_or_id), self._now()
        with self._file.change() as db:
            db.execute("UPDATE keys SET revoked_at = ?, name = name || ' ' || id WHERE id = ?", (now, key.id))
            self._file.note(key.owner, "key.revoked", key.id)
        return key.model_copy(update={"revoked_at": now})

    def rotate(self, name_or_id: str) -> tuple[Key, str]:
        """The same key with a new secret; the old one is dead at once. Raises NotFound."""
        key = self.get(name_or_id)
        secret = _secret()
        with self._file.change() as db:
            db.execute("UPDATE keys SET digest = ?, tail = ? WHERE id = ?", (digest(secret), secret[-4:], key.id))
            self._file.note(key.owner, "key.rotated", key.id)
        return key.model_copy(update={"tail": secret[-4:]}), secret

    def find(self, secret: str) -> Key | None:
        """The key of this secret, be it expired or suspended; None when it is unknown or revoked. Constant work whatever is sent."""
        key = self._kept_as(digest(secret[:LONGEST_SECRET]))
        return key if len(secret) <= LONGEST_SECRET else None

    def check(self, secret: str) -> Key | None:
        """The key this secret opens something with; None when it is unknown, revoked, expired, or its owner suspended."""
        key = self.find(secret)
        return key if key is not None and self._opens(key) else None

    def holds(self, kept: str) -> bool:
        """Whether the secret with this digest still opens anything."""
        key = self._kept_as(kept)
        return key is not None and self._opens(key)

    def _opens(self, key: Key) -> bool:
        return not key.expired(self._now()) and not key.suspended

    def _kept_as(self, kept: str) -> Key | None:
        rows = self._file.rows(f"{_SELECT} WHERE digest = ? AND revoked_at IS NULL", kept)
        return _key(rows[0]) if rows else None

    def use(self, key: Key) -> None:
        """Count a request. Raises Busy with `retry_after` when the quota of the minute or of the day is used up."""
        if key.per_minute is not None and (full := self._rates.spend((key.id, key.per_minute))):
            raise _busy("rate_limit_exceeded", full[1])
        now = self._now()
        noted = now - self._noted.get(key.id, 0.0) < USE_NOTED_SECONDS
        if noted and key.per_day is None:
            return
        with self._file.change() as db:
            if not noted:
                db.execute("UPDATE keys SET last_used_at = ? WHERE id = ?", (now, key.id))
            counted = key.per_day is None or _counted(db, key.id, key.per_day, now)
        self._noted[key.id] = now
        if not counted:
            raise _busy("daily_quota", int(86_400 - now % 86_400) + 1)

    def any(self) -> bool:
        """Whether at least one key is in use."""
        return bool(self._file.rows("SELECT 1 FROM keys WHERE revoked_at IS NULL LIMIT 1"))

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _insert(self, key: Key) -> tuple[Key, str]:
        secret = _secret()
        key = key.model_copy(update={"tail": secret[-4:]})
        row = key.model_dump(exclude={"suspended", "revoked_at", "last_used_at"}) | {
            "scopes": " ".join(key.scopes),
            "digest": digest(secret),
        }
        try:
            with self._file.change() as db:
                places = ", ".join(f":{name}" for name in row)
                db.execute(f"INSERT INTO keys({', '.join(row)}) VALUES ({places})", row)  # noqa: S608 - names of our columns
                self._file.note(key.owner, "key.created", key.id)
        except Taken as error:
            raise Conflict(
                f"There is a key named '{key.name}' already.", hint="Choose another name, or revoke it.", param="name"
            ) from error
        return key, secret


def named(name: str) -> str:
    """A label as it is kept. Raises InvalidInput."""
    name = name.strip()
    if not name or len(name) > 64 or not name.isprintable():
        raise InvalidInput("A key needs a name of 1 to 64 printable characters.", hint="Name it after who or what uses it.", param="name")
    return name


def _scopes(role: str, given: tuple[str, ...]) -> tuple[Scope, ...]:
    if role not in ("user", "admin"):
        raise InvalidInput(f"'{role[:40]}' is not a role.", hint="Choose user or admin.", param="role")
    wanted = given or (SCOPES if role == "admin" else tuple(USER_SCOPES))
    if unknown := sorted(set(wanted) - set(SCOPES)):
        raise InvalidInput(f"'{unknown[0][:40]}' is not a scope.", hint=f"Choose from {', '.join(SCOPES)}.", param="scopes")
    return tuple(scope for scope in SCOPES if scope in wanted or role == "admin" or "admin" in wanted)


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _counted(db: Any, key_id: str, most: int, now: float) -> bool:
    today = time.strftime("%Y-%m-%d", time.gmtime(now))
    db.execute("DELETE FROM key_use WHERE key = ? AND day < ?", (key_id, today))
    row = db.execute(
        "INSERT INTO key_use(key, day, asked) VALUES (?, ?, 1)"
        " ON CONFLICT(key, day) DO UPDATE SET asked = key_use.asked + 1 WHERE key_use.asked < ? RETURNING asked", (key_id, today, most),
    ).fetchone()  # fmt: skip
    return row is not None


def _busy(code: str, seconds: int) -> Busy:
    fault = Busy("This key has asked as often as it may.", hint=f"Ask again in {seconds} s.", code=code)
    fault.retry_after = seconds  # type: ignore[attr-defined]
    return fault


def _key(row: Any) -> Key:
    values = dict(row)
    return Key(**values | {"suspended": values.pop("since") is not None, "scopes": tuple(values["scopes"].split())})
