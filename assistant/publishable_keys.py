"""Publishable keys: what a page on somebody's site may ask in the owner's name. Knows `widget.db`, not HTTP.

Such a key stands in the page for all to read, so it is no secret and is kept as it is. What protects the owner is what it is bound to:
exact origins, collections, questions a minute and questions a day. It opens nothing but the asking.
"""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from retrieval.faults import Busy, Conflict, InvalidInput, NotFound, Taken
from retrieval.tables import Place, tables

PREFIX = "pk_"
FILE = "widget.db"
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS publishable_keys("
    "id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, owner TEXT NOT NULL, body TEXT NOT NULL,"
    "created_at REAL NOT NULL, revoked_at REAL, UNIQUE(owner, name)) STRICT",
    "CREATE TABLE IF NOT EXISTS publishable_use("
    "key TEXT NOT NULL, day TEXT NOT NULL, asked INTEGER NOT NULL, PRIMARY KEY (key, day)) STRICT",
)
_HOST = re.compile(r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")
_MAIL = re.compile(r"^mailto:[^\s<>\"',;?&]+@[^\s<>\"',;?&]+$")
_DEFAULT_PORTS = {"http": 80, "https": 443}
Origin = Annotated[str, Field(max_length=300)]
Question = Annotated[str, Field(max_length=200)]


def origin_of(text: str) -> str:
    """An origin as browsers write it: `https://shop.example`, with a port only where it is not the scheme's own.

    Raises InvalidInput for anything else: a path, a wildcard, `null`, another scheme.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else parts.hostname, parts.port
    except (ValueError, UnicodeError):
        parts, host, port = urlsplit(""), "", None
    rest = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in _DEFAULT_PORTS or not host or rest or not (":" in host or _HOST.match(host)):
        raise InvalidInput(
            f"'{text[:100]}' is no origin of a site.", hint="Write scheme and host, such as https://www.shop.example.", param="origins"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else "")


class Terms(BaseModel):
    """What a key is bound to, and how its bubble greets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origins: tuple[Origin, ...] = Field(min_length=1, max_length=20)
    """Exact origins of the pages that may use it."""
    collections: tuple[str, ...] = Field(min_length=1, max_length=20)
    """Ids (`vs_...`) of the collections that may be asked; the first is the one asked when the page names none."""
    per_minute: int = Field(default=60, ge=1, le=10_000)
    """Questions of all visitors together."""
    per_visitor: int = Field(default=12, ge=1, le=10_000)
    """Questions a minute from one address."""
    per_day: int = Field(default=1000, ge=1, le=1_000_000)
    """Questions between two midnights (UTC)."""
    photo: bool = True
    """A visitor may send a photo."""
    voice: bool = True
    """A visitor may ask by voice and hear the answer."""
    title: str = Field(default="", max_length=80)
    greeting: str = Field(default="", max_length=400)
    questions: tuple[Question, ...] = Field(default=(), max_length=6)
    """Suggested questions; without them, those of the curated answers."""
    contact: str = Field(default="", max_length=300)
    """How a person is reached: `mailto:...` or `https://...`."""
    webhook: str = Field(default="", max_length=500)
    """Where a visitor's message is posted as JSON; goes before `contact`."""

    @field_validator("origins")
    @classmethod
    def _exact(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(origin_of(text) for text in given))

    @field_validator("contact")
    @classmethod
    def _reachable(cls, given: str) -> str:
        given = f"mailto:{given}" if re.fullmatch(r"[^\s:/@]+@[^\s:/@]+", given) else given
        if given and not _MAIL.match(given) and not re.match(r"^https?://[^\s/\\]+", given):
            raise ValueError("write a mail address, or a link that begins with https://")
        return given

    @field_validator("webhook")
    @classmethod
    def _web(cls, given: str) -> str:
        if given and not re.match(r"^https?://[^\s/\\]+", given):
            raise ValueError("write an address that begins with https://")
        return given


class PublishableKey(Terms):
    """A publishable key."""

    id: str
    """`pub_...`, for its owner."""
    key: str
    """`pk_...`, for the page."""
    name: str
    owner: str
    created_at: float
    revoked_at: float | None = None


class PublishableKeys:
    """The publishable keys of one data directory. Safe to use from several threads and processes."""

    def __init__(self, place: Place) -> None:
        """Opens nothing until it is asked; the file is made with the first key."""
        self._tables = tables(place, FILE, _SCHEMA, what="The file of publishable keys")

    def create(self, name: str, owner: str, terms: Terms) -> PublishableKey:
        """A new key. Raises InvalidInput, Conflict for a name in use."""
        name = name.strip()
        if not name or len(name) > 64 or not name.isprintable():
            raise InvalidInput("A key needs a name of 1 to 64 printable characters.", hint="Name it after the site.", param="name")
        made = PublishableKey(
            id=f"pub_{uuid.uuid4().hex}", key=PREFIX + secrets.token_urlsafe(24), name=name, owner=owner, created_at=time.time(),
            **terms.model_dump(),
        )  # fmt: skip
        try:
            with self._tables.write() as db:
                db.execute(
                    "INSERT INTO publishable_keys(id, key, name, owner, body, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (made.id, made.key, name, owner, terms.model_dump_json(), made.created_at),
                )
        except Taken as error:
            raise Conflict(f"There is a key named '{name}' already.", hint="Choose another name, or revoke it.", param="name") from error
        return made

    def list(self, owner: str) -> list[PublishableKey]:
        """The owner's keys in use, oldest first."""
        return [_key(row) for row in self._rows("owner = ? AND revoked_at IS NULL ORDER BY created_at", owner)]

    def get(self, name_or_id: str, owner: str) -> PublishableKey:
        """The owner's key with that name, id or the key itself. Raises NotFound."""
        rows = self._rows("owner = ? AND revoked_at IS NULL AND ? IN (id, name, key)", owner, name_or_id)
        if not rows:
            known = ", ".join(key.name for key in self.list(owner)) or "none"
            raise NotFound(f"There is no publishable key '{name_or_id[:80]}'.", hint=f"Keys in use: {known}.", param="name")
        return _key(rows[0])

    def revoke(self, name_or_id: str, owner: str) -> PublishableKey:
        """Revoke a key at once and for good; its name is free again. Raises NotFound."""
        key, now = self.get(name_or_id, owner), time.time()
        with self._tables.write() as db:
            db.execute("UPDATE publishable_keys SET revoked_at = ?, name = name || ' ' || id WHERE id = ?", (now, key.id))
        return key.model_copy(update={"revoked_at": now})

    def check(self, key: str) -> PublishableKey | None:
        """The key a page sent, or None when it is unknown or revoked."""
        rows = self._rows("key = ? AND revoked_at IS NULL", key) if key.startswith(PREFIX) else ()
        return _key(rows[0]) if rows else None

    def spend(self, key: PublishableKey) -> int:
        """Count one question of today; how many there were. Raises Busy once the daily quota is used up."""
        now = time.time()
        today = time.strftime("%Y-%m-%d", time.gmtime(now))
        with self._tables.write() as db:
            row = db.execute(
                "INSERT INTO publishable_use(key, day, asked) VALUES (?, ?, 1)"
                " ON CONFLICT(key, day) DO UPDATE SET asked = publishable_use.asked + 1 WHERE publishable_use.asked < ? RETURNING asked",
                (key.id, today, key.per_day),
            ).fetchone()  # fmt: skip
        if row is None:
            fault = Busy("No more questions are taken today.", hint="Come back tomorrow, or reach a person.", code="daily_quota")
            fault.retry_after = int(86_400 - now % 86_400) + 1  # type: ignore[attr-defined]
            raise fault
        return int(row[0])

    def asked_today(self, key: PublishableKey) -> int:
        """Questions of today."""
        today = time.strftime("%Y-%m-%d", time.gmtime())
        with self._tables.read() as db:
            row = db.execute("SELECT asked FROM publishable_use WHERE key = ? AND day = ?", (key.id, today)).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Release the file."""
        self._tables.close()

    def _rows(self, where: str, *values: str) -> Sequence[Any]:
        sent = [value.encode("utf-8", "replace").decode() for value in values]
        return self._tables.rows(f"SELECT * FROM publishable_keys WHERE {where}", sent)  # noqa: S608 - no input


def _key(row: Any) -> PublishableKey:
    try:
        terms = Terms.model_validate_json(row["body"])
    except ValidationError as error:
        raise InvalidInput(f"The key '{row['name']}' was kept by another version.", hint="Revoke it and make a new one.") from error
    named = {name: row[name] for name in ("id", "key", "name", "owner", "created_at", "revoked_at")}
    return PublishableKey(**terms.model_dump(), **named)
