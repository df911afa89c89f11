"""What a tool is: a name, a schema and `run(args, context) -> ToolResult`. Knows no conversation and no face.

A new tool is one file in this folder with a `create(kit) -> Tool`; it is found by its file name. The agent sees it as a LangChain
tool that returns `content_and_artifact`, the artifact being the ToolResult.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from retrieval.content import Content, Modality
from retrieval.faults import Cancelled, InvalidInput
from retrieval.items import Hit, Item, Locator, Recipe
from tools.grounding import stands_in, texts

Effect = Literal["reads", "makes", "acts"]


class Evidence(BaseModel):
    """One numbered piece of evidence; the number is the `[n]` of the answer."""

    model_config = ConfigDict(frozen=True)

    number: int
    hit: Hit


class Shown(BaseModel):
    """A picture, sound or video the face should show. Its bytes are a stored file."""

    model_config = ConfigDict(frozen=True)

    file_id: str
    handle: str
    """Name of the medium in this conversation, e.g. `image_2`."""
    modality: Modality
    media_type: str
    caption: str = ""
    recipe: Recipe | None = None
    """How it was made; None for what was not generated here."""
    score: float | None = None
    """Chance, 0 to 1, that a generated picture shows what was asked for; None where nobody judged."""


class ToolResult(BaseModel):
    """What a tool found or made. Failures are raised as Fault, never written into `text`."""

    model_config = ConfigDict(frozen=True)

    text: str
    """What the chat model reads: facts with their `[n]` marks."""
    answer: str = ""
    """A finished sentence for the person, in the language of the turn, with `[n]` marks; empty when the chat model must phrase it."""
    evidence: tuple[Evidence, ...] = ()
    shown: tuple[Shown, ...] = ()
    data: dict[str, Any] = Field(default_factory=dict)
    """Structured result for programs (emotion distribution, device states, transcript words)."""
    refused: bool = False
    """True when the tool looked and nothing supports an answer."""


@dataclass(frozen=True)
class Media:
    """A medium of the conversation, sent by the person or made by a tool."""

    handle: str
    """`image_1`, `audio_1`, `video_1`, `file_1`, counted over the conversation."""
    file_id: str
    modality: Modality
    media_type: str = ""
    name: str = ""


@dataclass
class ToolContext:
    """What a tool may know of the turn. One per turn; numbers evidence across the tools of the turn."""

    owner: str
    collections: tuple[str, ...]
    """Ids of the collections the turn may search."""
    language: str
    """`en` or `zh`: the language of the answer."""
    open: Callable[[str], Content]
    """Bytes of a stored file by id, owner-checked; raises NotFound."""
    words: str = ""
    """What the person typed or said in this turn: a tool that acts only on an explicit wish looks for it here."""
    sure: float = 1.0
    """How surely the words were heard, 0 to 1; what was typed is sure."""
    before: str | None = None
    """What was answered and found in the turn before this one, in words; None outside a conversation, where nobody knows."""
    agreed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(tool, arguments) of calls that were shown to the person word for word, and that the words of this turn are a yes to."""
    consent: bool = False
    """The person agreed to emotion analysis in this conversation."""
    media: list[Media] = field(default_factory=list)
    """Oldest first."""
    cancel: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[str, float], None] = lambda message, fraction: None
    """Report (message, fraction 0 to 1) on long work."""
    preview: Callable[[int, Content], None] | None = None
    """Takes (number from 0, what is to be seen so far) of a picture that is being drawn; None when nobody looks."""
    evidence: list[Evidence] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cite(self, hit: Hit) -> Evidence:
        """Number `hit` for this turn; the same place in the same item keeps its number."""
        with self._lock:
            for known in self.evidence:
                if known.hit.item.id == hit.item.id and known.hit.item.locator == hit.item.locator:
                    return known
            numbered = Evidence(number=len(self.evidence) + 1, hit=hit)
            self.evidence.append(numbered)
            return numbered

    def cite_media(self, media: Media, text: str, locator: Locator, score: float) -> Evidence:
        """Number a place in a medium of the conversation (a region of a picture, a page, a stretch of sound)."""
        item = Item(
            id=media.file_id, collection="", owner=self.owner, modality=media.modality, title=media.name or media.handle,
            text=text, media_type=media.media_type, parent=media.file_id, locator=locator,
        )  # fmt: skip
        return self.cite(Hit(item=item, score=score, probability=score))

    def find(self, handle: str, *modalities: Modality) -> Media:
        """The medium `handle`; the newest of `modalities` when `handle` is empty or `latest`.

        Raises InvalidInput when the conversation has none.
        """
        wanted = [m for m in self.media if not modalities or m.modality in modalities]
        if handle in ("", "latest"):
            if wanted:
                return wanted[-1]
            raise InvalidInput(
                f"There is no {' or '.join(modalities) or 'medium'} in this conversation.",
                hint="Attach one and ask again.", param="media", code="missing_media",
            )  # fmt: skip
        for media in self.media:
            if handle in (media.handle, media.file_id):
                return media
        raise InvalidInput(
            f"'{handle}' is not in this conversation.",
            hint=f"Known: {', '.join(m.handle for m in self.media) or 'nothing yet'}.", param="media", code="unknown_media",
        )  # fmt: skip

    def show(
        self, file_id: str, modality: Modality, media_type: str, caption: str = "", recipe: Recipe | None = None, score: float | None = None
    ) -> Shown:  # fmt: skip
        """Give a stored file a handle in this conversation, so that later turns can name it."""
        with self._lock:
            number = 1 + sum(m.modality == modality for m in self.media)
            handle = f"{modality}_{number}"
            self.media.append(Media(handle, file_id, modality, media_type, caption))
        return Shown(file_id=file_id, handle=handle, modality=modality, media_type=media_type, caption=caption, recipe=recipe, score=score)

    def check(self) -> None:
        """Raise Cancelled when the person stopped the turn; long work calls it between steps."""
        if self.cancel.is_set():
            raise Cancelled("Stopped.")


