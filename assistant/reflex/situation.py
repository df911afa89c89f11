"""Situation: where a conversation stands, read from the messages the agent hands over. Knows the conventions of `chat_models/base.py`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from retrieval.catalogue import language_of

DRAWING = ("generate_image", "edit_image", "repeat_image")
"""Tools that make pictures."""
_MEDIA_LINE = re.compile(r"^\[(?:image|audio|video|file)_\d+: .*\]$", re.MULTILINE)


@dataclass(frozen=True)
class Thing:
    """A medium of the conversation."""

    handle: str
    modality: str
    name: str = ""
    made: bool = False
    """Made or shown by a tool, not sent by the person."""
    about: str = ""
    """Words on what it shows, with those of every change it went through."""
    tool: str = ""
    """Which tool made or showed it first."""
    before: str = ""
    """Handle of the picture that it was changed from."""
    file_id: str = ""

    @property
    def drawn(self) -> bool:
        """It was drawn or changed in this conversation."""
        return self.tool in DRAWING


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

    @property
    def offers(self) -> bool:
        """It showed what is there already, and offered to draw."""
        return bool((self.artifact.get("data") or {}).get("offer"))


@dataclass(frozen=True)
class Passed:
    """An earlier turn."""

    words: str = ""
    attached: list[Thing] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


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
    """Media before this turn, oldest first, each once: one that was shown again stands where it was shown last."""
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
    past: list[Passed] = field(default_factory=list)
    """All turns before this one, oldest first."""
    called: str = ""
    """The tool that the turn names itself; its words are then nothing to route."""

    @property
    def media(self) -> list[Thing]:
        """All media at hand, oldest first, those made in this turn last."""
        return _with(_with(self.earlier, self.attached), _brought(self.outcomes, [*self.earlier, *self.attached]))

    @property
    def turns(self) -> list[Passed]:
        """`past`, or what is known of the last turn alone."""
        return self.past or [Passed(self.previous_words, [], self.previous_outcomes)]


def _words(message: HumanMessage) -> str:
    given = message.additional_kwargs.get("words")
    return str(given) if given is not None else _MEDIA_LINE.sub("", message.text).strip()


def _things(message: HumanMessage) -> list[Thing]:
    return [
        Thing(m["handle"], m["modality"], m.get("name") or "", file_id=m.get("file_id") or "")
        for m in message.additional_kwargs.get("media", ())
    ]


def _brought(outcomes: Sequence[Outcome], known: Sequence[Thing]) -> list[Thing]:
    """The media that results showed. `known` are those before them, which a changed picture takes its words from."""
    found: list[Thing] = []
    for outcome in outcomes:
        tool = "" if outcome.offers else outcome.tool
        for shown in outcome.shown:
            handle, caption = str(shown["handle"]), str(shown.get("caption") or "")
            same = next((t for t in reversed([*known, *found]) if t.handle == handle), None)
            if same is not None:
                found.append(same)
                continue
            parent = _changed(outcome, [*known, *found]) if tool == "edit_image" else None
            change = str(outcome.arguments.get("instruction") or "") if outcome.arguments.get("operation", "change") == "change" else ""
            recipe = shown.get("recipe") or {}
            about = " · ".join(filter(None, (parent.about, change))) if parent else str(recipe.get("prompt") or "") + " " + caption
            source, file_id = parent.handle if parent else "", str(shown.get("file_id", ""))
            found.append(Thing(handle, shown["modality"], caption, True, about.strip(), tool, source, file_id))
    return found


def _changed(outcome: Outcome, known: Sequence[Thing]) -> Thing | None:
    """The picture that an edit began with: the one it names by handle or file id, or the newest before its own."""
    named = str(outcome.arguments.get("image") or "")
    own = {str(shown["handle"]) for shown in outcome.shown}
    others = [t for t in known if t.modality == "image" and t.handle not in own]
    fits = [t for t in others if named in ("", "latest", t.handle, t.file_id)]
    return fits[-1] if fits else None


def _with(known: Sequence[Thing], more: Sequence[Thing]) -> list[Thing]:
    """`known`, then `more`, each handle once and where it came last."""
    again = {thing.handle for thing in more}
    last = {thing.handle: thing for thing in more}
    return [*(thing for thing in known if thing.handle not in again), *last.values()]


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
    past: list[Passed] = []
    for turn in turns[:-1]:
        attached = _things(turn[0]) if isinstance(turn[0], HumanMessage) else []
        past.append(Passed(_words(turn[0]) if isinstance(turn[0], HumanMessage) else "", attached, _outcomes(turn)))
        earlier = _with(earlier, attached)
        earlier = _with(earlier, _brought(past[-1].outcomes, earlier))
    before = turns[-2] if len(turns) > 1 else []
    answers = [m.text for m in before if isinstance(m, AIMessage) and m.text.strip()]
    last = past[-1] if past else Passed()
    return Situation(
        words=words, language=str(newest.additional_kwargs.get("language") or language_of(words)), identity=newest.id or "",
        attached=_things(newest), earlier=earlier, collections=list(newest.additional_kwargs.get("collections", ())),
        curated=float(newest.additional_kwargs.get("curated") or 0.0), remembered=bool(newest.additional_kwargs.get("remembered")),
        outcomes=_outcomes(turns[-1]), previous_words=last.words, previous_answer=str(answers[-1]).strip() if answers else "",
        previous_outcomes=last.outcomes, past=past, called=str((newest.additional_kwargs.get("call") or {}).get("tool") or ""),
    )  # fmt: skip
