"""Installed: intents in a turn, before anything is guessed: a person's own ones first of all, those that ship where the words are read as a
wish to work a device. Knows no file and no home: both come with the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from assistant.events import Candidate
from retrieval.catalogue import say
from tools.intents.understanding import Understood

if TYPE_CHECKING:
    from assistant.reflex.router import Route

TOOL = "control_device"
Commands = Callable[[str], Sequence[Understood]]
"""The commands that words are by some intents."""
LIKELY = 0.1
"""Score of the tool from which words that the intents know whole are believed against the router."""


def candidate(language: str) -> Candidate:
    """The tool, and why."""
    return Candidate(tool=TOOL, score=1.0, reason=say("assistant", language, "route.installed"), cost="fast")


def likely(route: Route, sure: float) -> bool:
    """Whether the words are worth reading as commands: the router reads them so, or a little so and nothing else with the score `sure`."""
    if route.plan and set(route.plan) == {TOOL}:
        return True
    other = bool(route.plan) and (len(route.plan) > 1 or route.candidates[0].score >= sure)
    return not other and any(one.tool == TOOL and one.score >= LIKELY for one in route.candidates)


def believed(found: Sequence[Understood], route: Route) -> bool:
    """Whether these commands are what is wanted. "What is music?" asks for no device's state unless the router thinks so too."""
    return bool(found) and (route.intent == TOOL or any(command.action != "status" for command in found))


def calls(found: Sequence[Understood]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The calls that carry these commands out."""
    return tuple((TOOL, arguments(command)) for command in found)


def arguments(command: Understood) -> dict[str, Any]:
    """Arguments of the tool."""
    named = {"action": command.action, "device": command.device, "area": command.area, "value": command.value}
    return {name: value for name, value in named.items() if value} | {"command": command.words[:500]}
