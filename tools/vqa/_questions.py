"""Questions about a picture: which kind they are, and which things, colour, figure, place or words they name. English and Chinese.

Sees no picture.
"""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tools.image_generators._instructions import find_colour
from tools.vqa._names import nouns_in
from tools.vqa._pointing import Place, Side, place_in, side_in

Kind = Literal["text", "colour", "count", "yes_no", "where", "shape", "describe", "which", "size", "brightness", "other"]

FIGURES: dict[str, str] = {
    "circle": "circle", "circles": "circle", "circular": "circle", "disc": "circle", "dot": "circle", "dots": "circle", "round": "circle",
    "square": "square", "squares": "square", "rectangle": "rectangle", "rectangles": "rectangle", "rectangular": "rectangle", "triangle": "triangle",
    "triangles": "triangle", "triangular": "triangle", "star": "star", "stars": "star", "hexagon": "hexagon", "hexagons": "hexagon",
    "pentagon": "pentagon", "ellipse": "ellipse", "oval": "ellipse", "diamond": "diamond", "rhombus": "diamond",
    "圆形": "circle", "圆": "circle", "正方形": "square", "方块": "square", "方形": "square", "长方形": "rectangle", "矩形": "rectangle", "三角形": "triangle",
    "三角": "triangle", "五角星": "star", "星": "star", "六边形": "hexagon", "五边形": "pentagon", "椭圆": "ellipse", "菱形": "diamond",
}  # fmt: skip
GROUPS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("animals",), r"\b(animals?|creatures?|pets?|beasts?)\b|动物|宠物"),
    (("food",), r"\b(foods?|fruits?|vegetables?|meals?|snacks?|veggies?)\b|食物|水果|蔬菜|吃的"),
    (("vehicles",), r"\b(vehicles?|means of transport)\b|交通工具|车辆"),
    (("nature",), r"\b(plants?)\b|植物"),
)  # fmt: skip
_GENERIC = re.compile(
    r"\b(things?|objects?|shapes?|figures?|items?|elements?|of them|pieces|drawings?|pictures? in|stuff|one|ones)\b|东西|物体|图形|形状|物品|图案|个图",
    re.IGNORECASE,
)
_RULES: tuple[tuple[Kind, str], ...] = (
    ("text", r"\b(say|says|said|read|reads|written|writing|write|text|words?|sign|signs|prices?|cost|costs|how much|letters?|numbers? (?:is|are|plate)|plate|title|label|headline|spell|phone number|date|address|menu|receipt|total|logo|brand|name|email|url|deadline|due|caption of|inscription|printed|ax[ie]s|when|what time|opening hours)\b"
             r"|写着|写了|写的|文字|字|价格|多少钱|几块|牌子|标志|标题|标签|电话|号码|日期|地址|菜单|收据|合计|总计|总价|名字|品牌|念|读|书名|轴|什么时候|何时|几点|营业时间"),
    ("count", r"\b(how many|count|number of|amount of)\b|多少[个只条张朵本辆架棵颗头匹艘座支把件杯台位]?|几[个只条张朵本辆棵颗架头匹艘座支把件杯台位]|数一数|有几|数量"),
    ("colour", r"\bcolou?r(s|ed)?\b|\bwhat shade\b|\bhue\b|颜色|什么色|啥色|何色"),
    ("where", r"\bwhere(abouts)?\b|\bwhich (side|corner|part)\b|\b(position|location)\b|\blocated?\b|^\s*(please |can you )?(find|point( me)? to) (the|my|an?)\b|\bwhat (side|corner|part)\b|哪里|哪儿|在哪|什么位置|哪个位置|哪边|哪个角|什么地方|哪一边"),
    ("size", r"\b(how (big|large|wide|tall|high)|resolution|dimensions?|size|pixels|landscape|portrait|aspect ratio|orientation)\b|多大|尺寸|分辨率|像素|横向|竖向|横版|竖版"),
    ("brightness", r"\b(bright(ness)?|dark|day ?time|night ?time|black and white|gr[ae]yscale)\b|亮|暗|黑白"),
    ("shape", r"\b(what|which) (shape|figure)|\bshape (is|does|are)\b|什么形状|啥形状|什么图形"),
    ("yes_no", r"^\s*(is|are|does|do|can you see|has|have|was|isn't|aren't|doesn't|any)\b|吗[？?]?\s*$|有没有|是不是|是否|在不在|有无"),
    ("describe", r"\b(what('s| is| are)?|describe|tell me|show|see|caption|identify|who|which|explain|analy[sz]e|about|name|recogni[sz]e|list)\b|什么|描述|介绍|看到|说说|谁|是啥|哪些|认出|认得|哪种"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _RULES)
_NEGATED = re.compile(r"\b(not|no|n't|without)\b|n't\b|(?<!有)没有|(?<!是)不(?!是)", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“”「『'‘](.+?)[\"“”」』'’](?!\w)")
_UPPER = re.compile(r"\b[A-Z]{2,}(?:\s+[A-Z]{2,})*\b")
_ASKS_WHETHER = re.compile(
    r"\b(tell me|i wonder|check|see|know|say) (if|whether)\b|^\s*(?:(?:so|and|hey|please|now),? )?(is|are|does|do|can you (?:see|find|spot)|could you see|was|has|have|any|am i|would you say|would there be|isn't|aren't)\b",
    re.I,
)
_ASKS_WHAT = re.compile(r"\b(what|which|where|how)\b", re.I)
_IDLE = re.compile("左手边?|右手边?|正?中心|手写|包含|包括|信息|水果|上方|下方|花色|水平|图书?片|心里|手工|门类|书名|书写|人工|水印|写字")
"""Chinese words with a noun inside them that is not meant."""
_COMPARED = re.compile(r"\b(more|fewer|less)\b.*\bthan\b|比.+(多|少)", re.I)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_NUMBER = re.compile(
    r"\b(one|two|three|four|five|six|\d{1,2})\s+(?=[a-z])|([一两二三四五六]|\d{1,2})[个只条张朵本辆棵颗架头匹艘座支把件杯台位]", re.I
)


class Question(BaseModel):
    """A question taken apart."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    colour: str = ""
    """Colour it names."""
    figure: str = ""
    """Plane figure it names."""
    quoted: str = ""
    """Words it looks for in the picture."""
    negated: bool = False
    generic: bool = True
    """It asks about things in general, not about a kind of object that would have to be recognised."""
    of_background: bool = False
    noun: str = ""
    """The object it names, as said."""
    nouns: tuple[str, ...] = ()
    """The things it names, as `nouns.toml` calls them: first the one asked about, then the one it is beside."""
    groups: tuple[str, ...] = ()
    """Kinds of things it asks about: animals, food, ..."""
    side: Side = ""
    """Which side of the last of `nouns`."""
    place: Place = ""
    """Which part of the picture."""
    number: int | None = None
    """How many it asks whether there are."""
    compared: str = ""
    """`more` or `fewer`, of the first noun than of the second."""
    words: str = ""


def understand(question: str) -> Question:
    """The question's kind and what it names."""
    text = " ".join(question.split())
    bare = _QUOTED.sub(" ", text)
    quoted = _QUOTED.search(text)
    upper = _UPPER.search(text) if re.search(r"\b(say|says|read|text|word|words|written|writing|sign)\b|写|字", bare, re.I) else None
    kind = _kind(bare)
    noun = _noun(bare)
    side, nouns, place = _pointed(bare)
    number = _NUMBER.search(bare) if kind == "yes_no" else None
    groups = next((g for g, p in GROUPS if re.search(p, bare, re.I)), ())
    compared = _COMPARED.search(bare)
    return Question(
        kind=kind, colour=_colour(bare, nouns), figure=_figure(bare), quoted=quoted[1] if quoted else upper[0] if upper else "",
        negated=bool(_NEGATED.search(bare)), generic=bool(_GENERIC.search(bare)) or not (noun or nouns), noun=noun, nouns=nouns, groups=groups,
        side=side, place=place, words=text, number=_counted(number), compared=_more(compared),
        of_background=bool(re.search(r"\b(background|behind|backdrop|canvas|wall|sky)\b|背景|天空|底色", bare, re.I)) and not side,
    )  # fmt: skip


def _counted(found: re.Match[str] | None) -> int | None:
    if not found:
        return None
    said = (found[1] or found[2]).lower()
    return _NUMBERS.get(said) or (int(said) if said.isdigit() else None)


def _more(found: re.Match[str] | None) -> str:
    if not found:
        return ""
    return "fewer" if re.search(r"\b(fewer|less)\b|少", found[0], re.I) else "more"


def _pointed(bare: str) -> tuple[Side, tuple[str, ...], Place]:
    """The side, the things in the order asked-about first, and the part of the picture."""
    hidden = _IDLE.sub(lambda m: "□" * len(m[0]), bare)
    found = [(at, noun) for at, noun in nouns_in(hidden) if not _is_colour(hidden, at, noun)]
    side, start, end = side_in(bare)
    nouns = [noun for _, noun in found]
    if not side or not nouns:
        return "", tuple(dict.fromkeys(nouns)), place_in(bare)
    chinese = bool(re.match("[\u3400-\u9fff]", bare[end - 1 : end] or ""))
    if chinese:
        # "A在B的左边吗", "B左边是什么": the thing just before the side is the one it is beside.
        before = [noun for at, noun in found if at < start]
        if not before:
            return "", tuple(dict.fromkeys(nouns)), place_in(bare)
        anchor = before[-1]
    else:
        after = [noun for at, noun in found if at >= end]
        if not after:
            return "", tuple(dict.fromkeys(nouns)), place_in(bare)
        anchor = after[0]
    others = [noun for noun in nouns if noun != anchor]
    return side, (*dict.fromkeys(others), anchor), ""


def _is_colour(text: str, at: int, noun: str) -> bool:
    """Whether the word `orange` is said as a colour."""
    if noun != "orange" or text[at : at + 6].lower() != "orange" or text[at : at + 7].lower() == "oranges":
        return False
    return not re.search(r"\b(an|the|of|than|any)\s*$", text[:at], re.I) or bool(
        re.match(r"orange (?!in\b|on\b|is\b|to\b|at\b)[a-z]", text[at:], re.I)
    )


def _colour(bare: str, nouns: tuple[str, ...]) -> str:
    """The colour a question names; an orange is a thing where it was understood as one."""
    found = find_colour(re.sub(r"\boranges?\b|橙子", " ", bare, flags=re.I) if "orange" in nouns else bare)
    return {"grey": "gray"}.get(found, found)


def _kind(bare: str) -> Kind:
    """The first rule that fits, put right where two fit."""
    kind: Kind = next((k for k, p in _COMPILED if p.search(bare)), "other")
    whether = _ASKS_WHETHER.search(bare)
    asks_what = _ASKS_WHAT.search(bare) or re.match(r"^\s*(can|could|do) you (read|tell)", bare, re.I)
    if (whether and not asks_what and kind not in ("yes_no", "size")) or _COMPARED.search(bare):
        return "yes_no"
    if re.match(r"\s*there('s| is| are)\b.*\bright\s*\?|.*\b(isn't|aren't) (it|there|they)\s*\?$", bare, re.I):
        return "yes_no"
    if re.search(
        r"\b(which|what)\b.*\b\w+er\b.*\bor\b|\b(which|what) (one )?(thing )?(is|of|one)\b.*,.*\bor\b|\bwhich\b.*\bor\b|哪(个|一个).*还是|还是.*哪",
        bare,
        re.I,
    ):
        return "which"
    if kind == "text":
        if re.search(r"\b(how many|number of)\b|几个|多少个", bare, re.I) and not re.search(r"price|cost|钱", bare, re.I):
            return "count"
        if re.search(r"\bcolou?r\b|颜色", bare, re.I):
            return "colour"
        if re.search(r"\bwhere\b|哪", bare, re.I) and not re.search(r"哪些字|哪些文字", bare):
            return "where"
        if re.match(r"^\s*(can you |please )?(name|list) (the |all |every|each)", bare, re.I) and not re.search(
            r"\b(brand|title)\b", bare, re.I
        ):
            return "describe"
    if kind in ("where", "brightness") and re.search("吗[？?]?$|是不是|有没有|是否", bare):
        return "yes_no"
    if kind == "colour" and re.search("吗[？?]?$|是不是|有没有|是否", bare) and not re.search("什么", bare):
        return "yes_no"
    if kind == "describe" and re.search(r"\bshape\b|形状|图形", bare, re.I):
        return "shape"
    return kind


def _figure(text: str) -> str:
    low = text.lower()
    for word in sorted(FIGURES, key=len, reverse=True):
        if re.search(rf"\b{word}\b", low) if word.isascii() else word in low:
            return FIGURES[word]
    return ""


_STOP = frozenset(
    """
    what which where how many much is are was were the a an this that these those there in on of at to and or not no does do did contain contains image
    picture photo it its any some you see can i me my color colour colors colours shape shapes present figure main object objects thing things count number
    tell show describe about please with have has from for big small large left right top bottom middle one two three yes word text say says read written
    background side part who be look like here your find spot located if whether wonder visible would could many appear appears amount
    """.split()
)


def _noun(text: str) -> str:
    """The first content word that is no colour, figure or common word; the object that the question is about."""
    for word in re.findall(r"[A-Za-z][a-z]+", text):
        low = word.lower()
        if low not in _STOP and low not in FIGURES and not find_colour(low):
            return str(low)
    chinese = re.search(r"(?:几|多少)[个只条张朵本辆棵颗]?([\u3400-\u9fff]{1,4})|([\u3400-\u9fff]{1,4}?)(?:是什么颜色|的颜色|在哪)", text)
    noun: str = next((g for g in chinese.groups() if g), "") if chinese else ""
    noun = re.sub(r"^(这|那|图|里|片|中|个|的|张|上|有|只|主要|吗)+", "", noun)
    return "" if not noun or noun in FIGURES or find_colour(noun) or _GENERIC.search(noun) else noun
