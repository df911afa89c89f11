"""Numbers for Prometheus. One registry per app, so that tests and several apps in a process do not meet."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

log = logging.getLogger(__name__)

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""Others are counted as one: whoever invents methods makes no series."""
_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts requests and turns, and shows gauges that others keep."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        labels = ("method", "route", "status")
        self._requests = Counter("synesthesia_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "synesthesia_request_seconds", "Seconds from request to last byte.", ("route",), registry=self.registry, buckets=_SECONDS
        )
        self.turns = Counter("synesthesia_turns", "Turns by how they ended.", ("end",), registry=self.registry)
        self._turn_seconds = Histogram(
            "synesthesia_turn_seconds", "Seconds of a turn that ended with an answer.", registry=self.registry, buckets=_SECONDS
        )
        self.refusals = Counter("synesthesia_retrieval_refusals", "Answers refused for want of evidence.", registry=self.registry)
        self.stakes = Counter("synesthesia_high_stakes", "Turns with high stakes.", ("kind", "policy"), registry=self.registry)
        self.tools = Counter("synesthesia_tool_calls", "Tool calls.", ("tool", "ok"), registry=self.registry)
        self._tool_seconds = Histogram(
            "synesthesia_tool_seconds", "Seconds of a tool.", ("tool",), registry=self.registry, buckets=_SECONDS
        )
        self.waited = Histogram(
            "synesthesia_wait_seconds", "Seconds that a request waited for a slot.", ("queue",), registry=self.registry, buckets=_SECONDS
        )
        for end in ("answered", "refused", "failed"):
            self.turns.labels(end)  # a rate needs the zero before the first one
        self.known_tools: frozenset[str] = frozenset()
        """Tools that have a name of their own in the numbers; a chat model may make up others."""

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one request; `route` is the pattern, never the address that was sent."""
        self._requests.labels(method if method in METHODS else "OTHER", route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Show a number that is read whenever Prometheus asks; one that cannot be read is NaN."""
        from prometheus_client import Gauge

        Gauge(f"synesthesia_{name}", help_text, registry=self.registry).set_function(lambda: _read(read, math.nan))

    def gauges(self, name: str, help_text: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        """Show numbers by one label, whose values are few and ours; they are read whenever Prometheus asks."""
        self.registry.register(_Gauges(f"synesthesia_{name}", help_text, label, read))

    def text(self) -> tuple[bytes, str]:
        """(body, content type) of `/metrics`."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def turn(self, event: Any) -> None:
        """Count what a turn's event tells."""
        if event.type == "tool_finished":
            tool = event.tool if event.tool in self.known_tools else "other"
            self.tools.labels(tool, str(event.ok).lower()).inc()
            self._tool_seconds.labels(tool).observe(event.ms / 1000)
        elif event.type == "noticed":
            self.stakes.labels(event.kind, event.policy).inc()
        elif event.type == "finished":
            self.turns.labels("refused" if event.refused else "answered").inc()
            self.refusals.inc(event.refused)
            self._turn_seconds.observe(event.timings_ms.get("total", 0.0) / 1000)
        elif event.type == "failed":
            self.turns.labels("failed").inc()


class _Gauges:
    """A collector of prometheus_client: one gauge for each value of a label."""

    def __init__(self, name: str, help_text: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        self._name, self._help, self._label, self._read = name, help_text, label, read

    def describe(self) -> list[Any]:
        """Its name, without reading anything."""
        return [self._family()]

    def collect(self) -> Iterator[Any]:
        """The numbers now; none when they cannot be read."""
        family = self._family()
        for value, number in _read(self._read, {}).items():
            family.add_metric([value], number)
        yield family

    def _family(self) -> Any:
        from prometheus_client.core import GaugeMetricFamily

        return GaugeMetricFamily(self._name, self._help, labels=[self._label])


def _read(read: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return read()
    except Exception:  # a part that is closing must not hide the numbers of the others
        log.debug("a number could not be read", exc_info=True)
        return otherwise
