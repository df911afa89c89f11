"""The part of the HTTP API about publishable keys and what was asked through them: one method a request. Knows no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import httpx

Json = dict[str, Any]
_KEYS = "/v1/publishable_keys"


class _Requests(Protocol):
    """What `ui.chat.client.Api` sends with."""

    def _send(self, method: str, path: str, **body: Any) -> httpx.Response: ...

    def _json(self, method: str, path: str, **body: Any) -> Json: ...

    def _data(self, path: str, **more: Any) -> list[Json]: ...


class WidgetRequests:
    """The caller's publishable keys. Every method raises ApiFault."""

    def publishable_keys(self: _Requests) -> list[Json]:
        """The keys with their counts and the line for a page, oldest first."""
        return self._data(_KEYS)

    def make_publishable_key(self: _Requests, terms: Mapping[str, Any]) -> Json:
        """A new key; `terms` are the fields of the request."""
        return self._json("POST", _KEYS, json=dict(terms))

    def revoke_publishable_key(self: _Requests, key: str) -> Json:
        """Revoke a key by its id."""
        return self._json("DELETE", f"{_KEYS}/{key}")

    def visits(self: _Requests, key: str, only: str = "", limit: int = 100) -> list[Json]:
        """What was asked through a key, newest first; `only` is an outcome, `up` or `down`."""
        return self._data(f"{_KEYS}/{key}/visits", params={"limit": limit, **({"only": only} if only else {})})

    def forget_visits(self: _Requests, key: str) -> int:
        """Delete what was asked through a key; how many questions there were."""
        return int(self._json("DELETE", f"{_KEYS}/{key}/visits")["count"])
