"""The assistant for a face that runs turns by itself: each of its turns waits for a slot like everybody's. Knows no face."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from ui.api.services import Assistant
from ui.api.slots import Slots

if TYPE_CHECKING:
    from assistant.events import Event
    from assistant.turns import Turn


class InTurn:
    """Everything of an assistant, with turns that take a slot of their owner's."""

    def __init__(self, assistant: Assistant, slots: Slots) -> None:
        self._assistant, self._slots = assistant, slots

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Events of one turn, on the loop of the slots. Raises Busy (429) when no more may wait."""
        async with self._slots.one(turn.owner), aclosing(self._assistant.run(turn)) as events:  # type: ignore[type-var]
            async for event in events:
                yield event


def in_turn(assistant: Assistant, slots: Slots) -> Assistant:
    """`assistant`, each of whose turns takes one of `slots`."""
    return cast("Assistant", InTurn(assistant, slots))
