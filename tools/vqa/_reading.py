"""Reading: answers from the printed text of a picture, looked at again in other light or turned when nothing was read. Names no thing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from retrieval.items import Box
from retrieval.recognition import Line, TextRecognizer
from tools.phrasing import tell
from tools.subject import Pixels
from tools.vqa._lines import ABOUT_PRICE, PRICE, asked_lines, is_text
from tools.vqa._questions import Question
from tools.vqa._saying import place_words, verdict
from tools.vqa.base import Region, VisualAnswer

ABOUT_TEXT = re.compile(r"\b(text|writing|written|words?|say|says|sign|price|printed|letters?)\b|文字|字|写|价格", re.I)
_ABOUT_ROW = re.compile(ABOUT_PRICE.pattern + r"|\btotal\b|\bsum\b|合计|总计|总价", re.I)
_ABOUT_TITLE = re.compile(r"\b(titles?|headline|heading|titled|called|entitled)\b|标题|书名|题目", re.I)
_SMALL, _ENOUGH = 320, 960
"""Longer side below which a picture is enlarged, and to what."""


def lines_of(recognizer: TextRecognizer, found: Pixels) -> list[Line]:
    """The lines of a picture that are sure enough to be quoted; where there is none, again with its contrast stretched."""
    for prepare in (_enlarged, _stretched):
        shown = prepare(found)
        lines = [line for line in recognizer.read(shown) if is_text(line)]
        if lines:
            return lines
    return []


def _enlarged(found: Pixels) -> Pixels:
    """A small picture made larger, so that its letters are of the size the recogniser was trained on."""
    import cv2

    longest = max(found.shape[:2])
    if longest >= _SMALL:
        return found
    scale = min(4.0, _ENOUGH / longest / 1.5)
    larger: Pixels = cv2.resize(found, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return larger


def _stretched(found: Pixels) -> Pixels:
    """Grey along the colours' own main axis, full contrast: orange letters on a red ground differ in hue, not in light."""
    larger = _enlarged(found)
    flat = larger.reshape(-1, 3).astype(np.float32)
    centred = flat - flat.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    along = centred @ axes[:, -1]
    low, high = np.percentile(along, (0.5, 99.5))
    grey = np.clip((along - low) / max(1e-3, high - low) * 255, 0, 255).astype(np.uint8)
    if np.median(grey) < 128:
        grey = 255 - grey
    result: Pixels = np.repeat(grey.reshape(*larger.shape[:2], 1), 3, 2)
    return result


def read_text(lines: list[Line], found: Pixels, asked: Question, language: str, again: Callable[[Pixels], list[Line]]) -> VisualAnswer:
    """What is printed, as far as the question asks for it."""
    axis = _axis(lines, found, asked, again)
    if axis:
        return _quoted([axis], asked, language)
    if not lines:
        return VisualAnswer(text=tell(language, "vqa.no_text"), confidence=0.2, kind="unknown")
    if _ABOUT_TITLE.search(asked.words):
        return _quoted(_title(lines, found.shape[0] / found.shape[1]), asked, language)
    if _ABOUT_ROW.search(asked.words) and any(PRICE.search(line.text) for line in lines):
        return _quoted(_level_row(lines, found, asked, again), asked, language)
    return _quoted(asked_lines(lines, asked), asked, language)


def _quoted(chosen: list[Line], asked: Question, language: str) -> VisualAnswer:
    value = " / ".join(line.text for line in chosen)
    key = "vqa.price" if ABOUT_PRICE.search(asked.words) and PRICE.search(value) else "vqa.text"
    return VisualAnswer(
        text=tell(language, key, value=value), confidence=round(min(line.confidence for line in chosen), 3), kind="text", value=value,
        regions=tuple(Region(box=line.box, label=line.text, confidence=round(line.confidence, 3)) for line in chosen),
    )  # fmt: skip


def _title(lines: list[Line], tall: float) -> list[Line]:
    """The largest letters, from the topmost such line on, as long as such lines follow. `tall`: the picture's height by its width."""
    heights = [min(line.box[3] - line.box[1], (line.box[2] - line.box[0]) / tall) for line in lines]  # a line may stand upright
    large = sorted(
        (line for line, height in zip(lines, heights, strict=True) if height >= 0.8 * max(heights)), key=lambda line: line.box[1]
    )
    told = large[:1]
    for line in large[1:]:
        if line.box[1] - told[-1].box[3] > 0.8 * (line.box[3] - line.box[1]):
            break
        told.append(line)
    return told


