"""`/v1/models`: the assistant and the models behind it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from retrieval.items import ModelCard
from ui.api.auth import user
from ui.api.paging import listed
from ui.api.services import Running
from ui.api.turns import MODEL, check_model

router = APIRouter(prefix="/v1", tags=["models"], dependencies=[Depends(user)])
CREATED = 1_780_000_000
"""A fixed time: the models come with the program."""


@router.get("/models")
async def models(assistant: Running) -> dict[str, Any]:
    """Every model that can be named in a request."""
    return listed(list(_shapes(assistant.cards).values()))


@router.get("/models/{model:path}")
async def model(model: str, assistant: Running) -> dict[str, Any]:
    """One model with its card."""
    shapes = _shapes(assistant.cards)
    check_model(model, list(shapes))
    return shapes[model]


def names(cards: list[tuple[str, str, ModelCard]], *roles: str) -> list[str]:
    """Names that an endpoint takes: its models, and `assistant` for the default one."""
    return [MODEL, *dict.fromkeys(card.name for role, _, card in cards if role in roles)]


def _shapes(cards: list[tuple[str, str, ModelCard]]) -> dict[str, dict[str, Any]]:
    found = {MODEL: _shape(MODEL, {"role": "agent", "modalities": ["text", "image", "audio", "video", "file"]})}
    for role, backend, card in cards:
        shown = card.model_dump(mode="json", exclude={"name"}) | {"role": role, "backend": backend}
        if card.name in found:
            found[card.name]["roles"] = [*found[card.name].get("roles", [found[card.name]["role"]]), role]
        else:
            found[card.name] = _shape(card.name, shown)
    return found


def _shape(name: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "synesthesia"} | more
