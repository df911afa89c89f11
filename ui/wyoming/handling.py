"""Wyoming's intents: `recognize` finds the command in a sentence and runs nothing, `transcript` is answered by the assistant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from retrieval.faults import InvalidInput, TooLarge
from ui.api.auth import LOCAL_OWNER
from ui.api.services import Services

if TYPE_CHECKING:
    from wyoming.event import Event

Send = Callable[["Event"], Awaitable[None]]
LONGEST = 1000
"""Characters of a sentence."""


class Handling:
    """The sentences of one client."""

    def __init__(self, services: Services, send: Send) -> None:
        self._services, self._send = services, send
        self._pieces: list[str] | None = None
        """Of a transcript that comes in pieces; None outside one."""
        self._begun: dict[str, Any] = {}
        self._answered = False

    async def recognize(self, event: Event) -> None:
        """The commands that the installed intents find."""
        from wyoming.intent import Entity, Intent, IntentsStart, IntentsStop, NotRecognized

        text, context = _words(event.data), event.data.get("context")
        language = _language(event.data)
        household = self._services.standing().household
        found = await asyncio.to_thread(household.understood, text, language)
        if not found:
            return await self._send(NotRecognized(context=context).event())
        if len(found) > 1:
            await self._send(IntentsStart(context=context).event())
        for one in found:
            named = {"action": one.action, "device": one.device, "area": one.area, "value": one.value}
            entities = [Entity(name=name, value=value) for name, value in named.items() if value]
            await self._send(Intent(name=one.intent, entities=entities, text=one.response or None, context=context).event())
        if len(found) > 1:
            await self._send(IntentsStop(context=context).event())

    async def transcript(self, event: Event) -> None:
        """Do it, or answer it: `handled` with words for the ear, or `not-handled` with what to say instead."""
        from wyoming.handle import Handled, NotHandled

        from assistant.live.spoken import spoken

        self._answered = True
        text = _words(event.data)
        context = event.data.get("context") or {}
        conversation = str(context.get("conversation_id") or "")
        if not text:  # nothing was said: nothing is invented
            return await self._send(NotHandled(context=context or None).event())
        household = self._services.standing().household
        async with self._services.turns.one(LOCAL_OWNER):
            reply = await household.process(text, owner=LOCAL_OWNER, language=_language(event.data), conversation=conversation)
        told = {**context, "conversation_id": reply.conversation, "continue_conversation": reply.asks}
        words = spoken(reply.text, reply.language)
        answer = NotHandled(text=words, context=told) if reply.kind == "error" else Handled(text=words, context=told)
        await self._send(answer.event())

    async def start(self, event: Event) -> None:
        """A transcript begins that comes in pieces."""
        self._pieces, self._begun, self._answered = [], dict(event.data), False

    async def chunk(self, event: Event) -> None:
        """A piece of it. Raises TooLarge."""
        if self._pieces is None:
            raise InvalidInput("A piece of a transcript came before its start.", hint="Send transcript-start first.")
        self._pieces.append(str(event.data["text"]))
        if sum(map(len, self._pieces)) > LONGEST:
            self._pieces = None
            raise _too_long()

    async def stop(self, event: Event) -> None:
        """Its end. It is answered now, unless the whole transcript came along and was."""
        from wyoming.event import Event as Whole

        pieces, self._pieces = self._pieces, None
        if pieces is not None and not self._answered:
            await self.transcript(Whole(type="transcript", data={**self._begun, "text": "".join(pieces)}))


def _words(data: dict[str, Any]) -> str:
    text = data["text"]
    if not isinstance(text, str):
        raise InvalidInput("The text is no string.", param="text")
    if len(text) > LONGEST:
        raise _too_long()
    return text.strip()


def _too_long() -> TooLarge:
    return TooLarge(f"A sentence has more than {LONGEST} characters.", hint="Say it in fewer words.", param="text")


def _language(data: dict[str, Any]) -> str:
    return str(data.get("language") or (data.get("context") or {}).get("language") or "")[:2].lower()
