"""What a person of this machine is likely to say: the installed intents, the devices, the collections. Knows no recogniser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.transcribers.base import Expected
from retrieval.faults import Fault, InvalidInput
from tools.intents.book import Book
from tools.intents.book import own as own_intents
from tools.intents.book import shipped as shipped_intents
from tools.intents.understanding import Intents, Understood
from tools.kit import Kit

Commands = Callable[[str], Sequence[Understood]]
OWNER = "local"
"""Whose collections' names the recogniser listens for: those of the person at this machine."""


def commands_of(data_dir: Path, kit: Kit) -> tuple[Commands, Commands]:
    """(what words are by the person's own intents, what they are by all that are installed)."""
    try:
        intents = Intents(data_dir)
    except InvalidInput:  # told where commands are understood
        intents = Intents()

    def own(words: str) -> Sequence[Understood]:
        try:
            return intents.own(words, kit.devices)
        except Fault:
            return ()

    def every(words: str) -> Sequence[Understood]:
        try:
            return intents.understand(words, kit.devices.devices())
        except Fault:
            return ()

    return own, every


def installed_books(data_dir: Path) -> list[Book]:
    """The intents to listen for. A mistake in a file is told where commands are understood; hearing goes on without it."""
    try:
        return [*(book for _, book in own_intents(data_dir)), shipped_intents("en")]
    except InvalidInput:
        return [shipped_intents("en")]


def expected_names(kit: Kit, books: Sequence[Book] = ()) -> Expected:
    """What may be said in English: the intents of `books` about the devices, and the names of what the person of this machine collected."""
    items = [item for one in kit.library.collections(OWNER) for item in kit.library.items(one.id, OWNER)]
    return Expected(
        home=tuple(device.model_copy(update={"state": {}, "confirmed": True}) for device in kit.devices.devices()), books=tuple(books),
        things=tuple(dict.fromkeys(Path(item.title).stem.replace("_", " ") for item in items if item.title)),
    )  # fmt: skip
