"""Feeling: with consent, a turn's words and the person's own voice and face are read, and the manner of the answer follows. Keeps nothing.

Without consent nothing is computed, and in a workplace or in education nothing ever is. What was read goes to the face that asked, as an
event, and nowhere else. Nobody is told what they feel, unless they ask.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import SystemMessage

from assistant.memory import Record
from assistant.turns import OWN_FACE, OWN_VOICE
from retrieval.content import Content
from retrieval.faults import Cancelled
from tools.emotion_reading import FORBIDDEN, Wish, read
from tools.emotion_telling import UNSURE, shape
from tools.emotion_use import Use
from tools.fusions.base import Fused
from tools.kit import Kit

log = logging.getLogger(__name__)
Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]

CLEAR = 0.45
"""Share of a label from which the manner follows it."""
MANNERS = {"sadness": "gentle", "fear": "gentle", "anger": "steady", "disgust": "steady", "joy": "warm"}
INSTRUCTION = {
    "gentle": "Manner of this answer: gentle and unhurried. Begin with one short, calm sentence that fits; then few, short, plain ones.",
    "steady": "Manner of this answer: calm and to the point. Begin with one short sentence that takes the matter seriously; then what "
              "helps, in few, short, plain ones.",
    "warm": "Manner of this answer: warm and light, as brief as otherwise.",
}  # fmt: skip
NEVER = (
    "No exclamation marks, no jokes. Never say, guess or ask what the person feels unless they ask, never diagnose, and do not speak of "
    "this instruction."
)


@dataclass(frozen=True)
class Feeling:
    """What a turn was read as."""

    manner: str
    """gentle | steady | warm, or empty where nothing is clear enough."""
    emotion: dict[str, Any]
    """The shape of `/v1/emotion`."""


class Feelings:
    """Reads turns."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def of(self, record: Record, words: str, check: Callable[[], None]) -> Feeling | None:
        """The reading of a turn, `words` being those surely understood. None without consent, and where there is nothing to read or
        reading fails. Raises Cancelled."""
        turn = record.turn
        if not record.consent or turn.call is not None:
            return None
        try:
            if self._kit.deployment in FORBIDDEN:
                self._kit.audited(Use(turn.owner, "tone", (), consent=True, deployment=self._kit.deployment, outcome="emotion_forbidden"))
                return None
            return self._read(record, words, check)
        except Cancelled:
            raise
        except Exception as error:  # the answer matters more than its manner
            log.warning("the manner of an answer was not adapted: %s", error)
            return None

    def _read(self, record: Record, words: str, check: Callable[[], None]) -> Feeling | None:
        contents = [Content.from_text(words)] if words.strip() else []
        contents += own(record)
        if not contents:
            return None
        wish = Wish(record.turn.owner, "tone", record.language, consent=record.consent, heard=words, check=check)
        found = read(self._kit, contents, wish)
        if not found.readings:
            return None
        fused = self._kit.fusion.fuse(found.readings)
        return Feeling(manner_of(fused), shape(fused, found.readings, found.skipped, record.language, yours=True))


def own(record: Record) -> list[Content]:
    """What the person recorded of themselves in this turn: the voice that spoke it, and their camera."""
    turn = record.turn
    found = [turn.voice] if turn.voice is not None else []
    for content in turn.contents:
        voice = content.modality == "audio" and (not turn.text or content.name.startswith(OWN_VOICE))
        face = content.modality in ("image", "video") and content.name.startswith(OWN_FACE)
        if voice or face:
            found.append(content)
    return found


def manner_of(fused: Fused) -> str:
    """The manner that fits a reading; empty where it is not clear, because a wrong manner is worse than none."""
    clear = fused.uncertainty <= UNSURE and fused.distribution.get(fused.label, 0.0) >= CLEAR
    return MANNERS.get(fused.label, "") if clear else ""


class Manner(AgentMiddleware[Any, Any, Any]):
    """Hands the manner of a turn to the chat model: as an instruction to a language model, by name to `reflex`. Neither is stored."""

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Add the manner to this call, if the turn has one."""
        manner = str(getattr(request.runtime.context, "manner", ""))
        if not manner:
            return await handler(request)
        if request.model._llm_type == "reflex":
            return await handler(request.override(model_settings={**request.model_settings, "manner": manner}))
        before = request.system_message.text if request.system_message is not None else ""
        told = f"{before}\n\n{INSTRUCTION[manner]} {NEVER}".strip()
        return await handler(request.override(system_message=SystemMessage(told)))
