"""The part of the HTTP API about people: one method a request. Knows no Streamlit."""

from __future__ import annotations

from typing import Any

from ui.chat.faq_client import Json, _Requests


class SessionRequests:
    """Logging in and out. Every method raises ApiFault."""

    def login_needed(self: _Requests) -> bool:
        """Whether there are accounts."""
        return bool(self._json("GET", "/v1/sessions/options")["login"])

    def whoami(self: _Requests) -> Json:
        """`owner`, `role`, `scopes`, and `account`, which is None for a key."""
        return self._json("GET", "/v1/sessions/current")

    def log_in(self: _Requests, name: str, password: str) -> Json:
        """`token` of a new session, and its `account`."""
        return self._json("POST", "/v1/sessions", json={"name": name, "password": password})

    def first_account(self: _Requests, name: str, password: str) -> Json:
        """Make the first account and log it in: `token`, `account`."""
        return self._json("POST", "/v1/accounts/first", json={"name": name, "password": password})

    def change_password(self: _Requests, old: str, new: str) -> Json:
        """Change the own password, which ends every session: `token` of a new one."""
        return self._json("POST", "/v1/sessions/password", json={"old": old, "new": new})

    def recognise(self: _Requests, identity: dict[str, Any]) -> Json:
        """Log somebody in whom a provider vouched for: `token`, `account`."""
        return self._json("POST", "/v1/sessions/identity", json=identity)

    def log_out(self: _Requests) -> None:
        """End the own session."""
        self._send("DELETE", "/v1/sessions/current")
