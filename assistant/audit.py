"""Audit: the book of what must be answerable for: keys, deletions, device actions, exports, approvals, refusals, uses of emotion analysis.

It never holds content: no words, no file, no result, no name of a file. It is only added to (`assistant.audit_chain` makes that provable);
a person's entries lose what they say when that person's data are deleted, and old entries leave at the end of their time.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant import audit_chain
from assistant.audit_chain import ERASED, TRIMMED, Verified
from retrieval.faults import Fault
from retrieval.tables import Place, tables
from tools.emotion_use import Use
from tools.home import Done

log = logging.getLogger(__name__)

FILE = "audit.db"
EMOTION = "emotion"
"""The action of every use of emotion analysis."""
MOST = 1_000_000
"""Entries; beyond it the oldest leave. About 400 MB."""
_ACTION = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST = 200


class Entry(BaseModel):
    """One thing that was done, or that was refused."""

    model_config = ConfigDict(frozen=True)

    id: int
    at: float
    """Seconds since the epoch."""
    owner: str
    """Who did it, or for whom it was done."""
    action: str
    """`emotion`, `key.created`, `file.deleted`, `device.action`, `data.exported`, ...: docs/observing.md lists them."""
    subject: str = ""
    """Id of what it was done to; never its name or content."""
    why: str
    """For emotion `asked` (in a conversation), `tone` (to adapt the tone of an answer) or `request`; else what the action explains."""
    modalities: tuple[str, ...] = ()
    """Of text, audio, image."""
    consent: bool = False
    deployment: str = ""
    outcome: str
    """`allowed`, or the code of the refusal: `consent_required`, `emotion_forbidden`, `blocked`."""


def note_action(audit: Audit, done: Done) -> None:
    """Note a command to a device. It was carried out already: a note that fails is only logged."""
    try:
        audit.note(done.by, "device.action", done.device, done.error or done.outcome, done.action)
    except Fault:
        log.exception("an action of a device could not be noted")


class Audit:
    """The book, in `audit.db` of the data directory or in a database. Safe for threads and processes; opens nothing until it is used."""

    def __init__(self, place: Place) -> None:
        self._tables = tables(place, FILE, audit_chain.SHARED, what="The audit log", prepare=audit_chain.prepare, secure=True)

    def note(self, owner: str, action: str, subject: str = "", outcome: str = "allowed", why: str = "") -> int:
        """Note what was done or refused; durable when it returns. Gives the entry's id.

        `action` is lower case, dotted (`key.created`). `subject` and `why` are ids and codes, cut to 200 characters, on one line. Raises
        StorageFull, Busy: what must be answerable for and cannot be noted must not happen.
        """
        if not _ACTION.match(action) or len(action) > 40:
            raise ValueError(f"{action[:60]!r} names no action")
        return self._add((owner, action, subject, outcome, why, "", False, ""))

    def add(self, use: Use) -> None:
        """Note a use of emotion analysis, in the same way."""
        self._add((use.owner, EMOTION, "", use.outcome, use.why, ",".join(use.modalities), use.consent, use.deployment))

    def entries(self, owner: str = "", limit: int = 100, before: int = 0, action: str = "") -> Sequence[Entry]:
        """The newest `limit` entries, newest first, of one person or (empty) of all; those older than the entry `before`.

        `action` is one action, or a group of them by its first word (`key`). Entries whose person was forgotten are left out.
        """
        if not self._tables.there:
            return []
        wanted = (
            "SELECT id, at, owner, action, subject, why, modalities, consent, deployment, outcome FROM entry WHERE (?1 = '' OR owner = ?1)"
            " AND (?2 = 0 OR id < ?2) AND action != ?3 AND (?4 = '' OR action = ?4 OR action LIKE ?4 || '.%') ORDER BY id DESC LIMIT ?5"
        )
        with self._tables.read() as db:
            rows = db.execute(wanted, (owner, before, ERASED, action.replace("%", ""), limit)).fetchall()
        return [Entry.model_validate({**dict(row), "modalities": tuple(filter(None, row["modalities"].split(",")))}) for row in rows]

    def verify(self, head: str = "") -> Verified:
        """Read the whole book and say whether it is as it was written. `head` is one that was noted elsewhere and must be in it."""
        if not self._tables.there:
            return Verified(ok=not head, head="", entries=0, erased=0, fault="the book is missing" if head else "")
        with self._tables.still() as db:
            return audit_chain.verify(db, head)

    def erase(self, owner: str) -> int:
        """Take out of a person's entries what they say; how many. The chain still holds, and one entry says which were emptied."""
        if not owner or not self._tables.there:
            return 0
        with self._tables.write() as db:
            ids = audit_chain.erase(db, owner)
            if ids:
                self._insert(db, ("", "audit.erased", "", "allowed", audit_chain.ranges(ids), "", False, ""), longest=0)
        return len(ids)

    def trim(self, before: float, most: int = MOST) -> int:
        """Let go of entries older than the time `before`, and of the oldest beyond `most`; how many. One entry says up to which."""
        if not self._tables.there:
            return 0
        with self._tables.write() as db:
            gone = audit_chain.trim(db, before, most)
            if gone is not None:
                self._insert(db, ("", TRIMMED, str(gone.last), "allowed", gone.sha256, "", False, ""))
        return gone.count if gone is not None else 0

    def scrub(self) -> None:
        """Rewrite the file, so that what was erased is in none of its bytes, nor in its log."""
        self._tables.scrub()

    def close(self) -> None:
        """Release the file."""
        self._tables.close()

    def _add(self, said: audit_chain.Said) -> int:
        with self._tables.write() as db:
            return self._insert(db, said)

    @staticmethod
    def _insert(db: Any, said: audit_chain.Said, longest: int = _LONGEST) -> int:
        owner, action, subject, outcome, why, *rest = said
        cleaned = [_CONTROL.sub(" ", text)[: longest or None] for text in (owner, subject, outcome, why)]
        return audit_chain.append(db, time.time(), (cleaned[0], action, *cleaned[1:], *rest))  # type: ignore[arg-type]
