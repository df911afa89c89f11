"""The part of the HTTP API about pictures that are kept: one method a request. Knows no Streamlit."""

from __future__ import annotations

from typing import Any, Protocol

import httpx

Json = dict[str, Any]


class _Requests(Protocol):
    """What `ui.chat.client.Api` sends with."""

    def _send(self, method: str, path: str, **body: Any) -> httpx.Response: ...

    def _json(self, method: str, path: str, **body: Any) -> Json: ...


class ImageRequests:
    """The caller's pictures, made here or found. Every method raises ApiFault."""

    def images(self: _Requests, *, q: str = "", like: str = "", colour: str = "", generated: bool | None = None, limit: int = 24) -> Json:
        """`data`, the pictures that fit, and `has_more`. `q` are words, `like` a file id, `colour` an English name; empty asks for all."""
        made = "" if generated is None else str(generated).lower()
        asked = {"q": q, "like": like, "colour": colour, "generated": made, "limit": str(limit)}
        return self._json("GET", "/v1/images", params={key: value for key, value in asked.items() if value})

    def image(self: _Requests, file_id: str) -> Json:
        """One picture with its `recipe`, `score`, `chain` (what it was made from, oldest first) and `children`."""
        return self._json("GET", f"/v1/images/{file_id}")

    def image_again(self: _Requests, file_id: str) -> Json:
        """Make a picture again from its recipe; `identical` says whether the bytes are the same."""
        return self._json("POST", f"/v1/images/{file_id}/again", timeout=600.0)
