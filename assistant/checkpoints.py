"""Checkpoints: LangGraph's memory of a stored conversation, kept as its messages and nothing else. Knows messages, no turn and no database.

LangGraph hands over the whole state at every step. Of it only the messages outlive a turn, and only those that are new are written, in one
commit a step: what a turn costs, and what a conversation takes on disk, does not grow with its length. What was written lately is still
known, so that it is not read again; where other processes write too, a number tells whether they did. A turn that was cut off is never
resumed, so nothing is kept for that.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    empty_checkpoint,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from assistant.conversations.base import Conversations

CHANNEL = "messages"
AT_THE_END = "at_the_end"
"""Key of `configurable`: whoever runs the graph keeps its last answer with `flush`, together with what else is kept then."""
KNOWN = 2000
"""Messages of all conversations together that stay in memory; those of the conversations used last."""


class Checkpoints(BaseCheckpointSaver[int]):
    """The checkpointer over one store of conversations. `thread_id` is the conversation's id. For one event loop."""

    def __init__(self, conversations: Conversations) -> None:
        # Plain messages only: a file never names a class to import.
        super().__init__(serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self._rows = conversations
        self._lock = threading.Lock()
        self._known: OrderedDict[str, list[AnyMessage]] = OrderedDict()
        """What the rows say."""
        self._pending: dict[str, list[AnyMessage]] = {}
        """What `flush` will write."""
        self._stamps: dict[str, int] = {}
        """The number that the rows had when they were as they are known; kept where several processes write."""
        self._writes = 0

    def messages(self, conversation: str) -> list[AnyMessage]:
        """What is remembered of a conversation, oldest first. Blocking, unless it was used lately."""
        self._look(conversation)
        known = self._lately(conversation)
        return list(known if known is not None else self._read(conversation))

    def keep(self, conversation: str, messages: Sequence[AnyMessage]) -> None:
        """Remember exactly these messages; durable when it returns. Blocking."""
        with self._lock:
            self._pending.pop(conversation, None)
            known = self._known.get(conversation)
        if known is not None and _same(known, messages) == len(known) == len(messages):
            return
        with self._rows.together():
            with self._lock:
                self._writes += 1
                known = self._known.pop(conversation, [])  # a write that fails leaves nothing known
                stamp = self._stamps.pop(conversation, 0)
            if self._rows.shared and known and self._rows.stamp(conversation) != stamp:
                known = []
            start = _same(known, messages)
            self._rows.remember(conversation, start, [self.serde.dumps_typed(message) for message in messages[start:]])
            self._note(conversation, list(messages), self._rows.stamp(conversation))

    def flush(self, conversation: str) -> None:
        """Keep the answer that waits for it. Blocking."""
        with self._lock:
            waiting = self._pending.get(conversation)
        if waiting is not None:
            self.keep(conversation, waiting)

    def forget(self, conversation: str) -> None:
        """Look at the rows again: what was to be kept may not have been."""
        with self._lock:
            self._known.pop(conversation, None)
            self._pending.pop(conversation, None)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The memory of the conversation; None when there is none."""
        conversation = str(config["configurable"]["thread_id"])
        if self._rows.shared:
            await asyncio.to_thread(self._look, conversation)
        messages = self._lately(conversation) or await asyncio.to_thread(self._read, conversation)
        if not messages:
            return None
        checkpoint = empty_checkpoint()
        checkpoint["channel_values"] = {CHANNEL: list(messages)}
        checkpoint["channel_versions"] = {CHANNEL: 1}
        return CheckpointTuple(_config(conversation, checkpoint["id"]), checkpoint, {"source": "loop", "step": 0, "parents": {}}, None, [])

    async def alist(self, config: RunnableConfig | None, **narrowed: Any) -> AsyncIterator[CheckpointTuple]:
        """The newest, which is the only one."""
        found = await self.aget_tuple(config) if config is not None else None
        if found is not None:
            yield found

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions
    ) -> RunnableConfig:
        """Keep the messages of a step."""
        conversation = str(config["configurable"]["thread_id"])
        messages: list[AnyMessage] = checkpoint["channel_values"].get(CHANNEL, [])
        known = self._lately(conversation)
        if messages and (known is None or _same(known, messages) < max(len(known), len(messages))):
            if config["configurable"].get(AT_THE_END) and isinstance(messages[-1], AIMessage) and not messages[-1].tool_calls:
                with self._lock:
                    self._pending[conversation] = list(messages)
            else:
                await asyncio.to_thread(self.keep, conversation, messages)
        return {"configurable": {**config["configurable"], "checkpoint_id": checkpoint["id"]}}

    async def aput_writes(self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = "") -> None:
        """What a part of a step has written counts when the step is done."""

    def get_next_version(self, current: int | None, channel: None) -> int:
        """Versions count within a turn."""
        return (current or 0) + 1

    def _lately(self, conversation: str) -> list[AnyMessage] | None:
        with self._lock:
            return self._pending.get(conversation) or self._known.get(conversation)

    def _look(self, conversation: str) -> None:
        """Forget what is known of rows that another process wrote since."""
        if self._rows.shared and conversation in self._known and self._rows.stamp(conversation) != self._stamps.get(conversation):
            with self._lock:
                self._known.pop(conversation, None)

    def _read(self, conversation: str) -> list[AnyMessage]:
        before, stamp = self._writes, self._rows.stamp(conversation)
        messages = _flat([self.serde.loads_typed(row) for row in self._rows.memory(conversation)])
        if self._writes == before:
            self._note(conversation, messages, stamp)
        return messages

    def _note(self, conversation: str, messages: list[AnyMessage], stamp: int) -> None:
        with self._lock:
            self._known[conversation], self._stamps[conversation] = messages, stamp
            self._known.move_to_end(conversation)
            while len(self._known) > 1 and sum(map(len, self._known.values())) > KNOWN:
                self._stamps.pop(self._known.popitem(last=False)[0], None)


def _same(known: Sequence[AnyMessage], messages: Sequence[AnyMessage]) -> int:
    """How many messages at the beginning are the very same."""
    pairs = zip(known, messages, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one is not other), min(len(known), len(messages)))


def _flat(rows: list[Any]) -> list[AnyMessage]:
    """The messages, also of an earlier version, which kept whole checkpoints."""
    return rows[0]["channel_values"].get(CHANNEL, []) if rows and isinstance(rows[0], dict) else rows


def _config(conversation: str, checkpoint: str) -> RunnableConfig:
    return {"configurable": {"thread_id": conversation, "checkpoint_ns": "", "checkpoint_id": checkpoint}}
