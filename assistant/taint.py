"""Taint: which parts of a conversation others wrote, so that a person's wish can be told from a document's. Decides nothing.

It is read from the messages themselves, which are stored with the conversation: what was brought in by one turn is still there in every
later one, and goes only with the messages that brought it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage

_OWN = "own"
"""Mark of a result that holds nothing of others. Its absence taints: what nobody vouched for is foreign."""
MOST = 8
"""Sources that are named; one is enough to taint."""


def vouch(message: ToolMessage, tool: Any) -> None:
    """Mark the result of a `tools.base.Tool` that reads nothing of others."""
    if tool is not None and not tool.foreign:
        message.additional_kwargs[_OWN] = True


def sources(messages: Sequence[AnyMessage], before: Sequence[str] = ()) -> tuple[str, ...]:
    """Where foreign words came from, oldest first and each once: handles of what was attached, names of tools. Empty: all is the person's.

    `before` are sources that the messages do not show.
    """
    found = dict.fromkeys(before)
    for message in messages:
        if isinstance(message, HumanMessage):
            found |= dict.fromkeys(str(media.get("handle")) for media in message.additional_kwargs.get("media", ()))
        elif isinstance(message, ToolMessage) and not message.additional_kwargs.get(_OWN):
            found[str(message.name)] = None
    return tuple(found)[:MOST]
