"""Scores of the answerer of questions about pictures: drawn scenes in a style left out, plane figures, printed text, photographs."""

# ruff: noqa: S311 - dice, not secrets

from __future__ import annotations

import io
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from assistant.evaluation.base import Files, Score, held_out
from assistant.evaluation.printed import printed
from assistant.evaluation.questions import Ask, ask
from assistant.evaluation.scenes import Grounds, Scene, Sprites, draw
from retrieval.content import Content
from tools.phrasing import tell
from tools.spotting import Spotter, overlap
from tools.vqa._names import KIN, names, noun_of
from tools.vqa.base import VisualAnswer, VisualQuestionAnswerer

ROLE = "vqa"
SCENES, FIGURES, PRINTS, PHOTOGRAPHS, STATEMENTS = 24, 200, 40, 80, 60
SEEDS = (11, 12, 13)
"""Of the scenes, SCENES each: one seed alone is three points off by chance."""


def evaluate(data: Path, answerer: VisualQuestionAnswerer) -> list[Score]:
    """Every score of the answerer, on a seeded sample of each set."""
    return [
        *drawn_scenes(data, answerer, "held", SCENES, SEEDS),
        *drawn_scenes(data, answerer, "unseen", SCENES // 2, SEEDS[:1]),
        easy_vqa(data, answerer),
        text(answerer),
        *photographs(data, answerer),
        nlvr(data, answerer),
        *found_things(data),
    ]


def content(image: Image.Image) -> Content:
    """A picture as an admitted content."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), width=image.width, height=image.height)


def scenes(data: Path, pool: str, count: int, seed: int = 11) -> Iterator[tuple[Scene, list[Ask]]]:
    """Scenes with their questions."""
    sprites, grounds = Sprites(data, pool), Grounds(data, held=True)
    for n in range(count):
        dice = random.Random(f"{seed}/{pool}/{n}")
        scene = draw(sprites, grounds, dice)
        yield scene, ask(scene, sprites, dice)


def drawn_scenes(data: Path, answerer: VisualQuestionAnswerer, pool: str, count: int, seeds: Sequence[int]) -> list[Score]:
    """Questions about drawn scenes: in all, and by kind."""
    right: dict[str, list[bool]] = defaultdict(list)
    for scene, asks in (one for seed in seeds for one in scenes(data, pool, count, seed)):
        picture = content(scene.image)
        for one in asks:
            fine = is_right(answerer.answer(picture, one.question, one.language), one)
            right[one.kind].append(fine)
            right[f"in_{one.language}"].append(fine)
    kinds = [kind for kind in right if not kind.startswith("in_")]
    every = [fine for kind in kinds for fine in right[kind]]
    note = "drawings in the style left out, on photographs kept back" if pool == "held" else "concepts never seen, all styles"
    name = "drawn_scenes" if pool == "held" else "drawn_scenes_unseen_concepts"
    scores = [Score(ROLE, name, float(np.mean(every)), len(every), goal=0.85 if pool == "held" else None, note=note)]
    if pool == "held":
        scores += [Score(ROLE, f"{name}_{kind}", float(np.mean(right[kind])), len(right[kind]), note=note) for kind in sorted(right)]
    return scores


def is_right(found: VisualAnswer, one: Ask) -> bool:
    """Whether the bare answer is one of the right ones; an unsure answer is not."""
    value = found.value.strip().lower()
    if found.kind == "unknown" or not value:
        return False
    if one.kind == "where":
        return value in [tell(one.language, f"where.{answer}").lower() for answer in one.answers]
    if one.kind in ("what", "relation_what"):
        said = [part.strip() for part in re.split(r"[,、]", value)]
        return said == [said[0]] and any(_same_noun(said[0], answer) for answer in one.answers)
    if one.kind.startswith("colour"):
        return value in one.answers or (value, one.answers[0]) in {
            ("gold", "yellow"),
            ("cyan", "blue"),
            ("teal", "green"),
            ("beige", "white"),
            ("navy", "blue"),
        }
    return value in one.answers


def _same_noun(said: str, answer: str) -> bool:
    """The noun itself, or a narrower word for it."""
    name = names()[answer]
    noun = noun_of(said) or said
    return noun == answer or said in name.chinese or noun in KIN.get(answer, ())


def easy_vqa(data: Path, answerer: VisualQuestionAnswerer) -> Score:
    """Share of right answers on easy-VQA; nothing was trained on its pictures."""
    files = Files(data, "vqa/dev/easy_vqa")
    rows = random.Random(5).sample(files.rows, FIGURES)
    right = [answerer.answer(files.image(r["file"]), r["question"], "en").value == r["answer"] for r in rows]
    return Score(ROLE, "easy_vqa", float(np.mean(right)), len(right), goal=0.95, note="no picture of this set was trained on")


def text(answerer: VisualQuestionAnswerer) -> Score:
    """Printed words read exactly: signs, book covers, buttons, receipts, titles and axes of charts."""
    right = []
    for n in range(PRINTS):
        one = printed(random.Random(f"print/{n}"))
        found = answerer.answer(content(one.image), one.question, one.language)
        right.append(exactly(found, one.answer))
    return Score(
        ROLE,
        "printed_text_exact",
        float(np.mean(right)),
        len(right),
        goal=0.9,
        note="rendered in seven fonts, turned, noisy, of low contrast",
    )


def exactly(found: VisualAnswer, answer: str) -> bool:
    """The same letters; for a price, the price among what was read on its line."""
    if re.fullmatch(r"\d+\.\d{2}", answer):
        return re.findall(r"\d+\.\d{2}", found.value)[-1:] == [answer]
    return _letters(found.value) == _letters(answer)


def _letters(said: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", said)).strip()


def photographs(data: Path, answerer: VisualQuestionAnswerer) -> list[Score]:
    """What one photograph shows: how often it answers at all, and how often that is right."""
    sets = (
        ("photos/caltech101/dev/caltech101", "label"),
        ("photos/grocery/dev/grocery_photos", "coarse_label"),
        ("photos/flowers/dev/flower_photos", "label"),
        ("images/dev/clothing_photos", "class"),
    )
    told = right = every = 0
    for name, column in sets:
        files = Files(data, name)
        rows = [r for r in files.rows if held_out(r["file"], 5) and _known(r[column])]
        for row in random.Random(5).sample(rows, min(len(rows), PHOTOGRAPHS // len(sets))):
            found = answerer.answer(files.image(row["file"]), "What is this?", "en")
            every += 1
            if found.kind in ("object", "scene") and found.value:
                told += 1
                right += any(_same_noun(part.strip(), _known(row[column])) for part in found.value.split(","))
    note = "photographs kept back of Caltech-101, groceries, flowers, clothes"
    return [
        Score(ROLE, "photographs_right_when_answered", right / max(1, told), told, note=note),
        Score(ROLE, "photographs_answered", told / max(1, every), every, note=note),
    ]


_OTHERWISE = {
    "brown cap mushroom": "mushroom",
    "carrots": "carrot",
    "aubergine": "eggplant",
    "lime": "lemon",
    "nectarine": "peach",
    "satsumas": "orange",
    "red beet": "beet",
    "red grapefruit": "grapefruit",
    "yoghurt": "yogurt",
    "motorbike": "motorcycle",
    "soccer ball": "ball",
    "electric guitar": "guitar",
    "cellphone": "phone",
    "laptop": "computer",
    "pigeon": "dove",
    "windsor chair": "windsor",
    "binocular": "binoculars",
    "headphone": "headphones",
    "pants": "pants",
    "shoes": "shoe",
}


def _known(label: str) -> str:
    """The noun of a photograph's label; empty when it is none that can be named."""
    label = _OTHERWISE.get(label.lower(), label.lower())
    return label if label in names() else noun_of(label)


def nlvr(data: Path, answerer: VisualQuestionAnswerer) -> Score:
    """Whether a person's sentence about boxes of figures is true; as it is, half is chance."""
    files = Files(data, "vqa/dev/nlvr_shapes")
    rows = random.Random(5).sample(files.rows, STATEMENTS)
    right = []
    for row in rows:
        found = answerer.answer(files.image(row["file"]), f"Is it true that {row['sentence'].rstrip('.')}?", "en")
        right.append(found.value == ("yes" if row["label"] == "true" else "no"))
    return Score(
        ROLE, "nlvr", float(np.mean(right)), len(right), note="sentences by people; chance is 0.5, an unsure answer counts as wrong"
    )


def found_things(data: Path, weights: Path | None = None) -> list[Score]:
    """How well the things of drawn scenes are found: right number, boxes found, boxes that are none."""
    from tools.vqa._seeing import LEAST, WEIGHTS

    spotter = Spotter(weights or WEIGHTS)
    counted, hits, wanted, seen = [], 0, 0, 0
    for scene, _ in scenes(data, "held", 100, seed=23):
        spots = spotter.look(np.asarray(scene.image), LEAST).spots
        counted.append(len(spots) == len(scene.things))
        hits += sum(any(overlap(t.box, s.box) > 0.5 for s in spots) for t in scene.things)
        wanted, seen = wanted + len(scene.things), seen + len(spots)
    of = partial(Score, ROLE, note="rendered scenes in the style left out")
    return [
        of("things_counted", float(np.mean(counted)), len(counted)),
        of("things_found", hits / wanted, wanted),
        of("things_precision", hits / max(1, seen), seen),
    ]
