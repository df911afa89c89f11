"""People: accounts with a password or an identity of an OpenID Connect provider, and their sessions. Knows `accounts.db`, not HTTP.

Passwords are kept as Argon2id (RFC 9106), sessions as digests of random tokens. The first account is the admin's, and opens what was made
on this machine before there were accounts; every other has an owner of its own.
"""

from __future__ import annotations

import secrets
import time
import unicodedata
import uuid
from collections.abc import Callable
from itertools import chain, count
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.credentials import Credentials, digest
from assistant.guesses import Guesses
from assistant.keys import LONGEST_SECRET, Role
from assistant.passwords import Passwords
from retrieval.faults import Busy, Conflict, InvalidInput, NotAllowed, NotFound, Taken
from retrieval.tables import Place

LOCAL_OWNER = "local"
"""Who owns what is made on this machine without an account."""
TOKEN_PREFIX = "ses_"  # noqa: S105 - no password
SESSION_SECONDS = 14 * 86_400.0
_SELECT = "SELECT accounts.*, suspended.since FROM accounts LEFT JOIN suspended ON suspended.owner = accounts.owner"


class Account(BaseModel):
    """A person."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`acct_...`"""
    name: str
    owner: str
    """Whose data the account opens; an API key made with `--owner OWNER` opens the same."""
    role: Role
    login: str
    """`password` or `oidc`."""
    created_at: float
    """Seconds since the epoch."""
    suspended: bool = False


