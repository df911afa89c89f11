"""Understanding: words become commands by the installed sentences, or they are not understood. Runs nothing, guesses nothing.

A person's own intents are tried before those that ship. Words that ask never become a command that acts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from retrieval.catalogue import language_of
from tools.device_questions import is_question
from tools.devices.base import Action, Device
from tools.intents.book import Book, Intent, own, shipped
from tools.intents.numbers import number
from tools.intents.slots import APART, PATTERNS, Names
from tools.intents.templates import pattern

LONGEST = 300
"""Characters of what is said; longer words are no command."""
MOST = 6
"""Commands in one sentence."""
_BEFORE_EN = (
    r"(?:(?:please|hey|hi|ok|okay|assistant|now|then|also|just|kindly|so|and|(?:can|could|would|will) (?:you|u)|i want you to|"
    r"i'd like you to|i would like you to|would you mind) )*"
)
_AFTER_EN = r"(?:(?:please|now|thanks|thank you|for me|again|right now|a bit|a little|will you|would you|could you|immediately) )*"
_BEFORE_ZH = (
    r"(?:请问|请|麻烦你?|劳驾|帮我|帮忙|给我|你?能不能|你?可不可以|你?可以|你?能|替我|我想|我要|再|也|先|就|现在|马上|然后|并且?|"
    r"同时|顺便|嘿|喂)*"
)
_AFTER_ZH = r"(?:一下|好吗|行吗|可以吗|好不好|吧|谢谢|了|啊|呀|哦|吗)*"
_JOINT_EN = re.compile(r"(?<= )(?:and then|and also|and|then) ")
_JOINT_ZH = re.compile(r"[，,；;。]+(?:然后|再|并|也|同时)?|然后|并且|同时|再|并|和")


@dataclass(frozen=True)
class Understood:
    """One command."""

    intent: str
    action: Action
    device: str
    """In the person's words."""
    area: str
    value: str
    words: str
    """The part of the sentence that it comes from."""
    response: str = ""


@dataclass(frozen=True)
class _Sentence:
    name: str
    intent: Intent
    matches: re.Pattern[str]


class Understanding:
    """The sentences of some books for the devices of one home, in one language."""

    def __init__(self, books: Sequence[Book], devices: Sequence[Device], language: str) -> None:
        """Raises InvalidInput for a template that cannot be read."""
        self._language = language
        self._names = Names(devices, language)
        self._sentences = [
            _Sentence(name, intent, _compiled(template, language))
            for book in books
            if book.language == language
            for name, intent in book.intents.items()
            for template in intent.sentences
        ]

    def __call__(self, said: str) -> list[Understood]:
        """The commands in what is said; empty unless all of it is understood."""
        if len(said) > LONGEST:
            return []
        found = self._all(_normal(said, self._language), MOST)
        if any(command.action != "status" for command in found) and is_question(said):
            return []
        return found

    def _all(self, words: str, most: int) -> list[Understood]:
        whole = self._one(words)
        if whole or most < 2:
            return whole
        for joint in (_JOINT_ZH if self._language == "zh" else _JOINT_EN).finditer(words):
            first = self._one(words[: joint.start()])
            if first:
                rest = self._all(words[joint.end() :], most - 1)
                if rest:
                    return [*first, *rest]
        return []

    def _one(self, words: str) -> list[Understood]:
        for sentence in self._sentences:
            found = sentence.matches.fullmatch(words)
            if found and self._names.fit(found.groupdict()):
                return _commands(sentence, found, words.strip())
        return []


@cache
def _compiled(template: str, language: str) -> re.Pattern[str]:
    body, apart = pattern(template, PATTERNS[language], language), APART[language]
    if language == "zh":
        return re.compile(f"{_BEFORE_ZH}(?P<apart>{apart})?(?:{_BEFORE_ZH}){body}(?P<later>{apart})?{_AFTER_ZH}")
    return re.compile(f"{_BEFORE_EN}{body}(?:(?P<apart>{apart}) )?{_AFTER_EN}")


def _commands(sentence: _Sentence, found: re.Match[str], words: str) -> list[Understood]:
    intent = sentence.intent
    if intent.do:
        return [Understood(sentence.name, step.action, step.device, step.area, step.value, words, intent.response) for step in intent.do]
    slot = {name: value for name, value in found.groupdict().items() if value}
    value = slot.get("colour") or number(slot.get("value", "")) or intent.value
    device = slot.get("devices") or intent.device
    apart = slot.get("apart") or slot.get("later")
    assert intent.action is not None
    named = f"{device} {apart}" if apart and not apart.startswith("除") else f"{apart.rstrip(chr(65292))}，{device}" if apart else device
    return [Understood(sentence.name, intent.action, named.strip(), slot.get("area", ""), value, words, intent.response)]


def _normal(said: str, language: str) -> str:
    """Small letters and no ending; English words with one blank after each, Chinese without any."""
    text = said.strip().lower().replace("’", "'").replace("％", "%")
    if language == "zh":
        return re.sub(r"[\s。！!？?，,；;]+$", "", re.sub(r"\s+", "", text)).replace("%", "")
    text = re.sub(r"\s*%", " percent", text).replace("°c", " degrees").replace("°", " degrees")
    text = re.sub(r",?\s+(?=(?:except|but not|apart from|other than|excluding)\b)", " ", text)
    text = re.sub(r",\s*(?=(?:please|thanks|thank you|will you|would you|could you)\b)", " ", text)
    text = re.sub(r"^(hey|hi|ok|okay|please|assistant)\s*,", r"\1 ", text)
    text = re.sub(r"\s*[,;]\s*(?:and\s+)?|\s*[.!?]+\s+", " and ", text)
    return " ".join(re.sub(r"[.!?]+\s*$", " ", text).split()) + " "


class Intents:
    """The intents of one data directory. Safe to use from several threads."""

    def __init__(self, data_dir: Path | None = None) -> None:
        """Reads a person's own files. Raises InvalidInput that says where."""
        self._own = [book for _, book in own(data_dir)] if data_dir is not None else []
        self._made: dict[str, tuple[object, Understanding]] = {}

    def understand(self, said: str, devices: Sequence[Device], language: str = "") -> list[Understood]:
        """The commands in what is said about these devices; empty when it is not understood."""
        return self.of(devices, language or language_of(said))(said)

    def of(self, devices: Sequence[Device], language: str) -> Understanding:
        """The sentences for these devices; made again only when their names change."""
        names = tuple((d.id, d.kind, tuple(d.names.get(language, ())), tuple(d.area_names.get(language, ()))) for d in devices)
        known = self._made.get(language)
        if known is None or known[0] != names:
            known = self._made[language] = (names, Understanding([*self._own, shipped(language)], devices, language))
        return known[1]