class Tool(ABC):
    """One capability of the agent."""

    name: ClassVar[str]
    """File name, registered name and name in the route."""
    description: ClassVar[str]
    """One sentence for a language model: what it does and when to use it."""
    arguments: ClassVar[type[BaseModel]]
    """Schema; every field has a description and a bound."""
    cost: ClassVar[str] = "fast"
    """fast (under 0.1 s) | moderate (under 2 s) | slow, on two cores with the bundled back-ends."""

    effect: ClassVar[Effect] = "acts"
    """`reads` finds and shows; `makes` adds a thing of the person's own that can be thrown away; `acts` changes what is there or reaches
    out of the service. Who does not say so acts, and acts only when the person's own words ask for it: see `assistant/permission.py`."""
    foreign: ClassVar[bool] = True
    """Its results may hold words and pictures of others: documents, files, recordings."""

    def effect_of(self, arguments: dict[str, Any]) -> Effect:
        """What a call with these arguments would do."""
        return self.effect

    def grave(self, arguments: dict[str, Any]) -> bool:
        """Whether it cannot be taken back: heard words, which may come from a loudspeaker, are then asked about first."""
        return False

    def asked_for(self, arguments: dict[str, Any], context: ToolContext, read: Sequence[dict[str, Any]] = ()) -> bool:
        """Whether the person's own words of this turn name what the call would do; `read` are the calls that `reflex` reads in them."""
        return arguments in read or all(stands_in(text, context.words) for text in texts(arguments))

    def confirms(self, context: ToolContext) -> bool:
        """Whether the words of this turn are a yes to what the tool itself asked in the turn before."""
        return False

    @abstractmethod
    def run(self, args: Any, context: ToolContext) -> ToolResult:
        """Do the work. `args` is an instance of `arguments`. Raises Fault."""
