"""What a turn costs late in a conversation and among many collections, and what it is about alone. Part of `benchmarks.turning`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.reflex.matching import Passage
from assistant.service import Assistant
from benchmarks.measure import median
from benchmarks.turn_places import OWNER, asked, fill, opened
from benchmarks.turn_ways import Way, ours
from retrieval.library import Query

LENGTHS = (1, 20, 100)
NEAR = 4
"""Turns around a length that are looked at."""
SHELVES = (1, 100, 1000)
SCATTERED = 200
"""Passages that lie in the other collections, however many those are."""


def alone(assistant: Assistant) -> Way:
    """The encoder, the search and the reader of the assistant without anything around them."""
    places, reader = assistant.resolve((), OWNER), assistant.reader

    async def ask(question: str) -> bool:
        hits = assistant.library.search(Query(owner=OWNER, text=question, k=5, collections=places))
        read = reader.read(question, [Passage(n, hit.item.text, hit.item.title, hit.probability) for n, hit in enumerate(hits, 1)])
        return read.closest is not None

    return ask


async def measured(folder: Path, *, quick: bool) -> dict[str, Any]:
    """Medians of milliseconds by length and by number of collections, and their ratios to the smallest."""
    by_length = await lengths(folder / "lengths", LENGTHS[:2] if quick else LENGTHS, 1 if quick else 3)
    by_number = await numbers(folder / "numbers", SHELVES[:1] if quick else SHELVES, 1 if quick else 3)
    found: dict[str, Any] = {"p50_ms_by_length": by_length, "p50_ms_by_collections": by_number}
    for name, values in (("length", by_length), ("collections", by_number)):
        first = next(iter(values.values()))
        found[f"ratios_by_{name}"] = {size: value / first for size, value in values.items()}
    return found


async def lengths(folder: Path, wanted: Sequence[int], repetitions: int) -> dict[str, float]:
    """p50 of a turn of a conversation that has so many turns before it."""
    await fill(folder)
    assistant = await opened(folder)
    spent: dict[int, list[float]] = {length: [] for length in wanted}
    begun: list[str] = []
    ask, questions = ours(assistant, begun), iter(asked(5000))
    for warm in range(repetitions + 1):  # the first conversation warms up
        conversation = assistant.conversations.create(OWNER).id
        for number in range(max(wanted) + NEAR):
            begun.append(conversation)
            began = time.perf_counter()
            await ask(next(questions))
            for length in wanted:
                if warm and length <= number < length + NEAR:
                    spent[length].append(1000 * (time.perf_counter() - began))
    await assistant.close()
    return {str(length): median(found) for length, found in spent.items()}


async def numbers(folder: Path, wanted: Sequence[int], repetitions: int) -> dict[str, float]:
    """p50 of a turn among so many collections, asked of the one that is taken when none is named."""
    assistants = {}
    for count in wanted:
        await fill(folder / str(count), others=count, scattered=SCATTERED)
        assistants[count] = await opened(folder / str(count))
    ways = {count: ours(assistant, []) for count, assistant in assistants.items()}
    spent: dict[int, list[float]] = {count: [] for count in wanted}
    for place, question in enumerate(asked(4 + 10 * repetitions)):
        for count, ask in ways.items():
            began = time.perf_counter()
            await ask(question)
            if place >= 4:
                spent[count].append(1000 * (time.perf_counter() - began))
    for assistant in assistants.values():
        await assistant.close()
    return {str(count): median(found) for count, found in spent.items()}
