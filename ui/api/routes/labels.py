"""`POST /v1/labels` and `POST /v1/captions`: which of given names fits a picture or a sound, and a sentence for a picture."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content
from retrieval.faults import InvalidInput
from retrieval.labelling import LONGEST, MOST, Labeller, checked, unknown
from tools.captioning import caption
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.parts import Parts, contents
from ui.api.services import Assistant, Running
from ui.api.work import Worker

router = APIRouter(prefix="/v1", tags=["labels"], dependencies=[Depends(user)])


class LabelsRequest(BaseModel):
    """One picture or sound as a part, and the names it may get."""

    model_config = ConfigDict(extra="forbid")

    input: Parts
    labels: list[Annotated[str, Field(max_length=LONGEST)]] = Field(min_length=1, max_length=MOST)


class CaptionRequest(BaseModel):
    """One picture as a part."""

    model_config = ConfigDict(extra="forbid")

    input: Parts
    language: Literal["en", "zh"] = "en"


@router.post("/labels")
async def label(
    caller: User, assistant: Running, work: Worker, body: Annotated[LabelsRequest, Depends(json_body(LabelsRequest))]
) -> dict[str, Any]:
    """`label` is the name that fits, null for none of them; `probability` is the chance that the best name is right."""

    def run() -> dict[str, Any]:
        medium = _medium(body.input, assistant, caller.owner)
        embedders = assistant.library.embedders
        role = "audio_embedder" if medium.modality == "audio" else "image_embedder"
        found = Labeller(embedders[role], embedders["text_embedder"]).label(medium, checked(body.labels))
        return {
            "object": "label", "label": found.label or None, "probability": round(found.probability, 4), "modality": medium.modality,
            "scores": [{"label": name, "probability": round(chance, 4)} for name, chance in found.scores], "unknown": unknown(body.labels),
        }  # fmt: skip

    return await work(run)


@router.post("/captions")
async def captions(
    caller: User, assistant: Running, work: Worker, body: Annotated[CaptionRequest, Depends(json_body(CaptionRequest))]
) -> dict[str, Any]:
    """A sentence for somebody who cannot see the picture; `sure` is false when it should be looked at."""

    def run() -> dict[str, Any]:
        made = caption(assistant.kit, _medium(body.input, assistant, caller.owner), body.language)
        return {"object": "caption", **made.model_dump()}

    return await work(run)


def _medium(parts: Parts, assistant: Assistant, owner: str) -> Content:
    media = [content for content in contents(parts, assistant, owner) if content.modality != "text"]
    if len(media) != 1:
        raise InvalidInput(f"`input` has {len(media)} pictures and sounds.", hint="Send one at a time.", param="input")
    return media[0]
