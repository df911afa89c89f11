"""What every route shares: the assistant once it stands, the doorkeeper, the slots, the ingestion and the numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from anyio import CapacityLimiter
from fastapi import Depends, Request

from assistant.settings import Settings
from retrieval.faults import Fault, Unavailable
from ui.api.auth import Doorkeeper
from ui.api.body import Bodies
from ui.api.ingestion import Ingestion
from ui.api.logs import answered
from ui.api.metrics import Metrics
from ui.api.realtime_talks import Talks
from ui.api.sites import Sites
from ui.api.slots import Slots
from ui.api.tracing import Tracing, open_tracing
from ui.api.watermark import Watermark
from ui.api.words import refuse

if TYPE_CHECKING:
    from assistant.service import Assistant
    from ui.wyoming.server import WyomingServer
else:
    Assistant = Any  # the class brings LangChain along, and a health check must not wait for that import

__all__ = ["Assistant", "Running", "Services", "Shared", "assistant", "services"]


@dataclass
class Services:
    """One per app."""

    settings: Settings
    doorkeeper: Doorkeeper
    turns: Slots
    """Turns of the agent."""
    calls: Slots
    """Everything else that needs a model or a decoder."""
    drawers: CapacityLimiter
    """Threads for drawings, which wait in the studio's queue: as many as may draw and wait there, and some to be refused."""
    memory: Watermark
    """Whether there is room for more."""
    bodies: Bodies
    """What is held of the requests that are being worked on."""
    metrics: Metrics = field(default_factory=Metrics)
    assistant: Assistant | None = None
    """None until the start is done."""
    ingestion: Ingestion | None = None
    wyoming: WyomingServer | None = None
    """For satellites, where the settings want it."""
    failure: Fault | None = None
    """Why the start failed, if it did."""

    RETRY_SECONDS = 2

    @cached_property
    def tracer(self) -> Tracing | None:
        """What times requests and their parts, where the settings want it. Raises what `open_tracing` raises."""
        return open_tracing(self.settings)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request, and write its line into the log."""
        self.metrics.observe(method, route, status, seconds)
        answered(method, route, status, seconds)

    def note(self, owner: str, action: str, subject: str = "") -> None:
        """Write into the audit log."""
        self.standing().audit.note(owner, action, subject)

    @cached_property
    def sites(self) -> Sites:
        """Visitors of other people's pages."""
        return Sites(self.settings)

    @cached_property
    def talks(self) -> Talks:
        """Live sessions."""
        return Talks(self.settings.limits.realtime_sessions)

    def standing(self) -> Assistant:
        """The assistant. Raises Unavailable (503, with Retry-After) until it has started."""
        if self.assistant is not None:
            return self.assistant
        if self.failure is not None:
            raise refuse(Unavailable, "failed_start", message=self.failure.message, hint=self.failure.hint)
        fault = refuse(Unavailable, "starting", seconds=self.RETRY_SECONDS)
        fault.retry_after = self.RETRY_SECONDS  # type: ignore[attr-defined]
        raise fault

    def reading(self) -> Ingestion:
        """The ingestion; it stands when the assistant stands."""
        self.standing()
        assert self.ingestion is not None
        return self.ingestion


async def services(request: Request) -> Services:
    """Dependency: the shared objects, whether or not the assistant stands. Async, as a thread for a look at a field costs more than it."""
    found: Services = request.app.state.services
    return found


async def assistant(shared: Annotated[Services, Depends(services)]) -> Assistant:
    """Dependency: the assistant. Raises Unavailable until it has started."""
    return shared.standing()


Shared = Annotated[Services, Depends(services)]
Running = Annotated[Assistant, Depends(assistant)]
