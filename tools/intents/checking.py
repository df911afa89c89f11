"""Runs the tests that stand beside the intents: what must be understood how, and what must not. Knows no file but the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.device_matching import match
from tools.devices.base import Device
from tools.intents.book import Book, Example, Intent
from tools.intents.understanding import Understanding, Understood


@dataclass(frozen=True)
class Failure:
    """A test that does not hold."""

    intent: str
    say: str
    expected: str
    found: str


def check(books: Sequence[Book], devices: Sequence[Device], languages: Sequence[str] = ("en", "zh")) -> tuple[int, list[Failure]]:
    """(tests run, failures) for all intents of `books` in a home with `devices`."""
    count, failures = 0, []
    for language in languages:
        understand = Understanding(books, devices, language)
        for book in books:
            for name, intent in book.intents.items() if book.language == language else ():
                for example in intent.tests:
                    count += 1
                    expected, found = _expected(name, intent, example), _found(understand(example.say), example, devices)
                    if expected != found:
                        failures.append(Failure(name, example.say, expected, found))
    return count, failures


def _expected(name: str, intent: Intent, example: Example) -> str:
    if not example.understood:
        return "nothing that acts"
    wanted = [name] if example.action is None else []
    wanted += [example.action] if example.action else [intent.action] if intent.action else [step.action for step in intent.do]
    wanted += [",".join(sorted(example.devices))] if example.devices is not None else []
    wanted += [f"value {example.value}"] if example.value is not None else []
    wanted += [f"{name} {value}" for name, value in sorted(example.slots.items())]
    return " ".join(wanted)


def _found(understood: Sequence[Understood], example: Example, devices: Sequence[Device]) -> str:
    if not example.understood:
        acting = [command.intent for command in understood if command.action != "status"]
        return " ".join(acting) or "nothing that acts"
    if not understood:
        return "not understood"
    first = understood[0]
    told = [first.intent] if example.action is None else []
    told += [command.action for command in understood]
    if example.devices is not None:
        meant = {d.id for command in understood for d in match(devices, command.device, command.area, command.words)}
        told.append(",".join(sorted(meant)))
    told += [f"value {first.value}"] if example.value is not None else []
    told += [f"{name} {first.slots.get(name, '-')}" for name in sorted(example.slots)]
    return " ".join(told)
