"""Content parts of a request become Contents. Knows the shapes of OpenAI's chat and responses APIs; decides nothing about a turn.

Pictures, sound, video and files come as data: URLs or base64 and pass the admission door; nothing is fetched from the network.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.turns import OWN_VOICE
from retrieval.content import Content
from retrieval.faults import InvalidInput, TooLarge, UnsupportedType
from ui.api.errors import from_pydantic
from ui.api.services import Assistant
from ui.api.words import refuse

MOST_PARTS = 64
_OWN_FILE = re.compile(r"^(?:https?://[^/]+)?/v1/files/(file-[\w-]+)/content$")
_SPACES = re.compile(r"\s+")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class TextPart(_Part):
    """Words."""

    type: Literal["text", "input_text", "output_text", "refusal"]
    text: str = ""
    refusal: str = ""


class Url(_Part):
    """An address; `detail` is accepted and ignored."""

    url: str


class ImagePart(_Part):
    """A picture as `image_url: {url}` (chat) or `image_url: "..."` / `file_id` (responses)."""

    type: Literal["image_url", "input_image"]
    image_url: Url | str | None = None
    file_id: str | None = None


class VideoPart(_Part):
    """A video as a data: URL."""

    type: Literal["video_url", "input_video"]
    video_url: Url | str | None = None
    file_id: str | None = None


class Sound(_Part):
    """Base64 with the format the sender believes it has."""

    data: str
    format: str = Field(default="wav", max_length=16)


class AudioPart(_Part):
    """A recording."""

    type: Literal["input_audio"]
    input_audio: Sound


class FileBytes(_Part):
    """A stored file by id, or its bytes with a name."""

    file_id: str | None = None
    file_data: str | None = None
    filename: str = Field(default="", max_length=1024)


class FilePart(FileBytes):
    """A document: `file: {...}` (chat), or the same fields beside `type` (responses)."""

    type: Literal["file", "input_file"]
    file: FileBytes | None = None


_KINDS: dict[str, type[_Part]] = {
    "text": TextPart, "input_text": TextPart, "output_text": TextPart, "refusal": TextPart,
    "image_url": ImagePart, "input_image": ImagePart, "video_url": VideoPart, "input_video": VideoPart,
    "input_audio": AudioPart, "file": FilePart, "input_file": FilePart,
}  # fmt: skip


def _known(part: Any) -> Any:
    """Choose the model by `type`, so that an unknown part is named as such instead of failing every member of a union."""
    if isinstance(part, _Part):
        return part
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise refuse(InvalidInput, "part_type", param="content", type="none")
    kind = _KINDS.get(part["type"])
    if kind is None:
        raise refuse(InvalidInput, "part_type", param="content", type=part["type"][:40])
    try:
        return kind.model_validate(part)
    except ValidationError as error:
        raise from_pydantic(error) from error


Part = Annotated[Any, BeforeValidator(_known)]
Parts = Annotated[list[Part], Field(max_length=MOST_PARTS)]


def contents(parts: str | Sequence[Any] | None, assistant: Assistant, owner: str) -> tuple[Content, ...]:
    """The Contents of a message, in order; empty words are left out. Blocking: decodes. Raises Fault."""
    if parts is None:
        return ()
    if isinstance(parts, str):
        return (Content.from_text(parts),) if parts.strip() else ()
    found = (_content(part, assistant, owner) for part in parts)
    return tuple(content for content in found if content is not None)


def words(parts: str | Sequence[Any] | None) -> str:
    """The words of a message."""
    if parts is None or isinstance(parts, str):
        return parts or ""
    return "\n".join(part.text or part.refusal for part in parts if isinstance(part, TextPart))


def _content(part: Any, assistant: Assistant, owner: str) -> Content | None:
    if isinstance(part, TextPart):
        return Content.from_text(part.text) if part.text.strip() else None
    if isinstance(part, AudioPart):
        data = decode(part.input_audio.data, "input_audio.data", assistant.settings.limits.file_bytes)
        return assistant.admit(data, f"voice.{part.input_audio.format}", f"audio/{part.input_audio.format}")
    if isinstance(part, ImagePart):
        return _addressed(part.type, "image_url", part.image_url, part.file_id, assistant, owner)
    if isinstance(part, VideoPart):
        return _addressed(part.type, "video_url", part.video_url, part.file_id, assistant, owner)
    assert isinstance(part, FilePart)
    return _not_spoken(_file(part.file or part, part.type, assistant, owner))


def _not_spoken(content: Content) -> Content:
    """A recording that came as a file is nobody's own voice, whatever it is called: only `input_audio` is."""
    own = content.modality == "audio" and content.name.startswith(OWN_VOICE)
    return content.model_copy(update={"name": "recording." + content.name.removeprefix(OWN_VOICE)}) if own else content


def _addressed(kind: str, field: str, address: Url | str | None, file_id: str | None, assistant: Assistant, owner: str) -> Content:
    if file_id:
        return assistant.library.open_file(file_id, owner)
    if address is None:
        raise refuse(InvalidInput, "part_missing", param=field, type=kind, field=field)
    return from_url(address.url if isinstance(address, Url) else address, field, assistant, owner)


def _file(file: FileBytes, kind: str, assistant: Assistant, owner: str) -> Content:
    if file.file_id:
        return assistant.library.open_file(file.file_id, owner)
    if file.file_data is None:
        raise refuse(InvalidInput, "part_missing", param="file", type=kind, field="file_data")
    if file.file_data.startswith("data:"):
        return from_url(file.file_data, "file.file_data", assistant, owner, file.filename)
    data = decode(file.file_data, "file.file_data", assistant.settings.limits.file_bytes)
    return assistant.admit(data, file.filename)


def from_url(url: str, param: str, assistant: Assistant, owner: str, name: str = "") -> Content:
    """The Content behind a data: URL or a file of this server. Remote addresses are refused."""
    own = _OWN_FILE.match(url)
    if own:
        return assistant.library.open_file(own[1], owner)
    if url[:8].lower().startswith(("http://", "https://")):
        raise refuse(InvalidInput, "remote_url", param=param, code="url_not_allowed")
    head, comma, body = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise refuse(InvalidInput, "url", param=param, code="url_not_allowed")
    declared = head[5:-7].partition(";")[0].strip().lower()[:100]
    if declared in ("image/svg+xml", "text/html"):
        raise UnsupportedType(f"{declared} is not read.", hint="Send PNG, JPEG, WebP or GIF.", param=param)
    data = decode(body, param, assistant.settings.limits.file_bytes)
    return assistant.admit(data, name or _name(declared), declared)


def decode(text: str, param: str, limit: int) -> bytes:
    """Bytes of base64, standard alphabet, spaces allowed. Raises TooLarge before decoding, InvalidInput for anything else."""
    if len(text) * 3 // 4 > limit + 3:
        raise refuse(TooLarge, "part_too_large", param=param, field=param, limit=limit)
    try:
        return base64.b64decode(_SPACES.sub("", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise refuse(InvalidInput, "base64", param=param, field=param) from error


def data_url(content: Content) -> str:
    """The content as a data: URL."""
    return f"data:{content.media_type};base64,{base64.b64encode(content.data).decode()}"


def _name(media_type: str) -> str:
    kind, _, ending = media_type.partition("/")
    ending = ending.removeprefix("x-").partition("+")[0]
    label = {"image": "picture", "audio": "sound", "video": "video"}.get(kind, "file")
    return f"{label}.{ending}" if ending.isalnum() else label
