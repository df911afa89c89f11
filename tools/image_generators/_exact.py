"""Exact: which instructions are about the picture as pixels and nothing else, and what a wish for a variation adds. Knows no pixel.

A model that draws must not be asked to turn a picture by 90 degrees; but "a black and white cat on a mirror" is no wish for either.
"""

from __future__ import annotations

import re

from tools.image_generators._instructions import Operation, understand
from tools.shapes.palette import NAMES

_ALWAYS = frozenset(
    """
    remove_text remove_background blur_background caption grayscale sepia invert blur sharpen brighter darker less_contrast contrast
    less_saturation saturation upscale flip_vertical flip rotate crop resize border pixelate warmer cooler tint
    """.split()
)
"""Operations that pixels do better than any model that draws."""
_ADDS = frozenset({"caption", "border"})
_ADDING = re.compile(r"\b(add|put|insert|draw|place)\b", re.I)
_QUOTED = re.compile(r"[\"“”「『].+?[\"“”」』]|(?<!\w)['‘][^'’]+['’](?!\w)")
_WORDS = re.compile(r"[a-z]+(?:[-'][a-z]+)*", re.I)
_PICTURE = frozenset(
    """
    a an the it its it's this that these them me my i i'd id picture pictures image photo photograph pic drawing one ones please can could
    you would like want need to by of in into onto on at from for as with so and but then make makes turn turned convert change changed give
    get set let be is just now again more less much very lot little bit slightly too way whole entire all everything look degree degrees
    percent pixels pixel px x times time size side sides color colour colors colours version style effect filter mode half
    """.split()
)
_OPERATING = frozenset(
    """
    rotate rotated rotating clockwise counterclockwise counter-clockwise anticlockwise anti-clockwise left right around upside upside-down
    down flip flipped mirror mirrored horizontally vertically horizontal vertical crop cropped square middle centre center top bottom resize
    scale scaled up upscale up-scale upscaled upsample enlarge enlarged bigger larger large big wide tall smaller small shrink double twice
    triple thrice two three four higher high super super-resolution resolution enhance gray grey grayscale greyscale black white
    black-and-white monochrome desaturate desaturated sepia vintage antique old invert inverted negative blur blurred blurry blurrier soften
    sharpen sharper sharp crisper deblur bright brighter brighten lighten lighter light dark darker darken dim dimmer contrast saturate
    saturated saturation colorful colourful vivid vibrant border frame pixelate pixelated pixel-art mosaic warm warmer cool cooler colder
    tint tinted tone overlay text caption title word words label writing watermark letters saying says remove erase delete clean hide cut
    out cutout cut-out transparent background increase raise reduce lower decrease add put write insert drop below above under
    """.split()
)
_CHINESE = re.compile(
    "|".join(
        sorted(
            """
            把 将 它 这 那 张 幅 个 图片 图像 照片 图 画面 画 请 可以 能 帮我 帮 给我 给 吗 呢 一下 一点 一些 些 变成 改成 转成
            转为 变 成 为 调 弄 做 再 更 点 的 了 吧 到 向 往 左 右 上 下 边 半 顺时针 逆时针 旋转 转 度 翻转 镜像 水平 垂直
            颠倒 倒过来 裁剪 裁成 裁 正方形 中间 黑白 灰度 复古 怀旧 老照片 反色 反相 负片 模糊 虚化 锐化 清晰 明亮 亮 暗 降低
            减少 减小 提高 增加 增强 对比度 对比 饱和度 饱和 鲜艳 超分 分辨率 放大 缩小 变大 变小 大 小 倍 一 二 两 三 四 尺寸
            调整 边框 相框 添加 加上 加 写上 写 文字 字幕 标题 字 水印 去掉 删除 去除 移除 抠图 抠 背景 透明 像素 马赛克 打码
            暖 冷 偏 色调 滤镜 颜色 色 九十
            """.split(),
            key=len,
            reverse=True,
        )
    )
)
_LIKE = re.compile(
    r"\b(image_\d+|a|an|the|it|this|that|these|those|them|me|my|i|i'd|please|can|could|you|would|like|want|need|to|of|for|from|more|another|other"
    r"|others|again|one|ones|first|second|third|fourth|fifth|sixth|seventh|eighth|last|number|two|three|four|five|six|seven|eight|\d+"
    r"|variations?|variants?|versions?|options?|similar|different(ly)?|draw|make|show|give|do|try|vary|way|ways|picture|pictures|image"
    r"|images|photo|drawing|something|some|same|just|new|also|once|candidates?)\b"
    r"|再|来|画|一|两|二|三|四|五|六|七|八|几|张|个|幅|些|类似|相似|差不多|像|这样|这|那|样|第|的|了|吧|请|给我|我要|我想要|变体|版本|换|更多|另外|另|同样|不同|它"
    r"|和|图片|图|多|种|最后",
    re.I,
)
_OPENING = re.compile(r"^\s*(but|and|only|just|with that|,|，|但是|但|不过|而且|只是)+\s*", re.I)


def exact(instruction: str) -> Operation | None:
    """The operation on pixels that the whole instruction asks for; None when there is more to it, or none."""
    operation = understand(instruction)
    if operation is None or operation.name not in _ALWAYS:
        return None
    bare = _QUOTED.sub(" ", instruction)
    if operation.name == "caption":
        return operation if _QUOTED.search(instruction) else None
    if _ADDING.search(bare) and operation.name not in _ADDS:
        return None
    words = {word.lower() for word in _WORDS.findall(bare)}
    if words - _PICTURE - _OPERATING - {word for word in NAMES if word.isascii()}:
        return None
    chinese = "".join(c for c in bare if "\u3400" <= c <= "\u9fff")
    for name in sorted((n for n in NAMES if not n.isascii()), key=len, reverse=True):
        chinese = chinese.replace(name, "")
    return None if _CHINESE.sub("", chinese) else operation


def added(instruction: str) -> str:
    """What a wish for a variation says besides being one: "more like the second one, but red" -> "red"; mostly nothing."""
    head, found, tail = instruction.partition(next(iter(re.findall(r"\bbut\b|\bonly\b|但是|但|不过", instruction, re.I)), "\0"))
    kept = tail if found else head
    left = _LIKE.sub(" ", kept)
    if not re.search(r"\w", left):
        return ""
    return " ".join(_OPENING.sub("", kept if found else left).split()).strip(" ,.;!?，。；！？")
