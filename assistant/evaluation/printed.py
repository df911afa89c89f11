"""Pictures with printed words, and questions about them: signs, book covers, buttons, receipts, charts. English and Chinese."""

# ruff: noqa: E501 - what is printed is one line a kind

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from assistant.evaluation.scenes import COLOURS, Colour
from retrieval.faults import NotInstalled

FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSerif",
    "LiberationSans-Regular",
    "LiberationSerif-Bold",
    "LiberationMono-Regular",
    "LiberationSansNarrow-Bold",
)
CHINESE = "NotoSansCJK-Regular.ttc"
LINES = {
    "sign": ["NO ENTRY", "EXIT ONLY", "WET FLOOR", "OPEN 24 HOURS", "PRIVATE ROAD", "STAFF ONLY", "MIND THE GAP", "BUS STOP 17", "ROOM 204", "禁止吸烟", "小心地滑", "安全出口", "请勿打扰"],
    "book": ["The Silent River", "A History of Bread", "Stars and Stones", "Winter Garden", "Learning to Draw", "The Blue Door", "海边的房子", "中国茶文化"],
    "button": ["Submit", "Cancel", "Sign in", "Add to cart", "Download", "Next step", "确定", "取消", "下一步"],
    "chart": ["Sales by Region", "Monthly Rainfall", "Energy Use 2024", "Visitors per Day", "Population Growth", "季度销售额", "每月气温"],
}  # fmt: skip
AXES = [("Month", "Units sold"), ("Year", "Visitors"), ("Week", "Hours"), ("Region", "Revenue"), ("Day", "Temperature")]


@dataclass
class Print:
    """A picture with printed words."""

    kind: str
    image: Image.Image
    question: str
    language: str
    answer: str


def printed(dice: random.Random) -> Print:
    """A sign, a book cover, a button, a receipt or a chart, with a question about its words."""
    kind = dice.choice(["sign", "sign", "book", "button", "receipt", "chart", "axis"])
    image, question, answer = (_receipt if kind == "receipt" else _chart if kind in ("chart", "axis") else _plate)(kind, dice)
    language = "zh" if not answer.isascii() else "en"
    if language == "zh":
        question = {"What is the title of the chart?": "图表的标题是什么？"}.get(question, "上面写着什么？")
    if kind not in ("chart", "axis") and dice.random() < 0.4:
        ground = tuple(int(v) for v in np.asarray(image)[2, 2])
        image = image.rotate(dice.uniform(-12, 12), Image.Resampling.BICUBIC, expand=True, fillcolor=ground)
    if dice.random() < 0.15:
        array = np.asarray(image, np.float32)
        image = Image.fromarray(
            np.clip(array + np.random.default_rng(dice.randint(0, 9999)).normal(0, 9, array.shape), 0, 255).astype(np.uint8)
        )
    return Print(kind, image, question, language, answer)


def _font(dice: random.Random, size: int, text: str) -> ImageFont.FreeTypeFont:
    """A font of the system that has the letters; the drawing package's own where there is none."""
    wanted = dice.choice(FONTS) if text.isascii() else CHINESE
    for name in (wanted, *(FONTS if text.isascii() else ())):
        try:
            return ImageFont.truetype(f"{name}.ttf" if text.isascii() else name, size)
        except OSError:
            continue
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise NotInstalled("No font is installed.", hint="Install fonts-dejavu.")
    return found


def _inks(dice: random.Random) -> tuple[Colour, Colour]:
    """A ground and an ink, one in four of them of low contrast."""
    while True:
        ground, ink = (dice.choice(dice.choice(list(COLOURS.values()))) for _ in range(2))
        contrast = abs(
            sum(g * w for g, w in zip(ground, (0.3, 0.59, 0.11), strict=True))
            - sum(i * w for i, w in zip(ink, (0.3, 0.59, 0.11), strict=True))
        )
        if contrast > 90 or (contrast > 35 and dice.random() < 0.25):
            return ground, ink


