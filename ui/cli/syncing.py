"""Bringing a collection up to date with files and addresses: only what is new or has changed is sent. Knows the files API, prints nothing.

A file is known by where it lies and by the digest of its bytes, both of which the service keeps. A changed one is sent beside its former
version, which the service takes out once the new one is read.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.cli.paths import origin

if TYPE_CHECKING:
    from ui.cli.connection import Client

POLL_SECONDS = 0.05
QUEUE = 200
"""Files that may wait to be read by the service; more are uploaded as these are done."""


@dataclass
class Entry:
    """One file or address on its way."""

    source: Path | str
    """A path, or an address as it was given."""
    change: str = "new"
    """new | changed | unchanged | removed."""
    file_id: str = ""
    status: str = "waiting"
    """waiting | in_progress | completed | failed."""
    items: int = 0
    warnings: list[str] = field(default_factory=list)
    error: str = ""
    hint: str = ""
    stage: str = ""
    """What the service does with it now, with the part that is done: `embed 40 %`."""

    @property
    def name(self) -> str:
        """A short label."""
        return self.source.name if isinstance(self.source, Path) else self.source

    def fail(self, error: str, hint: str) -> None:
        """Record why it was not read."""
        self.status, self.error, self.hint = "failed", error, hint

    def take(self, state: dict[str, Any]) -> None:
        """What the service says of the file."""
        self.file_id = str(state.get("id") or self.file_id)
        self.status = str(state.get("status", "in_progress"))
        self.items = int(state.get("items") or 0)
        self.warnings = [str(warning) for warning in state.get("warnings") or ()]
        progress = state.get("progress") or {}
        self.stage = f"{progress.get('stage', '')} {100 * float(progress.get('part') or 0):.0f} %" if progress else ""
        if error := state.get("last_error") or state.get("error"):
            self.error, self.hint = str(error.get("message", "")), str(error.get("hint", ""))

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"path": str(self.source), "change": self.change, "file_id": self.file_id or None, "status": self.status,
                "items": self.items, "warnings": self.warnings, "error": self.error or None, "hint": self.hint or None}  # fmt: skip


class Sync:
    """One collection of a running service."""

    def __init__(self, client: Client, collection: str, most_bytes: int) -> None:
        """`most_bytes`: files larger than that are not even opened."""
        self._client, self._collection, self._most = client, collection, most_bytes
        self._known: dict[str, list[dict[str, Any]]] = {}

    def run(self, sources: Iterable[Path | str], tell: Callable[[Entry, bool], None]) -> list[Entry]:
        """Send what is new or changed and wait until all of it is read; one entry a source.

        `tell(entry, settled)` is called as they move on. Raises ApiFault when the service is gone.
        """
        self._look()
        entries = [Entry(source) for source in sources]
        waiting: list[Entry] = []
        for entry in entries:
            tell(entry, False)
            self._send(entry)
            if entry.status == "in_progress":
                waiting.append(entry)
            else:
                tell(entry, True)
            waiting = self._settled(waiting, tell, most=QUEUE)
        self._settled(waiting, tell, most=0)
        return entries

    def prune(self, folders: Sequence[Path]) -> list[Entry]:
        """Detach what was read below `folders` and is no longer there."""
        self._look()
        roots = [folder.resolve() for folder in folders]
        paths = [Path(place) for place in self._known if not place.startswith(("http://", "https://"))]
        return self.remove(path for path in paths if not path.is_file() and any(path.is_relative_to(root) for root in roots))

    def remove(self, paths: Iterable[Path]) -> list[Entry]:
        """Detach what was read at `paths`; the stored files stay."""
        from ui.chat.client import ApiFault

        self._look()
        removed = []
        for path in paths:
            known = self._known.get(origin(path), [])
            for state in known:
                try:
                    self._client.detach(self._collection, str(state["id"]))
                except ApiFault as fault:
                    if fault.status != 404:  # somebody else was faster
                        raise
            if known:
                removed.append(Entry(path, "removed", str(known[0]["id"]), "completed"))
        return removed

    def _look(self) -> None:
        """Learn what the collection holds, by where it was read."""
        self._known = defaultdict(list)
        for state in self._client.attached(self._collection):
            if state.get("origin"):
                self._known[str(state["origin"])].append(state)

    def _send(self, entry: Entry) -> None:
        """Upload and attach; what the service refuses is the entry's error."""
        from ui.chat.client import ApiFault

        try:
            if isinstance(entry.source, Path):
                self._send_file(entry, entry.source)
            else:
                self._send_address(entry, entry.source)
        except OSError as error:
            entry.fail(str(error.strerror or error), "Check that the file can be read.")
        except ApiFault as fault:
            if fault.down:
                raise
            entry.fail(fault.message, fault.hint)

    def _send_file(self, entry: Entry, path: Path) -> None:
        from retrieval.origins import digest
        from ui.chat.client import Attached

        size = path.stat().st_size
        if not size:
            entry.fail("The file is empty.", "Check that it was saved.")
            return
        if size > self._most:
            entry.fail(f"The file has {size / 2**20:.1f} MiB; the limit is {self._most / 2**20:g} MiB.",
                       "Send a smaller file, or raise limits.file_bytes.")  # fmt: skip
            return
        data, place = path.read_bytes(), origin(path)
        before = self._known[place]
        same = next((state for state in before if state.get("origin_sha256") == digest(data)), None)
        entry.change = "changed" if any(state.get("status") == "completed" for state in before) else "new"
        if same is not None and same.get("status") != "failed":
            entry.change = "unchanged"
            entry.take(same)
            return
        file_id = same["id"] if same else self._client.upload(Attached(path.name, "", data), origin=place)["id"]
        entry.file_id = str(file_id)
        entry.take(self._client.attach(self._collection, entry.file_id))

    def _send_address(self, entry: Entry, url: str) -> None:
        state = self._client.attach_url(self._collection, url)
        before = self._known[str(state.get("origin"))]
        done = [str(one["id"]) for one in before if one.get("status") == "completed"]
        entry.change = "unchanged" if state["id"] in done else "changed" if done else "new"
        entry.take(state)

    def _settled(self, waiting: list[Entry], tell: Callable[[Entry, bool], None], most: int) -> list[Entry]:
        """Wait until at most `most` of `waiting` are still being read; those. The service reads in order, so the first is asked for."""
        from ui.chat.client import ApiFault

        while len(waiting) > most:
            entry = waiting[0]
            try:
                entry.take(self._client.get(f"/v1/vector_stores/{self._collection}/files/{entry.file_id}"))
            except ApiFault as fault:
                if fault.status != 404:
                    raise
                entry.fail("The file was taken out of the collection while it was read.", "Ingest it again.")
            tell(entry, entry.status != "in_progress")
            if entry.status == "in_progress":
                time.sleep(POLL_SECONDS)
                continue
            waiting = waiting[1:]
        return waiting
