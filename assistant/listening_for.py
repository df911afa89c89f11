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

OWNER = "local"
"""Whose collections' names the recogniser listens for: those of the person at this machine."""


def own_commands(data_dir: Path, kit: Kit) -> Callable[[str], Sequence[Understood]]:
    """What words are by the person's own intents."""
    try:
        own = Intents(data_dir)
    except InvalidInput:  # told where commands are understood
        return lambda words: ()

    def commands(words: str) -> Sequence[Understood]:
        try:
            return own.own(words, kit.devices)
        except Fault:
            return ()

    return commands


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
