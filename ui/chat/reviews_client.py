"""The part of the HTTP API about answers that wait for a person: one method a request. Knows no Streamlit."""

from __future__ import annotations

from typing import Any, Protocol

import httpx

Json = dict[str, Any]


class _Requests(Protocol):
    """What `ui.chat.client.Api` sends with."""

    def _send(self, method: str, path: str, **body: Any) -> httpx.Response: ...

    def _json(self, method: str, path: str, **body: Any) -> Json: ...

    def _data(self, path: str, **more: Any) -> list[Json]: ...


class ReviewRequests:
    """The review queue. Every method raises ApiFault."""

    def reviews(self: _Requests, state: str = "", *, everyone: bool = False, limit: int = 100) -> list[Json]:
        """Those that wait first, the oldest first; `state` is waiting, approved, edited or rejected."""
        chosen = {"everyone": "true"} if everyone else {}
        return self._data("/v1/reviews", params={"limit": limit, **chosen, **({"state": state} if state else {})})

    def decide(self: _Requests, review: str, decision: str, answer: str = "", reason: str = "") -> Json:
        """Approve, edit (with `answer`) or reject (with `reason`) one."""
        return self._json("POST", f"/v1/reviews/{review}", json={"decision": decision, "answer": answer, "reason": reason})

    def review_evidence(self: _Requests, review: str, number: int) -> tuple[bytes, str]:
        """(bytes, media type) of a source of the draft: a PNG with the place drawn, or JSON with its words."""
        found = self._send("GET", f"/v1/reviews/{review}/evidence/{number}")
        return found.content, found.headers.get("content-type", "").partition(";")[0]
