"""The writer of bulk ingestion behind the API of the server that has the data directory. Knows one route, prints nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from retrieval.bulk.base import Held, Wire, Written
from retrieval.faults import NotFound

if TYPE_CHECKING:
    from ui.cli.connection import Client

ROOM = 64 * 1024
"""Bytes of a request beside what it carries."""
PATIENCE_SECONDS = 600.0
"""That a busy server, or one whose database starts again, is waited for."""
PAUSE_SECONDS = 2.0
WAITED_FOR = (429, 503, 504)


class ApiWriter:
    """One collection of a running service, as `retrieval.bulk.base.Writer`. Raises ApiFault when the service is gone or refuses."""

    def __init__(self, client: Client, collection: str, most_bytes: int) -> None:
        """`most_bytes` of a request, by the settings."""
        self._client, self._path, self._most = client, f"/v1/vector_stores/{collection}/bulk", most_bytes - ROOM

    def held(self, after: str, limit: int) -> tuple[list[Held], str]:
        """As the interface says."""
        answer = self._ask({"op": "held", "after": after, "limit": limit})
        return [Held(**found) for found in answer["held"]], str(answer["after"])

    def commit(self, files: Sequence[Wire]) -> list[Written]:
        """As the interface says. What does not fit a request is parted; a file that the service does not take fails alone."""
        from retrieval.bulk.wire import dumped
        from ui.chat.client import ApiFault

        body = dumped({"op": "commit", "files": list(files)})
        if len(body) <= self._most:
            try:
                return [Written(**found) for found in self._send(body)["written"]]
            except ApiFault as fault:
                if fault.status != 400:
                    raise
                if len(files) == 1:
                    return [Written(files[0]["origin"], "failed", 0, "invalid_request", fault.message, fault.hint)]
        elif len(files) == 1:
            message = f"What was read of the file has {len(body) / 2**20:.0f} MiB, more than a request may have."
            hint = "Read it without --bulk, or raise limits.body_bytes."
            return [Written(files[0]["origin"], "failed", 0, "parcel_too_large", message, hint)]
        half = len(files) // 2
        return [*self.commit(files[:half]), *self.commit(files[half:])]

    def remove(self, origins: Sequence[str]) -> int:
        """As the interface says."""
        return int(self._ask({"op": "remove", "origins": list(origins)})["removed"])

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        from retrieval.bulk.wire import dumped

        return self._send(dumped(asked))

    def _send(self, body: bytes) -> dict[str, Any]:
        """The answer; a service that cannot just now is asked again: whatever it did take in, it takes in only once."""
        from ui.chat.client import ApiFault

        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._client.bulk(self._path, body)
            except ApiFault as fault:
                if fault.status not in WAITED_FOR or time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE_SECONDS)


class NothingHeld:
    """The writer of a collection that is not there yet, for a dry run."""

    def held(self, after: str, limit: int) -> tuple[list[Held], str]:
        """Nothing."""
        return [], ""

    def commit(self, files: Sequence[Wire]) -> list[Written]:
        """Raises NotFound."""
        raise _nowhere()

    def remove(self, origins: Sequence[str]) -> int:
        """Raises NotFound."""
        raise _nowhere()


def _nowhere() -> NotFound:
    return NotFound("The collection is not there.", hint="Without --dry-run it is made.", param="collection")
