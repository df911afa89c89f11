"""Numbers for Prometheus. One registry per app, so that tests and several apps in a process do not meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Metrics:
    """Counts requests and shows gauges that others keep."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("synesthesia_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "synesthesia_request_seconds", "Seconds from request to last byte.", ("route",), registry=self.registry,
            buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
        )  # fmt: skip
        self.turns = Counter("synesthesia_turns", "Turns by how they ended.", ("end",), registry=self.registry)
        self.tools = Counter("synesthesia_tool_calls", "Tool calls.", ("tool", "ok"), registry=self.registry)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one request; `route` is the pattern, never the address that was sent."""
        self._requests.labels(method if method.isalpha() and len(method) < 8 else "OTHER", route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Show a number that is read whenever Prometheus asks."""
        from prometheus_client import Gauge

        Gauge(f"synesthesia_{name}", help_text, registry=self.registry).set_function(read)

    def text(self) -> tuple[bytes, str]:
        """(body, content type) of `/metrics`."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def turn(self, event: Any) -> None:
        """Count what a turn's event tells."""
        if event.type == "tool_finished":
            self.tools.labels(event.tool[:40], str(event.ok).lower()).inc()
        elif event.type == "finished":
            self.turns.labels("refused" if event.refused else "answered").inc()
        elif event.type == "failed":
            self.turns.labels("failed").inc()
