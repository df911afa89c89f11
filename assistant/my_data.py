"""My data: what is kept of a person, and forgetting all of it so that its bytes are gone. Knows every store.

A deletion that was begun is written down first and crossed out last, so that one that is cut off is finished at the next start. What stays
is one entry of the audit log without a name. What lies elsewhere stays too: backups, exports, what a collector took, a model trained on it.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import owned_rows
from assistant.conversations.sqlite import delete_orphans
from assistant.database import place_of
from retrieval.blobs import storage_fault, write_durably
from retrieval.faults import Conflict, Fault
from retrieval.postgres import Postgres

if TYPE_CHECKING:
    from assistant.service import Assistant

log = logging.getLogger(__name__)

PENDING = "forgetting.json"
LOG = "assistant.log"
"""The log file that the command line keeps."""
ROUNDS = 5
"""A turn or an upload that was at work may add something while its person is forgotten."""
Step = Callable[[str], None]
"""Called with the name of each step when it is done; what it raises stops the deletion there."""
_one_at_a_time = threading.Lock()


def summary(assistant: Assistant, owner: str) -> dict[str, Any]:
    """What is kept of a person, in numbers."""
    files = assistant.library.files(owner)
    most = 1_000_000
    other: Counter[str] = Counter()
    for source in owned_rows.databases(assistant.settings):
        other.update(table for table, _ in owned_rows.rows(source, owner))
    return {
        "owner": owner, "files": len(files), "bytes": sum(file.bytes for file in files),
        "collections": len(assistant.library.collections(owner)), "conversations": len(assistant.conversations.list(owner, limit=most)),
        "memory": len(assistant.kit.facts.list(owner)), "audit_entries": len(assistant.audit.entries(owner, limit=most)),
        "other": {table: count for table, count in sorted(other.items()) if table != "store"},
        "retention": assistant.settings.retention.model_dump(),
    }  # fmt: skip


def forget(assistant: Assistant, owner: str, *, account: bool = False, done: Step = lambda step: None) -> dict[str, int]:
    """Delete everything of a person; how many of each kind. `account`: their keys and their account too.

    Raises Conflict while another deletion runs, StorageFull when there is no room to rewrite the databases: it is then finished later.
    """
    if not owner:
        raise ValueError("whose data?")
    with _alone(assistant) as mine:
        if not mine:
            raise Conflict("Another deletion is at work.", hint="Wait until it is done.", code="deletion_running")
        path = assistant.settings.data_dir / PENDING
        try:
            write_durably(path, json.dumps({"owner": owner, "account": account}).encode(), mode=0o600)
        except OSError as error:
            raise storage_fault(error, path.parent) from error
        done("noted")
        return _Forgetting(assistant, owner, account, done).run(path)


@contextmanager
def _alone(assistant: Assistant, wait: bool = False) -> Iterator[bool]:
    """Whether no other deletion is at work, in this process or another one that shares the database."""
    if not _one_at_a_time.acquire(blocking=wait):
        yield False
        return
    try:
        place = place_of(assistant.settings)
        if isinstance(place, Postgres):
            with place.locked("forgetting") as mine:
                yield mine
        else:
            yield True
    finally:
        _one_at_a_time.release()


def resume(assistant: Assistant) -> bool:
    """Finish a deletion that was cut off; whether there was one. A part of the start, in the background."""
    path = assistant.settings.data_dir / PENDING
    try:
        begun = json.loads(path.read_text("utf-8"))
        owner, account = str(begun["owner"]), bool(begun["account"])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        log.exception("a deletion that was begun cannot be read")
        return False
    with _alone(assistant, wait=True) as mine:
        if not mine:  # whoever is at it finishes it
            return False
        _Forgetting(assistant, owner, account, lambda step: None).run(path)
    log.info("a deletion that was cut off is finished")
    return True


class _Forgetting:
    """One deletion."""

    def __init__(self, assistant: Assistant, owner: str, account: bool, done: Step) -> None:
        self._assistant, self._owner, self._account, self._done = assistant, owner, account, done
        self._data_dir = assistant.settings.data_dir
        self._gone: Counter[str] = Counter()
        self._ids: set[str] = {owner}

    def run(self, pending: Path) -> dict[str, int]:
        for _ in range(ROUNDS):
            before = self._gone.total()
            self._delete()
            if self._gone.total() == before:
                break
        self._scrub()
        self._gone["audit_entries"] = self._assistant.audit.erase(self._owner)
        self._assistant.audit.scrub()
        self._done("audit")
        counted = " ".join(f"{kind}={count}" for kind, count in sorted(self._gone.items()) if count)
        self._assistant.audit.note("", "data.deleted", why=counted)
        pending.unlink(missing_ok=True)
        self._done("finished")
        return dict(sorted(self._gone.items()))

    def _delete(self) -> None:
        assistant, owner = self._assistant, self._owner
        for kind, identity in assistant.library.forget(owner):
            self._gone[kind] += 1
            self._ids.add(identity)
            self._done(kind)
        for chat in assistant.conversations.list(owner, limit=1_000_000):
            assistant.conversations.delete(chat.id, owner)
            self._gone["conversations"] += 1
            self._ids.add(chat.id)
            self._done("conversations")
        self._gone["checkpoints"] += delete_orphans(self._data_dir / owned_rows.CONVERSATIONS)
        for source in owned_rows.databases(self._assistant.settings):
            self._gone.update(owned_rows.delete(source, owner, credentials=self._account))
            self._done(owned_rows.name_of(source))

    def _scrub(self) -> None:
        self._assistant.library.scrub()
        self._done("library scrubbed")
        for source in (self._data_dir / owned_rows.CONVERSATIONS, *owned_rows.databases(self._assistant.settings)):
            if not isinstance(source, Path) or source.is_file():
                owned_rows.tidy(source)
        self._done("databases scrubbed")
        self._gone["log_lines"] = _without(self._data_dir / LOG, self._ids - {""})
        self._done("log")


def _without(path: Path, names: set[str]) -> int:
    """Take the lines that hold one of the names out of a log file, in place, because a writer may have it open; how many."""
    try:
        with path.open("r+b") as file:
            lines = file.read().splitlines(keepends=True)
            wanted = [name.encode() for name in names if len(name) > 2]
            kept = [line for line in lines if not any(name in line for name in wanted)]
            if len(kept) < len(lines):
                file.seek(0)
                file.writelines(kept)
                file.truncate()
            return len(lines) - len(kept)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise storage_fault(error, path.parent) from error


def finish_later(assistant: Assistant) -> None:
    """`resume` as a part of the start: what fails is logged and tried again at the next one."""
    try:
        resume(assistant)
    except Fault:
        log.exception("a deletion that was cut off could not be finished")