def _plate(kind: str, dice: random.Random) -> tuple[Image.Image, str, str]:
    text = dice.choice(LINES[kind])
    size = {"sign": dice.randint(18, 60), "book": dice.randint(18, 34), "button": dice.randint(11, 20)}[kind]
    ground, ink = _inks(dice)
    font = _font(dice, size, text)
    box = font.getbbox(text)
    w, h = round(box[2] - box[0]), round(box[3] - box[1])
    canvas = Image.new("RGB", (w + dice.randint(24, 90), h + (dice.randint(120, 240) if kind == "book" else dice.randint(16, 90))), ground)
    pen = ImageDraw.Draw(canvas)
    if kind != "book":
        pen.rounded_rectangle((4, 4, canvas.width - 5, canvas.height - 5), 6, outline=ink, width=2)
    y = canvas.height // 4 if kind == "book" else (canvas.height - h) // 2
    pen.text(((canvas.width - w) // 2 - box[0], y - box[1]), text, ink, font)
    question = {"sign": "What does the sign say?", "book": "What is the title of the book?", "button": "What is written on the button?"}[
        kind
    ]
    return canvas, question, text


def _receipt(kind: str, dice: random.Random) -> tuple[Image.Image, str, str]:
    del kind
    size = dice.randint(14, 22)
    font = _font(dice, size, "a")
    articles = dice.sample(["Bread", "Milk", "Apples", "Coffee", "Tea", "Cheese", "Soap", "Eggs"], dice.randint(2, 5))
    prices = [f"{dice.randint(0, 19)}.{dice.randint(0, 99):02}" for _ in articles]
    total = f"{sum(float(p) for p in prices):.2f}"
    canvas = Image.new("RGB", (size * 16, int(size * 1.7 * (len(articles) + 4))), (250, 250, 246))
    pen = ImageDraw.Draw(canvas)
    ink = (dice.randint(0, 110),) * 3
    pen.text((size * 5, size), "RECEIPT", ink, font)
    for n, (name, price) in enumerate([*zip(articles, prices, strict=True), ("TOTAL", total)]):
        y = size * 1.7 * (n + 2)
        pen.text((size, y), name, ink, font)
        pen.text((size * 14 - font.getlength(price), y), price, ink, font)
    if dice.random() < 0.5:
        return canvas, "What is the total?", total
    n = dice.randrange(len(articles))
    return canvas, f"How much is the {articles[n].lower()}?", prices[n]


def _chart(kind: str, dice: random.Random) -> tuple[Image.Image, str, str]:
    title = dice.choice(LINES["chart"])
    across, up = dice.choice(AXES)
    canvas = Image.new("RGB", (420, 320), "white")
    pen = ImageDraw.Draw(canvas)
    font = _font(dice, dice.randint(16, 24), title)
    small = _font(dice, dice.randint(12, 15), "a")
    pen.text((210 - font.getlength(title) / 2, 10), title, (20, 20, 20), font)
    pen.line((70, 50, 70, 260, 400, 260), fill=(60, 60, 60), width=2)
    colour = dice.choice(COLOURS[dice.choice(["red", "blue", "green", "orange"])])
    for n in range(6):
        pen.rectangle((85 + n * 52, 260 - dice.randint(30, 190), 120 + n * 52, 259), fill=colour)
    pen.text((235 - small.getlength(across) / 2, 285), across, (40, 40, 40), small)
    side = Image.new("RGB", (int(small.getlength(up)) + 8, 22), "white")
    ImageDraw.Draw(side).text((4, 2), up, (40, 40, 40), small)
    side = side.rotate(90, expand=True)
    canvas.paste(side, (30, 155 - side.height // 2))
    if kind == "chart":
        return canvas, "What is the title of the chart?", title
    return (canvas, "What is the label of the x axis?", across) if dice.random() < 0.5 else (canvas, "What is the label of the y axis?", up)
