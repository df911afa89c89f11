"""The agent: a chat model, tools and memory joined by LangChain's `create_agent`. One turn in, one stream of events out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import BaseTool

from assistant.approval import Asked
from assistant.events import Event
from assistant.feeling import Feelings, Manner
from assistant.gaps import Gaps
from assistant.guard import Guard
from assistant.mcp_tools import McpTools
from assistant.memory import Memory, Record
from assistant.middleware import AgentContext, stack
from assistant.prompts import SYSTEM
from assistant.reflex.router import Router
from assistant.remembering import Remembering
from assistant.run import Run
from assistant.sent import Sent
from assistant.tracing import Traced, trace_at_once
from assistant.turns import Turn
from retrieval.content import Content
from retrieval.library import Library


class Agent:
    """Runs turns; `close` after the last. `wave` makes a WAV file of a sound, for a chat model that hears;
    `router` reads what the person's words ask for; `noted` takes (owner, tool, why) of each call that was not run."""

    def __init__(
        self, chat_model: BaseChatModel, tools: Sequence[BaseTool], memory: Memory, library: Library, *,
        hear: Callable[[Content, str], Any], speak: Callable[[str, str], Content], reflex: BaseChatModel | None = None,
        wave: Callable[[Content], bytes] = lambda content: content.data, gaps: Gaps | None = None, model_calls: int = 8,
        turn_seconds: float = 300, foreign: McpTools | None = None, remembering: Remembering | None = None,
        feelings: Feelings | None = None, router: Router | None = None, noted: Callable[[str, str, str], object] | None = None,
        guard: Guard | None = None,
    ) -> None:  # fmt: skip
        self.memory, self.library = memory, library
        self.asked, self.noted, self.guard = Asked(), noted, guard
        reads = (router or Router(None)).route
        self.hear, self.speak, self.gaps = hear, speak, gaps
        self.turn_seconds, self.foreign, self.feelings = turn_seconds, foreign, feelings
        self.chat_model = str(getattr(chat_model, "model_name", chat_model._llm_type))
        self._release: Callable[[], Awaitable[None]] | None = getattr(chat_model, "aclose", None)
        trace_at_once()
        layers = (remembering, foreign, Manner(), Traced())  # the manner late: the layers before it may choose another chat model
        around = stack(chat_model, reflex, model_calls, wave, reads, [layer for layer in layers if layer is not None])
        graphs = [
            create_agent(
                chat_model, list(tools), system_prompt=SYSTEM, context_schema=AgentContext, checkpointer=checkpointer, middleware=[around]
            )
            for checkpointer in (memory.checkpoints, None)
        ]
        self.remembering: Any = graphs[0]
        """The graph of stored conversations: its memory is a checkpoint."""
        self.forgetting: Any = graphs[1]
        """The graph of one-off turns, which bring their history along."""

    async def close(self) -> None:
        """Close the programs whose tools were used, and the connections of a chat model that has any."""
        if self._release is not None:
            await self._release()
        if self.foreign is not None:
            await self.foreign.close()

    async def remember_instead(self, record: Record, text: str) -> None:
        """Keep `text` as the answer of a turn in the memory of its conversation, whatever a graph has drafted."""
        await asyncio.to_thread(self.memory.answer_instead, record, AIMessage(text, id=record.answer_id))

    async def correct(self, conversation: str, message: str, text: str) -> None:
        """Change an answer in the memory of its conversation; nothing when that has forgotten it."""
        await asyncio.to_thread(self.memory.correct, conversation, AIMessage(text, id=message))

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Events of one turn, ended by Finished or Failed. Closing the iterator stops the work."""
        sent = Sent()
        cancel = threading.Event()
        work = asyncio.create_task(Run(self, turn, cancel, sent.put).guarded())
        try:
            while (event := await sent.get()) is not None:
                yield event
        finally:
            cancel.set()
            work.cancel()
            with suppress(asyncio.CancelledError):  # waited for, not awaited: a server cancels again and again, and the work ends only once
                await asyncio.wait({work})
