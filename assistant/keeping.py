"""Keeping: saves the answer of one turn, now and then while it grows and once when it ends. Knows the memory, no chat model.

A process that is killed in the middle of an answer leaves what was saved last; the start marks it as interrupted. Only what was told is
saved: a draft that is held back has not reached `Progress`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AnyMessage

from assistant.conversations.base import State
from assistant.memory import Memory, Record
from assistant.progress import Progress
from retrieval.faults import Fault, NotFound

log = logging.getLogger(__name__)
EVERY = 1.0
"""Seconds between two saves of an answer that grows, and between two tries to save how it ended."""
PATIENCE = 120.0
"""Seconds that a database may be away until the end of an answer is no longer tried to be saved."""


class Keeping:
    """One turn. After `end` no save of a growing answer changes it any more, however late it comes from its thread."""

    def __init__(self, memory: Memory, record: Record, progress: Progress) -> None:
        self._memory, self._record, self._progress = memory, record, progress
        self._lock = threading.Lock()
        self._begun = self._ended = False
        self._length = 0
        self._due = time.monotonic() + EVERY

    def begin(self, *more: AnyMessage) -> None:
        """Save the person's message, and let the agent remember `more`; durable when it returns."""
        self._memory.store(self._record, *more)
        self._begun = True

    async def grown(self) -> None:
        """Save what was told so far, if there is more of it than last time and that is a while ago."""
        if self._record.turn.conversation is None or len(self._progress.text) <= self._length or time.monotonic() < self._due:
            return
        self._length = len(self._progress.text)
        # In a thread: the agent's memory may hold the database until this loop goes on.
        await asyncio.to_thread(self._save, self._progress.text, list(self._progress.shown), self._progress.trace())
        self._due = time.monotonic() + EVERY

    def end(self, text: str, annotations: Sequence[dict[str, Any]], trace: dict[str, Any], state: State) -> None:
        """Save the answer as it stays; durable when it returns."""
        with self._lock:
            self._ended = True
            self._memory.keep_answer(self._record, text, self._progress.shown, list(annotations), trace, state)

    def end_once_possible(self, text: str, annotations: Sequence[dict[str, Any]], trace: dict[str, Any], state: State) -> None:
        """The same of an answer that failed, and is told as such: what cannot be saved now is saved when the database is back.

        A database that goes away while a turn begins may have saved its messages without having told so.
        """
        given = (text, annotations, trace, state)
        if self._begun:
            try:
                return self.end(*given)
            except Fault as fault:
                log.warning("how an answer ended cannot be saved yet: %s", fault.message)
        threading.Thread(target=self._again, args=given, name="keeping", daemon=True).start()
        return None

    def _again(self, text: str, annotations: Sequence[dict[str, Any]], trace: dict[str, Any], state: State) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            time.sleep(EVERY)
            try:
                return self._memory.keep_late(self._record, text, self._progress.shown, list(annotations), trace, state)
            except NotFound:  # the conversation is deleted
                return None
            except Fault:
                continue
        log.warning("how an answer ended could not be saved; the next start marks it as interrupted")

    def _save(self, text: str, shown: list[dict[str, Any]], trace: dict[str, Any]) -> None:
        with self._lock:
            if self._ended:
                return
            try:
                self._memory.keep_answer(self._record, text, shown, [], trace, "running")
            except Fault as fault:  # the answer goes on; whether it can be kept is told at its end
                log.warning("what was said so far could not be saved: %s", fault.message)
