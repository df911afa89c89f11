"""Held: the events of a turn whose answer is held back until it is known what may be said. Knows events, no policy and no queue.

While a turn is held, its words, thoughts and media go no further, neither to the face nor to what is kept; tools report that they ran, not
what they found, unless that is evidence which can be cited.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.events import Event, ShownMedia, TextDelta, Thinking, ToolFinished, ToolPreview
from assistant.stakes import Stakes
from tools.base import Evidence

DOES = ("control_device", "generate_image", "edit_image", "repeat_image", "show_image", "speak", "remember")
"""Tools that do something and answer no question."""
LOOKS = ("read_document", "look", "transcribe")
"""Tools whose findings tell what a document, picture or recording is about."""
FIRST = 2
"""Pieces of evidence of a search that are looked at for the same."""


class Held:
    """One turn. `stakes` is None until something that it reads turns out to be of a kind; until then everything passes."""

    def __init__(self, stakes: Stakes | None, about: Callable[[str], Stakes | None], evidence: Sequence[Evidence]) -> None:
        """`evidence` is the turn's list, which grows while tools run."""
        self.stakes, self._about, self._evidence = stakes, about, evidence
        self.text = ""
        self.shown: list[ShownMedia] = []
        self.tools: list[str] = []
        """That ran well."""
        self.recalled: list[str] = []
        """What the person once asked to be remembered, as it was recalled in this turn."""
        self.released = False

    def pass_on(self, event: Event) -> tuple[Event, ...]:
        """What of an event goes on."""
        if self.released:
            return (event,)
        if isinstance(event, ToolFinished):
            return (self._finished(event),)
        if self.stakes is None:
            return (event,)
        if isinstance(event, TextDelta):
            self.text += event.text
            return ()
        if isinstance(event, ShownMedia):
            self.shown.append(event)
            return ()
        return () if isinstance(event, (Thinking, ToolPreview)) else (event,)

    def _finished(self, event: ToolFinished) -> ToolFinished:
        if event.ok:
            self.tools.append(event.tool)
            self.recalled += [event.text] if event.tool == "remember" else []
        if self.stakes is None and event.ok:
            self.stakes = next((found for text in self._texts(event) if (found := self._about(text)) is not None), None)
        if self.stakes is None or event.tool in DOES or (self.stakes.policy == "cite" and event.tool == "search"):
            return event
        return event.model_copy(update={"text": "", "data": {}})

    def _texts(self, event: ToolFinished) -> list[str]:
        if event.tool not in (*LOOKS, "search"):
            return []
        own = [event.text] if event.tool in LOOKS else []
        return own + [piece.hit.item.text for piece in (self._evidence if own else self._evidence[:FIRST])]
