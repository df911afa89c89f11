"""Traces: spans of a request sent by OpenTelemetry over HTTP. Knows the exporter, no route; a span carries ids, numbers and our own names.

An optional extra (`observe`). Nothing of it is imported while no endpoint is set. Spans wait in memory and are sent in the background;
what a collector does not take is dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from retrieval.faults import InvalidInput, NotAllowed, NotInstalled
from retrieval.request_context import Attribute
from ui.api.auth import is_loopback
from ui.api.logs import kind_of
from ui.api.words import refuse

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

    from assistant.settings import Settings

WAITING = 2048
"""Spans that wait to be sent; further ones are dropped."""
SEND_SECONDS = 5.0


class Noting:
    """An open span."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def note(self, **attributes: Attribute) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)


class Tracing:
    """The tracer of one app."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer: Tracer = provider.get_tracer("synesthesia")

    @contextmanager
    def span(self, name: str, traceparent: str = "", **attributes: Attribute) -> Iterator[Noting]:
        """A span around a block; `traceparent` (W3C) makes it part of a caller's trace. An error is told by its type alone."""
        from opentelemetry.trace import Status, StatusCode

        with self._tracer.start_as_current_span(
            name, _parent(traceparent), attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield Noting(span)
            except BaseException as error:
                span.set_attribute("error.type", kind_of(error))
                span.set_status(Status(StatusCode.ERROR))
                raise

    def close(self) -> None:
        """Send what waits, for a few seconds at most."""
        self._provider.shutdown()


def _parent(traceparent: str) -> Any:
    if not traceparent:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})


def open_tracing(settings: Settings) -> Tracing | None:
    """What sends traces where the settings say; None when they name no endpoint.

    Raises NotAllowed when `offline` forbids it, InvalidInput for an address with a password, NotInstalled without the extra `observe`.
    """
    if not settings.otlp_endpoint:
        return None
    address = urlsplit(settings.otlp_endpoint)
    if settings.offline and not is_loopback(address.hostname or ""):
        raise refuse(NotAllowed, "traces_offline", param="otlp_endpoint", host=address.hostname or "")
    if "@" in address.netloc or not address.hostname:
        raise refuse(InvalidInput, "traces_address", param="otlp_endpoint")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import SpanLimits, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise refuse(NotInstalled, "traces_extra", param="otlp_endpoint") from error
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # a collector that is away is no matter of each batch's
    path = settings.otlp_endpoint.rstrip("/")
    exporter = OTLPSpanExporter(endpoint=path if address.path.rstrip("/") else f"{path}/v1/traces", timeout=SEND_SECONDS)
    limits = SpanLimits(max_span_attributes=32, max_span_attribute_length=200, max_events=0, max_links=0)
    provider = TracerProvider(resource=Resource({"service.name": "synesthesia"}), span_limits=limits, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=WAITING, export_timeout_millis=SEND_SECONDS * 1000))
    return Tracing(provider)
