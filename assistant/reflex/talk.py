"""Small talk, help, and what is out of reach, in both languages. The same words always get the same variation."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from retrieval.catalogue import say

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("repeat", re.compile(
        r"\b(?:repeat|say (?:that|it) again|once more|again please|come again|one more time)\b|再说一遍|重复|再讲一次", re.I)),
    ("thanks", re.compile(r"\b(?:thanks?|thank you|thx|cheers|appreciate)\b|谢谢|多谢|感谢|辛苦", re.I)),
    ("joke", re.compile(r"\b(?:jokes?|funny|make me laugh|riddle|pun)\b|笑话|逗我|段子", re.I)),
    ("how_are_you", re.compile(
        r"\bhow (?:are|r) (?:you|u)\b|how'?s it going|what'?s up|how do you do|how was your day|最近怎么样|你好吗|"
        r"还好吗", re.I)),
    ("who", re.compile(
        r"\bwho (?:are|made|created|built) you\b|\b(?:what'?s|what is|your) name\b|are you (?:a|an|human|"
        r"real|the)?\s*(?:robot|bot|human|person|real|ai|machine|chatgpt|program|computer|alive)|who do you work|"
        r"你是谁|你叫什么|你的名字|机器人吗|真人吗|人工智能吗|谁(?:创造|开发|做)", re.I)),
    ("personal", re.compile(
        r"\b(?:how old|where are you from|your (?:hobbies|favou?rite|birthday|age)|do you (?:sleep|dream|"
        r"eat|like|love|have)|are you (?:hungry|tired|married)|marry me|love you|hate you|meaning of life)\b|"
        r"几岁|多大了|从哪里来|你喜欢|你会做梦|女朋友|男朋友|我爱你|吃饭了吗|吃了吗|有感情|生命的意义", re.I)),
    ("bye", re.compile(
        r"\b(?:bye|goodbye|see (?:you|ya)|farewell|good ?night|that(?:'s| is) (?:all|it)|laters?)\b|再见|拜拜|"
        r"回头见|明天见|晚安|就这样", re.I)),
    ("greeting", re.compile(
        r"^(?:hi|hey|hello|hallo|howdy|yo|greetings|good (?:morning|afternoon|evening|day)|nice to meet|pleased to meet|"
        r"long time|morning)\b|my name is|^i'm \w+$|你好|您好|嗨|哈喽|早上好|中午好|下午好|晚上好|在吗|认识你|我叫|好久不见", re.I)),
    ("stop", re.compile(
        r"^(?:please )?(?:stop|cancel|shut up|quiet|wait|never ?mind|forget it|be quiet|enough)\b|停|取消|闭嘴|"
        r"算了|别说|等一下", re.I)),
    ("sorry", re.compile(
        r"\b(?:wrong|incorrect|not (?:what|right|correct)|mistake|stupid|useless|bad|terrible)\b|错了|不对|太笨|没用|不是这个", re.I)),
    ("unclear", re.compile(
        r"\b(?:don'?t understand|what do you mean|unclear|explain|clarify|huh|elaborate|pardon)\b|没听懂|不明白|"
        r"什么意思|没懂", re.I)),
    ("praise", re.compile(
        r"\b(?:great|awesome|amazing|well done|good job|nice|cool|perfect|wonderful|excellent|brilliant|smart|"
        r"best|haha|lol|wow)\b|真棒|厉害|聪明|不错|太好了|哈哈|完美", re.I)),
    ("feeling", re.compile(
        r"\b(?:i'?m|i am|i feel|i had) (?:a )?(?:so |very |really )?(?:bored|tired|sad|happy|hungry|lonely|"
        r"bad|long|sick|depressed|angry|upset|great|down|low|blue|miserable|awful|terrible|rotten|anxious|stressed)\b"
        r"|无聊|很累|心情不好|饿了|难过|开心", re.I)),
    ("ack", re.compile(
        r"^(?:ok(?:ay)?|yes|yeah|yep|no|nope|sure|fine|alright|right|maybe|good|hmm+|correct|exactly|i see|"
        r"done)\b|^(?:好的?|好吧|行|可以|嗯|是的?|对|不|没事|没关系|不用了|没有了?)[。！!]?$", re.I)),
)  # fmt: skip


_ORDER = (
    "search", "look", "read_document", "generate_image", "edit_image", "find_similar", "transcribe", "speak", "analyze_emotion",
    "control_device", "remember",
)  # fmt: skip
"""What is named first when the assistant tells what it can do."""


_WANTING = ("joke", "how_are_you", "who", "personal")
"""Kinds that want an answer even beside something else."""


def is_talk(words: str) -> bool:
    """Whether the words are known small talk."""
    return any(pattern.search(words.strip()) for _, pattern in _KINDS)


def wants_words(words: str) -> bool:
    """Whether the words ask for talk and are no mere courtesy."""
    return next((kind for kind, pattern in _KINDS if pattern.search(words)), "") in _WANTING


def vary(language: str, key: str, words: str) -> str:
    """One of the variations `key_1`, `key_2`, ..., chosen by the words."""
    variations: list[str] = []
    while True:
        try:
            variations.append(say("assistant", language, f"{key}_{len(variations) + 1}"))
        except KeyError:
            break
    return variations[zlib.crc32(words.strip().lower().encode()) % len(variations)]


def small_talk(words: str, language: str, previous_answer: str) -> str:
    """An answer to small talk."""
    kind = next((name for name, pattern in _KINDS if pattern.search(words.strip())), "other")
    if kind == "repeat":
        if previous_answer:
            return say("assistant", language, "talk.repeat", answer=re.sub(r"\s*\[\d+\]", "", previous_answer))
        return say("assistant", language, "talk.no_repeat")
    return vary(language, f"talk.{kind}", words)


def help_text(tools: Sequence[str], language: str) -> str:
    """What can be asked for, of the tools that are bound."""
    ordered = sorted(tools, key=lambda tool: _ORDER.index(tool) if tool in _ORDER else len(_ORDER))
    lines = [f"- {line}" for tool in ordered if (line := _line(tool, language))]
    if not lines:
        return say("assistant", language, "help.nothing")
    return "\n".join([say("assistant", language, "help.intro"), *lines, say("assistant", language, "help.closing")])


def _line(tool: str, language: str) -> str:
    try:
        return say("assistant", language, f"help.{tool}")
    except KeyError:
        return ""


def _does(tool: str, language: str) -> str:
    try:
        return say("assistant", language, f"does.{tool}")
    except KeyError:
        return ""


def out_of_scope(words: str, tools: Sequence[str], language: str) -> str:
    """Says what cannot be done, and what can."""
    ordered = sorted(tools, key=lambda tool: _ORDER.index(tool) if tool in _ORDER else len(_ORDER))
    abilities = [does for tool in ordered if (does := _does(tool, language))][:5]
    said = vary(language, "out.cannot", words)
    if not abilities:
        return said
    joined = say("assistant", language, "out.joint").join(abilities)
    return f"{said} {say('assistant', language, 'out.can', abilities=joined)}"
