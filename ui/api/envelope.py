"""What every request and answer passes through: an id, safe headers, the names this server answers to, and a net under everything."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retrieval.faults import Fault, InvalidInput, NotAllowed
from ui.api.auth import is_loopback
from ui.api.errors import response
from ui.api.sites import PREFIXES
from ui.api.words import refuse

log = logging.getLogger(__name__)

_HOST = re.compile(r"^(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$")
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
}
"""Set unless the route set its own."""

GONE = 499
"""Status noted for a client that left before it had sent its request."""

Observer = Callable[[str, str, int, float], None]


class Envelope:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: ASGIApp, locked: Callable[[], bool], observe: Observer) -> None:
        """`locked` says whether keys are needed; `observe` gets method, route, status and seconds."""
        self._app, self._locked, self._observe = app, locked, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; nothing escapes."""
        if scope["type"] == "websocket":
            fault = self._wrong_name(Headers(scope=scope), scope["path"])
            return await (self._app if fault is None else response(fault))(scope, receive, send)
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        identity, began, status = f"req_{uuid.uuid4().hex}", time.perf_counter(), 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = identity
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            fault = self._wrong_name(Headers(scope=scope), scope["path"])
            if fault is not None:
                await response(fault)(scope, receive, send_safely)
            else:
                await self._app(scope, receive, send_safely)
        except ClientDisconnect:
            status = status or GONE
        except Exception:
            log.exception("request %s failed", identity)
            if not status:
                await response(refuse(Fault, "internal", request=identity))(scope, receive, send_safely)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._observe(scope["method"], route, status, time.perf_counter() - began)

    def _wrong_name(self, headers: Headers, path: str) -> Fault | None:
        """Refuse a malformed Host, and, while no key protects the server, foreign names and pages (DNS rebinding)."""
        host = _HOST.match(headers.get("host", ""))
        if host is None:
            return refuse(InvalidInput, "wrong_host")
        if self._locked():
            return None
        if not is_loopback(host["name"].strip("[]")):
            return refuse(NotAllowed, "wrong_host")
        origin = headers.get("origin")
        if origin is not None and not path.startswith(PREFIXES) and not is_loopback(_origin_host(origin)):
            return refuse(NotAllowed, "wrong_origin")
        return None


def _origin_host(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""
