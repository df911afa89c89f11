"""What every request and answer passes through: an id, safe headers, the names this server answers to, and a net under everything."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retrieval.faults import Fault, InvalidInput, NotAllowed
from retrieval.request_context import Attribute, RequestContext, Tracer, request_id, span, working_for
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

    def __init__(self, app: ASGIApp, locked: Callable[[], bool | Awaitable[bool]], observe: Observer, tracer: Tracer | None = None) -> None:
        """`locked` says whether keys are needed; `observe` gets method, route, status and seconds; `tracer` times what happens within."""
        self._app, self._locked, self._observe, self._tracer = app, locked, observe, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; nothing escapes."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        headers, http = Headers(scope=scope), scope["type"] == "http"
        request = RequestContext(request_id(headers.get("x-request-id", "")), self._tracer, bounded=http)
        with working_for(request), span("request" if http else "live session", traceparent=headers.get("traceparent", "")) as timed:
            timed.note(**{"request.id": request.id})
            if http:
                status = await self._answer(scope, receive, send, request.id)
                answered: dict[str, Attribute] = {"http.route": _route(scope), "http.response.status_code": status}
                timed.note(**answered)
            else:
                fault = await self._wrong_name(headers, scope["path"])
                await (self._app if fault is None else response(fault))(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, identity: str) -> int:
        """Answer a request of HTTP, and its status."""
        began, status = time.perf_counter(), 0

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
            fault = await self._wrong_name(Headers(scope=scope), scope["path"])
            if fault is not None:
                await response(fault)(scope, receive, send_safely)
            else:
                await self._app(scope, receive, send_safely)
        except ClientDisconnect:
            status = status or GONE
        except Fault as fault:  # of a database that is away
            if not status:
                await response(fault)(scope, receive, send_safely)
        except Exception:
            log.exception("the request failed")
            if not status:
                await response(refuse(Fault, "internal", request=identity))(scope, receive, send_safely)
        finally:
            self._observe(scope["method"], _route(scope), status, time.perf_counter() - began)
        return status

    async def _wrong_name(self, headers: Headers, path: str) -> Fault | None:
        """Refuse a malformed Host, and, while no key protects the server, foreign names and pages (DNS rebinding)."""
        host = _HOST.match(headers.get("host", ""))
        if host is None:
            return refuse(InvalidInput, "wrong_host")
        locked = self._locked()
        if locked if isinstance(locked, bool) else await locked:
            return None
        if not is_loopback(host["name"].strip("[]")):
            return refuse(NotAllowed, "wrong_host")
        origin = headers.get("origin")
        if origin is not None and not path.startswith(PREFIXES) and not is_loopback(_origin_host(origin)):
            return refuse(NotAllowed, "wrong_origin")
        return None


def _route(scope: Scope) -> str:
    """The pattern of the route; what was sent stays out of logs and numbers."""
    return str(getattr(scope.get("route"), "path", "other"))


def _origin_host(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""
