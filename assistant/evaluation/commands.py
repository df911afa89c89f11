"""Commands to a home, typed and spoken: whether the intent and its slots are right, and what acts that should not. Runs no command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.transcribers.base import UNSURE, Transcript
from retrieval.catalogue import language_of
from retrieval.faults import InvalidInput
from tools.devices.base import Device
from tools.intents.understanding import Intents, Understood

SOUNDS = (".wav", ".ogg", ".flac", ".mp3", ".m4a", ".opus", ".webm")
NOTHING = ("", "none", "-")
"""Intents of a row that must not act: a question, a tale, other speech, noise."""
_SLOTS = ("slots", "slots_json")
Hear = Callable[[Path], Transcript]


@dataclass(frozen=True)
class Case:
    """One row."""

    said: str
    """Words, or a file of sound."""
    intent: str
    slots: dict[str, str]
    spoken: bool


@dataclass
class Tally:
    """What came of the cases of one kind."""

    of: int = 0
    """Cases with an intent."""
    right: int = 0
    acted: int = 0
    """Right, and carried out at once; the rest of the right ones would be asked about first."""
    slots_of: int = 0
    slots: int = 0
    whole: int = 0
    """Intent and every slot are right."""
    other: int = 0
    """Cases that must not act."""
    false_actions: int = 0
    asked_back: int = 0
    """Of those that must not act: asked about, which does no harm."""
    seconds: float = 0.0
    """Of sound that must not act."""
    wrong: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """For programs; shares are None where there was nothing to count."""
        return {
            "cases": self.of, "intent": _share(self.right, self.of), "acted": _share(self.acted, self.of),
            "slots": _share(self.slots, self.slots_of), "whole": _share(self.whole, self.of), "other": self.other,
            "false_actions": self.false_actions, "asked_back": self.asked_back,
            "false_actions_per_hour": round(self.false_actions * 3600 / self.seconds, 2) if self.seconds else None, "wrong": self.wrong,
        }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def read(path: Path) -> list[Case]:
    """The rows of a TSV: `text<TAB>intent[<TAB>slots]` or `file<TAB>intent[<TAB>slots]`, slots as JSON; a heading is skipped.

    A file is looked for beside the TSV. Raises InvalidInput that says which row is wrong.
    """
    cases: list[Case] = []
    heading: list[str] = []
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        cells = line.split("\t")
        if number == 1 and len(cells) > 1 and cells[1].strip() == "intent":
            heading = [cell.strip() for cell in cells]
            continue
        if not line.strip():
            continue
        if len(cells) < 2:
            raise InvalidInput(f"{path}, line {number}: there is no intent.", hint="Write: words, a tab, the intent; 'none' for nothing.")
        place = next((heading.index(name) for name in _SLOTS if name in heading), 2)
        said, intent = cells[0].strip(), cells[1].strip()
        cases.append(Case(said, intent, _slots(cells[place] if len(cells) > place else "", path, number), said.lower().endswith(SOUNDS)))
    return cases


def _slots(cell: str, path: Path, number: int) -> dict[str, str]:
    cell = cell.strip()
    if cell.startswith('"') and cell.endswith('"'):
        cell = cell[1:-1].replace('""', '"')
    try:
        found = json.loads(cell) if cell else {}
    except ValueError as error:
        raise InvalidInput(f"{path}, line {number}: the slots are not JSON.", hint='Write them like {"size": "large"}.') from error
    if not isinstance(found, dict):
        raise InvalidInput(f"{path}, line {number}: the slots are no table.", hint='Write them like {"size": "large"}.')
    return {str(name): str(value).strip() for name, value in found.items()}


def measure(cases: Iterable[Case], folder: Path, intents: Intents, devices: Sequence[Device], hear: Hear) -> dict[str, Tally]:
    """`typed` and `spoken`: the cases tried one by one. Files are in `folder`."""
    tallies = {"typed": Tally(), "spoken": Tally()}
    for case in cases:
        tally = tallies["spoken" if case.spoken else "typed"]
        heard = hear(folder / case.said) if case.spoken else None
        text, sure = (heard.text, heard.confidence) if heard is not None else (case.said, 1.0)
        found = intents.understand(text, devices, "" if heard is None else heard.language or language_of(text)) if text else []
        if case.intent.lower() in NOTHING:
            _other(tally, case, text, found, sure, heard.seconds if heard is not None else 0.0)
        else:
            _wanted(tally, case, text, found, sure)
    return tallies


def _other(tally: Tally, case: Case, text: str, found: Sequence[Understood], sure: float, seconds: float) -> None:
    tally.other += 1
    tally.seconds += seconds
    acting = [command.intent for command in found if command.action != "status"]
    if acting:
        tally.asked_back += sure < UNSURE
        tally.false_actions += sure >= UNSURE
        tally.wrong.append({"said": case.said, "heard": text, "expected": "none", "got": acting[0], "sure": sure})


def _wanted(tally: Tally, case: Case, text: str, found: Sequence[Understood], sure: float) -> None:
    tally.of += 1
    first = found[0] if found else None
    right = first is not None and first.intent == case.intent
    got = slots(first) if first is not None else {}
    hits = sum(_plain(got.get(name, "")) == _plain(value) for name, value in case.slots.items())
    whole = right and hits == len(case.slots)
    tally.right += right
    tally.acted += right and sure >= UNSURE
    tally.slots_of += len(case.slots)
    tally.slots += hits if right else 0
    tally.whole += whole
    if not whole:
        tally.wrong.append({
            "said": case.said, "heard": text, "expected": case.intent, "got": first.intent if first else "none", "slots": got, "sure": sure,
        })  # fmt: skip


def slots(command: Understood) -> dict[str, str]:
    """The slots of a command: those of the book's own lists, and `device`, `area` and `value`."""
    found = {"device": command.device, "area": command.area, "value": command.value}
    return {name: value for name, value in found.items() if value} | dict(command.slots)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\b(?:the|my|a|an)\b", " ", text.lower()).split())
