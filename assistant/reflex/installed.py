"""Installed: a person's own intents in a turn, before anything is guessed. Knows no file and no home: both come with the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assistant.events import Candidate
from retrieval.catalogue import say
from tools.intents.understanding import Understood

TOOL = "control_device"
Commands = Callable[[str], Sequence[Understood]]
"""The commands that words are by the person's own intents."""


def candidate(language: str) -> Candidate:
    """The tool, and why."""
    return Candidate(tool=TOOL, score=1.0, reason=say("assistant", language, "route.installed"), cost="fast")


def calls(found: Sequence[Understood]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The calls that carry these commands out."""
    return tuple((TOOL, arguments(command)) for command in found)


def arguments(command: Understood) -> dict[str, Any]:
    """Arguments of the tool."""
    named = {"action": command.action, "device": command.device, "area": command.area, "value": command.value}
    return {name: value for name, value in named.items() if value} | {"command": command.words[:500]}
