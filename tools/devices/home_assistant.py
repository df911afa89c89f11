"""Devices behind Home Assistant's REST API. A service that was called confirms nothing; the entity's state, read back, does.

Only entities that the home's file names are known here, whatever else Home Assistant serves.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from retrieval.faults import InvalidInput, NotAllowed, Unavailable
from tools.devices._entities import calls, holds, values
from tools.devices._home_file import Connection, Entry, HomeFile, asked, reach, read_home
from tools.devices._http import HEADERS, HUB_BYTES, SECONDS, ask
from tools.devices.base import Action, Device

_PAUSE = 0.05
"""Seconds between two looks at a state that is not yet what is wanted."""


class HomeAssistantHome:
    """The devices of the home's file that have an `entity:`. Safe to use from several threads."""

    def __init__(self, home: HomeFile, connection: Connection, token: str) -> None:
        import httpx

        self._home, self._connection = home, connection
        self._entries = {entry.id: entry for entry in home.exposed().values() if entry.entity}
        self._http = httpx.Client(
            base_url=connection.url.rstrip("/"),
            headers={**HEADERS, "Authorization": f"Bearer {token}"}, timeout=SECONDS, follow_redirects=False,
            trust_env=False,
        )  # fmt: skip

    def devices(self) -> list[Device]:
        """All devices with their state; empty where Home Assistant does not know it or cannot be reached."""
        try:
            found = self._ask("GET", "/api/states")
        except (Unavailable, NotAllowed):
            found = []
        rows = {str(row.get("entity_id")): row for row in found if isinstance(row, dict)} if isinstance(found, list) else {}
        return [self._home.device(entry, values(entry.kind, rows.get(entry.entity, {}))) for entry in self._entries.values()]

    def execute(self, device_id: str, action: Action, value: str = "") -> Device:
        """Call the services and read the state back. Raises NotFound, InvalidInput, Unavailable, NotAllowed (the token)."""
        entry, before, change = asked(self._entries, self._state, device_id, action, value)
        if not change:
            return self._home.device(entry, before)
        if not before:
            raise Unavailable(f"'{entry.en[0]}' does not answer.", hint="Look at the device in Home Assistant.", code="unreachable")
        for domain, service, data in calls(entry.entity, before, change):
            self._ask("POST", f"/api/services/{domain}/{service}", {"entity_id": entry.entity} | data)
        until = time.monotonic() + self._connection.wait
        state = self._state(entry)
        while not holds(change, state) and time.monotonic() < until:
            time.sleep(_PAUSE)
            state = self._state(entry)
        return self._home.device(entry, state, holds(change, state))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _state(self, entry: Entry) -> dict[str, Any]:
        found = self._ask("GET", f"/api/states/{entry.entity}")
        return values(entry.kind, found) if isinstance(found, dict) else {}

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        import httpx

        try:
            answer = ask(self._http, method, path, HUB_BYTES, json=body)
        except httpx.HTTPError as error:
            raise Unavailable(
                f"Home Assistant at {self._connection.url} cannot be reached.", hint="Check that it runs, and its address in home.yaml.",
                code="unreachable",
            ) from error  # fmt: skip
        if answer.status_code in (401, 403):
            raise NotAllowed("Home Assistant does not accept the token.", hint="Make a long-lived access token and put it into the file.")
        if answer.status_code == 404:
            return {}
        if not answer.is_success:
            raise Unavailable(f"Home Assistant answered {answer.status_code}.", hint="Its log says why.", code="device_refused")
        try:
            return answer.json()
        except ValueError as error:
            raise Unavailable("Home Assistant's answer is no JSON.", hint="Is it Home Assistant that listens there?") from error


def create(data_dir: Path, *, offline: bool = False) -> HomeAssistantHome:
    """The devices of `home.yaml` in the data directory. Asks nothing yet. Raises NotFound, InvalidInput, Unavailable (offline)."""
    home = read_home(data_dir, own=True)
    connection, token = reach(home.home_assistant, "home_assistant", data_dir, offline=offline)
    if not token:
        raise InvalidInput("home_assistant has no secret_file.", hint="Put a long-lived access token into a file and name it there.")
    return HomeAssistantHome(home, connection, token)
