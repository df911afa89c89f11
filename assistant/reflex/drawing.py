"""What to draw: the prompt in a request's words, or the product that a picture is for. Knows words, not generators."""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re
from typing import Any

from assistant.reflex.drawing_terms import CHOICES, PICTURE, how, without_terms
from assistant.reflex.numerals import NUMBER, NUMBER_ZH
from assistant.reflex.phrases import bare
from tools.shapes.prompt import read

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
    rf"(?:\d{{2,4}}\s?[x×]\s?\d{{2,4}}\s+)?(?:{PICTURE}|{CHOICES})\b\s*(?:of|with|showing|where|for|from|:|,|-)?\s*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,]*(?:\b(?:please )?(?:create|draw|paint|make|generate|show) (?:it|them|me what it looks like)(?: for me)?(?: please)?|"
    r"and (?:show|draw|paint|send) (?:me )?(?:it|what it looks like|the result)"
    r"|for (?:me|us|my \w+|our \w+|a children's book|the kids)|instead|again)\b[\s.!]*$",
    re.IGNORECASE,
)
_MAKE_ZH = re.compile(
    r"^(?:(?:随便)?(?:画|绘制|生成|创建|创作|制作|做|设计|整|弄|来|涂鸦|素描|文生图|ai绘画|想象)(?:一下|出|个)?|想要|我要|要|需要|再画|重新画|重新生成|换一张|想看|图片|插图)+[，,:：]?",
    re.IGNORECASE,
)
_FRAME_ZH = re.compile(
    rf"^(?:{NUMBER_ZH}?(?:张|幅|副)|一个|一只|个|{NUMBER_ZH}个(?=方案|候选|版本))(?:不同的|新的|宽的|横的?|竖的?|方形的?|大的)*(?:(?:图片|图像|图|画|插画|插图|照片|方案|候选|版本)[，,:：]?(?:内容是)?)?"
)
_TAIL_ZH = re.compile(r"(?:的)?(?:图片|图像|插画|插图|图画|照片|画面|图|画)$|[，,]?画出来(?:看看)?$")


def _prompt(text: str) -> str:
    found = bare(re.sub(r"\s+", " ", text).strip(" ,，"))
    previous = None
    while found != previous:
        previous = found
        found = _MAKE_ZH.sub("", _MAKE.sub("", found, count=1), count=1).strip(" ,，:：")
        found = _FRAME.sub("", found, count=1).strip()
        found = _TAIL.sub("", found).strip(" ,")
    if re.search(r"[\u3400-\u9fff]", found):
        found = _TAIL_ZH.sub("", _FRAME_ZH.sub("", found, count=1)).strip(" ，,:：的")
    return re.sub(r"\s+and$", "", found.strip(' .!?。！？"“”'))


_NOTHING = frozenset("something anything it one more another nice funny picture image me a an the 点什么 一张 什么 画 图 吗 画画".split())


_OPENS_NEW = re.compile(
    rf"^(?:draw|paint|make|create|generate|give|show)?(?: me| us)?\s*(?:another|one more|(?:an? )?(?:new|different|fresh) (?:{PICTURE}|{CHOICES}))\b",
    re.IGNORECASE,
)
_OPENS_NEW_ZH = re.compile(r"^\s*(?:请|帮我|给我)*(?:再|重新|另外?)(?:画|来|做|生成)|^\s*(?:请|帮我|给我)*[画做来]一?[张幅个]新的")


def drawing(text: str) -> dict[str, Any] | None:
    """Arguments of `generate_image`; None when the words do not say what to draw."""
    if about := product(text):
        return {"about": about} | how(text)
    prompt = _prompt(without_terms(text))
    if not prompt or all(word in _NOTHING for word in prompt.lower().split()):
        return None
    return {"prompt": prompt[:2000]} | how(text) | ({"new": True} if _opens_new(text) else {})


def _opens_new(text: str) -> bool:
    """Whether it is the picture that shall be new ("another picture of", "再画"), and not a thing in it ("a new house")."""
    return bool(_OPENS_NEW.match(bare(text)) or _OPENS_NEW_ZH.match(text))


_FOR_SALE = r"(?:marketing|product|advertising|advertisement|promo(?:tional)?|campaign|publicity|catalogu?e|hero|ad|shop)"
_PRODUCT = re.compile(
    rf"\b(?:{_FOR_SALE} (?:{PICTURE}|shots?|posters?|banners?|flyers?)|ads?|adverts?|advertisements?|(?:concept|design) {PICTURE})"
    r"\s*(?:for|of) (?:the|our|my|this) (?P<about>.+)$",
    re.IGNORECASE,
)
_SHEETS_ZH = r"(?:宣传[图画照]片?|海报|广告[图画]?|主图|[产商]品图|营销图|推广图)"
_SKETCH_ZH = r"(?:概念草?图|概念设计图?|设计草?图|草图|概念画)"
_PRODUCT_ZH = re.compile(
    rf"(?:为|给|替)(?:我们?的|这款|那款|这个|咱们的)?(?P<about>[^，,。为给]{{2,40}}?)(?:再)?(?:做|画|设计|生成|制作|来|出|拍|绘制)(?:{NUMBER_ZH}|几)?[张幅个份款]?[^，,。]{{0,4}}(?:{_SHEETS_ZH}|{_SKETCH_ZH})"
    rf"|(?:做|画|设计|生成|制作|来|出)(?:{NUMBER_ZH}|几)?[张幅个份款]?(?:我们?的|这款|那款)(?P<ours>[^，,。]{{2,40}}?)的(?:{_SHEETS_ZH}|{_SKETCH_ZH})"
    rf"|(?:做|画|设计|生成|制作|来|出)(?:{NUMBER_ZH}|几)?[张幅个份款]?(?P<of>[^，,。]{{2,40}}?)的(?:{_SHEETS_ZH})",
)
_SEARCHES = re.compile(
    r"^\s*(?:please )?(?:find|search|show|is|are|do|does|what|where|which|who)\b|^\s*(?:请|帮我)*(?:找|搜|查|有没有)", re.IGNORECASE
)


def product(text: str) -> str:
    """The thing of the library that a marketing picture or a concept sketch is asked for ("for the camp lantern"); empty for none.

    A picture of something that is not anybody's ("a concept sketch of a dragon") is drawn from its words.
    """
    if _SEARCHES.match(text):
        return ""
    if found := _PRODUCT.search(bare(text)):
        rest = re.split(r"\s*(?:,|;| - |\bin the style\b|\bstanding\b)\s*", without_terms(found["about"]), maxsplit=1)[0]
        return rest.strip(' .!?"“”')[:500]
    found = _PRODUCT_ZH.search(text)
    return (found["about"] or found["ours"] or found["of"]).strip()[:500] if found else ""


_OWN = re.compile(
    r"^(?:please |can you |could you )?(?:find|show(?: me)?|look for|where(?: is|'s| are)) (?:my|our) (?P<what>.+)$", re.IGNORECASE
)
_OWN_ZH = re.compile(r"^(?:请|帮我|给我)*(?:找|找到|找出|看看?|显示|看一下|找一下)(?:我|我们)的(?P<what>.+)$")


def own_picture(text: str) -> str:
    """What is looked for in "find my blue dog": a thing that can be drawn, with its colour; empty for "find my keys"."""
    bare_text = text.strip(" .!?。！？")
    found = _OWN.match(bare_text) or _OWN_ZH.match(bare_text)
    what = found["what"].strip() if found else ""
    return what if what and any(group.colours and group.colours[0] for group in read(what).groups) else ""
