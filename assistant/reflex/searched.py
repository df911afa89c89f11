"""Searched: turns that the router's head takes for something else, and that ask the collections all the same. Knows words, no head."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reflex import reaching
from assistant.reflex.commands import is_idle
from assistant.reflex.form_fields import asks_for_papers
from assistant.reflex.glossing import gloss
from assistant.reflex.rows import ORDERING
from assistant.reflex.sentences import terms
from assistant.reflex.talk import is_talk

CLOSE = 0.6
"""Share of the chance of "out of scope" from which on a search is tried first."""
SOME = {"small_talk": 0.2, "out_of_scope": 0.2, "help": 0.4, "control_device": 0.5, "analyze_emotion": 0.5}
"""The same, and for other labels, for Chinese that names what customers ask about."""
_OF_THE_ASSISTANT = re.compile(
    r"\b(?:you|your|u|this|here|help|assistant|commands?|features?|tools?|skills?|examples?|options?|menu|manual|possib\w+|abilit\w+|"
    r"capab\w+)\b|[你您帮]|功能|命令|指令|这里|会什么|能做|怎么用|例子", re.IGNORECASE,
)  # fmt: skip


_SHOW_ZH = re.compile(r"^(?:请|麻烦)?(?:给我|让我)?看看?(?!.*[画绘])")
_COLOUR = re.compile(r"\bcolou?rs?\b|颜色", re.IGNORECASE)
_AT_HAND = re.compile(
    r"\b(?:pictures?|photos?|images?|screenshots?|drawings?|videos?|this|these|that|those|it|its|here|he|she|him|her|they|them|one|see)\b"
    r"|图|照片|画|视频|这|那|它|他|她|看|第", re.IGNORECASE,
)  # fmt: skip
"""What points at a picture, or at something in one."""
_CELL = re.compile(
    r"[\u3400-\u9fff]{2}的?(?:地址|(?<!打)电话|号码|价格|营业时间|评分|门票)[？?。]?$"
    r"|^(?:the )?(?:price|cost|material|weight|size|colou?r) of\b",
    re.IGNORECASE,
)
"""Names something and what is wanted of it, and says no more: "北京饭店地址"."""
_OUTSIDE = re.compile(
    r"\b(?:convert|(?<!-)weather|forecast|temperature outside|rain(?:ing)? (?:today|tomorrow)|news|stock price|traffic)\b"
    r"|等于多少|换算|天气|会下[雨雪]|气温|给.{1,6}打个?电话|^(?:请|帮我|给我|再)*[订买叫点]",
    re.IGNORECASE,
)
"""What no collection tells: sums, and errands."""


def is_outside(words: str) -> bool:
    """Whether no collection can tell it: sums, errands, the weather."""
    return bool(_OUTSIDE.search(words))


def searches_instead(label: str, words: str, earlier: Sequence[str], *, share: float) -> bool:
    """Whether `words`, without anything attached, are searched for although the head says `label`.

    `earlier` are the modalities in the conversation, `share` is the chance of a search beside that of the label.
    """
    looked_up = bool(ORDERING.search(words)) or reaching.way(words) is not None or bool(_CELL.search(words)) or asks_for_papers(words)
    if share >= SOME.get(label, 1.0) and not is_talk(words) and not is_outside(words) and gloss(words):
        return True  # of Chinese the head sees no meaning, only pieces of words
    match label:
        case "help":  # "What can I understand by community spread?" begins like a plea for help
            return len(set(terms(words))) > 1 and not _OF_THE_ASSISTANT.search(words)
        case "out_of_scope":  # a search that finds nothing says so; what is out of reach for sure is told at once
            return (looked_up or share >= CLOSE) and not is_outside(words)
        case "generate_image":  # 给我看 is no wish for a drawing
            return bool(_SHOW_ZH.search(words))
        case "look":  # "what colour is the kettle?" where there is no picture
            return not earlier and bool(_COLOUR.search(words)) and not _AT_HAND.search(words)
        case "control_device":  # "order the bags by temperature", "get me all the red things": no device is to move
            return looked_up or is_idle(words)
    return False
