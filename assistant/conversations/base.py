"""Conversations: what people see of their chats, kept durably. One file per engine; one contract suite over all.

What the agent remembers of a conversation lies beside its messages, as rows of bytes; `assistant/checkpoints.py` reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

State = Literal["running", "finished", "interrupted", "failed"]


class Conversation(BaseModel):
    """One chat."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`conv_...`"""
    owner: str
    title: str = ""
    collections: tuple[str, ...] = ()
    consent: bool = False
    created_at: float = 0.0
    updated_at: float = 0.0


class Message(BaseModel):
    """One message as a face shows it."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`msg_...`"""
    conversation: str
    role: Literal["user", "assistant"]
    text: str = ""
    media: list[dict[str, Any]] = Field(default_factory=list)
    """Attached or shown media: `handle`, `file_id`, `modality`, `media_type`, `name`, `caption`, `recipe`."""
    annotations: list[dict[str, Any]] = Field(default_factory=list)
    """Citations."""
    trace: dict[str, Any] = Field(default_factory=dict)
    """`route`, `steps`, `timings_ms`, `refused`; `feedback` when the answer was rated."""
    state: State = "finished"
    created_at: float = 0.0


class Conversations(Protocol):
    """Durable: when a writing call returns, the change survives a kill of the process. Foreign ids look missing (NotFound)."""

    shared: bool
    """Whether other processes may write too."""

    def create(self, owner: str, title: str = "", collections: tuple[str, ...] = (), consent: bool = False) -> Conversation:
        """A new, empty conversation."""
        ...

    def list(self, owner: str, query: str = "", limit: int = 100) -> list[Conversation]:
        """Conversations of `owner`, newest first; `query` matches titles and words said."""
        ...

    def older(self, before: float) -> Sequence[tuple[str, str]]:
        """(id, owner) of conversations whose last message is older than a time, of everybody."""
        ...

    def get(self, conversation: str, owner: str) -> Conversation:
        """One conversation."""
        ...

    def change(
        self, conversation: str, owner: str, *, title: str | None = None, collections: tuple[str, ...] | None = None,
        consent: bool | None = None,
    ) -> Conversation:  # fmt: skip
        """Change what is given."""
        ...

    def delete(self, conversation: str, owner: str) -> None:
        """Delete it with its messages."""
        ...

    def messages(self, conversation: str, owner: str) -> Sequence[Message]:
        """Its messages, oldest first."""
        ...

    def ids(self, conversation: str, owner: str) -> Sequence[str]:
        """Ids of its messages, oldest first."""
        ...

    def media(self, conversation: str, owner: str) -> Sequence[dict[str, Any]]:
        """The media of its messages, oldest first."""
        ...

    def said_before(self, message_id: str, conversation: str, owner: str) -> str:
        """The words of the person's last message that is not this one; empty for none."""
        ...

    def memory(self, conversation: str) -> Sequence[tuple[str, bytes]]:
        """What an agent remembers of it: rows (type, value) as they were given."""
        ...

    def stamp(self, conversation: str) -> int:
        """A number that changes with everything that is remembered, where several processes write; else always 0."""
        ...

    def remember(self, conversation: str, start: int, rows: Sequence[tuple[str, bytes]]) -> None:
        """Replace what is remembered from row `start` on; nothing for a conversation that is gone."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What is written inside is durable, all or none, at the end of the block. Others wait meanwhile."""
        ...

    def add(self, message: Message, owner: str) -> None:
        """Append a message, or replace the one with the same id."""
        ...

    def forget_after(self, message_id: str, conversation: str, owner: str) -> None:
        """Delete the message and everything after it (regenerate, edit)."""
        ...

    def rate(self, message_id: str, owner: str, feedback: dict[str, Any]) -> Message:
        """Put `feedback` (`rating`, `comment`; empty takes it away) into the trace of an answer; the message."""
        ...

    def interrupt_running(self) -> int:
        """Mark messages that a killed process left `running` as `interrupted`; how many. Called at start. Those of a living one stay."""
        ...

    def close(self) -> None:
        """Release files."""
        ...
