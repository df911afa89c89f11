"""Instructions for changing any picture, in English and Chinese -> the name of an operation and its values. Knows no pixel."""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from tools.shapes.palette import NAMES
from tools.shapes.prompt import read


class Operation(BaseModel):
    """One change of the pixels."""

    model_config = ConfigDict(frozen=True)

    name: str
    amount: float = Field(default=0.0, ge=-360, le=360)
    colour: str = ""
    """Name of the palette, or `transparent`."""
    text: str = Field(default="", max_length=300)
    """Words to write; of a `scene`, the words that say where."""
    place: str = Field(default="", max_length=20)


_RULES: tuple[tuple[str, str], ...] = (
    ("remove_text", r"(remove|erase|delete|clean|hide).{0,16}\b(text|words?|writing|caption|watermark|letters?)\b|(去掉|删除|去除|移除|擦掉).{0,6}(文字|字|水印)"),
    ("remove_background", r"(remove|cut ?out|delete|erase|drop|transparent).{0,16}\bbackground\b|\bcut ?out\b|transparent background|(去掉|删除|去除|移除|抠).{0,4}(背景|图)|透明背景|抠图"),
    ("scene", r""),
    ("background", r"\bbackground\b|背景|底色"),
    ("caption", r"(add|write|put|with|insert).{0,16}\b(text|caption|title|words?|label)\b|(添加|加上|加|写上|写).{0,4}(文字|标题|字|字幕)"),
    ("grayscale", r"\b(gr[ae]y ?scale|black[ -]and[ -]white|b&w|monochrome|desaturate)\b|黑白|灰度"),
    ("sepia", r"\b(sepia|vintage|old photo|antique)\b|复古|怀旧|老照片"),
    ("invert", r"\b(invert|negative)\b|反色|反相|负片"),
    ("blur", r"\b(blur\w*|soften|out of focus)\b|模糊|虚化"),
    ("sharpen", r"\b(sharp\w*|crisper|deblur)\b|锐化|清晰"),
    ("brighter", r"\b(bright\w*|lighten|lighter)\b|亮"),
    ("darker", r"\b(dark\w*|dim\w*)\b|暗|变黑一点"),
    ("less_contrast", r"(less|lower|reduce|decrease).{0,10}contrast|(降低|减少|减小).{0,4}对比"),
    ("contrast", r"\bcontrast\b|对比度|对比"),
    ("less_saturation", r"(less|lower|reduce|decrease).{0,10}(saturat\w*|colou?rful|vivid)|(降低|减少).{0,4}饱和"),
    ("saturation", r"\b(saturat\w*|colou?rful|vivid|vibrant)\b|饱和|鲜艳"),
    ("upscale", r"\b(up-?scale|upsample|enlarge|enhance resolution|higher resolution|super[ -]?resolution)\b|超分|提高分辨率|放大"),
    ("flip_vertical", r"\b(flip|mirror).{0,14}(vertical\w*|upside)|upside[ -]down|上下翻转|垂直翻转|倒过来"),
    ("flip", r"\b(flip|mirror\w*)\b|翻转|镜像|水平翻转"),
    ("rotate", r"\b(rotat\w*|turn (it )?(left|right|around)|clockwise)\b|旋转|转"),
    ("crop", r"\b(crop|square)\b|裁剪|裁成|正方形"),
    ("resize", r"\b(resize|scale|bigger|larger|smaller|shrink|half the size|double|(twice|triple|thrice|times) (as|the) (large|big|size|wide|tall))\b|\d+\s*[x×]\s*\d+|缩小|变大|变小|调整大小|尺寸"),
    ("border", r"\b(border|frame)\b|边框|相框"),
    ("pixelate", r"\b(pixel(ate|ated|art)?|mosaic)\b|像素|马赛克|打码"),
    ("cartoon", r"\b(cartoon\w*|comic|poster\w*)\b|卡通"),
    ("sketch", r"\b(sketch|pencil drawing|line drawing|edges)\b|素描|线稿"),
    ("warmer", r"\bwarm\w*\b|暖"),
    ("cooler", r"\b(cool\w*|colder)\b|冷色|偏冷"),
    ("erase", r"\b(inpaint|erase|remove|fill in|clean)\b|去掉|移除|擦掉|修补|消除"),
)  # fmt: skip
_COMPILED = tuple((name, re.compile(pattern, re.I)) for name, pattern in _RULES)
_ONTO = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:put|place|set|show|move|bring|have|transport|teleport)\s+(?:it|him|her|them|this|that|these|those|(?:the|my|this|that|these)\s+(?:\w+\s+){1,3}?)?\s*((?:on|onto|on to|in|into|at|to|under|inside|before|against|among|by)\b.+)$",
        r"\bbackground\b\s*(?:should be|to be|to|into|with|by|for|of|is|:)?\s*(.+)$|\b(?:an?|the)\s+([\w ]{2,30}?)\s+(?:background|backdrop|scene)\b",
        r"(?:放|移|搬|挪|摆|置|带)(?:到|在|进|去|至)?(.+)$|背景.{0,3}?(?:换成|改成|变成|改为|换为|设为|是|为|用)(.+)$|(?:换成|改成|变成|换到|加上|用)(.+?)(?:的)?背景",
    )
)
_QUOTED = re.compile(r"[\"“”「『](.+?)[\"“”」』]|(?<!\w)['‘]([^'’]+)['’](?!\w)")
_AFTER = re.compile(r"(?:caption|text|title|words?|saying|says?)\s*[::]?\s+(.+)$|(?:文字|标题|字)[::]?\s*(.+)$", re.I)
_NUMBER = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(%|percent|degrees?|°|度|px|x|倍|times)?", re.I)
_WORDS = {"twice": 2.0, "double": 2.0, "two": 2.0, "thrice": 3.0, "triple": 3.0, "three": 3.0, "four": 4.0}
_CHINESE = {"一": 2.0, "两": 2.0, "二": 2.0, "三": 3.0, "四": 4.0}
"""一倍 says by how much a thing grows, so that it doubles."""
_SIZE = re.compile(r"(\d{2,4})\s*[x×*]\s*(\d{2,4})")


