"""Deletions go into the audit log, whatever route did them. Knows the shape of addresses and answers, no store."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

_ID = re.compile(r"[a-z]{1,8}[-_][0-9a-f]{16,64}\Z")
_SUCCESS = range(200, 300)
NOTED = ("/v1/my_data", "/v1/accounts/{name}")
"""What notes itself, the first without a name."""


class Noted:
    """ASGI middleware. The note is durable before the answer leaves."""

    def __init__(self, app: ASGIApp, note: Callable[[str, str, str], object]) -> None:
        """`note` gets owner, action (`file.deleted`) and subject, and may raise: a deletion that happened is answered all the same."""
        self._app, self._note = app, note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; look at what a DELETE answers."""
        if scope["type"] != "http" or scope["method"] != "DELETE":
            return await self._app(scope, receive, send)

        async def look(message: Message) -> None:
            pattern = str(getattr(scope.get("route"), "path", ""))
            if message["type"] == "http.response.start" and message["status"] in _SUCCESS and pattern not in NOTED:
                owner = str(scope.get("state", {}).get("owner", ""))
                try:
                    await to_thread.run_sync(self._note, owner, action_of(pattern), subject_of(pattern, scope.get("path_params", {})))
                except Exception:
                    log.exception("a deletion could not be noted")
            await send(message)

        await self._app(scope, receive, look)


def action_of(pattern: str) -> str:
    """`/v1/vector_stores/{name}/files/{file_id}` is `vector_store.file.deleted`; `/v1/memory` is `memory.deleted`."""
    words = [part for part in pattern.removeprefix("/v1/").split("/") if part and not part.startswith("{")]
    named = [re.sub(r"[^a-z0-9_]", "_", word.lower()) for word in words]
    return ".".join([*(re.sub(r"ies$", "y", word) if word.endswith("ies") else word.removesuffix("s") for word in named), "deleted"])[-40:]


def subject_of(pattern: str, values: dict[str, object]) -> str:
    """The id that ends the address; empty when it is a name, which may say something."""
    last = pattern.rsplit("/", 1)[-1]
    value = str(values.get(last.strip("{}").partition(":")[0], "")) if last.startswith("{") else ""
    return value if _ID.match(value) else ""
