"""What `/metrics` reads whenever it is asked: queues, workers, circuits, memory, bytes. Knows where each number is kept, and keeps none.

Every label has few values, all of them names of ours: what people send makes no new series.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ui.api.ingestion import Ingestion
from ui.api.logs import Handler
from ui.api.services import Assistant, Services

STORED_SECONDS = 15.0
"""How old the bytes stored may be: they are summed over all files."""


def show_all(services: Services, ingestion: Ingestion) -> None:
    """Show every number of a service that stands."""
    numbers, assistant = services.metrics, services.standing()
    numbers.known_tools = frozenset(assistant.tools)
    for name, slots in (("turns", services.turns), ("calls", services.calls)):
        what = "Turns" if name == "turns" else "Other model calls"
        numbers.gauge(f"{name}_running", f"{what} being worked on.", lambda slots=slots: slots.running)  # type: ignore[misc]
        numbers.gauge(f"{name}_waiting", f"{what} waiting for a slot.", lambda slots=slots: slots.waiting)  # type: ignore[misc]
        numbers.gauge(f"{name}_slots", f"{what} that may be worked on at once.", lambda slots=slots: slots.at_once)  # type: ignore[misc]
        numbers.gauge(f"{name}_refused", f"{what} that were told to come back.", lambda slots=slots: slots.refused)  # type: ignore[misc]
        slots.waited = numbers.waited.labels(name).observe
    numbers.gauge("memory_share", "Share of the memory that is taken, 0 to 1.", services.memory.taken)
    numbers.gauge("memory_shed", "Requests refused because the memory is full.", lambda: services.memory.shed)
    numbers.gauge("bodies_bytes", "Bytes of the requests that are being worked on.", lambda: services.bodies.held)
    numbers.gauge("drawings_running", "Requests that draw.", lambda: assistant.kit.studio.load()[0])
    numbers.gauge("drawings_waiting", "Requests that wait to draw.", lambda: assistant.kit.studio.load()[1])
    numbers.gauge("reviews_waiting", "Answers that wait for a person.", assistant.reviewing.reviews.waiting)
    numbers.gauge("ingestion_waiting", "Files waiting to be read, or being read.", lambda: ingestion.waiting)
    numbers.gauge(
        "decoder_restarts", "Processes for reading files that were replaced, since the start.", lambda: assistant.kit.decoder.restarts
    )
    numbers.gauge("log_lines_lost", "Lines of the log that could not be written, since the start.", lambda: Handler.lost)
    numbers.gauges("workers_alive", "Processes that read files and are alive.", "worker", lambda: _workers(assistant))
    numbers.gauges("circuit_open", "1 while a worker that keeps failing is left alone.", "worker", lambda: _circuits(assistant))
    numbers.gauges("part_ready", "1 when a part of the start is ready, 0 while it loads or has failed.", "part", lambda: _parts(assistant))
    numbers.gauges("stored_bytes", "Bytes of the files that are kept.", "modality", _stored(assistant))


def _workers(assistant: Assistant) -> Mapping[str, float]:
    return {"decoder": assistant.kit.decoder.alive()}


def _circuits(assistant: Assistant) -> Mapping[str, float]:
    parts = {"decoder": assistant.kit.decoder, "transcriber": assistant.voice.transcriber, "synthesizer": assistant.voice.synthesizer}
    found: dict[str, float] = {}
    for name, part in parts.items():
        circuit: Any = getattr(part, "circuit", None) or getattr(part, "_circuit", None)
        if circuit is not None:
            found[name] = float(circuit.open)
    return found


def _parts(assistant: Assistant) -> Mapping[str, float]:
    return {part: float(state == "ready") for part, state in assistant.readiness().items()}


def _stored(assistant: Assistant) -> Callable[[], Mapping[str, float]]:
    at, known = -STORED_SECONDS, dict[str, float]()

    def read() -> Mapping[str, float]:
        nonlocal at, known
        if time.monotonic() - at >= STORED_SECONDS:
            known, at = dict.fromkeys(("text", "image", "audio", "video", "file"), 0.0) | assistant.library.stored(), time.monotonic()
        return known

    return read
