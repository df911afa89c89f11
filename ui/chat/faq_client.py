"""The part of the HTTP API about curated answers, open questions and feedback: one method a request. Knows no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx

Json = dict[str, Any]


class _Requests(Protocol):
    """What `ui.chat.client.Api` sends with."""

    def _send(self, method: str, path: str, **body: Any) -> httpx.Response: ...

    def _json(self, method: str, path: str, **body: Any) -> Json: ...

    def _data(self, path: str, **more: Any) -> list[Json]: ...


class FaqRequests:
    """Curated answers of a collection, by its id or name. Every method raises ApiFault."""

    def faq(self: _Requests, collection: str) -> list[Json]:
        """The entries, newest first."""
        return self._data(f"/v1/vector_stores/{collection}/faq", params={"limit": 10_000})

    def add_faq(self: _Requests, collection: str, entry: Mapping[str, Any]) -> Json:
        """A new entry: `question`, `answer`, and `paraphrases`, `tags`, `closes`."""
        return self._json("POST", f"/v1/vector_stores/{collection}/faq", json=dict(entry))

    def change_faq(self: _Requests, collection: str, entry: str, changes: Mapping[str, Any]) -> Json:
        """The entry with the fields of `changes`."""
        return self._json("PATCH", f"/v1/vector_stores/{collection}/faq/{entry}", json=dict(changes))

    def drop_faq(self: _Requests, collection: str, entry: str) -> None:
        """Delete an entry."""
        self._send("DELETE", f"/v1/vector_stores/{collection}/faq/{entry}")

    def import_faq(self: _Requests, collection: str, name: str, data: bytes) -> Json:
        """Put a CSV, JSONL or Markdown file in: `added`, `updated`, `unchanged`, `refused` and `problems` by line."""
        return self._json("POST", f"/v1/vector_stores/{collection}/faq/import", files={"file": (name, data)})

    def export_faq(self: _Requests, collection: str, form: str = "jsonl") -> bytes:
        """The entries as a file; `form` is jsonl | csv."""
        return self._send("GET", f"/v1/vector_stores/{collection}/faq/export", params={"format": form}).content

    def open_questions(self: _Requests, collection: str, limit: int = 100) -> list[Json]:
        """What could not be answered, in clusters, the most asked first."""
        return self._data(f"/v1/vector_stores/{collection}/questions", params={"limit": limit})

    def dismiss_question(self: _Requests, collection: str, question: str) -> None:
        """Take a cluster of open questions off the list."""
        self._send("DELETE", f"/v1/vector_stores/{collection}/questions/{question}")

    def cases(self: _Requests, collection: str) -> list[Json]:
        """Questions that were open and are answered now."""
        return self._data(f"/v1/vector_stores/{collection}/questions/cases")

    def rate(self: _Requests, message: str, rating: str, comment: str = "") -> Json:
        """Rate an answer: up | down | none."""
        return self._json("POST", "/v1/feedback", json={"message_id": message, "rating": rating, "comment": comment})


def lines_of(text: str) -> Sequence[str]:
    """The lines of a text box that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]
