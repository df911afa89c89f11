"""Which scope each route needs. Knows methods and the templates of routes, never the address that was sent.

What reads needs `read`, what changes needs `write`; the routes below are the exceptions. `admin` opens everything.
"""

from __future__ import annotations

from assistant.keys import Scope

_ASKING = (
    "/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/images/generations", "/v1/images/edits", "/v1/images/variations",
    "/v1/images/{file_id}/again", "/v1/audio/transcriptions", "/v1/audio/speech", "/v1/labels", "/v1/captions", "/v1/route", "/v1/emotion",
    "/v1/feedback", "/v1/realtime/client_secrets", "/mcp", "/api/conversation/process",
)  # fmt: skip
"""POST that runs models and tools."""
_LOOKING = ("/v1/search", "/v1/recommend", "/v1/vector_stores/{name}/search", "/v1/images/recipe")
"""POST that only reads."""
EITHER: frozenset[Scope] = frozenset(("read", "chat"))
_EXCEPTIONS: dict[tuple[str, str], frozenset[Scope]] = {
    **{("POST", path): frozenset[Scope](("chat",)) for path in _ASKING},
    **{("POST", path): frozenset[Scope](("read",)) for path in _LOOKING},
    ("POST", "/v1/conversations"): frozenset(("chat", "write")),
    ("GET", "/v1/models"): EITHER,
    ("GET", "/v1/models/{model:path}"): EITHER,
    ("GET", "/v1/responses/{response_id}"): EITHER,
    ("GET", "/v1/emotion"): EITHER,
    ("GET", "/v1/sessions/current"): frozenset(("read", "chat", "write")),
    ("DELETE", "/v1/sessions/current"): frozenset(("read", "chat", "write")),
}
TALKING: frozenset[Scope] = frozenset(("chat",))
"""Of a live session."""


def needed(method: str, template: str) -> frozenset[Scope]:
    """The scopes of which a caller needs one, `admin` aside."""
    found = _EXCEPTIONS.get((method, template))
    return found if found is not None else frozenset(("read",)) if method in ("GET", "HEAD") else frozenset(("write",))


def exceptions() -> frozenset[tuple[str, str]]:
    """(method, template) of the routes named here."""
    return frozenset(_EXCEPTIONS)
