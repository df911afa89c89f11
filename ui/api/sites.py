"""Visitors of other people's pages: who they are to us, how much they may ask, and the headers that let their page read the answer.

Knows publishable keys and origins, no turn. A foreign origin gets no CORS header at all, so its page reads nothing, whatever happened here.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from assistant.database import place_of
from assistant.publishable_keys import PublishableKey, PublishableKeys
from assistant.rates import Rates
from assistant.settings import Settings
from assistant.visits import Visits
from retrieval.faults import Busy, Fault, NotAllowed
from ui.api import errors
from ui.api.proxies import client_address
from ui.api.words import refuse

PREFIXES = ("/widget.js", "/v1/widget/")
"""Addresses that pages of other sites may call; each checks the origin itself."""
PREFLIGHT_SECONDS = 7200


class Sites:
    """What the routes of the widget share."""

    def __init__(self, settings: Settings) -> None:
        self.keys = PublishableKeys(place_of(settings))
        self.visits = Visits(place_of(settings), kept=settings.keep_questions)
        self.rates = Rates()

    def spend_minute(self, visitor: Visitor) -> None:
        """Count a request of this minute, of the visitor and of all of them together. Raises Busy (429)."""
        key = visitor.key
        full = self.rates.spend(((key.id, visitor.address), key.per_visitor), ((key.id, ""), key.per_minute))
        if full is not None:
            why = ("visitor_rate", "key_rate")[full[0]]
            busy = refuse(Busy, why, code=why, seconds=full[1])
            busy.retry_after = full[1]  # type: ignore[attr-defined]
            raise busy

    def spend(self, visitor: Visitor) -> None:
        """Count a question of this minute and of this day. Blocking. Raises Busy (429)."""
        self.spend_minute(visitor)
        try:
            self.keys.spend(visitor.key)
        except Busy as full:
            fault = refuse(Busy, "daily_quota", code=full.code)
            fault.retry_after = full.retry_after  # type: ignore[attr-defined]
            raise fault from full

    def close(self) -> None:
        """Release the file."""
        self.keys.close()
        self.visits.close()


@dataclass(frozen=True)
class Visitor:
    """Somebody on a page that may ask."""

    key: PublishableKey
    origin: str
    address: str
    """Where the request came from; kept for a minute, in memory."""


def visitor(request: Request) -> Visitor:
    """Policy: a publishable key in the path, from a page of an origin it is bound to. Raises NotAllowed (401, 403)."""
    sites: Sites = request.app.state.services.sites
    key = sites.keys.check(str(request.path_params.get("key", "")))
    if key is None:
        fault = refuse(NotAllowed, "bad_publishable_key", code="invalid_api_key")
        fault.status = 401
        raise fault
    origin = request.headers.get("origin") or _own(request)
    if origin not in key.origins:
        raise refuse(NotAllowed, "foreign_origin", code="origin_not_allowed", origin=origin[:200] or "-")
    request.state.origin, request.state.owner = origin, f"site:{key.owner}"
    services = request.app.state.services
    if services.doorkeeper.suspended(key.owner):
        raise refuse(NotAllowed, "suspended", code="suspended")
    return Visitor(key, origin, client_address(request, services.settings.trusted_proxies))


def _own(request: Request) -> str:
    """The origin of a page that this very address served: browsers name none in such a GET."""
    if request.headers.get("sec-fetch-site") != "same-origin":
        return ""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


class CrossOrigin(APIRoute):
    """A route whose answers, errors too, may be read by the page that the policy let in, and by no other."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the headers added."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except Fault as fault:
                response = errors.response(fault, errors.language_of(request))
            except RequestValidationError as error:
                response = errors.response(errors.from_validation(error.errors()), errors.language_of(request))
            response.headers["Vary"] = "Origin"
            origin = getattr(request.state, "origin", "")
            if origin:
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Expose-Headers"] = "Retry-After"
                response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            return response

        return answer


def preflight() -> Response:
    """The answer to the question whether a page may send JSON; the policy has said yes."""
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type, Accept-Language",
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        },
    )  # fmt: skip
