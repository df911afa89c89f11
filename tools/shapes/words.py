"""Words of a drawing prompt that are not things: counts, sizes, relations, settings and fillers, in English and Chinese.

Pure data; `prompt.py` reads them.
"""

# ruff: noqa: E501 - a path is one string, however long

from __future__ import annotations

COUNTS: dict[str, int] = {
    "a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "pair": 2, "a pair of": 2, "couple": 2, "a couple of": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 9, "some": 3, "several": 4, "a few": 3, "few": 3, "many": 7,
    "lots of": 7, "a lot of": 7, "a group of": 4, "a bunch of": 5, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6,
    "七": 7, "八": 8, "九": 9, "十": 9, "几": 3, "一些": 3, "许多": 7, "很多": 7, "一群": 4, "一对": 2, "一排": 5,
}  # fmt: skip
CLASSIFIERS = frozenset("个只条朵辆艘架座棵颗张把本头匹件双台部片块轮栋间顶副支枝杯瓶串根位名幅扇列枚盏滴种")
"""Measure words: skipped after a number."""

SIZES: dict[str, float] = {
    "big": 1.35, "large": 1.35, "huge": 1.7, "giant": 1.7, "enormous": 1.8, "tall": 1.3, "small": 0.68, "little": 0.72, "tiny": 0.5,
    "mini": 0.55, "short": 0.75, "大": 1.35, "巨大": 1.7, "超大": 1.7, "大大": 1.4, "小": 0.68, "小小": 0.55, "很小": 0.5, "很大": 1.5,
    "微小": 0.5, "迷你": 0.55, "高": 1.3,
}  # fmt: skip

RELATIONS: dict[str, str] = {
    "left of": "left", "to the left of": "left", "on the left of": "left", "on the left side of": "left",
    "right of": "right", "to the right of": "right", "on the right of": "right", "on the right side of": "right",
    "above": "above", "over": "above", "flying over": "above", "on top of": "on", "on": "on", "sitting on": "on", "standing on": "on",
    "lying on": "on", "below": "below", "under": "below", "underneath": "below", "beneath": "below",
    "next to": "beside", "beside": "beside", "near": "beside", "by": "beside", "close to": "beside", "in front of": "front",
    "behind": "behind", "in": "in", "inside": "in", "inside of": "in", "into": "in", "wearing": "wears", "wears": "wears", "戴": "wears", "戴着": "wears", "戴了": "wears",
    "holding": "beside", "with": "with", "and": "and",
}  # fmt: skip
"""English, standing between the two things."""

RELATIONS_ZH: dict[str, str] = {
    "左边": "left", "左侧": "left", "左面": "left", "右边": "right", "右侧": "right", "右面": "right", "上面": "on", "上方": "above",
    "上空": "above", "上": "on", "下面": "below", "下方": "below", "下": "below", "旁边": "beside", "旁": "beside", "边上": "beside", "附近": "beside",
    "前面": "front", "后面": "behind", "里面": "in", "里": "in", "中": "in", "之间": "beside",
}  # fmt: skip
"""Chinese, standing after the second thing: 猫在桌子上."""

PLACES: dict[str, str] = {
    "on the left": "left", "on the left side": "left", "on the right": "right", "on the right side": "right", "at the top": "top",
    "on the top": "top", "in the corner": "left", "at the bottom": "bottom", "in the middle": "middle", "in the center": "middle",
    "in the centre": "middle", "in the background": "back", "in the foreground": "middle",
    "在左边": "left", "在右边": "right", "在中间": "middle", "在顶部": "top", "在底部": "bottom",
}  # fmt: skip
"""A place in the picture itself."""

