"""`POST /v1/embeddings`: vectors of text, and of pictures and sounds sent as parts."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content
from retrieval.embedders.base import Embedder
from retrieval.faults import InvalidInput, TooLarge
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.parts import Part, contents
from ui.api.services import Assistant, Running
from ui.api.turns import MODEL, check_model
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1", tags=["embeddings"], dependencies=[Depends(user)])
ROLES = ("text_embedder", "image_embedder", "audio_embedder")
MOST = 2048


class EmbeddingsRequest(BaseModel):
    """Texts or parts, each one vector."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(default=MODEL, max_length=200)
    input: str | list[str | int | list[int] | Part]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1)
    user: str | None = None


@router.post("/embeddings")
async def embed(
    caller: User, assistant: Running, work: Worker, body: Annotated[EmbeddingsRequest, Depends(json_body(EmbeddingsRequest))]
) -> dict[str, Any]:
    """One unit vector for each entry of `input`, in order."""
    given = [body.input] if isinstance(body.input, str) else body.input
    if not given or len(given) > MOST:
        raise InvalidInput(f"`input` has {len(given)} entries.", hint=f"Send 1 to {MOST}.", param="input")
    if any(isinstance(entry, (int, list)) for entry in given):
        raise refuse(InvalidInput, "token_input", param="input")
    check_model(body.model, [MODEL, *(e.card.name for e in assistant.library.embedders.values())])

    def run() -> tuple[Embedder, Any]:
        found = [_content(entry, assistant, caller.owner) for entry in given]
        embedder = _embedder(assistant, body.model, found)
        if body.dimensions not in (None, embedder.dimension):
            raise refuse(InvalidInput, "embedding_dimension", param="dimensions", dimension=embedder.dimension)
        return embedder, embedder.embed(found)

    embedder, vectors = await work(run)
    rows = [{"object": "embedding", "index": n, "embedding": _shape(v, body.encoding_format)} for n, v in enumerate(vectors)]
    tokens = sum(max(len(entry) // 4, 1) for entry in given if isinstance(entry, str))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": rows, "model": embedder.card.name, "space": embedder.space, "usage": usage}


def _content(entry: Any, assistant: Assistant, owner: str) -> Content:
    found = contents(entry if isinstance(entry, str) else [entry], assistant, owner)
    if not found:
        raise InvalidInput("An entry of `input` is empty.", hint="Send words, or a part with a picture or a sound.", param="input")
    limit = assistant.settings.limits.prompt_chars
    if len(found[0].text) > limit:
        raise refuse(TooLarge, "prompt_too_long", param="input", count=len(found[0].text), limit=limit)
    return found[0]


def _embedder(assistant: Assistant, model: str, found: list[Content]) -> Embedder:
    """The named embedder; for `assistant` the first that takes everything."""
    kinds = {content.modality for content in found}
    embedders: list[Embedder] = list({(e := assistant.library.embedders[role]).space: e for role in ROLES}.values())
    named = [e for e in embedders if e.card.name == model] or embedders
    for embedder in named:
        if kinds <= embedder.modalities:
            return embedder
    known = ", ".join(sorted({kind for e in named for kind in e.modalities}))
    models = ", ".join(f"{e.card.name} ({', '.join(sorted(e.modalities))})" for e in embedders)
    raise refuse(InvalidInput, "embedding_input", param="input", known=known, models=models)


def _shape(vector: Any, form: str) -> list[float] | str:
    if form == "base64":
        return base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode()
    return [float(number) for number in vector]
