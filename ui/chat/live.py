"""An answer being made: one thread reads the stream into a list that any number of page runs can follow. Knows no Streamlit.

Streamlit restarts the page's script at every click, so the stream must not belong to a run: leaving a chat and coming back,
or reloading, finds the same answer still growing. Only `stop` hangs up, which stops the work at the service.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ui.chat.client import ApiFault, Attached, Json, Stream


@dataclass
class Asked:
    """What the person sent, to be shown until the history has it."""

    text: str
    files: tuple[Attached, ...] = ()
    tool: str = ""
    """The tool that a button named; empty leaves the choice to the service."""
    arguments: Json = field(default_factory=dict)

    def metadata(self, language: str) -> Json:
        """What goes along with the words. `language` is that of the page, for a turn that has none; words carry their own."""
        named = {"tool": self.tool, "arguments": json.dumps(self.arguments, ensure_ascii=False)} if self.tool else {}
        return named if self.text.strip() else {"language": language, **named}


@dataclass
class LiveTurn:
    """One turn in flight. `chunks` only grows; `done` is set last."""

    conversation: str
    asked: Asked
    before: int
    """How many messages of the history stand before this turn."""
    stream: Stream
    chunks: list[Json] = field(default_factory=list)
    fault: ApiFault | None = None
    done: bool = False
    stopped: bool = False
    started: float = field(default_factory=time.monotonic)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def start(self) -> LiveTurn:
        """Begin to read in a thread of its own."""
        threading.Thread(target=self._read, name=f"turn-{self.conversation}", daemon=True).start()
        return self

    def _read(self) -> None:
        try:
            for chunk in self.stream:
                with self._news:
                    self.chunks.append(chunk)
                    self._news.notify_all()
        except ApiFault as fault:
            self.fault = fault
        finally:
            with self._news:
                self.done = True
                self._news.notify_all()

    def stop(self) -> None:
        """Hang up: the service cancels the work and keeps what was said, marked interrupted."""
        self.stopped = True
        self.stream.close()

    def follow(self, tick: float = 0.25) -> Iterator[Json | None]:
        """Every chunk from the first on, as it comes; None when `tick` seconds passed without one. Ends with the turn."""
        seen = 0
        while True:
            with self._news:
                if seen == len(self.chunks) and not self.done:
                    self._news.wait(tick)
                fresh, done = self.chunks[seen:], self.done
            yield from fresh
            seen += len(fresh)
            if done and seen == len(self.chunks):
                return
            if not fresh:
                yield None


class LiveTurns:
    """The turns in flight of this page's process, by conversation. Thread-safe."""

    def __init__(self) -> None:
        self._turns: dict[str, LiveTurn] = {}
        self._lock = threading.Lock()

    def begin(self, turn: LiveTurn) -> LiveTurn:
        """Start `turn`, unless its conversation has one in flight already, which is then returned instead."""
        with self._lock:
            known = self._turns.get(turn.conversation)
            if known is not None and not known.done:
                return known
            self._turns[turn.conversation] = turn
        return turn.start()

    def of(self, conversation: str) -> LiveTurn | None:
        """The turn in flight, or one that ended and was not shown yet."""
        with self._lock:
            return self._turns.get(conversation)

    def finish(self, turn: LiveTurn) -> None:
        """Forget a turn that was shown to its end; the history has it now."""
        with self._lock:
            if self._turns.get(turn.conversation) is turn:
                del self._turns[turn.conversation]


@dataclass
class Step:
    """One tool at work, as the trace tells it."""

    id: str
    tool: str
    arguments: Json = field(default_factory=dict)
    state: str = "running"
    """running | complete | error."""
    ms: float = 0.0
    text: str = ""
    error: str = ""
    hint: str = ""
    message: str = ""
    fraction: float = 0.0


UNSURE = 0.5
"""Confidence of the recogniser below which the person is asked to look at what was heard."""


