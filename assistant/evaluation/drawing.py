"""Drawing: whether the pictures show the noun, colour, background and number asked for, as told by a judge of other drawing styles.

The judge of nouns never saw the styles that the model draws in: a general network's features (MobileNet on ImageNet, from the data
folder) and linear discriminants fitted here, in each run, to four styles the model was not taught. Its own share of right answers on
real drawings in one of the model's styles says how much to expect of it.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.evaluation.base import Files, Score
from retrieval.faults import InvalidInput, NotInstalled
from tools.image_generators.base import ImageGenerator, ImageRequest

SET = "drawings/emoji/dev/emoji"
JUDGE = "models/coral/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite"
STYLES = ("emojitwo", "twemoji", "openmoji", "fxemoji")
"""What the judge learns from: none of them is drawn by the bundled model."""
CEILING = "noto"
KINDS = frozenset({"animals & nature", "food & drink", "travel & places", "objects", "activities"})
ODD = re.compile(
    "face|sign|hand|person|man |woman|umbrella on|mailbox|medal|globe|oncoming|speaker|tilted|done|sun behind|flag|card index|incoming"
    "|inbox|outbox|quarter|button|lock"
    "|japan|beginner|baggage|customs|passport|luggage|pedestr|symbol|suit|sunset| with |o’clock|thirty|[^a-z -]"
)
"""Concepts that differ from another only in a detail, or are signs."""
CLASSES = 300
SIDE = 192
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray")
NUMBERS = {2: "two", 3: "three", 4: "four"}
Array = NDArray[np.float32]


def evaluate(data: Path, generator: ImageGenerator, cases: int = 60) -> list[Score]:
    """Scores of `generator`, `cases` prompts for nouns and a third of it for each of the rest."""
    files = Files(data, SET)
    nouns = everyday(files)
    judge = Judge(data, files, nouns)
    rng = random.Random(7)  # noqa: S311 - a fixed choice of cases
    asked = rng.sample(nouns, cases)
    some = asked[: cases // 3]
    studio = _Studio(generator)

    def score(name: str, right: Iterable[bool], goal: float | None, note: str) -> Score:
        cases = list(right)
        return Score("image_generator", f"drawing_{name}", float(np.mean(cases)), len(cases), goal, note=note)

    def share(
        name: str, prompts: list[str], sees: Callable[[Image.Image], object], wanted: list[object], goal: float | None, note: str
    ) -> Score:
        return score(name, [sees(studio.draw(p)) == w for p, w in zip(prompts, wanted, strict=True)], goal, note)

    seen = judge.names([studio.draw(f"a {noun}") for noun in asked])
    real = [r for r in files.rows if r["style"] == CEILING and r["label"] in asked]
    known = judge.names([_on_white(files.picture(r["file"])) for r in real])
    colours = [(noun, rng.choice(COLOURS)) for noun in some]
    grounds = [(noun, rng.choice(COLOURS)) for noun in some]
    numbers = [(noun, rng.choice(tuple(NUMBERS))) for noun in some]
    pairs = list(zip(some, asked[cases // 3 : 2 * len(some)], strict=True))
    halves = [half for a, b in pairs for half in _halves(studio.draw(f"a {a} and a {b}"))]
    told = judge.names(halves)
    others = ", ".join(STYLES)
    return [
        score("noun", map(str.__eq__, seen, asked), 0.80, f"top 1 of {len(nouns)} nouns, judge trained on {others} only"),
        score("judge_ceiling", map(str.__eq__, known, (r["label"] for r in real)), None, f"the judge on real drawings in style {CEILING}"),
        share("colour", [f"a {c} {n}" for n, c in colours], main_colour, [c for _, c in colours], 0.90, "most of the thing"),
        share(
            "background",
            [f"a {n} on a {c} background" for n, c in grounds],
            edge_colour,
            [c for _, c in grounds],
            0.95,
            "round the edge",
        ),
        share("count", [f"{NUMBERS[k]} {_many(n)}" for n, k in numbers], count, [k for _, k in numbers], None, "separate shapes"),
        score("two_things", (set(told[2 * n : 2 * n + 2]) == set(p) for n, p in enumerate(pairs)), None, "both right, each by itself"),
    ]


def everyday(files: Files) -> list[str]:
    """Nouns that the judge can learn, a fixed choice."""
    styles: dict[str, set[str]] = {}
    for row in files.rows:
        kind = row["keywords"].rsplit(", ", 1)[-1]
        if kind in KINDS and not ODD.search(row["label"]):
            styles.setdefault(row["label"], set()).add(row["style"])
    able = sorted(label for label, had in styles.items() if len(had & set(STYLES)) >= 3 and CEILING in had)
    return random.Random(3).sample(able, min(CLASSES, len(able)))  # noqa: S311


class _Studio:
    """Draws and decodes."""

    def __init__(self, generator: ImageGenerator) -> None:
        self._generator = generator

    def draw(self, prompt: str) -> Image.Image:
        request = ImageRequest(prompt=prompt, width=SIDE, height=SIDE, seed=len(prompt))
        try:
            made = self._generator.generate(request)
        except InvalidInput:  # a refusal is no picture of it
            return Image.new("RGB", (SIDE, SIDE), "white")
        return Image.open(io.BytesIO(made[0].content.data)).convert("RGB")


class Judge:
    """Names the thing in a picture: features of a general network, discriminants of the judge's own styles."""

    def __init__(self, data: Path, files: Files, nouns: list[str]) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ModuleNotFoundError as error:
            raise NotInstalled(
                "The judge of drawings needs 'ai-edge-litert'.", hint="Install it with: pip install ai-edge-litert."
            ) from error

        self._net: Any = Interpreter(str(data / JUDGE), num_threads=2)
        self._net.allocate_tensors()
        self._nouns = nouns
        place = {noun: n for n, noun in enumerate(nouns)}
        rows = [r for r in files.rows if r["style"] in STYLES and r["label"] in place]
        vectors = self._features(_on_white(files.picture(r["file"])) for r in rows)
        owner = np.asarray([place[r["label"]] for r in rows])
        means = np.stack([vectors[owner == n].mean(0) for n in range(len(nouns))])
        within = vectors - means[owner]
        spread = within.T @ within / len(within)
        spread += 0.5 * np.trace(spread) / len(spread) * np.eye(len(spread), dtype=np.float32)
        self._away = np.linalg.solve(spread, means.T)
        self._bias = -0.5 * (means * self._away.T).sum(1)

    def names(self, pictures: Iterable[Image.Image]) -> list[str]:
        """The likeliest noun of each."""
        return [self._nouns[n] for n in (self._features(pictures) @ self._away + self._bias).argmax(1)]

    def _features(self, pictures: Iterable[Image.Image]) -> Array:
        into, out = self._net.get_input_details()[0]["index"], self._net.get_output_details()[0]["index"]
        found = []
        for picture in pictures:
            self._net.set_tensor(into, np.asarray(_framed(picture).resize((224, 224), Image.Resampling.BICUBIC))[None])
            self._net.invoke()
            found.append(np.sqrt(self._net.get_tensor(out).reshape(-1).astype(np.float32)))
        vectors = np.stack(found)
        unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def _on_white(picture: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def _apart(picture: Image.Image) -> NDArray[np.bool_]:
    """Where a picture differs from its own background: the colours of its left and right edge, row by row."""
    pixels = np.asarray(picture, np.int16)
    edge = (pixels[:, :2].mean(1) + pixels[:, -2:].mean(1)) / 2
    return np.asarray(np.abs(pixels - edge[:, None]).max(-1) > 24)


def _framed(picture: Image.Image) -> Image.Image:
    """What stands apart from the background, on white, with a margin of a tenth: the judge sees every thing at one size."""
    mask = _apart(picture)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return picture
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    side = max(bottom - top, right - left)
    frame = Image.new("RGB", (round(side * 1.2),) * 2, "white")
    at = ((frame.width - (right - left)) // 2, (frame.height - (bottom - top)) // 2)
    frame.paste(picture.crop((left, top, right, bottom)), at)
    return frame


def _halves(picture: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Left and right of the emptiest column near the middle."""
    mask = _apart(picture)
    third = picture.width // 3
    cut = third + int(mask[:, third : 2 * third].sum(0).argmin())
    return picture.crop((0, 0, cut, picture.height)), picture.crop((cut, 0, picture.width, picture.height))


def colour_name(rgb: NDArray[Any]) -> str:
    """What a person calls a colour; plain hue, saturation and brightness, not the palette that the drawings use."""
    import colorsys

    hue, saturation, value = colorsys.rgb_to_hsv(*(float(c) / 255 for c in rgb))
    degrees = hue * 360
    if value < 0.24 or (value < 0.36 and saturation < 0.35):
        return "black"
    if saturation < 0.13 or (saturation < 0.2 and value < 0.8):
        return "white" if value > 0.88 else "gray"
    if degrees < 48 and saturation > 0.2 and value < 0.66 and degrees > 12:
        return "brown"
    if degrees >= 335 or degrees < 14:
        return "pink" if saturation < 0.5 and value > 0.7 else "red"
    for limit, name in ((39, "orange"), (68, "yellow"), (168, "green"), (255, "blue"), (292, "purple"), (335, "pink")):
        if degrees < limit:
            return name
    return "red"


def main_colour(picture: Image.Image) -> str:
    """The name that fits most of what stands apart from the background."""
    pixels = np.asarray(picture)[_apart(picture)]
    names = [colour_name(p) for p in pixels[:: max(1, len(pixels) // 800)]]
    return max(set(names), key=names.count) if names else ""


def edge_colour(picture: Image.Image) -> str:
    """The name of the colour round the edge."""
    pixels = np.asarray(picture)
    return colour_name(np.median(np.concatenate([pixels[0], pixels[:, 0], pixels[:, -1]]), axis=0))


def count(picture: Image.Image) -> int:
    """How many separate shapes of some size."""
    import cv2

    mask = cv2.morphologyEx(_apart(picture).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int((areas > 0.35 * areas.max()).sum()) if len(areas) else 0


def _many(noun: str) -> str:
    from tools.shapes.vocabulary import plurals

    return plurals(noun)[0]
