"""The part of the HTTP API about what a person asked to be remembered: one method a request. Knows no Streamlit."""

from __future__ import annotations

from typing import Any, Protocol

import httpx

Json = dict[str, Any]


class _Requests(Protocol):
    """What `ui.chat.client.Api` sends with."""

    def _send(self, method: str, path: str, **body: Any) -> httpx.Response: ...

    def _json(self, method: str, path: str, **body: Any) -> Json: ...


class MemoryRequests:
    """The caller's own facts. Every method raises ApiFault."""

    def memory(self: _Requests) -> Json:
        """`data`, the facts newest first, and `enabled`."""
        return self._json("GET", "/v1/memory")

    def switch_memory(self: _Requests, on: bool) -> None:
        """Let the assistant keep and read facts, or stop it."""
        self._send("PATCH", "/v1/memory", json={"enabled": on})

    def add_fact(self: _Requests, text: str) -> Json:
        """Keep a fact."""
        return self._json("POST", "/v1/memory", json={"text": text})

    def change_fact(self: _Requests, fact: str, text: str) -> Json:
        """Give a fact other words."""
        return self._json("PATCH", f"/v1/memory/{fact}", json={"text": text})

    def forget_fact(self: _Requests, fact: str) -> None:
        """Delete a fact."""
        self._send("DELETE", f"/v1/memory/{fact}")

    def forget_facts(self: _Requests) -> int:
        """Delete all facts; how many there were."""
        return int(self._json("DELETE", "/v1/memory")["count"])

    def export_facts(self: _Requests) -> bytes:
        """All facts as a JSON file."""
        return self._send("GET", "/v1/memory/export").content
