"""`/v1/audio`: speech to text and text to speech."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData

from assistant.transcribers.base import Transcript
from retrieval.catalogue import language_of
from ui.api import subtitles
from ui.api.auth import User, user
from ui.api.body import form, json_body, multipart
from ui.api.errors import Body, from_pydantic
from ui.api.routes.models import names
from ui.api.services import Running
from ui.api.sound import encode
from ui.api.streams import EventStream, sse
from ui.api.turns import MODEL, check_model
from ui.api.uploads import one, read
from ui.api.work import Worker

router = APIRouter(prefix="/v1/audio", tags=["audio"], dependencies=[Depends(user)])
FIELDS = {
    "model": "assistant", "language": "en or zh", "response_format": "json, text, verbose_json, srt or vtt",
    "timestamp_granularities[]": "word or segment", "stream": "true or false",
}  # fmt: skip


class TranscriptionFields(BaseModel):
    """The fields of the form beside the file; `prompt` and `temperature` are accepted and ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(default=MODEL, max_length=200)
    language: str = Field(default="", max_length=20)
    response_format: Literal["json", "text", "verbose_json", "srt", "vtt"] = "json"
    stream: bool = False
    prompt: str = Field(default="", max_length=10_000)
    temperature: float = Field(default=0, ge=0, le=1)


class SpeechRequest(BaseModel):
    """Text to say. A voice that is not one of ours gives the language's own."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(default=MODEL, max_length=200)
    input: str = Field(min_length=1, max_length=4096)
    voice: str | dict[str, Any] = ""
    response_format: str = Field(default="mp3", max_length=20)
    speed: float = Field(default=1.0, ge=0.25, le=4)
    language: str = Field(default="", max_length=20)
    instructions: str | None = None
    stream_format: Literal["audio"] | None = None


@router.post("/transcriptions", openapi_extra=multipart("file", **FIELDS))
async def transcribe(caller: User, assistant: Running, work: Worker, fields: Annotated[FormData, Depends(form)]) -> Response:
    """Words of a recording or of a video's sound track; silence gives an empty text."""
    try:
        asked = TranscriptionFields.model_validate({k: v for k, v in fields.items() if isinstance(v, str)})
    except ValidationError as error:
        raise from_pydantic(error) from error
    check_model(asked.model, names(assistant.cards, "transcriber"))
    upload = one(fields)
    data = await read(upload, assistant.settings.limits.file_bytes)

    def run() -> Transcript:
        content = assistant.admit(data, upload.filename or "", upload.content_type or "")
        return assistant.transcribe(content, asked.language[:2].lower())

    transcript = await work(run)
    if asked.stream:
        return EventStream(_streamed(transcript))
    granularities = [str(v) for name in ("timestamp_granularities[]", "timestamp_granularities") for v in fields.getlist(name)]
    return _written(transcript, asked.response_format, granularities)


def _written(transcript: Transcript, form: str, granularities: list[str]) -> Response:
    if form == "verbose_json":
        return Body(subtitles.verbose(transcript, granularities))
    if form == "json":
        return Body({"text": transcript.text, "usage": subtitles.usage(transcript), "confidence": round(transcript.confidence, 4)})
    text = {"srt": subtitles.srt, "vtt": subtitles.vtt}.get(form, lambda t: t.text + "\n")(transcript)
    return Response(text, media_type="text/vtt" if form == "vtt" else "text/plain")


async def _streamed(transcript: Transcript) -> AsyncGenerator[bytes, None]:
    if transcript.text:
        yield sse({"type": "transcript.text.delta", "delta": transcript.text})
    yield sse({"type": "transcript.text.done", "text": transcript.text, "usage": subtitles.usage(transcript)})


@router.post("/speech")
async def speak(
    caller: User, assistant: Running, work: Worker, body: Annotated[SpeechRequest, Depends(json_body(SpeechRequest))]
) -> Response:
    """Speech as wav, mp3, opus, flac, aac or pcm."""
    check_model(body.model, names(assistant.cards, "synthesizer"))
    language = body.language[:2].lower() or language_of(body.input)
    voices = assistant.voice.synthesizer.voices
    voice = body.voice if isinstance(body.voice, str) and body.voice in voices else ""

    def run() -> tuple[bytes, str]:
        return encode(assistant.speak(body.input, language, voice, body.speed), body.response_format)

    data, media_type = await work(run)
    return Response(data, media_type=media_type)
