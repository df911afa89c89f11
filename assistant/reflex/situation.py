"""Situation: where a conversation stands, read from the messages the agent hands over. Knows the conventions of `chat_models/base.py`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from retrieval.catalogue import language_of

_MEDIA_LINE = re.compile(r"^\[(?:image|audio|video|file)_\d+: .*\]$", re.MULTILINE)


@dataclass(frozen=True)
class Thing:
    """A medium of the conversation."""

    handle: str
    modality: str
    name: str = ""
    made: bool = False
    """Made or shown by a tool, not sent by the person."""


@dataclass(frozen=True)
class Outcome:
    """A tool's result."""

    tool: str
    arguments: dict[str, Any]
    text: str
    artifact: dict[str, Any]
    failed: bool

    @property
    def answer(self) -> str:
        """The finished sentence of the tool, if it gave one."""
        return str(self.artifact.get("answer") or "")

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """Numbered evidence, as `Evidence.model_dump()`."""
        return list(self.artifact.get("evidence") or ())

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Media shown, as `Shown.model_dump()`."""
        return list(self.artifact.get("shown") or ())


@dataclass
class Situation:
    """The newest turn and what came before it."""

    words: str = ""
    language: str = "en"
    identity: str = ""
    """Id of the person's message, for ids that repeat when the turn is repeated."""
    attached: list[Thing] = field(default_factory=list)
    """Media of this turn."""
    earlier: list[Thing] = field(default_factory=list)
    """Media before this turn, oldest first."""
    collections: list[dict[str, Any]] = field(default_factory=list)
    curated: float = 0.0
    """Chance that a curated answer fits the words, when one surely does; 1 for the very words of an entry."""
    remembered: bool = False
    """The person asks for something that they once asked to be remembered."""
    outcomes: list[Outcome] = field(default_factory=list)
    """Tool results of this turn, in order."""
    previous_words: str = ""
    """What the person said in the turn before."""
    previous_answer: str = ""
    previous_outcomes: list[Outcome] = field(default_factory=list)

    @property
    def media(self) -> list[Thing]:
        """All media at hand, oldest first, those made in this turn last."""
        made = [Thing(s["handle"], s["modality"], s.get("caption", ""), True) for o in self.outcomes for s in o.shown]
        return [*self.earlier, *self.attached, *made]


def _words(message: HumanMessage) -> str:
    given = message.additional_kwargs.get("words")
    return str(given) if given is not None else _MEDIA_LINE.sub("", message.text).strip()


def _things(message: HumanMessage) -> list[Thing]:
    return [Thing(m["handle"], m["modality"], m.get("name") or "") for m in message.additional_kwargs.get("media", ())]


def _turns(messages: Sequence[BaseMessage]) -> list[list[BaseMessage]]:
    """The messages cut before each one of the person."""
    turns: list[list[BaseMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append([])
        if turns:
            turns[-1].append(message)
    return turns


def _outcomes(turn: Sequence[BaseMessage]) -> list[Outcome]:
    calls = {call["id"]: call for m in turn if isinstance(m, AIMessage) for call in m.tool_calls}
    found: list[Outcome] = []
    for message in turn:
        if isinstance(message, ToolMessage):
            call = calls.get(message.tool_call_id)
            artifact = message.artifact if isinstance(message.artifact, dict) else {}
            name = message.name or (call["name"] if call else "")
            found.append(Outcome(name, dict(call["args"]) if call else {}, str(message.text), artifact, message.status == "error"))
    return found


def read_situation(messages: Sequence[BaseMessage]) -> Situation:
    """Where the conversation stands. An empty Situation when the person has not said anything."""
    turns = _turns(messages)
    if not turns:
        return Situation()
    newest = turns[-1][0]
    if not isinstance(newest, HumanMessage):
        return Situation()
    words = _words(newest)
    earlier: list[Thing] = []
    for turn in turns[:-1]:
        earlier += _things(turn[0]) if isinstance(turn[0], HumanMessage) else []
        earlier += [Thing(s["handle"], s["modality"], s.get("caption", ""), True) for o in _outcomes(turn) for s in o.shown]
    before = turns[-2] if len(turns) > 1 else []
    answers = [m.text for m in before if isinstance(m, AIMessage) and m.text.strip()]
    return Situation(
        words=words, language=str(newest.additional_kwargs.get("language") or language_of(words)), identity=newest.id or "",
        attached=_things(newest), earlier=earlier, collections=list(newest.additional_kwargs.get("collections", ())),
        curated=float(newest.additional_kwargs.get("curated") or 0.0), remembered=bool(newest.additional_kwargs.get("remembered")),
        outcomes=_outcomes(turns[-1]), previous_words=_words(before[0]) if before and isinstance(before[0], HumanMessage) else "",
        previous_answer=str(answers[-1]).strip() if answers else "", previous_outcomes=_outcomes(before),
    )  # fmt: skip
