"""One turn while it runs: listen, converse, cite, speak, keep. Turns what the graph streams into Events."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk, AnyMessage, HumanMessage

from assistant import crisis
from assistant.checkpoints import AT_THE_END
from assistant.chunks import events_in
from assistant.citations import Checked, check
from assistant.events import (
    Cited,
    Event,
    Failed,
    Felt,
    Finished,
    Heard,
    Noticed,
    Spoken,
    TextDelta,
    ToolProgress,
)
from assistant.gaps import FAILED, outcome_of
from assistant.guard import Settled
from assistant.held import Held
from assistant.keeping import Keeping
from assistant.memory import Record
from assistant.middleware import AgentContext
from assistant.previews import preview
from assistant.progress import Progress
from assistant.source_names import named
from assistant.stakes import Stakes
from assistant.transcribers.base import UNSURE
from assistant.turns import OWN_VOICE, Turn
from retrieval.catalogue import say
from retrieval.content import Content
from retrieval.faults import Cancelled, Fault, InvalidInput, TimedOut
from retrieval.request_context import span

if TYPE_CHECKING:
    from assistant.agent import Agent

log = logging.getLogger(__name__)
EARLIER = "earlier answers"
"""Where foreign words may have come from when a client brings a conversation along: nobody knows what its answers rest on."""
_HEARD_TEXT = 200
"""Characters of doubtful words that the answer repeats."""


class Run:
    """Works through one turn and sends its events, then None."""

    def __init__(self, agent: Agent, turn: Turn, cancel: threading.Event, send: Callable[[Event | None], None]) -> None:
        self._agent, self._turn, self._cancel, self._send = agent, turn, cancel, send
        self._progress = Progress(keep=turn.keep)
        self._record: Record | None = None
        self._keeping: Keeping | None = None
        self._held: Held | None = None
        self._human: HumanMessage | None = None
        """The person's message, in a turn that the agent remembers as it goes."""
        self._spoken = self._review = ""
        self._started = time.perf_counter()

    def _emit(self, event: Event) -> None:
        for told in self._held.pass_on(event) if self._held is not None else (event,):
            self._progress.note(told)
            self._send(told)

    def _ms(self, since: float | None = None) -> float:
        return round((time.perf_counter() - (since or self._started)) * 1000, 2)

    async def guarded(self) -> None:
        """The whole turn; every way it can end is an event and a saved message."""
        try:
            async with asyncio.timeout(self._agent.turn_seconds):
                with span("turn", conversation=self._turn.conversation is not None) as timed:
                    await self._work()
                    timed.note(refused=self._progress.refused, steps=len(self._progress.steps))
        except asyncio.CancelledError:
            # In a thread: the agent's memory may hold the database until this loop goes on.
            await asyncio.to_thread(self._cut_short, "interrupted")
            raise
        except Exception as error:
            fault = _fault(error, self._agent.turn_seconds)
            await asyncio.to_thread(self._cut_short, "interrupted" if isinstance(fault, Cancelled) else "failed", fault)
            with suppress(Fault):  # the database may be what failed
                self._open_question(unanswered=fault.status in FAILED)
            self._emit(Failed(code=fault.code, message=fault.message, hint=fault.hint, status=fault.status))
        finally:
            self._send(None)

    def _cut_short(self, state: Any, fault: Fault | None = None) -> None:
        if self._keeping is not None:
            trace = self._progress.trace() | ({"error": fault.to_dict()} if fault else {})
            self._keeping.end_once_possible(self._progress.text, [], trace, state)
            self._waits()

    def _waits(self) -> None:
        """An answer can be decided once who asked can read that it waits: neither then overwrites the other."""
        if self._agent.guard is not None and self._review:
            self._agent.guard.told(self._review)

    def _open_question(self, *, refused: bool = False, unanswered: bool = False) -> None:
        if self._record is not None and self._agent.gaps is not None and self._turn.call is None:  # a button asks no question
            outcome = outcome_of(self._record.words, self._progress.steps, refused=refused, unanswered=unanswered)
            self._agent.gaps.after(self._record, outcome)

    async def _work(self) -> None:
        heard = await self._listen()
        record, danger, stakes = await asyncio.to_thread(self._begin, heard)
        if not record.words and not record.attached:
            raise InvalidInput("The turn is empty.", hint="Type or say something, or attach a file.", code="empty_turn")
        context = self._context(record)
        if not record.words and all(m.modality == "audio" for m in record.attached):
            self._emit(TextDelta(text=say("assistant", record.language, "agent.nothing_heard")))
        elif danger:
            self._emit(Noticed(kind="self_harm", policy="help"))
            self._emit(TextDelta(text=crisis.help_text(record.language)))
        else:
            await self._answer(record, context, stakes)
        checked = named(check(self._progress.text, context.evidence), self._agent.library, self._turn.owner)
        self._progress.refused = self._progress.refused or (context.refused and not checked.citations)
        self._emit(Cited(citations=checked.citations))
        if self._turn.spoken:
            await self._say_aloud(record, f"{self._spoken} {checked.text}".strip())
        await self._finish(record, checked)

    def _begin(self, heard: str) -> tuple[Record, bool, Stakes | None]:
        """Store the turn; it, whether its words say that a life is in danger, and else what is at stake."""
        memory, guard = self._agent.memory, self._agent.guard
        record = self._record = memory.begin(self._turn, heard)
        asks = bool(record.words) or any(media.modality != "audio" for media in record.attached)
        danger, stakes = False, None
        try:
            danger = crisis.signs(record.words)
            stakes = guard.judge(record, memory.asked_before(record)) if guard is not None and not danger else None
            if self._turn.conversation is not None and asks and not danger and stakes is None:
                self._human = record.human()
        finally:
            self._keeping = Keeping(memory, record, self._progress)
            self._keeping.begin(*([self._human] if self._human is not None else []))
        return record, danger, stakes

    async def _answer(self, record: Record, context: AgentContext, stakes: Stakes | None) -> None:
        """Asks the chat model; with high stakes what it says is held back, and only what may be said of it is told."""
        agent, guard = self._agent, self._agent.guard
        if guard is not None and stakes is not None:
            settled = await asyncio.to_thread(guard.at_once, stakes, record)
            if settled is not None:
                return self._tell(settled)
        await self._feel(record, context)
        self._doubt(record)
        doubt = self._progress.text
        held = self._held = Held(stakes, guard.about, context.evidence) if guard is not None else None
        await self._converse(record, context)
        if guard is not None and held is not None and held.stakes is not None:
            refused = self._progress.refused or context.refused
            settled = await asyncio.to_thread(guard.settle, held, record, context.evidence, refused=refused)
            self._review = settled.noticed.review or ""
            if self._turn.conversation is not None:
                await agent.remember_instead(record, doubt + settled.text)
            held.released, self._progress.refused, context.refused = True, settled.refused, False
            self._tell(settled)
            for shown in held.shown if settled.shows else ():
                self._emit(shown)
        if not self._progress.text.removeprefix(doubt).strip():
            self._emit(TextDelta(text=say("assistant", record.language, "agent.no_answer")))

    def _tell(self, settled: Settled) -> None:
        self._spoken = settled.noticed.spoken
        self._emit(settled.noticed)
        self._emit(TextDelta(text=settled.text))

    async def _listen(self) -> str:
        """Words of a turn that was spoken instead of typed; empty when there are none."""
        if self._turn.text and self._turn.heard is not None:
            self._emit(Heard(text=self._turn.text, confidence=self._turn.heard))
            return ""
        voices = [c for c in self._turn.contents if c.modality == "audio"]
        if self._turn.text or not voices:
            return ""
        started = time.perf_counter()
        transcripts = [await asyncio.to_thread(self._agent.hear, voice, self._turn.language) for voice in voices]
        self._progress.timings["hear"] = self._ms(started)
        text = " ".join(t.text for t in transcripts if t.text)
        self._emit(Heard(text=text, confidence=min(t.confidence for t in transcripts)))
        return text

    async def _feel(self, record: Record, context: AgentContext) -> None:
        """With consent, read the turn and let the manner of the answer follow."""
        if self._agent.feelings is None or not record.consent:
            return
        heard = self._progress.heard
        words = record.words if heard is None or heard.confidence >= UNSURE else ""  # misheard words say nothing
        felt = await asyncio.to_thread(self._agent.feelings.of, record, words, context.check)
        if felt is not None:
            context.manner = felt.manner
            self._emit(Felt(emotion=felt.emotion))

    def _doubt(self, record: Record) -> None:
        """Begins the answer with what was heard when it may well be wrong, so that the person can correct it."""
        heard = self._progress.heard
        if heard is not None and heard.text and heard.confidence < UNSURE:
            told = heard.text[:_HEARD_TEXT] + ("…" if len(heard.text) > _HEARD_TEXT else "")
            self._emit(TextDelta(text=say("assistant", record.language, "agent.misheard", text=told) + "\n\n"))

    def _context(self, record: Record) -> AgentContext:
        owner = self._turn.owner

        def report(message: str, fraction: float) -> None:
            self._emit(ToolProgress(tool=self._progress.tool, message=message, fraction=fraction))

        def held(tool: str, why: str) -> None:
            if self._agent.noted is not None:
                self._agent.noted(owner, tool, why)

        answered = any(past.role == "assistant" and past.text.strip() for past in self._turn.history)
        return AgentContext(
            owner=owner, collections=tuple(c.id for c in record.collections), language=record.language, consent=record.consent,
            words=record.words, sure=self._progress.heard.confidence if self._progress.heard else 1.0,
            media=list(record.media), cancel=self._cancel, open=lambda file_id: self._agent.library.open_file(file_id, owner),
            overheard=not self._turn.text and any(c.modality == "audio" and not c.name.startswith(OWN_VOICE) for c in self._turn.contents),
            spoken=self._progress.heard is not None, brought=(EARLIER,) if answered else (), asked=self._agent.asked, held=held,
            emit=self._emit, only=self._turn.only, progress=report, preview=self._preview if self._turn.watched else None,
            withholds=lambda: self._held is not None and self._held.stakes is not None,
        )  # fmt: skip

    def _preview(self, number: int, content: Content) -> None:
        self._emit(preview(self._progress.tool, number, content))

    async def _converse(self, record: Record, context: AgentContext) -> None:
        agent, graph = self._agent, self._agent.forgetting
        messages: list[AnyMessage]
        config: dict[str, Any] = {}
        more: dict[str, Any] = {}
        if self._human is not None:
            graph, messages, more = agent.remembering, [self._human], {"durability": "sync"}
            config = {"configurable": {"thread_id": self._turn.conversation, AT_THE_END: True}}
        elif self._turn.conversation is not None:  # a draft must not get into the memory of the conversation
            messages = [*await asyncio.to_thread(agent.memory.recall, record), record.human()]
        else:
            messages = [*record.history, record.human()]
        async for chunk, _ in graph.astream({"messages": messages}, config, context=context, stream_mode="messages", **more):
            if isinstance(chunk, AIMessageChunk):
                for event in events_in(chunk, self._progress, self._ms):
                    self._emit(event)
                if self._keeping is not None:
                    await self._keeping.grown()

    async def _say_aloud(self, record: Record, text: str) -> None:
        started = time.perf_counter()
        try:
            voice = await asyncio.to_thread(self._agent.speak, text, record.language)
            file = await asyncio.to_thread(self._agent.library.add_file, voice, self._turn.owner, "spoken")
        except Fault as fault:
            log.warning("the answer could not be spoken: %s", fault)  # the written answer stands
            return
        self._progress.timings["speak"] = self._ms(started)
        self._emit(Spoken(file_id=file.id, media_type=voice.media_type, transcript=text))

    async def _finish(self, record: Record, checked: Checked) -> None:
        progress = self._progress
        progress.timings["total"] = self._ms()
        await asyncio.to_thread(self._end, checked)
        self._emit(Finished(
            text=checked.text, refused=progress.refused, conversation=self._turn.conversation,
            message_id=record.answer_id if self._turn.conversation else None, language=record.language,
            timings_ms=dict(progress.timings), chat_model=progress.chat_model or self._agent.chat_model,
            tokens_in=progress.tokens_in, tokens_out=progress.tokens_out,
        ))  # fmt: skip

    def _end(self, checked: Checked) -> None:
        """Keep the answer as it stays, and its question where it is an open one."""
        assert self._keeping is not None
        annotations = [{"type": "citation"} | c.model_dump(mode="json") for c in checked.citations]
        self._keeping.end(checked.text, annotations, self._progress.trace(), "finished")
        self._waits()
        self._open_question(refused=self._progress.refused, unanswered=self._progress.unanswered)


def _fault(error: Exception, seconds: float) -> Fault:
    if isinstance(error, Fault):
        return error
    if isinstance(error, TimeoutError):
        return TimedOut(f"The answer took longer than {seconds:g} s.", hint="Ask for less at once, or raise limits.turn_seconds.")
    log.error("turn failed", exc_info=error)
    return Fault("The turn failed.", hint="Try again; the log of the server has the details.")