class Accounts:
    """The people of one data directory. Safe to use from several threads and processes."""

    def __init__(
        self, place: Place, session_seconds: float = SESSION_SECONDS, now: Callable[[], float] = time.time, guesses: Guesses | None = None
    ) -> None:
        """Opens nothing until it is asked; the directory is made with the first account."""
        self._file, self._seconds, self._now = Credentials(place), session_seconds, now
        self._guesses, self._passwords = guesses or Guesses(), Passwords()

    def add(self, name: str, password: str, role: Role | None = None, *, only_first: bool = False) -> Account:
        """A new account. The first is an admin's and owns what this machine has; `only_first` raises Conflict when there is one already.

        Raises InvalidInput, and Conflict for a name in use.
        """
        name = _name(name)
        return self._insert(name, role, password=self._passwords.kept(password, name), only_first=only_first)

    def list(self) -> list[Account]:
        """All of them, oldest first."""
        return [_account(row) for row in self._file.rows(f"{_SELECT} ORDER BY created_at")]

    def any(self) -> bool:
        """Whether there is an account."""
        return bool(self._file.rows("SELECT 1 FROM accounts LIMIT 1"))

    def get(self, name_or_id: str) -> Account:
        """The account with that name (whatever its case) or id. Raises NotFound."""
        rows = self._file.rows(f"{_SELECT} WHERE folded = ? OR id = ?", _folded(name_or_id), name_or_id)
        if not rows:
            raise NotFound(f"There is no account '{name_or_id[:80]}'.", hint="`assistant accounts list` shows them.", param="name")
        return _account(rows[0])

    def set_password(self, name_or_id: str, password: str) -> Account:
        """Another password; every session of the account is dead at once. Raises NotFound, InvalidInput."""
        account = self.get(name_or_id)
        if account.login != "password":
            raise InvalidInput("This account has no password here.", hint="Its provider keeps it.", param="password")
        kept = self._passwords.kept(password, account.name)
        with self._file.change() as db:
            db.execute("UPDATE accounts SET password = ? WHERE id = ?", (kept, account.id))
            db.execute("DELETE FROM sessions WHERE account = ?", (account.id,))
            self._file.note(account.owner, "account.password", account.id)
        return account

    def set_role(self, name_or_id: str, role: Role) -> Account:
        """Make somebody an admin, or no longer. Raises NotFound, and Conflict for the last admin."""
        account = self.get(name_or_id)
        with self._file.change() as db:
            db.execute("UPDATE accounts SET role = ? WHERE id = ?", (role, account.id))
            _keep_an_admin(db)
            self._file.note(account.owner, f"account.{role}", account.id)
        return account.model_copy(update={"role": role})

    def remove(self, name_or_id: str) -> Account:
        """Remove an account and its sessions; what its owner has stays. Raises NotFound, and Conflict for the last admin among others."""
        account = self.get(name_or_id)
        with self._file.change() as db:
            db.execute("DELETE FROM accounts WHERE id = ?", (account.id,))
            _keep_an_admin(db)
            self._file.note(account.owner, "account.deleted", account.id)
        return account

    # ---- suspended owners
    def suspend(self, owner: str) -> None:
        """Let the keys, sessions and publishable keys of an owner open nothing until `resume`."""
        with self._file.change() as db:
            db.execute("INSERT INTO suspended(owner, since) VALUES (?, ?) ON CONFLICT DO NOTHING", (owner, self._now()))
            self._file.note(owner, "owner.suspended")

    def resume(self, owner: str) -> None:
        """Let them in again."""
        with self._file.change() as db:
            db.execute("DELETE FROM suspended WHERE owner = ?", (owner,))
            self._file.note(owner, "owner.resumed")

    def suspended(self, owner: str) -> bool:
        """Whether an owner is suspended."""
        return bool(self._file.rows("SELECT 1 FROM suspended WHERE owner = ?", owner))

    # ---- sessions
    def log_in(self, name: str, password: str) -> tuple[Account, str]:
        """The account and the token of a new session. The same work and the same words for an unknown name and a wrong password.

        Raises NotAllowed, and Busy with `retry_after` after too many tries for that name, also for the right password.
        """
        folded = _folded(name)
        if wait := self._guesses.begin(folded):
            raise _waiting(wait)
        rows = self._file.rows(f"{_SELECT} WHERE folded = ?", folded)
        kept = rows[0]["password"] if rows else None
        if not self._passwords.right(kept, password):
            raise NotAllowed(
                "The name or the password is wrong.", hint="Try again, or ask an admin for a new password.", code="wrong_password"
            )
        self._guesses.right(folded)
        account = _account(rows[0])
        return account, self._begin(account, kept)

    def recognise(self, issuer: str, subject: str, name: str, issued_at: float) -> tuple[Account, str]:
        """The account of an identity that a provider vouched for at `issued_at` (its own clock), made at the first time; and a session.

        Raises NotAllowed for a statement that is no newer than the last logout.
        """
        if not issuer or not subject:
            raise InvalidInput("An identity has an issuer and a subject.", param="subject")
        identity = digest(f"{issuer}\n{subject}")
        rows = self._file.rows(f"{_SELECT} WHERE identity = ?", identity)
        account = _account(rows[0]) if rows else self._insert(_free(self, name or subject), None, identity=identity)
        with self._file.change() as db:
            fresh = db.execute(
                "UPDATE accounts SET seen = max(seen, ?) WHERE id = ? AND void < ? RETURNING 1", (issued_at, account.id, issued_at)
            ).fetchone()
        if fresh is None:
            raise NotAllowed("This login is over.", hint="Log in again.", code="session_over")
        return account, self._begin(account)

    def session(self, token: str) -> Account | None:
        """Whose session this token opens; None when it is unknown, over or logged out. A suspended account is returned as such."""
        found = self._session(digest(token[:LONGEST_SECRET]))
        return found if len(token) <= LONGEST_SECRET else None

    def holds(self, kept: str) -> bool:
        """Whether the session with this digest goes on."""
        account = self._session(kept)
        return account is not None and not account.suspended

    def log_out(self, token: str) -> None:
        """End this session. Of an account of a provider all end, and no statement of it from before counts any more."""
        account = self.session(token)
        with self._file.change() as db:
            db.execute("DELETE FROM sessions WHERE digest = ?", (digest(token),))
            if account is not None and account.login == "oidc":
                db.execute("DELETE FROM sessions WHERE account = ?", (account.id,))
                db.execute("UPDATE accounts SET void = seen WHERE id = ?", (account.id,))

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _session(self, kept: str) -> Account | None:
        query = _SELECT.replace("FROM accounts", "FROM sessions JOIN accounts ON accounts.id = sessions.account")
        rows = self._file.rows(f"{query} WHERE sessions.digest = ? AND sessions.expires_at > ?", kept, self._now())
        return _account(rows[0]) if rows else None

    def _begin(self, account: Account, password: str | None = None) -> str:
        """A new session. Raises NotAllowed when the password was changed, or the account removed, since it was looked at."""
        token, now = TOKEN_PREFIX + secrets.token_urlsafe(32), self._now()
        with self._file.change() as db:
            db.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            made = db.execute(
                "INSERT INTO sessions(digest, account, created_at, expires_at)"
                " SELECT ?, id, ?, ? FROM accounts WHERE id = ? AND password IS ? RETURNING 1",
                (digest(token), now, now + self._seconds, account.id, password),
            ).fetchone()  # fmt: skip
        if made is None:
            raise NotAllowed("The password was changed meanwhile.", hint="Log in with the new one.", code="wrong_password")
        return token

    def _insert(
        self, name: str, role: Role | None, *, password: str | None = None, identity: str | None = None, only_first: bool = False
    ) -> Account:
        made = {"id": f"acct_{uuid.uuid4().hex}", "name": name, "folded": _folded(name), "password": password, "identity": identity}
        try:
            with self._file.change() as db:
                first = db.execute("SELECT 1 FROM accounts LIMIT 1").fetchone() is None
                if only_first and not first:
                    raise Conflict("There is an account already.", hint="Log in, or ask an admin for an account.", code="not_first")
                owner = LOCAL_OWNER if first else f"oidc:{identity[:32]}" if identity else name
                row: dict[str, Any] = made | {"owner": owner, "role": "admin" if first else role or "user", "created_at": self._now()}
                places = ", ".join(f":{column}" for column in row)
                db.execute(f"INSERT INTO accounts({', '.join(row)}) VALUES ({places})", row)  # noqa: S608 - names of our columns
                self._file.note(owner, "account.created", row["id"])
        except Taken as error:
            raise Conflict(f"There is an account named '{name}' already.", hint="Choose another name.", param="name") from error
        return _account(row | {"since": None})


