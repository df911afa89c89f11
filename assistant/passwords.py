"""Passwords: which may be chosen, and how they are kept (Argon2id). Knows no account."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from retrieval.faults import InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 46 * 1024
"""Of one hash, with one pass on one core: of the equally strong choices of OWASP's Password Storage Cheat Sheet the quickest."""
SHORTEST, LONGEST = 12, 1000
"""Characters of a password."""
SHORTEST_SECRET = 24
"""Characters of a key that a person wrote into the settings."""
_PLACEHOLDERS = ("change", "default", "secret", "password", "example", "your", "test", "xxxx", "1234", "none", "todo", "replace")
_HINT = "A few words are easy to keep in mind."


def is_weak(secret: str) -> bool:
    """Whether a secret that opens the server to a network is soon guessed: short, of few different characters, or taken from an example."""
    plain = secret.strip().casefold()
    return len(plain) < SHORTEST_SECRET or len(set(plain)) < 10 or any(word in plain[:16] for word in _PLACEHOLDERS)


class Passwords:
    """Hashes passwords, and says whether one is right. Each takes 46 MB for a moment, so the caller bounds how many at once."""

    def kept(self, password: str, name: str) -> str:
        """What is kept of a new password of `name`. Raises InvalidInput for one that is soon guessed.

        Long ones only, and no rules about their characters, as NIST SP 800-63B advises.
        """
        text = unicodedata.normalize("NFC", password)
        if not SHORTEST <= len(text) <= LONGEST:
            raise InvalidInput(f"A password has {SHORTEST} to {LONGEST} characters.", hint=_HINT, param="password")
        if len(set(text)) < 5 or text.casefold() == (name.casefold() * len(text))[: len(text)]:
            raise InvalidInput("This password is soon guessed.", hint=_HINT, param="password")
        return self._hasher.hash(_bytes(text))

    def right(self, kept: str | None, password: str) -> bool:
        """Whether this is the password. None is for a name without one: the same work, and never right."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(kept or self._nobodys, _bytes(password[: LONGEST + 1])) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher(time_cost=1, memory_cost=MEMORY_KIB, parallelism=1)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(32))


def _bytes(text: str) -> bytes:
    return unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
