"""A visitor's question becomes a turn that may search and look, and nothing else; and what is kept of it. Knows no route."""

from __future__ import annotations

import re
import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.turns import Call
from assistant.visits import MEDIA_SECONDS, Visit
from retrieval.content import Content
from retrieval.faults import NotAllowed, NotFound, TooLarge, UnsupportedType
from ui.api.parts import decode, from_url
from ui.api.services import Assistant, Services
from ui.api.sites import Visitor
from ui.api.words import refuse

TOOLS = ("search", "look", "find_similar")
"""All that runs for a visitor."""
PHOTO_BYTES, VOICE_BYTES = 8 * 2**20, 4 * 2**20
_TALK = ("small_talk", "help")
_FORMAT = re.compile(r"[a-z0-9]{2,8}")


class Strict(BaseModel):
    """A body whose unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Said(Strict):
    """An earlier message of the visitor's own talk."""

    role: Literal["user", "assistant"]
    text: str = Field(max_length=4000)


class Voice(Strict):
    """A recording: base64 and its format."""

    data: str
    format: str = Field(default="webm", max_length=8)


class Question(Strict):
    """What a visitor asks: words, a photo (a data: URL), or a recording."""

    question: str = Field(default="", max_length=2000)
    history: list[Said] = Field(default=[], max_length=12)
    image: str = ""
    audio: Voice | None = None
    collection: str = Field(default="", max_length=200)
    """One of the key's, by name or id; without it the key's first."""
    language: Literal["", "en", "zh"] = ""


def allowed(visiting: Visitor, asked: Question) -> None:
    """Raise NotAllowed, TooLarge or UnsupportedType for what this key does not take."""
    if asked.image and not visiting.key.photo:
        raise refuse(NotAllowed, "no_photo_here", param="image")
    if asked.audio is not None and not visiting.key.voice:
        raise refuse(NotAllowed, "no_voice_here", param="audio")
    if asked.image and not asked.image.startswith("data:image/"):  # never the address of a file of the owner's
        raise refuse(UnsupportedType, "photo_only", param="image")
    if len(asked.image) * 3 // 4 > PHOTO_BYTES:
        raise refuse(TooLarge, "part_too_large", param="image", field="image", limit=PHOTO_BYTES)


def collection(assistant: Assistant, visiting: Visitor, named: str) -> str:
    """Id of the collection asked: one of the key's."""
    key = visiting.key
    known = [found for found in assistant.library.collections(key.owner) if found.id in key.collections]
    order = sorted(known, key=lambda found: key.collections.index(found.id))
    chosen = next((found.id for found in order if not named or named in (found.id, found.name)), None)
    if chosen is None:
        raise refuse(NotAllowed, "collection_closed", param="collection", code="collection_not_allowed", name=named[:80] or "-")
    return str(chosen)


def contents(assistant: Assistant, asked: Question) -> list[Content]:
    """The photo and the recording of a question. Blocking: decodes."""
    found = []
    if asked.image:
        photo = from_url(asked.image, "image", assistant, "", "photo")
        if photo.modality != "image":
            raise refuse(UnsupportedType, "photo_only", param="image")
        found.append(photo)
    if asked.audio is not None:
        form = asked.audio.format if _FORMAT.fullmatch(asked.audio.format) else "webm"
        data = decode(asked.audio.data, "audio.data", VOICE_BYTES)
        sound = assistant.admit(data, f"voice.{form}", f"audio/{form}")
        if sound.modality != "audio":
            raise refuse(UnsupportedType, "voice_only", param="audio")
        found.append(sound)
    return found


def searched_first(assistant: Assistant, asked: Question, media: bool) -> list[Call]:
    """A search, where the words would be routed to something that is closed to visitors: a question on a shop's page asks the shop."""
    words = asked.question.strip()
    if media or not words:
        return []
    route = assistant.router.route(words, [], [])
    if route.intent in _TALK or (route.plan and set(route.plan) <= set(TOOLS)):
        return []
    return [Call(tool="search", arguments={"query": words})]


def keep(shared: Services, assistant: Assistant, visit: Visit, sent: list[Content], began: float, *, unasked: bool) -> None:
    """Keep the visit; let go of what visitors sent a day ago. `unasked`: the turn was a search from the start, which opens no question."""
    visits, library = shared.sites.visits, assistant.library
    digests = {content.sha256 for content in sent}
    files = library.files(visit.owner, "chat") if digests else ()
    media = tuple(file.id for file in files if file.sha256 in digests and file.created_at >= began - 1)
    visits.add(visit.model_copy(update={"media": media}))
    if unasked and visit.outcome == "refused" and assistant.settings.keep_questions:
        library.faq.questions.record(visit.question, "refused", visit.collection, visit.owner)
    for owner, file in visits.outdated_media(time.time() - MEDIA_SECONDS):
        try:
            library.delete_file(file, owner)
        except NotFound:
            continue
