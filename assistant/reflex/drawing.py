"""Arguments of pictures: what to draw, how many, how large, and how to change one. Knows words, not generators."""

from __future__ import annotations

import re
from typing import Any

from assistant.reflex.numerals import NUMBER, NUMBER_ZH, number
from assistant.reflex.phrases import bare, quoted

_PICTURE = r"(?:pictures?|images?|pics?|photos?|drawings?|illustrations?|paintings?|sketch(?:es)?|artworks?|art|graphics?|visuals?|scenes?)"
_MAKE = re.compile(
    r"^(?:(?:draw|paint|sketch|generate|create|make|produce|render|design|illustrate|imagine|visuali[sz]e|"
    r"compose|invent|dream up|put together|come up with|do|show|give|get|send)\b"
    r"(?: me| us)?(?: up)?|(?:i )?(?:need|want|have|see)|(?:i'd love|it would be nice) to see|another|"
    r"new|text to image|image|picture prompt|prompt|ai art)\b\s*[:,]?\s*",
    re.IGNORECASE,
)
_FRAME = re.compile(
    rf"^(?:(?:an?|the|some|another|one more|new|{NUMBER})\s+)?(?:(?:different|new|nice|more|wide|tall|"
    rf"square|landscape|portrait|small|big|large|beautiful|simple|cute)\s+)*"
    rf"(?:\d{{2,4}}\s?[x×]\s?\d{{2,4}}\s+)?(?:{_PICTURE}|versions?|variants?|variations?)\b\s*(?:of|with|showing|where|for|from|:|,|-)?\s*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,]*(?:\b(?:please )?(?:create|draw|paint|make|generate|show) (?:it|them|me what it looks like)(?: for me)?(?: please)?|"
    r"and (?:show|draw|paint|send) (?:me )?(?:it|what it looks like|the result)"
    r"|for (?:me|us|my \w+|our \w+|a children's book|the kids)|instead|again)\b[\s.!]*$",
    re.IGNORECASE,
)
_SIZE = re.compile(r"\b(\d{2,4})\s?(?:x|×|by|乘)\s?(\d{2,4})(?:\s?(?:px|pixels|像素))?\b", re.IGNORECASE)
_SEED = re.compile(r"(?:\b(?:with |using )?(?:the )?seed(?: number)?|种子)\s*(?:=|:|of|为|是)?\s*(\d{1,10})", re.IGNORECASE)
_WITHOUT = re.compile(
    r"[,\s]*\b(?:without|with no|but no|no)\b (?:any )?([\w ]+?)(?=$|,|\.| and | but )|[，,]?(?:不要有?|没有)([\u3400-\u9fff]{1,8})",
    re.IGNORECASE,
)
_SHAPES = (
    (re.compile(r"\b(?:wide|landscape format|panorama|panoramic|banner|horizontal)\b|横幅|横版|横的|宽屏|宽幅|全景", re.I), (768, 432)),
    (re.compile(r"\b(?:tall|portrait format|vertical|upright|poster)\b|竖版|竖的|竖幅|海报", re.I), (432, 768)),
)
_MAKE_ZH = re.compile(
    r"^(?:(?:随便)?(?:画|绘制|生成|创建|创作|制作|做|设计|整|弄|来|涂鸦|素描|文生图|ai绘画|想象)(?:一下|出|个)?|想要|我要|要|需要|再画|重新画|重新生成|换一张|想看|图片|插图)+[，,:：]?",
    re.IGNORECASE,
)
_FRAME_ZH = re.compile(
    rf"^(?:{NUMBER_ZH}?(?:张|幅|副)|一个|一只|个)(?:不同的|新的|宽的|横的?|竖的?|方形的?|大的)*(?:(?:图片|图像|图|画|插画|插图|照片)[，,:：]?(?:内容是)?)?"
)
_TAIL_ZH = re.compile(r"(?:的)?(?:图片|图像|插画|插图|图画|照片|画面|图|画)$|[，,]?画出来(?:看看)?$")


def _count(text: str) -> int:
    found = re.search(rf"\b({NUMBER})\s+(?:\w+ )?(?:{_PICTURE}|versions?|variants?|variations?)\b", text, re.I) or re.search(
        rf"({NUMBER_ZH})[张幅]", text
    )
    value = number(found[1]) if found else None
    return max(1, min(8, int(value))) if value else 1


def _size(text: str) -> tuple[int, int] | None:
    found = _SIZE.search(text)
    if found:
        width, height = (max(64, min(1024, int(found[i]))) for i in (1, 2))
        return width, height
    return next((size for pattern, size in _SHAPES if pattern.search(text)), None)


def _prompt(text: str) -> str:
    found = _SEED.sub("", _SIZE.sub("", text))
    found = bare(re.sub(r"\s+", " ", found).strip(" ,，"))
    previous = None
    while found != previous:
        previous = found
        found = _MAKE_ZH.sub("", _MAKE.sub("", found, count=1), count=1).strip(" ,，:：")
        found = _FRAME.sub("", found, count=1).strip()
        found = _TAIL.sub("", found).strip(" ,")
    if re.search(r"[\u3400-\u9fff]", found):
        found = _TAIL_ZH.sub("", _FRAME_ZH.sub("", found, count=1)).strip(" ，,:：的")
    return found.strip(' .!?。！？"“”')


_NOTHING = frozenset("something anything it one more another nice funny picture image me a an the 点什么 一张 什么 画 图 吗 画画".split())


def drawing(text: str) -> dict[str, Any] | None:
    """Arguments of `generate_image`; None when the words do not say what to draw."""
    rest, arguments = text, {}
    if found := _WITHOUT.search(text):
        arguments["negative_prompt"] = (found[1] or found[2]).strip()
        rest = text[: found.start()] + text[found.end() :]
    prompt = _prompt(rest)
    if not prompt or all(word in _NOTHING for word in prompt.lower().split()):
        return None
    arguments = {"prompt": prompt[:2000], **arguments}
    if (count := _count(text)) > 1:
        arguments["n"] = count
    if size := _size(text):
        arguments["width"], arguments["height"] = size
    if found := _SEED.search(text):
        arguments["seed"] = int(found[1]) % 2**32
    return arguments


_EDIT_WRAP = re.compile(
    r"^(?:(?:please )?(?:edit|modify|change|alter|adjust|fix) (?:this|the|my|that)(?: attached)? (?:picture|"
    r"photo|image|pic)\s*(?:[:,]|so that)\s*)",
    re.IGNORECASE,
)


def edit(text: str) -> str:
    """The instruction of `edit_image`: the request without its politeness; empty when there is none."""
    found = _EDIT_WRAP.sub("", bare(text)).strip(" .!")
    if re.fullmatch(
        r"(?:edit|modify|change|photoshop|编辑|修改|[pP]|修)(?:一下)?(?: ?(?:this|the|my|that|这张|这个))?"
        r"(?: ?(?:picture|photo|image|pic|图片|照片|图))?",
        found,
        re.I,
    ):
        return ""
    return found or quoted(text)