SCENES: dict[str, str] = {
    "at night": "night", "night": "night", "by night": "night", "in the night": "night", "night sky": "night", "in the night sky": "night",
    "starry sky": "night", "starry night": "night", "in the dark": "night", "midnight": "night",
    "at sunset": "sunset", "sunset": "sunset", "at dusk": "sunset", "dusk": "sunset", "at dawn": "sunset", "sunrise": "sunset",
    "at sunrise": "sunset", "evening": "sunset", "in the evening": "sunset",
    "in the sea": "sea", "in the ocean": "sea", "on the sea": "sea", "on the ocean": "sea", "at sea": "sea", "sea": "sea", "ocean": "sea",
    "lake": "sea", "on a lake": "sea", "on the lake": "sea", "on the water": "sea", "in the water": "sea", "in water": "sea",
    "river": "sea", "pond": "sea", "in a pond": "sea", "on the river": "sea",
    "underwater": "underwater", "under water": "underwater", "under the sea": "underwater", "aquarium": "underwater",
    "in space": "space", "space": "space", "in outer space": "space", "outer space": "space", "galaxy": "space", "among the stars": "space",
    "in the snow": "snow", "snow": "snow", "winter": "snow", "in winter": "snow", "snowy": "snow", "on snow": "snow",
    "beach": "beach", "on the beach": "beach", "on a beach": "beach", "at the beach": "beach", "desert": "beach", "in the desert": "beach",
    "on the sand": "beach", "seaside": "beach", "at the seaside": "beach", "by the sea": "beach", "shore": "beach", "on the shore": "beach",
    "coast": "beach", "at the coast": "beach", "island": "beach", "on an island": "beach",
    "grass": "meadow", "on the grass": "meadow", "on grass": "meadow", "in the grass": "meadow", "field": "meadow", "in a field": "meadow",
    "in the field": "meadow", "meadow": "meadow", "in a meadow": "meadow", "garden": "meadow", "in a garden": "meadow",
    "in the garden": "meadow", "park": "meadow", "in a park": "meadow", "in the park": "meadow", "forest": "meadow", "in the forest": "meadow",
    "in a forest": "meadow", "farm": "meadow", "on a farm": "meadow", "landscape": "meadow", "outside": "meadow", "outdoors": "meadow",
    "spring": "meadow", "summer": "meadow",
    "in the sky": "sky", "sky": "sky", "blue sky": "sky", "in a blue sky": "sky", "in the air": "sky",
    "in a room": "room", "in the room": "room", "room": "room", "indoors": "room", "kitchen": "room", "in the kitchen": "room",
    "in a kitchen": "room", "bedroom": "room", "living room": "room", "on the wall": "room", "inside a house": "room",
    "road": "road", "on the road": "road", "on a road": "road", "street": "road", "on the street": "road", "on a street": "road",
    "夜晚": "night", "晚上": "night", "夜里": "night", "夜空": "night", "夜": "night", "星空": "night", "日落": "sunset", "夕阳": "sunset",
    "黄昏": "sunset", "傍晚": "sunset", "日出": "sunset", "海": "sea", "大海": "sea", "海上": "sea", "海里": "sea", "海面": "sea", "水里": "sea",
    "水上": "sea", "湖": "sea", "湖上": "sea", "湖里": "sea", "河里": "sea", "池塘": "sea", "海底": "underwater", "水下": "underwater",
    "太空": "space", "宇宙": "space", "太空中": "space", "雪地": "snow", "冬天": "snow", "下雪": "snow", "雪": "snow", "海滩": "beach",
    "沙滩": "beach", "海边": "beach", "沙漠": "beach", "草地": "meadow", "草坪": "meadow", "草原": "meadow", "花园": "meadow", "公园": "meadow", "森林": "meadow",
    "田野": "meadow", "农场": "meadow", "户外": "meadow", "春天": "meadow", "夏天": "meadow", "天空": "sky", "空中": "sky", "蓝天": "sky",
    "天上": "sky", "房间": "room", "屋里": "room", "室内": "room", "厨房": "room", "卧室": "room", "客厅": "room", "马路": "road", "街道": "road",
    "街上": "road", "路上": "road",
}  # fmt: skip

TIMES = frozenset({"night", "sunset"})
"""Scenes that are a time of day and go together with a place."""

PARTS: dict[str, str] = {
    "roof": "accent", "stripes": "accent", "stripe": "accent", "spots": "accent", "dots": "accent", "band": "accent", "sail": "accent",
    "sails": "accent", "collar": "accent", "trousers": "accent", "pants": "accent", "belt": "accent", "scarf": "accent", "wings": "main",
    "petals": "main", "body": "main", "walls": "main", "wall": "main", "icing": "main", "eyes": "",
    "wheels": "", "windows": "", "tail": "", "ears": "", "屋顶": "accent", "条纹": "accent", "斑点": "accent", "围巾": "accent",
    "裤子": "accent", "翅膀": "main", "花瓣": "main", "墙": "main",
}  # fmt: skip
"""Parts of a thing whose colour can be asked for: which of its two colours they take; none when the part is drawn but fixed."""

BACKGROUND = frozenset({"background", "backdrop", "背景", "底色"})

FILLERS = frozenset(
    """
    the of that which is are was be being it its his her their my your our me please draw drawing paint painting sketch make create generate show
    picture pictures image images illustration photo illustrated cartoon want would like need can could you i to for at as this these there
    from very really cute nice beautiful pretty lovely happy funny colorful colourful simple flat vector style icon logo art design clip clipart
    standing sitting flying swimming running driving sailing walking shining floating jumping looking smiling sleeping playing lying hanging growing
    hanging eating riding bright clear fresh colored coloured color colour new old young another full each other side it's let's just up down
    wearing sky-high round shape shapes shaped figure with's giving having has have had do so some kind scene view cool warm good plain solid
    sits stands flies swims drives sails shines is's written says saying text word words reading labeled labelled called named
    """.split()
)
EDIT_WORDS = frozenset(
    """
    add remove delete erase turn change replace with by for swap bigger larger smaller tinier shrink enlarge grow them it instead move shift also place include insert
    everything all both every without rid no make more into 变成 改成 换成 把 将 添加 加上 加 去掉 删除 移除 变 换 成 更 点 一点 大一点 小一点 变大 变小 全部 都 再画 增加 移到 放
    """.split()
)
"""Words of an instruction that name a change, not a thing."""

FILLERS_ZH = frozenset(
    (
        "请 帮我 给我 画 画一 生成 绘制 制作 创建 做 来 一下 图片 图 画面 照片 插画 的 了 着 是 和 与 跟 以及 还有 有 在 被 把 这 那 它 他 她 我 你 想 要 可以 "
        "可爱 漂亮 美丽 好看 卡通 简单 风格 正在 飞翔 飞 游泳 游 跑 坐 站 躺 开 行驶 微笑 闪亮 明亮 写着 文字 吗 吧 呢 啊 用 为 个 很 一张 一幅 张 幅 的是 圆圆 形状"
    ).split()
)
