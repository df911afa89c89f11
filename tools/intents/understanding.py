"""Understanding: words become commands by the installed sentences, or they are not understood. Runs nothing, guesses nothing.

A person's own intents are tried before those that ship. Words that ask never become a command that acts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from retrieval.catalogue import language_of
from tools.courtesies import without_courtesies
from tools.device_matching import ALSO, match
from tools.device_questions import is_no_order
from tools.devices.base import Action, Device, DeviceBackend
from tools.intents.book import Book, Intent, own, shipped
from tools.intents.loose import Loosely
from tools.intents.numbers import number
from tools.intents.slots import APART, PATTERNS, Lists, Names
from tools.intents.templates import parse, pattern, slot_of

LONGEST = 300
"""Characters of what is said; longer words are no command."""
MOST = 6
"""Commands in one sentence."""
_INSTEAD: dict[Action, Action] = {"open": "on", "close": "off"}
"""What people say of a lamp in many languages: "close the light"."""
_BRINGS: dict[Action, Action] = {"open": "increase", "close": "decrease"}
_BRING = re.compile(r"\bbring\b")
"""What is brought up or down, and cannot be opened, gets more or less."""
LOOSE: dict[Action, str] = {
    "on": "switch_on", "off": "switch_off", "open": "open", "close": "close", "lock": "lock", "unlock": "unlock", "toggle": "toggle",
    "set": "set_level", "increase": "more", "decrease": "less", "status": "ask_state",
}  # fmt: skip
"""Action -> the intent that ships for it, under whose name loose words go."""
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
_BRACES = re.compile(r"\{(\w+)\}")
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
    slots: Mapping[str, str] = field(default_factory=dict)
    """Slot of the book's own lists -> its value."""


@dataclass(frozen=True)
class _Sentence:
    name: str
    intent: Intent
    matches: re.Pattern[str]
    lists: Lists


class Understanding:
    """The sentences of some books for the devices of one home, in one language."""

    def __init__(self, books: Sequence[Book], devices: Sequence[Device], language: str, *, loosely: bool = True) -> None:
        """Raises InvalidInput for a template that cannot be read."""
        self._language = language
        self._devices = tuple(devices)
        self._names = Names(devices, language)
        self._loosely = Loosely(devices, language) if loosely else None
        self._sentences = [sentence for book in books if book.language == language for sentence in _sentences(book)]

    def __call__(self, said: str) -> list[Understood]:
        """The commands in what is said; empty unless all of it is understood."""
        if len(said) > LONGEST:
            return []
        words = _normal(said, self._language)
        found = self._all(words, MOST)
        if not found and not is_no_order(said):
            plain = _normal(without_courtesies(said), self._language)
            found = self._all(plain, MOST) or self._loose(words) or self._loose(plain)
        if any(command.action != "status" for command in found) and is_no_order(said):
            return self._all(words, MOST, asks=True)  # "电视关了吗": without its last word it would be an order
        return found

    def _loose(self, words: str) -> list[Understood]:
        """One command in words that no sentence foresees."""
        found = self._loosely(words.strip()) if self._loosely is not None else None
        if found is None:
            return []
        command = Understood(LOOSE[found.action], found.action, found.device, found.area, found.value, words.strip())
        instead = replace(command, action=_INSTEAD.get(command.action, command.action))
        return [instead if not self._able(command) and self._able(instead) else command]

    def _all(self, words: str, most: int, *, asks: bool = False) -> list[Understood]:
        whole = self._one(words, asks=asks)
        if whole or most < 2:
            return whole
        for joint in (_JOINT_ZH if self._language == "zh" else _JOINT_EN).finditer(words):
            first = self._one(words[: joint.start()], asks=asks)
            if first:
                rest = self._all(words[joint.end() :], most - 1, asks=asks)
                if rest:
                    return [*first, *rest]
        return []

    def _one(self, words: str, *, asks: bool) -> list[Understood]:
        """The command of the first sentence that fits; with `asks` of those that change nothing."""
        unable: list[Understood] = []
        for sentence in (one for one in self._sentences if not asks or one.intent.action == "status"):
            found = sentence.matches.fullmatch(words)
            slots = {slot_of(name): text.strip() for name, text in found.groupdict().items() if text} if found else {}
            if found and self._names.fit(slots):
                commands = _commands(sentence, slots, words.strip())
                if all(self._able(command) for command in commands):
                    return commands
                unable = unable or commands  # "raise the light": another sentence may say what a light can do
        other = _BRINGS if _BRING.search(words) else _INSTEAD
        instead = [replace(command, action=other.get(command.action, command.action)) for command in unable]
        return instead if instead and all(self._able(command) for command in instead) else unable

    def _able(self, command: Understood) -> bool:
        """Whether one of the devices that are meant can do it, under any name of the action."""
        meant = match(self._devices, command.device, command.area, command.words)
        return any({command.action, *ALSO.get(command.action, ())} & set(device.actions) for device in meant)


