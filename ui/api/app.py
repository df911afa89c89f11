"""The app: routes, what surrounds them, and a start that never makes a health check wait. Knows no socket."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from importlib.metadata import version

from anyio import CapacityLimiter
from fastapi import Depends, FastAPI
from fastapi.responses import RedirectResponse

from assistant.accounts import Accounts
from assistant.database import is_shared, place_of
from assistant.keys import Keys
from assistant.settings import Settings
from retrieval.faults import Fault
from ui.api import errors, reference
from ui.api.auth import Doorkeeper, open_to_all
from ui.api.body import Bodies, BodyLimit
from ui.api.envelope import Envelope
from ui.api.gauges import show_all
from ui.api.ingestion import Ingestion
from ui.api.noting import Noted
from ui.api.patience import SlowReaders
from ui.api.services import Assistant, Services
from ui.api.slots import Slots
from ui.api.standing import Standing
from ui.api.watermark import Watermark

log = logging.getLogger(__name__)

ROUTES = (
    "health", "chat", "responses", "models", "embeddings", "images", "gallery", "audio", "files", "vector_store_files",
    "bulk", "vector_store_items", "vector_stores", "faq", "questions", "calibration", "maps", "labels", "search", "route", "emotion",
    "audit", "my_data", "conversations", "memory", "items", "reviews", "sessions", "accounts",
    "mcp", "widget", "publishable_keys", "devices", "home_assistant", "voice", "realtime",
)  # fmt: skip
DESCRIPTION = "A multimodal assistant in the shapes of OpenAI's API. The model name `assistant` is the agent."


def create_app(
    assistant: Assistant | Callable[[], Assistant], settings: Settings | None = None, *, token: str = "",
    started: Callable[[Assistant], None] = lambda assistant: None, failed: Callable[[Fault], None] = lambda fault: None,
    wyoming: socket.socket | None = None,
) -> FastAPI:  # fmt: skip
    """The API over an assistant, or over one that `assistant()` builds in the background (`settings` are needed then).

    The lifespan starts and closes it. Until it stands, `/healthz` answers and everything else says 503 with Retry-After. `token` is the
    bearer token published for programs of this machine. `started` and `failed` are called when the start ends. `wyoming` is a
    bound socket for satellites.
    """
    chosen = settings or getattr(assistant, "settings", None) or Settings()
    limits = chosen.limits
    keys, accounts = Keys(place_of(chosen)), Accounts(place_of(chosen), limits.session_seconds)
    memory = Watermark(limits.memory_share)
    services = Services(
        settings=chosen, doorkeeper=Doorkeeper(keys, chosen.api_keys, token, accounts, shared=is_shared(chosen)),
        turns=Slots(limits.turns_at_once, limits.turns_waiting, limits.wait_seconds, memory.check),
        calls=Slots(limits.turns_at_once, limits.turns_waiting * 4, limits.wait_seconds, memory.check),
        drawers=CapacityLimiter(limits.drawings_at_once + limits.drawings_waiting + 8),
        memory=memory, bodies=Bodies(limits.bodies_bytes, memory.check),
    )  # fmt: skip
    if wyoming is not None:
        from ui.wyoming.server import WyomingServer

        services.wyoming = WyomingServer(services, wyoming)
    app = FastAPI(
        title="Synesthesia", version=version("synesthesia"), description=DESCRIPTION, docs_url=None, redoc_url=None,
        openapi_url=None, redirect_slashes=False, lifespan=_lifespan(services, assistant, started, failed),
    )  # fmt: skip
    app.state.services = services
    errors.install(app)
    for name in ROUTES:
        app.router.routes.extend(import_module(f"ui.api.routes.{name}").router.routes)  # flat, so that every route can be listed
    reference.install(app)
    _entrance(app)
    app.add_middleware(Noted, note=services.note)
    app.add_middleware(Standing, holds=services.doorkeeper.holds)
    app.add_middleware(BodyLimit, limits=limits, bodies=services.bodies)
    app.add_middleware(SlowReaders, stalled=limits.stalled_seconds, slowest=limits.slowest_bytes)
    app.add_middleware(Envelope, locked=services.doorkeeper.look_locked, observe=services.observe, tracer=services.tracer)
    return app


def _entrance(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False, dependencies=[Depends(open_to_all)])
    async def entrance() -> RedirectResponse:
        return RedirectResponse("/docs")

    @app.get("/openapi.json", include_in_schema=False, dependencies=[Depends(open_to_all)])
    async def schema() -> dict[str, object]:
        return app.openapi()


def _lifespan(
    services: Services,
    assistant: Assistant | Callable[[], Assistant],
    started: Callable[[Assistant], None],
    failed: Callable[[Fault], None],
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        start = asyncio.create_task(_start(services, assistant, started, failed))
        try:
            yield
        finally:
            await start
            if services.wyoming is not None:
                await services.wyoming.close()
            if services.ingestion is not None:
                await asyncio.to_thread(services.ingestion.close)
            if services.assistant is not None:
                await services.assistant.close()
            services.doorkeeper.close()
            services.sites.close()
            if services.tracer is not None:
                await asyncio.to_thread(services.tracer.close)

    return lifespan


async def _start(
    services: Services,
    assistant: Assistant | Callable[[], Assistant],
    started: Callable[[Assistant], None],
    failed: Callable[[Fault], None],
) -> None:
    try:
        built = await asyncio.to_thread(assistant) if callable(assistant) else assistant
        await built.start()
        ingestion = Ingestion(built.library, services.settings.limits.files_waiting, services.settings.limits.files_waiting_each)
        await asyncio.to_thread(ingestion.start)
        services.ingestion, services.assistant = ingestion, built
        show_all(services, ingestion)
        if services.wyoming is not None:
            await services.wyoming.start()
        started(built)
    except Fault as fault:
        services.failure = fault
        failed(fault)
    except Exception as error:
        log.exception("the start failed")
        services.failure = Fault(f"The start failed ({type(error).__name__}).", hint="The log has the details.")
        failed(services.failure)
