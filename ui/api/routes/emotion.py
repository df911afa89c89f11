"""`POST /v1/emotion`: what words, voice and face say, fused. Consent is asked for, and nothing that is sent is kept."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import InvalidInput, NotFound
from tools.base import Media, ToolContext
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.parts import Sound, Url, decode, from_url
from ui.api.services import Running
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1", tags=["emotion"], dependencies=[Depends(user)])


class EmotionRequest(BaseModel):
    """Any of the four; `consent` covers voice and face."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=32_000)
    audio: Sound | None = None
    image: Url | None = None
    video: Url | None = None
    consent: bool = False
    language: str = Field(default="", max_length=20)


@router.post("/emotion")
async def emotion(
    caller: User, assistant: Running, work: Worker, body: Annotated[EmotionRequest, Depends(json_body(EmotionRequest))]
) -> dict[str, Any]:
    """`fused`, `modalities` with their weights, `disagreement` in a sentence, and a `timeline` for sound and video."""
    if not body.text.strip() and not (body.audio or body.image or body.video):
        raise refuse(InvalidInput, "nothing_to_read", param="text")
    opened: dict[str, Content] = {}
    media: list[Media] = []

    def keep(content: Content) -> None:
        file_id = f"unsaved-{len(opened) + 1}"
        opened[file_id] = content
        media.append(Media(f"{content.modality}_1", file_id, content.modality, content.media_type, content.name))

    def open_unsaved(file_id: str) -> Content:
        if file_id not in opened:
            raise NotFound("There is no such medium in this request.", param="media")
        return opened[file_id]

    def run() -> dict[str, Any]:
        if body.image:
            keep(from_url(body.image.url, "image.url", assistant, caller.owner))
        if body.audio:
            data = decode(body.audio.data, "audio.data", assistant.settings.limits.file_bytes)
            keep(assistant.admit(data, f"voice.{body.audio.format}", f"audio/{body.audio.format}"))
        if body.video:
            keep(from_url(body.video.url, "video.url", assistant, caller.owner))
        language = body.language[:2].lower() or language_of(body.text)
        context: ToolContext = assistant.context(caller.owner, language=language, consent=body.consent, media=media)
        context.open = open_unsaved
        result = assistant.call("analyze_emotion", {"text": body.text, "media": ""}, context)
        return {"object": "emotion", **result.data, "text": result.answer or result.text}

    return await work(run)