def _level_row(lines: list[Line], found: Pixels, asked: Question, again: Callable[[Pixels], list[Line]]) -> list[Line]:
    """The row that is asked for; of a crooked picture after a second look with its rows level: an article stays beside its price."""
    import cv2

    angle = slant(found)
    if abs(angle) < 1.5:
        return asked_lines(lines, asked)
    height, width = found.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    read = again(cv2.warpAffine(np.ascontiguousarray(found), turn, (width, height), borderMode=cv2.BORDER_REPLICATE))
    if len(read) < len(lines) // 2:
        return asked_lines(lines, asked)
    back = cv2.invertAffineTransform(turn)
    return [Line(line.text, _moved(line.box, back, width, height), line.confidence) for line in asked_lines(read, asked)]


def _moved(box: Box, matrix: Any, width: int, height: int) -> Box:
    """The upright box around a box that was turned."""
    corners = np.asarray([(box[0], box[1]), (box[2], box[1]), (box[0], box[3]), (box[2], box[3])]) * (width, height)
    moved = corners @ matrix[:, :2].T + matrix[:, 2]
    x, y = np.clip(moved[:, 0] / width, 0, 1), np.clip(moved[:, 1] / height, 0, 1)
    return (float(x.min()), float(y.min()), float(x.max()), float(y.max()))


def slant(found: Pixels) -> float:
    """Degrees by which a picture must be turned to the left so that its rows of text lie level: where the sums of its rows differ most."""
    import cv2

    scale = 240 / max(found.shape[:2])
    grey = cv2.cvtColor(cv2.resize(np.ascontiguousarray(found), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    edges = np.abs(np.diff(grey.astype(np.float32), axis=1, prepend=grey[:, :1].astype(np.float32)))
    height, width = edges.shape
    best, sharpest = 0.0, -1.0
    for angle in np.arange(-15, 15.5, 1.0):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), 1.0)
        sums = cv2.warpAffine(edges, turn, (width, height)).sum(1)
        sharp = float((np.diff(sums) ** 2).sum())
        if sharp > sharpest:
            best, sharpest = float(angle), sharp
    return best


def _axis(lines: list[Line], found: Pixels, asked: Question, again: Callable[[Pixels], list[Line]]) -> Line | None:
    """The label of an axis of a chart: the lowest line in the middle, or what stands upright at the left edge."""
    across = re.search(r"\b(x|horizontal|bottom)[- ]?ax[ie]s\b|横轴|x轴", asked.words, re.I)
    up = re.search(r"\b(y|vertical|left)[- ]?ax[ie]s\b|纵轴|y轴", asked.words, re.I)
    if across:
        low = [line for line in lines if line.box[1] > 0.6 and re.search(r"[^\W\d]", line.text)]
        return max(low, key=lambda line: line.box[3], default=None)
    if not up:
        return None
    strip = found[:, : max(8, round(found.shape[1] * 0.22))]
    turned = np.ascontiguousarray(np.rot90(strip, -1))
    upright = [line for line in again(turned) if re.search(r"[^\W\d]", line.text)]
    if not upright:
        return next((line for line in lines if line.box[2] < 0.25 and re.search(r"[^\W\d]", line.text)), None)
    best = max(upright, key=lambda line: line.confidence * len(line.text))
    return Line(best.text, _turned_back(best.box, strip.shape[1] / found.shape[1]), best.confidence)


def _turned_back(box: Box, share: float) -> Box:
    """A box of the strip that was turned to the right, in the picture."""
    return (box[1] * share, 1 - box[2], box[3] * share, 1 - box[0])


def where_text(lines: list[Line], asked: Question, language: str) -> VisualAnswer | None:
    """The place of quoted words, or of the text."""
    hits = [line for line in lines if asked.quoted.lower() in line.text.lower()] if asked.quoted else lines
    if not hits:
        return None
    place = place_words(hits[0].box, language)
    regions = tuple(Region(box=line.box, label=line.text, confidence=line.confidence) for line in hits)
    text = tell(language, "vqa.where_text", value=hits[0].text, place=place)
    return VisualAnswer(text=text, confidence=hits[0].confidence, kind="where", regions=regions, value=place)


def whether_text(lines: list[Line], asked: Question, language: str) -> VisualAnswer:
    """Whether quoted words, or any, are printed."""
    wanted = asked.quoted.lower()
    hits = [line for line in lines if not wanted or wanted in line.text.lower()]
    regions = tuple(Region(box=line.box, label=line.text, confidence=line.confidence) for line in hits)
    return verdict(bool(hits), asked, 0.8, regions, language, " / ".join(line.text for line in hits))
