"""Is it alive, is it ready, how is it doing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response

from ui.api.auth import admin, open_to_all
from ui.api.errors import Body
from ui.api.services import Services, Shared

router = APIRouter(tags=["health"])


@router.get("/healthz", dependencies=[Depends(open_to_all)])
async def alive() -> dict[str, str]:
    """The process answers; says nothing about models."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[Depends(open_to_all)])
async def ready(shared: Shared) -> Response:
    """200 when the store is open and nothing loads any more, else 503; `parts` says what is loading or failed."""
    parts: dict[str, Any] = shared.assistant.readiness() if shared.assistant else {"start": "loading"}
    if shared.failure is not None:
        parts = {"start": f"failed: {shared.failure.message} {shared.failure.hint}".strip()}
    if shared.memory.full:
        parts = parts | {"memory": f"failed: {shared.memory.taken():.0%} taken, nothing new is begun"}
    done = shared.assistant is not None and shared.assistant.ready and not shared.memory.full
    headers = {} if done else {"Retry-After": str(shared.RETRY_SECONDS)}
    return Body({"status": "ready" if done else _why(shared), "parts": parts}, status_code=200 if done else 503, headers=headers)


def _why(shared: Services) -> str:
    """What keeps it from being ready: `failed`, `overloaded`, `model_missing` or `loading`."""
    if shared.failure is not None:
        return "failed"
    if shared.memory.full:
        return "overloaded"
    return "model_missing" if shared.assistant is not None and shared.assistant.troubles() else "loading"


@router.get("/metrics", dependencies=[Depends(admin)])
async def metrics(shared: Shared) -> Response:
    """Numbers in the text format of Prometheus."""
    body, media_type = shared.metrics.text()
    return Response(body, headers={"Content-Type": media_type})