def _sentences(book: Book) -> list[_Sentence]:
    lists = Lists(book)
    return [
        _Sentence(name, intent, _compiled(template, book.language, lists), lists)
        for name, intent in book.intents.items()
        for template in intent.sentences
    ]


def _compiled(template: str, language: str, lists: Lists) -> re.Pattern[str]:
    body, apart = pattern(parse(template, lists.rules), PATTERNS[language] | lists.patterns, language), APART[language]
    if language == "zh":
        return re.compile(f"{_BEFORE_ZH}(?P<apart>{apart})?(?:{_BEFORE_ZH}){body}(?P<later>{apart})?{_AFTER_ZH}")
    return re.compile(f"{_BEFORE_EN}{body}(?:(?P<apart>{apart}) )?{_AFTER_EN}")


def _commands(sentence: _Sentence, slot: Mapping[str, str], words: str) -> list[Understood]:
    intent = sentence.intent
    own = sentence.lists.values(slot)
    response = filled(intent.response, own)
    if intent.do:
        return [
            Understood(sentence.name, step.action, step.device, step.area, filled(step.value, own), words, response, own)
            for step in intent.do
        ]
    value = slot.get("colour") or number(slot.get("value", "")) or filled(intent.value, own)
    device = slot.get("devices") or intent.device
    apart = slot.get("apart") or slot.get("later")
    assert intent.action is not None
    named = f"{device} {apart}" if apart and not apart.startswith("除") else f"{apart.rstrip(chr(65292))}，{device}" if apart else device
    return [Understood(sentence.name, intent.action, named.strip(), slot.get("area", ""), value, words, response, own)]


def filled(text: str, slots: Mapping[str, str]) -> str:
    """`text` with what was said in place of `{slot}`; a slot that was not said leaves nothing."""
    return " ".join(_BRACES.sub(lambda found: slots.get(found[1], ""), text).split()) if "{" in text else text


def _normal(said: str, language: str) -> str:
    """Small letters and no ending; English words with one blank after each, Chinese without any."""
    text = said.strip().lower().replace("’", "'").replace("％", "%")
    if language == "zh":
        text = re.sub(r"(?:所有|全部|每个|每间|各个)的?(?:房间|屋子|屋)(?:里面|里)?的?", "所有", text)
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

    def own(self, said: str, home: DeviceBackend) -> list[Understood]:
        """The commands that the person's own sentences find; those that ship are left out. Empty, and no device is asked, without any."""
        language = language_of(said)
        if not any(book.language == language for book in self._own):
            return []
        return self._with(self._own, f"own {language}", home.devices(), language)(said)

    def of(self, devices: Sequence[Device], language: str) -> Understanding:
        """The sentences for these devices; made again only when their names change."""
        return self._with([*self._own, shipped(language)], language, devices, language)

    def _with(self, books: Sequence[Book], key: str, devices: Sequence[Device], language: str) -> Understanding:
        names = tuple((d.id, d.kind, tuple(d.names.get(language, ())), tuple(d.area_names.get(language, ()))) for d in devices)
        known = self._made.get(key)
        if known is None or known[0] != names:
            known = self._made[key] = (names, Understanding(books, devices, language, loosely=not key.startswith("own")))
        return known[1]
