"""What the benchmarks of turns stand on: an assistant over generated passages, in this process or served. Measures nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.build import build
from assistant.service import Assistant
from assistant.settings import read
from benchmarks.passages import NOUNS, PLACES, passages
from retrieval.items import Draft, Locator

OWNER = "local"
DEFAULT = "default"
PASSAGES = 400
A_FILE = 20
"""Passages with one title."""
FORMS = (
    "How often does the {n} in {p} need the {m}?", "What does the {n} of {p} do to the {m}?", "Why did {p} pay for the {n} and the {m}?",
    "When does the {n} near {p} reach the {m}?", "Which {m} belongs to the {n} in {p}, and why?",
)  # fmt: skip


def asked(count: int) -> list[str]:
    """`count` questions about the passages, hardly one of them twice."""
    found = []
    for number in range(count):
        chance = random.Random(number)
        topic = random.Random(chance.randrange(PASSAGES) // 8)  # as `passages` chooses what eight neighbours are about
        nouns, place = topic.sample(NOUNS, 4), topic.choice(PLACES)
        n, m = chance.sample(nouns, 2)
        found.append(chance.choice(FORMS).format(n=n, m=m, p=place))
    return found


def settings(folder: Path, chat_model: str = "") -> dict[str, Any]:
    """Flags of an assistant over `folder`, with the bundled models and maybe another chat model."""
    chosen = {"models.chat_model": chat_model} if chat_model else {}
    return {"data_dir": folder, "sample": False, "limits.turns_waiting": 64, **chosen}


async def fill(folder: Path, others: int = 0, scattered: int = 0) -> None:
    """Passages in the collection `default`, and `scattered` more spread over `others` further collections."""
    assistant = build(read(settings(folder)))
    try:
        library = assistant.library
        texts = passages(PASSAGES + scattered)
        library.ensure_collection(DEFAULT, OWNER)
        for start in range(0, PASSAGES, A_FILE):
            library.add_drafts(_drafts(texts[start : start + A_FILE], f"notes {start}.md"), DEFAULT, OWNER)
        for number in range(others):
            name = library.ensure_collection(f"shelf {number}", OWNER).name
            if mine := texts[PASSAGES + number :: others] if scattered else []:
                library.add_drafts(_drafts(mine, f"shelf {number}.md"), name, OWNER)
    finally:
        await assistant.close()


def _drafts(texts: Sequence[str], title: str) -> list[Draft]:
    found, at = [], 0
    for text in texts:
        found.append(Draft(modality="text", text=text, title=title, locator=Locator(char_span=(at, at + len(text)))))
        at += len(text) + 2
    return found


async def opened(folder: Path, chat_model: str = "") -> Assistant:
    """An assistant in this process, warm."""
    assistant = build(read(settings(folder, chat_model)))
    await assistant.start()
    while not assistant.ready:
        await asyncio.sleep(0.05)
    return assistant


def environment(chat_model: str = "") -> dict[str, str]:
    """The same for a served one."""
    found = {"ASSISTANT_SAMPLE": "false", "ASSISTANT_LIMITS_TURNS_WAITING": "64"}
    return found | ({"ASSISTANT_MODELS_CHAT_MODEL": chat_model} if chat_model else {})
