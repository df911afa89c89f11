"""The page as an application that Streamlit's server runs: `page.py` with the headers of a page that nobody else may script or frame."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.chat.login import Entrance, routes

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def policy() -> str:
    """The Content-Security-Policy: scripts of this address only, and by its hash the one that Streamlit's page carries inside.

    `blob:` is how Streamlit loads the scripts of our own components. Its styles are made while it runs, so styles may stand inline.
    The camera's picture is read from a `data:` address before it is sent; such an address leads nowhere else.
    """
    shell = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(code).digest()).decode()}'" for code in _INLINE.findall(shell))
    return (
        f"default-src 'self'; script-src 'self' blob: {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    )


HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(self), geolocation=()",
}


class Guarded:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one socket."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, headed)


app = st.App(Path(__file__).with_name("page.py"), routes=routes(), middleware=[Middleware(Guarded), Middleware(Entrance)])
