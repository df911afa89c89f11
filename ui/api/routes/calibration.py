"""`/v1/vector_stores/{id}/calibration`: from which probability on a text of the collection answers, and the fit of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from retrieval.calibration import LEAST, Calibration
from retrieval.faults import Conflict
from ui.api.auth import User, user
from ui.api.services import Running
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/vector_stores/{name}/calibration", tags=["vector stores"], dependencies=[Depends(user)])


@router.get("")
async def retrieve(name: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """The calibration in use; `shifts` is empty while that of all collections is."""
    return shape(await work.light(assistant.library.calibration, name, caller.owner))


@router.post("")
async def fit(name: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Fit it now, on questions that the collection cannot answer. It also happens by itself when a collection has grown by half."""
    found = await work(assistant.library.calibrate, name, caller.owner)
    if found is None:
        raise refuse(Conflict, "too_few_texts", param="name", least=LEAST)
    return shape(found)


def shape(found: Calibration | None) -> dict[str, Any]:
    """A calibration as answers show it."""
    return {
        "object": "vector_store.calibration", "shifts": found.shifts if found else {}, "questions": found.negatives if found else {},
        "items": found.items if found else 0, "created_at": int(found.created_at) if found else None,
    }  # fmt: skip
