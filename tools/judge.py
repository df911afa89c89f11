"""Judge: the calibrated chance that a picture shows the words of a prompt, by the encoder of pictures that is installed. Draws nothing.

With the bundled encoder every thing of the prompt is looked for among the separate things of the picture: how far its name is ahead of the
best of the everyday names, and whether its pixels have the colour asked for. Settings (night, a beach), numbers, places and relations are
not judged: the bundled encoder sees 128 pixels and does not tell them apart. A full-size encoder is asked for the whole sentence.
"""

from __future__ import annotations

import io
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from PIL import Image

from retrieval.content import Content
from retrieval.crossing import shown_chances
from retrieval.decoding import pixels
from retrieval.embedders.base import Embedder, FullSize, Vectors
from retrieval.labels import asked, translated
from retrieval.library import Library
from retrieval.likeness import SYNONYMS
from tools.shapes.prompt import Plan, read
from tools.subject import Pixels
from tools.vqa._measuring import same_colour
from tools.vqa._seeing import View

NOUN = (1.63, 16.92)
"""Intercept and slope of the logistic curve over `Clues.lead`. Fitted by `training/fit_judge.py`, as are the next two."""
NOUN_IN_COLOUR = (1.72, 13.47)
"""The same where a colour was asked for: a blue coffin is harder to know than a coffin."""
COLOUR = (2.62, 4.27, 36.23)
"""Intercept, and slopes over `Clues.share` and `Clues.ahead`."""
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray")
"""Those that compete with the colour asked for."""
DOUBTFUL = 0.1
"""Below this chance a picture is not passed off as what was asked for: that of the worst 3 % of the right drawings it was fitted to. On 200
others, of other nouns, 4.5 % of the right ones are doubted (things alone or in a setting: none of 75; in any colour 8 %), and noticed are
88 % of the wrong colours, 38 % of the wrong nouns (of photographs 71 %) and 16 % of the nearest other nouns. docs/evaluation.md has it all.
"""
DOUBTFUL_FULL_SIZE = 0.05
"""The same for a full-size encoder, whose chances are those of its training: not fitted, because none comes along."""
MOST_VIEWS = 8
"""Separate things of a picture that are looked at, the largest first."""
REMEMBERED = 64
"""Pictures whose vectors are kept: a few hundred kilobytes."""
_PHRASES = ("{}", "a {}")


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one picture."""

    chance: float | None
    """0 to 1, as many right as wrong prompts supposed; None where nobody can tell."""
    doubtful: bool
    """The chance is under the bar."""


@dataclass(frozen=True)
class Wanted:
    """A thing that a prompt asks for."""

    noun: str
    """English."""
    colours: tuple[str, ...] = ()
    """Names of the palette that it may have; empty for any."""


@dataclass(frozen=True)
class Clues:
    """What speaks for a thing being in a picture."""

    lead: float
    """Cosine of its name less that of the best other everyday name, where it is best."""
    share: float | None = None
    """Of the thing, 0 to 1, that has the colour; below 0 that which another colour has. None when no colour was asked for."""
    ahead: float = 0.0
    """Cosine of the name with the colour less that with the best other colour."""


def wanted(prompt: str) -> tuple[Wanted, ...]:
    """The things of a prompt, English or Chinese, that are not hidden by others.

    The whole prompt is one thing when no word of it is known; there is none in Chinese that cannot be translated.
    """
    plan = read(prompt)
    if not plan.groups:
        said = translated(prompt).strip()
        return (Wanted(said),) if said else ()
    hidden = _hidden(plan)
    seen = [group for n, group in enumerate(plan.groups) if n not in hidden] or plan.groups
    return tuple(dict.fromkeys(Wanted(group.thing, tuple(dict.fromkeys(c for c in group.colours if c))) for group in seen))


def _hidden(plan: Plan) -> set[int]:
    """Places of the things that others may cover."""
    behind = {n for n, group in enumerate(plan.groups) if group.relation in ("behind", "in", "wears")}
    return behind | {group.anchor for group in plan.groups if group.relation == "front" and group.anchor is not None}


class Judge:
    """Compares pictures with words. Safe for threads; the encoder loads at the first look."""

    def __init__(self, library: Library) -> None:
        """`library` has the encoder."""
        self._library = library
        self._seen: OrderedDict[tuple[str, str], Sighting] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, prompt: str, pictures: Sequence[Content], language: str = "en") -> list[Verdict]:
        """A verdict for each picture, in their order. `language` is that of the prompt. Raises what decoding a picture raises."""
        embedder = self._library.embedders.get("image_embedder")
        if not pictures or embedder is None or not {"text", "image"} <= embedder.modalities:
            return [Verdict(None, False) for _ in pictures]
        if getattr(embedder, "text_space", ""):
            things = wanted(prompt)
            return [_verdict(chance(clues(embedder, self._sighting(embedder, content), things)), DOUBTFUL) for content in pictures]
        full = cast(FullSize, embedder)
        said = prompt if language == "en" or full.knows_chinese else translated(prompt)
        if not said or not hasattr(embedder, "trained"):
            return [Verdict(None, False) for _ in pictures]
        return [_verdict(float(one), DOUBTFUL_FULL_SIZE) for one in shown_chances(full, said, pictures)]

    def _sighting(self, embedder: Embedder, content: Content) -> Sighting:
        """The picture as it is seen; the last ones are remembered, because one is often asked for in several ways."""
        key = (embedder.space, content.sha256)
        with self._lock:
            seen = self._seen.pop(key, None)
        seen = seen or sighting(embedder, content)
        with self._lock:
            self._seen[key] = seen
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return seen


def _verdict(found: float | None, bar: float) -> Verdict:
    return Verdict(None if found is None else round(found, 4), found is not None and found < bar)


def chance(found: Sequence[Clues]) -> float | None:
    """The chance that all things are there in their colours: that of the least likely one; None for no things."""
    if not found:
        return None
    return min(
        _raised(NOUN, one.lead) if one.share is None else _raised(NOUN_IN_COLOUR, one.lead) * _raised(COLOUR, one.share, one.ahead)
        for one in found
    )


def _raised(curve: Sequence[float], *values: float) -> float:
    raised = curve[0] + sum(slope * value for slope, value in zip(curve[1:], values, strict=True))
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, raised))))


@dataclass(frozen=True)
class Sighting:
    """A picture as the encoder sees it: the whole, and each separate thing."""

    vectors: Vectors
    """Unit vectors, shape (1 + things, dimension)."""
    colours: tuple[tuple[str, float], ...]
    """Of each thing: the name of its main colour and the share that has it."""
    main_colour: str


def sighting(embedder: Embedder, content: Content) -> Sighting:
    """The picture, looked at once for all prompts. Raises what decoding it raises."""
    view = View(pixels(content))
    things = sorted(view.things, key=lambda one: -(one.box[2] - one.box[0]) * (one.box[3] - one.box[1]))[:MOST_VIEWS]
    vectors = embedder.embed([content, *(_content(view.cut(one.box)) for one in things)])
    return Sighting(vectors, tuple((one.colour, one.colour_share) for one in things), view.scene.main_colour)


def clues(embedder: Embedder, seen: Sighting, things: Sequence[Wanted]) -> list[Clues]:
    """What speaks for each of `things` in a picture, by a joint encoder for whose space the everyday names are known."""
    if not things:
        return []
    names = _named(embedder, [one.noun for one in things])
    everyday = asked("label")[1]
    rivals = everyday[(everyday @ names.T < SYNONYMS).all(1)]
    best = (seen.vectors @ rivals.T).max(1)
    found = []
    for thing, name in zip(things, names, strict=True):
        leads = seen.vectors @ name - best
        place = int(leads.argmax())
        if not thing.colours:
            found.append(Clues(float(leads[place])))
            continue
        colours = (seen.colours[place - 1],) if place else seen.colours or ((seen.main_colour, 1.0),)
        share = max(part if _one_of(name, thing.colours) else -part for name, part in colours)
        found.append(Clues(float(leads[place]), share, _ahead(embedder, thing, seen.vectors[place])))
    return found


def _one_of(colour: str, colours: Sequence[str]) -> bool:
    return any(same_colour(asked_for, colour) for asked_for in colours)


def _ahead(embedder: Embedder, thing: Wanted, vector: Vectors) -> float:
    """How far the name in one of its colours is ahead of the name in all others, for what has this vector."""
    others = [colour for colour in COLOURS if not _one_of(colour, thing.colours)]
    cosines = _named(embedder, [f"{colour} {thing.noun}" for colour in (*thing.colours, *others)]) @ vector
    return float(cosines[: len(thing.colours)].max() - cosines[len(thing.colours) :].max())


def _named(embedder: Embedder, nouns: Sequence[str]) -> Vectors:
    """A unit vector for each noun: the mean over a few ways to say it."""
    total = np.sum([embedder.embed([Content.from_text(phrase.format(noun)) for noun in nouns]) for phrase in _PHRASES], axis=0)
    vectors: Vectors = (total / np.linalg.norm(total, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def _content(cut: Pixels) -> Content:
    out = io.BytesIO()
    Image.fromarray(cut).save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), width=cut.shape[1], height=cut.shape[0])
