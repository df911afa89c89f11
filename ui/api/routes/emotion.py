"""`/v1/emotion`: what words, voice and face say, fused. Consent is asked for, and nothing is kept that nobody asked to keep."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from assistant.crisis import help_text, signs
from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import InvalidInput
from tools.analyze_emotion import result
from tools.emotion_reading import FORBIDDEN, Wish, read
from tools.phrasing import tell
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.parts import Sound, Url, decode, from_url
from ui.api.services import Assistant, Running
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1", tags=["emotion"], dependencies=[Depends(user)])
PURPOSE = "emotion"
"""Of the files in which readings are kept."""


class EmotionRequest(BaseModel):
    """Any of the four; `consent` covers voice and face."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=32_000)
    audio: Sound | None = None
    image: Url | None = None
    video: Url | None = None
    consent: bool = False
    keep: bool = False
    """Keep the reading (not what was read) as a file of the caller."""
    language: str = Field(default="", max_length=20)


@router.get("/emotion")
async def policy(assistant: Running, language: str = "en") -> dict[str, Any]:
    """What may be read here: `modalities`, and where voice and face may not, the `reason`. Nothing is read without being asked for."""
    deployment = assistant.settings.deployment
    closed = deployment in FORBIDDEN
    reason = tell("zh" if language[:2] == "zh" else "en", "emotion.forbidden", deployment=deployment) if closed else ""
    known = ["text"] if closed else ["text", "audio", "image"]
    return {"object": "emotion.policy", "deployment": deployment, "modalities": known, "allowed": not closed, "reason": reason}


@router.post("/emotion")
async def emotion(
    caller: User, assistant: Running, work: Worker, body: Annotated[EmotionRequest, Depends(json_body(EmotionRequest))]
) -> dict[str, Any]:
    """`fused`, `modalities` with their weights, `disagreement` in a sentence, and a `timeline` for sound and video."""
    if not body.text.strip() and not (body.audio or body.image or body.video):
        raise refuse(InvalidInput, "nothing_to_read", param="text")
    return await work(_read, assistant, caller.owner, body)


def _read(assistant: Assistant, owner: str, body: EmotionRequest) -> dict[str, Any]:
    language = body.language[:2].lower() if body.language[:2].lower() in ("en", "zh") else language_of(body.text)
    found = read(assistant.kit, _contents(assistant, owner, body), Wish(owner, "request", language, consent=body.consent))
    if not found.readings:
        raise found.skipped[0][1]
    told = result(found, assistant.kit.fusion.fuse(found.readings), language, yours=body.consent)
    answer = {"object": "emotion", **told.data, "text": told.answer}
    if signs(body.text):
        answer["help"] = help_text(language)
    return answer | ({"file_id": _keep(assistant, owner, answer)} if body.keep else {})


def _contents(assistant: Assistant, owner: str, body: EmotionRequest) -> list[Content]:
    found = [Content.from_text(body.text)] if body.text.strip() else []
    if body.audio:
        data = decode(body.audio.data, "audio.data", assistant.settings.limits.file_bytes)
        found.append(assistant.admit(data, f"voice.{body.audio.format}", f"audio/{body.audio.format}"))
    for name, given in (("image", body.image), ("video", body.video)):
        if given:
            content = from_url(given.url, f"{name}.url", assistant, owner)
            if content.modality != name:
                raise refuse(InvalidInput, "not_that_kind", param=f"{name}.url", code="wrong_modality", wanted=name, got=content.modality)
            found.append(content)
    return found


def _keep(assistant: Assistant, owner: str, answer: dict[str, Any]) -> str:
    """Id of a file with the reading; deleted like any file."""
    content = assistant.admit(json.dumps(answer, ensure_ascii=False, indent=1).encode(), "feelings.json", "application/json")
    return assistant.library.add_file(content, owner, PURPOSE).id
