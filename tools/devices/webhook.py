"""Devices behind HTTP addresses: a POST says what is wanted, and the state in the answer, or at `state_url`, says what became of it.

An answer of 200 without a state confirms nothing. Redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.faults import Unavailable
from tools.devices._home_file import Connection, Entry, HomeFile, asked, guard, read_home, secret_of
from tools.devices._http import HEADERS, SECONDS, WEBHOOK_BYTES, ask
from tools.devices.base import Action, Device

if TYPE_CHECKING:
    import httpx

_PAUSE = 0.05
"""Seconds between two looks at a state that is not yet what is wanted."""


class WebhookHome:
    """The devices of the home's file that have a `webhook:` part. Safe to use from several threads."""

    def __init__(self, home: HomeFile, secret: bytes = b"") -> None:
        self._home, self._secret = home, secret
        self._entries = {entry.id: entry for entry in home.exposed().values() if entry.webhook is not None}
        self._wait = home.webhook.wait if home.webhook else Connection.model_fields["wait"].default
        self._said: dict[str, dict[str, Any]] = {}
        """What devices without a `state_url` said last, in the answer to a command."""
        import httpx

        self._http = httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False, headers=HEADERS)

    def devices(self) -> list[Device]:
        """All devices with their state; empty where none can be had."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda entry: self._home.device(entry, self._state(entry)), self._entries.values()))

    def execute(self, device_id: str, action: Action, value: str = "") -> Device:
        """Post what is wanted and look for it in what comes back. Raises NotFound, InvalidInput, Unavailable."""
        entry, before, change = asked(self._entries, self._state, device_id, action, value)
        if not change:
            return self._home.device(entry, before)
        said = self._post(entry, {"device": device_id, "action": action, "value": value, "wanted": change})
        if said:
            self._said[device_id] = state = before | said
            if _holds(change, said):
                return self._home.device(entry, state)
        assert entry.webhook is not None
        until = time.monotonic() + self._wait
        while entry.webhook.state_url and time.monotonic() < until:
            state = self._state(entry)
            if _holds(change, state):
                return self._home.device(entry, state)
            time.sleep(_PAUSE)
        return self._home.device(entry, before | said, confirmed=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _post(self, entry: Entry, body: dict[str, Any]) -> dict[str, Any]:
        """The state in the answer; empty when it has none. Raises Unavailable."""
        import httpx

        assert entry.webhook is not None
        data = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["X-Signature"] = "sha256=" + hmac.new(self._secret, data, hashlib.sha256).hexdigest()
        try:
            answer = ask(self._http, "POST", entry.webhook.url, WEBHOOK_BYTES, content=data, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(f"'{entry.en[0]}' cannot be reached.", hint="Check its address in home.yaml.", code="unreachable") from error
        if not answer.is_success:
            raise Unavailable(f"'{entry.en[0]}' answered {answer.status_code}.", hint="Look at the device.", code="device_refused")
        return _state_in(answer)

    def _state(self, entry: Entry) -> dict[str, Any]:
        import httpx

        assert entry.webhook is not None
        if not entry.webhook.state_url:
            return dict(self._said.get(entry.id, {}))
        try:
            answer = ask(self._http, "GET", entry.webhook.state_url, WEBHOOK_BYTES)
        except httpx.HTTPError:
            return {}
        return _state_in(answer) if answer.is_success else {}


def _state_in(answer: httpx.Response) -> dict[str, Any]:
    """`{"state": {...}}` in an answer, plain values only; empty when there is none."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    state = found.get("state") if isinstance(found, dict) else None
    return {str(k): v for k, v in state.items() if isinstance(v, str | int | float | bool)} if isinstance(state, dict) else {}


def _holds(change: dict[str, Any], state: dict[str, Any]) -> bool:
    return all(key in state and state[key] == value for key, value in change.items())


def create(data_dir: Path, *, offline: bool = False) -> WebhookHome:
    """The devices of `home.yaml` in the data directory. Raises NotFound, InvalidInput, Unavailable (offline)."""
    home = read_home(data_dir, own=True)
    for entry in home.exposed().values():
        for url in (entry.webhook.url, entry.webhook.state_url) if entry.webhook else ():
            if url:
                guard(url, offline=offline)
    secret = secret_of(home.webhook, "webhook", data_dir) if home.webhook else ""
    return WebhookHome(home, secret.encode())
