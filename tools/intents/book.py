"""The book of intents: what ships, and what a person adds in `intents/*.yaml` of the data directory. Knows the files' shape only."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from tools import yaml_files
from tools.devices.base import Action
from tools.yaml_files import Strict, checked

FOLDER = "intents"
LANGUAGES = ("en", "zh")
OURS = ("devices", "area", "value", "colour")
"""Slots that every home has."""


class Step(Strict):
    """One thing that an intent does."""

    action: Action
    device: str = Field(min_length=1, max_length=120)
    """In a person's words: `floor lamp`, `all lights`."""
    area: str = Field(default="", max_length=80)
    value: str = Field(default="", max_length=40, coerce_numbers_to_str=True)


class Example(Strict):
    """A test beside the sentences: what is said, and what must come of it."""

    say: str
    devices: tuple[str, ...] | None = None
    """Ids of the devices that are meant; None where it does not matter."""
    value: str | None = Field(default=None, coerce_numbers_to_str=True)
    slots: dict[str, str] = Field(default_factory=dict)
    """What must be found in slots of the file's own lists."""
    action: Action | None = None
    """Where the words order, and yet must only read: `status`."""
    understood: bool = True
    """False for words that this intent must not take."""


class Intent(Strict):
    """Sentences that mean one thing."""

    sentences: tuple[str, ...] = Field(min_length=1)
    action: Action | None = None
    """What is done with the devices that the sentence names in `{devices}`."""
    device: str = Field(default="", max_length=120)
    """The device when no sentence names one."""
    value: str = Field(default="", max_length=120, coerce_numbers_to_str=True)
    """The value when no sentence names one; `{slot}` in it stands for what was said there."""
    do: tuple[Step, ...] = ()
    """Several things instead of one `action`."""
    response: str = Field(default="", max_length=300)
    """What is said once all of it is confirmed, `{slot}` standing for what was said there; empty says the states that were read back."""
    tests: tuple[Example, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_meaning(self) -> Intent:
        if (self.action is None) == (not self.do):
            raise ValueError("give either an action or do")
        return self


Values = Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]
"""Value -> the ways to say it, as templates without slots."""


class Book(Strict):
    """The intents of one file."""

    language: Literal["en", "zh"]
    lists: dict[str, Values] = Field(default_factory=dict)
    """Slots of one's own -> what may stand there: values, or value -> the ways to say it."""
    rules: dict[str, str] = Field(default_factory=dict)
    """Pieces of sentences that `<name>` stands for."""
    intents: dict[str, Intent]

    @field_validator("lists", mode="before")
    @classmethod
    def _said_as_written(cls, lists: Any) -> Any:
        if not isinstance(lists, dict):
            return lists
        return {name: {str(v): (str(v),) for v in values} if isinstance(values, list) else values for name, values in lists.items()}

    @field_validator("lists")
    @classmethod
    def _names_of_their_own(cls, lists: dict[str, Values]) -> dict[str, Values]:
        if wrong := sorted(name for name in lists if name in OURS or not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9]{0,30}", name)):
            raise ValueError(f"a list may not be called {', '.join(wrong)}: use letters and digits, and none of {', '.join(OURS)}")
        return lists


@cache
def shipped(language: str) -> Book:
    """The intents that come along."""
    name = f"{language}.yaml"
    return checked(Book, yaml_files.parse(files("tools.intents").joinpath(name).read_text("utf-8"), name), name)


def own(data_dir: Path) -> list[tuple[Path, Book]]:
    """A person's own files, by name. Raises InvalidInput that says where."""
    return [(path, checked(Book, yaml_files.read(path), str(path))) for path in sorted((data_dir / FOLDER).glob("*.yaml"))]
