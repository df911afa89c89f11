"""Questions about drawn scenes and the answers that are right, of every kind that a scene can answer, in English and Chinese."""

# ruff: noqa: E501 - a question in two languages is one line

from __future__ import annotations

import random
from dataclasses import dataclass

from assistant.evaluation.scenes import Box, Scene, Sprites, Thing


@dataclass
class Ask:
    """A question with its answer."""

    kind: str
    language: str
    question: str
    answers: tuple[str, ...]
    """Any of these is right."""


def ask(scene: Scene, sprites: Sprites, dice: random.Random) -> list[Ask]:
    """Questions of every kind that the scene can answer, each in English and in Chinese."""
    found: list[Ask] = []

    def zh(noun: str) -> str:
        return sprites.name(noun).said("zh")

    counts = {n: sum(t.noun == n for t in scene.things) for n in {t.noun for t in scene.things}}
    noun = dice.choice(sorted(counts))
    first = next(t for t in scene.things if t.noun == noun)

    def add(kind: str, english: str, chinese: str, *answers: str) -> None:
        found.append(Ask(kind, "en", english, answers))
        found.append(Ask(kind, "zh", chinese, answers))

    if len(scene.things) == 1:
        add(
            "what",
            dice.choice(["What is this?", "What is in this picture?", "What does the picture show?"]),
            dice.choice(["这是什么？", "图里有什么？"]),
            noun,
        )
    plural = pluralised(noun)
    add("count", dice.choice([f"How many {plural} are there?", f"How many {plural} do you see?", f"Count the {plural}."]),
        dice.choice([f"有几个{zh(noun)}？", f"图中有多少个{zh(noun)}？"]), str(counts[noun]))  # fmt: skip
    add(
        "count_all",
        dice.choice(["How many things are there?", "How many objects do you see?"]),
        "一共有多少个东西？",
        str(len(scene.things)),
    )
    if scene.background != "photo":
        add("colour_ground", "What colour is the background?", "背景是什么颜色？", scene.background)
    if first.colour and len({t.colour for t in scene.things if t.noun == noun}) == 1:
        verb = "are" if counts[noun] > 1 else "is"
        add("colour", f"What colour {verb} the {plural if counts[noun] > 1 else noun}?", f"{zh(noun)}是什么颜色的？", first.colour)
    present = dice.random() < 0.5
    other = noun if present else dice.choice([n for n in sprites.all if n not in counts])
    add("yes_no", dice.choice([f"Is there {article(other)} {other}?", f"Is there {article(other)} {other} in the picture?", f"Can you see {article(other)} {other}?"]),
        dice.choice([f"有{zh(other)}吗？", f"图里有没有{zh(other)}？"]), "yes" if present else "no")  # fmt: skip
    if counts[noun] == 1:
        place = field_of(first.box)
        add(
            "where",
            dice.choice([f"Where is the {noun}?", f"Where in the picture is the {noun}?"]),
            dice.choice([f"{zh(noun)}在哪里？", f"{zh(noun)}在什么位置？"]),
            place,
        )
    found += _relations(scene, sprites, dice, counts)
    return found


def _relations(scene: Scene, sprites: Sprites, dice: random.Random, counts: dict[str, int]) -> list[Ask]:
    singles = [t for t in scene.things if counts[t.noun] == 1]
    if len(singles) < 2:
        return []
    a, b = dice.sample(singles, 2)
    dx, dy = _centre(a)[0] - _centre(b)[0], _centre(a)[1] - _centre(b)[1]
    if max(abs(dx), abs(dy)) < 0.15 or min(abs(dx), abs(dy)) > 0.6 * max(abs(dx), abs(dy)):
        return []
    truth = ("left" if dx < 0 else "right") if abs(dx) > abs(dy) else ("above" if dy < 0 else "below")
    opposite = {"left": "right", "right": "left", "above": "below", "below": "above"}
    said = truth if dice.random() < 0.5 else opposite[truth]
    words = {"left": "to the left of", "right": "to the right of", "above": "above", "below": "below"}
    chinese = {"left": "左边", "right": "右边", "above": "上面", "below": "下面"}
    yes = "yes" if said == truth else "no"
    x, y = (sprites.name(t.noun).said("zh") for t in (a, b))
    return [
        Ask("relation", "en", f"Is the {a.noun} {words[said]} the {b.noun}?", (yes,)),
        Ask("relation", "zh", f"{x}在{y}的{chinese[said]}吗？", (yes,)),
        *([Ask("relation_what", "en", f"What is {words[truth]} the {b.noun}?", (a.noun,)), Ask("relation_what", "zh", f"{y}的{chinese[truth]}是什么？", (a.noun,))]
          if len(scene.things) == 2 else []),
    ]  # fmt: skip


def _centre(thing: Thing) -> tuple[float, float]:
    return (thing.box[0] + thing.box[2]) / 2, (thing.box[1] + thing.box[3]) / 2


def field_of(box: Box) -> str:
    """One of nine fields."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return f"{'top' if y < 1 / 3 else 'bottom' if y > 2 / 3 else 'middle'}_{'left' if x < 1 / 3 else 'right' if x > 2 / 3 else 'middle'}"


def pluralised(noun: str) -> str:
    """The plural of an English noun."""
    odd = {"mouse": "mice", "goose": "geese", "wolf": "wolves", "sheep": "sheep", "fish": "fish", "deer": "deer", "leaf": "leaves", "knife": "knives",
           "man": "men", "woman": "women", "scarf": "scarves", "person": "people", "octopus": "octopuses", "dice": "dice"}  # fmt: skip
    if noun in odd:
        return odd[noun]
    if noun.endswith(("s", "sh", "ch", "x")):
        return noun if noun.endswith("s") and not noun.endswith("ss") and noun not in ("bus", "cactus") else noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun in ("potato", "tomato", "mango", "volcano", "mosquito"):
        return noun + "es"
    return noun + "s"


def article(noun: str) -> str:
    """`a` or `an`."""
    return "an" if noun[0] in "aeiou" and not noun.startswith(("uf", "uni")) else "a"