def understand(instruction: str) -> Operation | None:
    """The operation that `instruction` asks for; None when no rule knows it."""
    bare = re.sub(r"[\"“”「『].+?[\"“”」』]", " ", instruction)
    colour = find_colour(bare)
    for name, pattern in _COMPILED:
        if not pattern.search(bare):
            continue
        operation = _fill(name, instruction, bare, colour)
        if operation is not None:
            return operation
    if colour:
        tint = re.search(r"\b(tint|tone|filter|overlay)\b|色调|滤镜", bare, re.I)
        return Operation(name="tint" if tint else "recolour", colour=colour)
    return None


def find_colour(text: str) -> str:
    """The palette's name of the first colour said in `text`; empty when none is. The longest name wins."""
    low = text.lower()
    best: tuple[int, int, str] | None = None
    for word, name in NAMES.items():
        at = -1
        if word.isascii():
            match = re.search(rf"\b{re.escape(word)}\b", low)
            at = match.start() if match else -1
        elif len(word) > 1 or low.strip() == word:
            at = low.find(word)
        if at >= 0 and (best is None or (at, -len(word)) < best[:2]):
            best = (at, -len(word), name)
    return best[2] if best else ""


def _fill(name: str, instruction: str, bare: str, colour: str) -> Operation | None:
    """The operation with its values; None when the rule needs a value that is not there."""
    if name == "caption":
        match = _QUOTED.search(instruction) or _AFTER.search(instruction)
        words = next((g for g in match.groups() if g), "") if match else ""
        top = re.search(r"\b(top|above)\b|顶|上方", bare, re.I)
        return Operation(name=name, text=words.strip()[:120], place="top" if top else "bottom") if words else None
    if name == "scene":
        where = scenery(instruction)
        return Operation(name=name, text=where) if where else None
    if name == "background":
        blur = re.search(r"blur|模糊|虚化", bare, re.I)
        if blur:
            return Operation(name="blur_background")
        return Operation(name=name, colour=colour) if colour else None
    if (
        name in ("brighter", "darker")
        and colour
        and re.search(r"(light|dark|bright)\s+\w+", bare, re.I)
        and not re.search(r"\b(picture|image|photo|it)\s*(\w+\s)?(bright|dark|light)", bare, re.I)
    ):
        return None
    if name == "rotate":
        return Operation(name=name, amount=_angle(bare))
    if name == "resize":
        size = _SIZE.search(bare)
        if size:
            return Operation(name=name, place=f"{size[1]}x{size[2]}")
        smaller = re.search(r"smaller|shrink|half|缩小|变小|小", bare, re.I)
        return Operation(name=name, amount=_factor(bare, 0.5 if smaller else 1.5))
    if name == "upscale":
        return enlarged(bare)
    if name == "crop":
        side = re.search(r"\b(left|right|top|bottom)\b", bare, re.I)
        return Operation(name=name, place=side[1].lower() if side else "")
    strength = (
        0.6
        if re.search(r"\b(slightly|a little|a bit|bit)\b|一点|稍", bare, re.I)
        else 1.6
        if re.search(r"\b(much|very|a lot|strong\w*)\b|很|非常|大幅", bare, re.I)
        else 1.0
    )
    return Operation(name=name, amount=strength, colour=colour)


def enlarged(instruction: str) -> Operation:
    """How large a picture is to become: `1024x768` when sides are named, else twice as large, or as many times as is said, 1.5 to 4."""
    size = _SIZE.search(instruction)
    if size:
        return Operation(name="upscale", place=f"{size[1]}x{size[2]}")
    return Operation(name="upscale", amount=max(1.5, min(4.0, _factor(instruction, 2.0))))


def scenery(instruction: str) -> str:
    """The words that say where the main thing is to be put ("on a beach at night"); empty when the instruction is not about that."""
    for pattern in _ONTO:
        match = pattern.search(instruction)
        words = next((g for g in match.groups() if g), "") if match else ""
        plan = read(words)
        if plan.scene or plan.time:
            return words.strip()[:300]
    return ""


def _angle(text: str) -> float:
    """Degrees clockwise, 90 unless told."""
    number = _NUMBER.search(text)
    degrees = float(number[1]) % 360 if number else 180.0 if re.search(r"upside|around|颠倒", text, re.I) else 90.0
    left = re.search(r"\b(left|counter-?clockwise|anti-?clockwise)\b|左|逆时针", text, re.I)
    return -degrees if left else degrees


def _factor(text: str, default: float) -> float:
    """How many times as large."""
    number = _NUMBER.search(text)
    if number is None:
        word = re.search(r"\b(twice|double|thrice|triple)\b|\b(two|three|four) times\b", text, re.I)
        chinese = re.search(r"([一两二三四])倍", text)
        return _WORDS[next(w for w in word.groups() if w).lower()] if word else _CHINESE[chinese[1]] if chinese else default
    value = float(number[1])
    return max(0.05, min(8.0, value / 100 if number[2] in ("%", "percent") else value if value <= 8 else default))
