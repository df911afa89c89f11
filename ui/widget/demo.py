"""A sample shop on a port of its own, whose page carries the bubble. Knows how to serve a page, not what answers it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from string import Template
from urllib.parse import urlsplit

import assistant.samples
from retrieval.faults import Conflict
from ui.widget.bubble import HERE, words

PICTURES = ("red_jacket.png", "orange_tent.png", "camp_lantern.png", "teal_backpack.png")
_WORDS = ("nav", "shop", "visit", "lead", "sample", "jacket", "tent", "lantern", "backpack")


def policy(api: str) -> str:
    """The page's Content-Security-Policy: all that the bubble needs is script-src and connect-src."""
    return (
        f"default-src 'none'; script-src {api}; connect-src {api}; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def page(snippet: str, language: str = "en") -> str:
    """The shop's page with that line in it."""
    said = {name: words(language)[f"demo_{name}"] for name in _WORDS}
    return Template((HERE / "shop.html").read_text("utf-8")).substitute(
        said, snippet=snippet, language="zh-CN" if language == "zh" else "en"
    )


class _Shop(BaseHTTPRequestHandler):
    """Answers for the page, its style and four pictures."""

    def __init__(self, *args: object, snippet: Callable[[], str], api: str, **named: object) -> None:
        self._snippet, self._api = snippet, api
        super().__init__(*args, **named)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send a file of the shop."""
        parts = urlsplit(self.path)
        name = parts.path.lstrip("/")
        if name == "":
            self._send(page(self._snippet(), "zh" if "zh" in parts.query else "en").encode(), "text/html; charset=utf-8")
        elif name == "shop.css":
            self._send((HERE / name).read_bytes(), "text/css; charset=utf-8")
        elif name in PICTURES:
            from importlib.resources import files

            self._send(files(assistant.samples).joinpath("pictures", name).read_bytes(), "image/png")
        else:
            self.send_error(404)

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        headers = {"Content-Type": kind, "Content-Length": str(len(data)), "Content-Security-Policy": policy(self._api),
                   "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}  # fmt: skip
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the terminal belongs to the command."""


@contextmanager
def shop(api: str, port: int, key: Callable[[str], str]) -> Iterator[str]:
    """Serve the shop on loopback; its address. `key` gives the publishable key for that origin. Raises Conflict for a taken port."""
    lines: list[str] = []
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Shop, snippet=lambda: lines[0], api=api))
    except (OSError, OverflowError) as error:
        raise Conflict(f"Port {port} is taken.", hint="Choose another with --port, or 0 for a free one.", param="port") from error
    address = f"http://127.0.0.1:{server.server_port}"
    lines.append(key(address))
    thread = threading.Thread(target=server.serve_forever, name="shop", daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
