"""Retention: how long each kind of thing is kept, and the sweep that lets go of what is older, at the start and then every hour."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Modality
from retrieval.faults import Fault, NotFound

if TYPE_CHECKING:
    from assistant.service import Assistant

log = logging.getLogger(__name__)

DAY = 86_400.0
EVERY_SECONDS = 3600.0
SPARED = "sample"
"""The collection that comes along is nobody's data."""
KINDS: dict[str, tuple[Modality, ...]] = {"text": ("text", "file"), "image": ("image",), "audio": ("audio",), "video": ("video",)}
_MESSAGE_DAY = 10
"""Characters of a log line that are its day: 2026-01-31."""


class Retention(BaseModel):
    """How long things are kept, in days; 0 keeps them until somebody deletes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text_days: float = Field(default=0, ge=0)
    """Documents, tables and other files of words, from the day they were added."""
    image_days: float = Field(default=0, ge=0)
    """Pictures, the drawn ones too."""
    audio_days: float = Field(default=0, ge=0)
    video_days: float = Field(default=0, ge=0)
    conversation_days: float = Field(default=0, ge=0)
    """Conversations, from their last message."""
    questions_days: float = Field(default=0, ge=0)
    """Questions that wait for an answer, and what visitors of other people's pages asked."""
    logs_days: float = Field(default=0, ge=0)
    """The log file of the data directory; what goes to standard error is kept by whoever reads it."""
    audit_days: float = Field(default=400, ge=0)
    """Entries of the audit log."""


def sweep(assistant: Assistant, *, dry_run: bool = False, now: float | None = None) -> dict[str, int]:
    """Let go of what is older than the settings allow; how many of each kind. `dry_run` only counts. Ids are never told."""
    kept, at = assistant.settings.retention, time.time() if now is None else now
    found: dict[str, int] = {}
    for kind, modalities in KINDS.items():
        if days := getattr(kept, f"{kind}_days"):
            old = assistant.library.older(modalities, at - days * DAY, SPARED)
            found[kind] = len(old) if dry_run else sum(assistant.library.drop_file(file, owner) for owner, file in old)
    if kept.conversation_days:
        found["conversations"] = _conversations(assistant, at - kept.conversation_days * DAY, dry_run)
    if kept.questions_days:
        before = at - kept.questions_days * DAY
        found["questions"] = assistant.library.older_questions(before) if dry_run else assistant.library.drop_questions(before)
        found["visits"] = _visits(assistant, before, dry_run)
    if kept.logs_days:
        found["log_lines"] = _log_lines(assistant.settings.data_dir, at - kept.logs_days * DAY, dry_run)
    if not dry_run:
        if any(count for kind, count in found.items() if kind != "log_lines"):
            _rewrite(assistant)
            counted = " ".join(f"{kind}={count}" for kind, count in found.items() if count)
            assistant.audit.note("", "retention.applied", why=counted)
        found["audit_entries"] = assistant.audit.trim(at - kept.audit_days * DAY if kept.audit_days else 0.0)
    return found


def _rewrite(assistant: Assistant) -> None:
    """What was let go leaves the bytes too."""
    from assistant.database import place_of  # these bring the library along, and every reader of the settings imports this module
    from assistant.owned_rows import tidy
    from retrieval.database import scrub
    from retrieval.postgres import Postgres

    assistant.library.scrub()
    if isinstance(place := place_of(assistant.settings), Postgres):
        tidy(place)
    for name in ("conversations.db", "widget.db", "reviews.db"):
        if (assistant.settings.data_dir / name).is_file():
            scrub(assistant.settings.data_dir / name)


def _conversations(assistant: Assistant, before: float, dry_run: bool) -> int:
    old = assistant.conversations.older(before)
    if dry_run:
        return len(old)
    gone = 0
    for conversation, owner in old:
        try:
            assistant.gaps.delete_conversation(conversation, owner)
        except NotFound:  # its person was faster
            continue
        gone += 1
    return gone


def _visits(assistant: Assistant, before: float, dry_run: bool) -> int:
    from assistant.database import place_of
    from assistant.visits import Visits

    visits = Visits(place_of(assistant.settings))
    try:
        return visits.older(before) if dry_run else visits.drop(before)
    finally:
        visits.close()


def _log_lines(data_dir: Path, before: float, dry_run: bool) -> int:
    """Take the lines of days that are over out of the log file, in place, because a writer may have it open."""
    path, day = data_dir / "assistant.log", time.strftime("%Y-%m-%d", time.gmtime(before)).encode()
    if not path.is_file():
        return 0
    with path.open("r+b") as file:
        lines = file.read().splitlines(keepends=True)
        kept = [line for line in lines if line[:_MESSAGE_DAY] >= day]
        if len(kept) < len(lines) and not dry_run:
            file.seek(0)
            file.writelines(kept)
            file.truncate()
    return len(lines) - len(kept)


class Sweeping:
    """Sweeps now and then in a thread of its own."""

    def __init__(self, sweep_once: Callable[[], object], every: float = EVERY_SECONDS) -> None:
        self._sweep, self._every, self._stopping = sweep_once, every, threading.Event()
        self._thread = threading.Thread(target=self._work, name="retention", daemon=True)

    def start(self) -> None:
        """Begin with a sweep."""
        self._thread.start()

    def close(self) -> None:
        """Finish the sweep at hand and stop."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(60)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._sweep()
            except Fault:
                log.exception("what is older than the settings allow could not be let go; it is tried again")
            except Exception:
                log.exception("the sweep failed")
            self._stopping.wait(self._every)
