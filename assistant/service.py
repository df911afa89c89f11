"""Assistant: everything joined, as the faces see it. Built by `assistant.build.build`; holds no state of its own but readiness."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from assistant.agent import Agent
from assistant.audit import Audit
from assistant.conversations.base import Conversations
from assistant.events import Event, Routed
from assistant.gaps import Gaps
from assistant.my_data import finish_later
from assistant.reflex.curated import curated_first, to_search
from assistant.reflex.picturing import routed as to_draw
from assistant.reflex.picturing import wish as picture_wish
from assistant.reflex.remembering import to_remember, wish
from assistant.reflex.situation import Situation
from assistant.retention import Sweeping, sweep
from assistant.reviewing import Reviewing
from assistant.settings import Settings
from assistant.transcribers.base import Transcript
from assistant.turns import Turn
from assistant.voice import Voice
from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import Fault, InvalidInput, NotFound
from retrieval.items import ModelCard
from retrieval.library import Library
from retrieval.lock import DirectoryLock
from tools.base import Media, Tool, ToolContext, ToolResult
from tools.kit import Kit

if TYPE_CHECKING:
    from assistant.household import Household

log = logging.getLogger(__name__)


@dataclass
class Assistant:
    """The one object a face talks to."""

    settings: Settings
    lock: DirectoryLock
    library: Library
    conversations: Conversations
    kit: Kit
    tools: dict[str, Tool]
    router: Any
    reader: Any
    chat_model: Any
    voice: Voice
    agent: Agent
    gaps: Gaps
    audit: Audit
    reviewing: Reviewing
    known: Callable[[], list[tuple[str, str, ModelCard]]]
    """Makes `cards`."""
    warm_up: Sequence[tuple[str, Callable[[], object]]] = ()
    """(part, work) done in the background after the start."""
    closing: threading.Event = field(default_factory=threading.Event)
    """Set when the end has begun: the warm-up stops at its next step."""
    troubles: Callable[[], dict[str, str]] = dict
    """Model -> code of why it cannot be used."""
    _readiness: dict[str, str] = field(default_factory=dict)
    _warming: threading.Thread | None = None
    _sweeping: Sweeping | None = None

    async def start(self) -> None:
        """Warm up in the background. Quick: models load behind it."""
        self.conversations.interrupt_running()
        await self.reviewing.catch_up()
        self._readiness = {"store": "ready"} | {part: "loading" for part, _ in self.warm_up}
        self._sweeping = Sweeping(self._sweep)
        self._warming = threading.Thread(target=self._warm, name="warm-up", daemon=True)
        self._warming.start()

    def _warm(self) -> None:
        for part, work in self.warm_up:
            if self.closing.is_set():
                return
            try:
                work()
                self._readiness[part] = "ready"
            except Fault as fault:
                self._readiness[part] = f"failed: {fault.message} {fault.hint}"
            except Exception as error:
                log.exception("warming up %s failed", part)
                self._readiness[part] = f"failed: {type(error).__name__}"
        try:
            self.household.understood("turn on the light")  # the first command would otherwise wait for the installed sentences
        except Fault as fault:
            log.warning("the intents cannot be used: %s", fault)
        finish_later(self)
        if self._sweeping is not None and not self.closing.is_set():
            self._sweeping.start()

    def _sweep(self) -> None:
        with self.library.once("retention") as mine:
            if mine:
                sweep(self)

    async def close(self) -> None:
        """Flush and release everything; the lock last."""
        self.closing.set()
        if self._warming is not None:
            await asyncio.to_thread(self._warming.join, 60)
        if self._sweeping is not None:
            await asyncio.to_thread(self._sweeping.close)
        await self.agent.close()
        self.conversations.close()
        self.library.close()
        self.kit.facts.close()
        self.audit.close()
        self.reviewing.reviews.close()
        self.kit.studio.close()
        getattr(self.kit.devices, "close", lambda: None)()
        self.kit.decoder.close()
        self.voice.close()
        self.lock.release()

    @cached_property
    def cards(self) -> list[tuple[str, str, ModelCard]]:
        """(role, back-end, card) of every model in use. Made when they are asked for: hashes of large weights take time."""
        return self.known()

    @cached_property
    def household(self) -> Household:
        """Answers words to the home. Raises InvalidInput when a person's own intents are wrong."""
        from assistant.household import Household

        return Household(self)

    @property
    def ready(self) -> bool:
        """The start is done, nothing loads, no model is missing and the processes at work are there."""
        begun = bool(self._readiness) and "loading" not in self._readiness.values()
        return begun and not self.troubles() and not self._damage() and all(state == "ready" for state in self._workers().values())

    def readiness(self) -> dict[str, str]:
        """Part -> `ready`, `loading` or `failed: why`."""
        return (dict(self._readiness) or {"store": "loading"}) | self._damage() | self._workers() | self._models()

    def _damage(self) -> dict[str, str]:
        """What was found in a database after the start; empty for nothing."""
        faults = [self.library.damage, getattr(self.conversations, "damage", None)]
        return next(({"store": f"failed: {fault.message} {fault.hint}"} for fault in faults if fault is not None), {})

    def _models(self) -> dict[str, str]:
        """The same of models that cannot be used; empty when all can."""
        found = "; ".join(f"{code} {Path(name).name if name[:1] in '/~.' else name}" for name, code in self.troubles().items())
        return {"models": f"failed: {found}. `assistant models pull` brings them, `assistant doctor` tries them."} if found else {}

    def _workers(self) -> dict[str, str]:
        """The same of the processes that read files, hear and speak."""
        workers = {"decoder": self.kit.decoder, "transcriber": self.voice.transcriber, "synthesizer": self.voice.synthesizer}
        return {name: worker.readiness() for name, worker in workers.items() if hasattr(worker, "readiness")}

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Events of one turn; closing the iterator stops the work."""
        async with aclosing(self.agent.run(turn)) as events:  # type: ignore[type-var]
            async for event in events:
                yield event

    async def route(self, contents: Sequence[Content], owner: str = "local") -> Routed:
        """What would run for these contents; runs no tool. Speech is transcribed to be routed."""
        words = "\n".join(c.text for c in contents if c.modality == "text").strip()
        media = [c.modality for c in contents if c.modality != "text"]
        if not words:
            voices = [c for c in contents if c.modality == "audio"]
            words = " ".join([(await asyncio.to_thread(self.transcribe, voice)).text for voice in voices])
        found = await asyncio.to_thread(self.router.route, words, media, [])
        memory = self.agent.memory
        asked = Situation(words=words, remembered=not media and await asyncio.to_thread(memory.remembers, words, owner))
        if wish(asked) is not None:
            found = to_remember(found, words, language_of(words))
            return Routed(route=found.candidates, plan=found.plan)
        if (drawn := picture_wish(asked, tuple(self.tools), found)) is not None:
            found = to_draw(found, drawn, words, language_of(words))
            return Routed(route=found.candidates, plan=found.plan)
        chance = 0.0 if media else await asyncio.to_thread(lambda: memory.curated(words, memory.collections((), owner), owner))
        if curated_first(found, chance):
            found = to_search(found, words, chance, language_of(words))
        return Routed(route=found.candidates, plan=found.plan)

    def admit(self, data: bytes, name: str = "", declared: str = "") -> Content:
        """Bytes become a Content at this one door. Raises TooLarge, UnsupportedType, Unreadable."""
        return self.kit.decoder.admit(data, name, declared)

    def resolve(self, collections: Sequence[str], owner: str) -> tuple[str, ...]:
        """Ids of collections named by id or name; `default` when none is named. Raises NotFound."""
        return self.agent.memory.places(collections, owner)

    def context(
        self, owner: str, collections: Sequence[str] = (), language: str = "en", consent: bool = False, media: Sequence[Media] = ()
    ) -> ToolContext:
        """A context for calling a tool outside a turn."""
        return ToolContext(
            owner=owner, collections=self.resolve(collections, owner), language=language, consent=consent, media=list(media),
            open=lambda file_id: self.library.open_file(file_id, owner),
        )  # fmt: skip

    def call(self, tool: str, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """Run one tool outside a turn. Raises NotFound, InvalidInput and what the tool raises."""
        if tool not in self.tools:
            raise NotFound(f"There is no tool '{tool}'.", hint=f"Known: {', '.join(sorted(self.tools))}.", param="tool")
        chosen = self.tools[tool]
        try:
            parsed = chosen.arguments.model_validate(arguments)
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidInput(f"{first['msg']}.", param=".".join(str(part) for part in first["loc"])) from error
        return chosen.run(parsed, context)

    def transcribe(self, content: Content, language: str = "") -> Transcript:
        """Words of a sound, or of the sound track of a video."""
        return self.voice.transcribe(content, language)

    def speak(self, text: str, language: str, voice: str = "", speed: float = 1.0) -> Content:
        """Speech as `audio/wav`."""
        return self.voice.speak(text, language, voice=voice, speed=speed)

    def doctor(self) -> list[Any]:
        """One `assistant.doctor.Check` per role, after a small real job each."""
        from assistant.doctor import examine

        return examine(self)