def _name(name: str) -> str:
    name = unicodedata.normalize("NFC", name.strip())
    if not name or len(name) > 64 or not name.isprintable() or ":" in name or _folded(name) == LOCAL_OWNER:
        raise InvalidInput(
            "An account needs a name of 1 to 64 printable characters, without a colon.", hint="Choose another.", param="name"
        )
    return name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.strip()[:200]).casefold().encode("utf-8", "replace").decode()


def _free(accounts: Accounts, wanted: str) -> str:
    """A name for somebody a provider vouched for: the one it gave, with a number where that is taken."""
    printable = "".join(c for c in unicodedata.normalize("NFC", wanted) if c.isprintable() and c != ":").strip()[:50]
    base = "person" if not printable or _folded(printable) == LOCAL_OWNER else printable
    taken = {_folded(account.name) for account in accounts.list()}
    return next(name for name in chain((base,), (f"{base} {n}" for n in count(2))) if _folded(name) not in taken)


def _keep_an_admin(db: Any) -> None:
    """Raises Conflict, which undoes the change, when people are left and nobody of them is an admin."""
    if db.execute("SELECT 1 FROM accounts").fetchone() and not db.execute("SELECT 1 FROM accounts WHERE role = 'admin'").fetchone():
        raise Conflict("Somebody has to be the admin.", hint="Make somebody else an admin first.", code="last_admin")


def _waiting(seconds: float) -> Busy:
    fault = Busy("Too many passwords were tried for this name.", hint=f"Wait {int(seconds) + 1} s.", code="too_many_guesses")
    fault.retry_after = int(seconds) + 1  # type: ignore[attr-defined]
    return fault


def _account(row: Any) -> Account:
    values = {name: row[name] for name in ("id", "name", "owner", "role", "created_at")}
    return Account(**values, login="password" if row["password"] else "oidc", suspended=row["since"] is not None)
