"""Progress of a turn: what has come out so far, as the saved message and the API's `trace` tell it. Runs nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistant.events import (
    Event,
    Felt,
    Heard,
    Noticed,
    Routed,
    ShownMedia,
    TextDelta,
    Thinking,
    ToolFinished,
    ToolStarted,
)

_STEP_TEXT = 2000
"""Characters of a tool's result that a saved step keeps."""


@dataclass
class Progress:
    """What has come out so far; saved even when the turn is cut short."""

    text: str = ""
    heard: Heard | None = None
    refused: bool = False
    unanswered: bool = False
    """No tool serves what was asked."""
    route: list[dict[str, Any]] = field(default_factory=list)
    plan: tuple[str, ...] = ()
    steps: list[dict[str, Any]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    """Milliseconds: hear, route, tools (sums); first_word, total (since the start)."""
    tokens_in: int = 0
    tokens_out: int = 0
    tool: str = ""
    """The tool that works now."""
    thinking: str = ""
    """What the chat model thought."""
    chat_model: str = ""
    """The model that answered, when it is not the preferred one alone that could."""
    keep: bool = False
    """The person asked that what was read of their feelings is kept."""
    emotion: dict[str, Any] = field(default_factory=dict)
    """What was read, if it is kept."""
    stakes: dict[str, Any] = field(default_factory=dict)
    """`notice` and `high_stakes`, for a turn that has such."""

    def trace(self) -> dict[str, Any]:
        """The `trace` of the API."""
        spoken = {"heard": self.heard.text, "heard_confidence": self.heard.confidence} if self.heard else {}
        known = {"route": self.route, "plan": list(self.plan), "steps": self.steps, "timings_ms": self.timings, "refused": self.refused}
        thought = {"thinking": self.thinking} if self.thinking else {}
        felt = {"emotion": self.emotion} if self.emotion else {}
        return spoken | known | thought | felt | self.stakes | ({"chat_model": self.chat_model} if self.chat_model else {})

    def note(self, event: Event) -> None:
        """Keep what the saved message must show."""
        if isinstance(event, Heard):
            self.heard = event
        elif isinstance(event, Routed):
            self.route, self.plan = [c.model_dump() for c in event.route], event.plan
        elif isinstance(event, ToolStarted):
            self.tool = event.tool
        elif isinstance(event, ToolFinished):
            step = {"tool": event.tool, "arguments": event.arguments, "ok": event.ok, "ms": event.ms, "error": event.error}
            kept = event.tool != "analyze_emotion" or self.keep
            found = {"text": event.text[:_STEP_TEXT]} | ({"data": event.data} if event.data else {})
            self.steps.append(step | (found if kept else {}))
            self.timings["tools"] = round(self.timings.get("tools", 0.0) + event.ms, 2)
        elif isinstance(event, ShownMedia):
            self.shown.append(event.media.model_dump(mode="json") | {"name": event.media.caption})
        elif isinstance(event, Felt):
            self.emotion = event.emotion if self.keep else {}
        elif isinstance(event, Noticed):
            self.stakes = noticed(event)
        elif isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, Thinking):
            self.thinking += event.text


def noticed(event: Noticed) -> dict[str, Any]:
    """What the trace tells of high stakes: `notice`, and `high_stakes` with its kind, policy and review."""
    waits = {"review": event.review, "status": "waiting"} if event.review else {}
    return {"notice": event.notice, "high_stakes": {"kind": event.kind, "policy": event.policy, **waits}}
