"""Questions about a picture: which kind they are and which colour, figure or words they name. English and Chinese; sees no picture."""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tools.image_generators._instructions import find_colour

Kind = Literal["text", "colour", "count", "yes_no", "where", "shape", "describe", "size", "brightness", "other"]

FIGURES: dict[str, str] = {
    "circle": "circle", "circles": "circle", "circular": "circle", "disc": "circle", "dot": "circle", "dots": "circle", "round": "circle",
    "square": "square", "squares": "square", "rectangle": "rectangle", "rectangles": "rectangle", "rectangular": "rectangle", "triangle": "triangle",
    "triangles": "triangle", "triangular": "triangle", "star": "star", "stars": "star", "hexagon": "hexagon", "hexagons": "hexagon",
    "pentagon": "pentagon", "ellipse": "ellipse", "oval": "ellipse", "diamond": "diamond", "rhombus": "diamond",
    "圆形": "circle", "圆": "circle", "正方形": "square", "方块": "square", "方形": "square", "长方形": "rectangle", "矩形": "rectangle", "三角形": "triangle",
    "三角": "triangle", "五角星": "star", "星": "star", "六边形": "hexagon", "五边形": "pentagon", "椭圆": "ellipse", "菱形": "diamond",
}  # fmt: skip
_GENERIC = re.compile(r"\b(things?|objects?|shapes?|figures?|items?|elements?|of them|pieces)\b|东西|物体|图形|形状|物品", re.IGNORECASE)
_RULES: tuple[tuple[Kind, str], ...] = (
    ("text", r"\b(say|says|said|read|reads|written|writing|write|text|words?|sign|signs|prices?|cost|costs|how much|letters?|numbers? (?:is|are|plate)|plate|title|label|headline|spell|phone number|date|address|menu|receipt|total|logo|brand|name|email|url|deadline|due)\b"
             r"|写着|写了|写的|文字|字|价格|多少钱|几块|牌子|标志|标题|标签|电话|号码|日期|地址|菜单|收据|合计|总计|总价|名字|品牌|念|读"),
    ("count", r"\b(how many|count|number of)\b|多少[个只条张朵本辆]?|几[个只条张朵本辆棵颗]|数一数|有几"),
    ("colour", r"\bcolou?rs?\b|\bwhat shade\b|颜色|什么色|啥色"),
    ("where", r"\bwhere\b|\bwhich (side|corner|part)\b|\bposition\b|哪里|哪儿|在哪|什么位置|哪个位置|哪边"),
    ("size", r"\b(how (big|large|wide|tall|high)|resolution|dimensions?|size|pixels|landscape|portrait|aspect ratio|orientation)\b|多大|尺寸|分辨率|像素|横向|竖向|横版|竖版"),
    ("brightness", r"\b(bright(ness)?|dark|day ?time|night ?time|black and white|gr[ae]yscale)\b|亮|暗|黑白"),
    ("shape", r"\b(what|which) (shape|figure)|\bshape (is|does|are)\b|什么形状|啥形状|什么图形"),
    ("yes_no", r"^\s*(is|are|does|do|can you see|has|have|was|isn't|aren't|doesn't|any)\b|吗[？?]?\s*$|有没有|是不是|是否"),
    ("describe", r"\b(what('s| is| are)?|describe|tell me|show|see|caption|identify|who|which|explain|analy[sz]e|about)\b|什么|描述|介绍|看到|说说|谁|是啥"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _RULES)
_NEGATED = re.compile(r"\b(not|no|n't|without)\b|n't\b|(?<!有)没有|(?<!是)不(?!是)", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“”「『'‘](.+?)[\"“”」』'’](?!\w)")
_UPPER = re.compile(r"\b[A-Z]{2,}(?:\s+[A-Z]{2,})*\b")


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
    words: str = ""


def understand(question: str) -> Question:
    """The question's kind and what it names."""
    text = " ".join(question.split())
    bare = _QUOTED.sub(" ", text)
    quoted = _QUOTED.search(text)
    upper = _UPPER.search(text) if re.search(r"\b(say|says|read|text|word|words|written|writing|sign)\b|写|字", bare, re.I) else None
    noun = _noun(bare)
    return Question(
        kind=_kind(bare), colour=find_colour(bare), figure=_figure(bare), quoted=quoted[1] if quoted else upper[0] if upper else "",
        negated=bool(_NEGATED.search(bare)), generic=bool(_GENERIC.search(bare)) or not noun, noun=noun,
        of_background=bool(re.search(r"\b(background|behind|wall|sky)\b|背景|天空", bare, re.I)), words=text,
    )  # fmt: skip


def _kind(bare: str) -> Kind:
    """The first rule that fits, put right where two fit."""
    kind: Kind = next((k for k, p in _COMPILED if p.search(bare)), "other")
    asks_whether = re.match(r"^\s*(is|are|does|do|can you see|was|has|have)\b", bare, re.I)
    asks_what = re.search(r"\b(what|which|where|how)\b", bare, re.I) or re.match(r"^\s*(can|could|do) you (read|tell)", bare, re.I)
    if asks_whether and not asks_what and kind in ("text", "colour", "shape", "brightness"):
        return "yes_no"
    if kind == "text":
        if re.search(r"\bhow many\b|几个|多少个", bare, re.I) and not re.search(r"price|cost|钱", bare, re.I):
            return "count"
        if re.search(r"\bcolou?r\b|颜色", bare, re.I):
            return "colour"
        if re.search(r"\bwhere\b|哪", bare, re.I):
            return "where"
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
    background side part who be look like here your
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