@dataclass
class Draft:
    """The answer so far, gathered from chunks."""

    text: str = ""
    thinking: str = ""
    """What the chat model thought before it answered."""
    heard: str = ""
    unsure: bool = False
    """Whether what was heard may well be wrong."""
    steps: list[Step] = field(default_factory=list)
    media: list[Json] = field(default_factory=list)
    previews: dict[int, bytes] = field(default_factory=dict)
    """What is to be seen so far of pictures that are being drawn, by their number from 0."""
    annotations: list[Json] = field(default_factory=list)
    trace: Json = field(default_factory=dict)
    fault: ApiFault | None = None

    @property
    def drawing(self) -> int:
        """How many pictures the step at work draws, as far as it was told or can be seen."""
        told = next((s.arguments.get("n") for s in reversed(self.steps) if s.state == "running"), None)
        return max(int(told or 1), len(self.previews), 1 + max(self.previews, default=0))

    def add(self, chunk: Json) -> str:
        """Take a chunk in; answers what changed: text | thinking | step | preview | media | heard | other."""
        error = chunk.get("error")
        if isinstance(error, dict):
            hint = str(error.get("hint", ""))
            self.fault = ApiFault(str(error.get("message", "")).removesuffix(hint).strip(), hint)
            return "other"
        delta = next((c.get("delta") or {} for c in chunk.get("choices") or []), {})
        annotations = chunk.get("annotations") or delta.get("annotations")
        if annotations:
            self.annotations = list(annotations)
        changed = self._traced(chunk.get("trace") or delta.get("trace") or {})
        if delta.get("content"):
            self.text += delta["content"]
            return "text"
        if delta.get("reasoning_content"):
            self.thinking += delta["reasoning_content"]
            return "thinking"
        return changed

    def _traced(self, trace: Json) -> str:
        self.trace.update({key: value for key, value in trace.items() if key != "event"})
        event = trace.get("event")
        if not isinstance(event, dict):
            return "other"
        kind = event.get("type")
        if kind == "heard":
            self.heard = str(event.get("text", ""))
            self.unsure = bool(self.heard) and float(event.get("confidence") or 0.0) < UNSURE
            return "heard"
        if kind == "shown":
            self.media.append(dict(event.get("media") or {}))
            return "media"
        if kind == "tool_preview":
            return self._previewed(event)
        if kind in ("tool_started", "tool_progress", "tool_finished"):
            self._stepped(str(kind), event)
            return "step"
        return "other"

    def _previewed(self, event: Json) -> str:
        try:
            self.previews[int(event["number"])] = base64.b64decode(str(event["data"]), validate=True)
        except (KeyError, ValueError):
            return "other"
        return "preview"

    def _stepped(self, kind: str, event: Json) -> None:
        tool = str(event.get("tool", ""))
        if kind == "tool_started":
            self.steps.append(Step(str(event.get("id", "")), tool, event.get("arguments") or {}))
            return
        open_steps = [s for s in self.steps if s.tool == tool and s.state == "running"]
        step = next((s for s in self.steps if s.id and s.id == event.get("id")), open_steps[-1] if open_steps else None)
        if step is None:
            step = Step(str(event.get("id", "")), tool, event.get("arguments") or {})
            self.steps.append(step)
        if kind == "tool_progress":
            step.message, step.fraction = str(event.get("message", "")), float(event.get("fraction") or 0)
            return
        step.state = "complete" if event.get("ok") else "error"
        step.ms, step.text = float(event.get("ms") or 0), str(event.get("text") or "")
        step.error, step.hint = str(event.get("error") or ""), str(event.get("hint") or "")
        step.arguments = event.get("arguments") or step.arguments


def _result(step: Json) -> str:
    """What came of a stored step: its words, else its data."""
    data = step.get("data")
    return str(step.get("text") or (json.dumps(data, ensure_ascii=False) if data else ""))


def steps_of(trace: Json) -> list[Step]:
    """The steps of a stored message's `trace`."""
    known: Sequence[Any] = trace.get("steps") or ()
    return [
        Step(
            id=str(s.get("id", "")), tool=str(s.get("tool", "")), arguments=s.get("arguments") or {},
            state="complete" if s.get("ok", True) else "error", ms=float(s.get("ms") or 0), text=_result(s),
            error=str(s.get("error") or ""), hint=str(s.get("hint") or ""),
        )
        for s in known if isinstance(s, dict)
    ]  # fmt: skip
