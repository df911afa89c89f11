"""Shapes: pictures laid out from a vocabulary of flat vector drawings. No learned model; it draws what it has a drawing for.

What it cannot draw it says in the picture's `note`; a prompt with nothing drawable is refused with examples. Pictures made here are
changed by drawing them again from a changed plan; any other picture is changed by classical operations on its pixels.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import InvalidInput
from retrieval.items import ModelCard, Recipe
from tools.image_generators._digests import drawings
from tools.image_generators._images import PREVIEW_SIDE, png_content, small
from tools.image_generators._instructions import understand
from tools.image_generators._redrawing import plan_of, redrawn, whole
from tools.image_generators._retouch import larger, retouched
from tools.image_generators.base import UNWATCHED, EditRequest, ImageRequest, Picture, Watch
from tools.phrasing import listed, tell, together
from tools.shapes.candidates import another, placed
from tools.shapes.paint import can_write, natural_scene, render
from tools.shapes.prompt import Plan, read
from tools.shapes.replan import strangers, without
from tools.shapes.tokens import tokens
from tools.shapes.vocabulary import things
from tools.shapes.words import EDIT_WORDS

MODEL = "shapes-1"
Sprites = list[Image.Image | None]
"""A drawing for each group of a plan by the trained model (RGBA), None where it is drawn by hand; empty where all of it is."""


class ShapesGenerator:
    """Draws and changes pictures without a learned model."""

    model = MODEL
    styles = False
    """Whether a style can be named."""
    card = ModelCard(
        name=MODEL, role="image_generator", kind="classical", source="drawn here", licence="Apache-2.0", modalities=("image",),
        scores={"drawable_things": 155.0},
        limits="Flat vector drawings of about 150 known things, laid out by rules; no photographs, no unknown things, no art styles.",
    )  # fmt: skip

    def identity(self) -> tuple[str, str]:
        """(model, model_sha256) of its recipes."""
        return self.model, self.fingerprint()

    def generate(self, request: ImageRequest, watch: Watch = UNWATCHED) -> list[Picture]:
        """`request.n` pictures that differ in their seed; without a seed that was asked for, in more than that.

        Raises InvalidInput when nothing in the prompt can be drawn.
        """
        first = request.seed if request.seed is not None else secrets.randbelow(2**32)
        pictures = []
        for n in range(request.n):
            settings, more = self._settings(request), another(n) if request.seed is None else {}
            recipe = Recipe(
                prompt=request.prompt, negative_prompt=request.negative_prompt, seed=(first + n) % 2**32, width=request.width,
                height=request.height, model=self.model, model_sha256=self.fingerprint(),
                **settings | {"parameters": settings["parameters"] | more},
            )  # fmt: skip
            pictures.append(self.make(recipe, _part(watch, n, request.n)))
        return pictures

    def make(self, recipe: Recipe, watch: Watch = UNWATCHED) -> Picture:
        """The picture of a whole recipe, byte for byte the same each time. Raises Cancelled, InvalidInput."""
        watch.check()
        language = language_of(recipe.prompt)
        plan = self.drawable(plan_of(recipe))
        if not plan.groups and not plan.texts and not (plan.scene or plan.time or plan.background):
            nearest = self.nearest(plan.unknown, language)
            raise InvalidInput(
                together((tell(language, "shapes.nothing"), nearest), language),
                hint=tell(language, "shapes.can_draw", things=_examples(language)), param="prompt", code="cannot_draw",
            )  # fmt: skip
        sprites, said, more = self.sprites(plan, recipe, _scaled(watch, 0.0, 0.5), self._show(plan, recipe, watch))
        after = _scaled(watch, 0.5, 0.5) if sprites else watch
        data = _rendered(plan, recipe, (recipe.width, recipe.height), sprites, after)
        if more:
            recipe = recipe.model_copy(update={"parameters": {**recipe.parameters, **more}})
        note = together((_note(plan, language), self.nearest(plan.unknown, language), *said), language)
        return Picture(content=png_content(data, (recipe.width, recipe.height)), recipe=recipe, note=note)

    def fingerprint(self) -> str:
        """sha256 over all that a picture depends on besides its recipe."""
        return drawings()

    def drawable(self, plan: Plan) -> Plan:
        """The plan without what only a trained model draws; those words are not understood here."""
        strange = {n for n, g in enumerate(plan.groups) if things()[g.thing].paint is None}
        unknown = tuple(dict.fromkeys((*plan.unknown, *(plan.groups[n].thing for n in sorted(strange)))))
        return without(plan, strange).model_copy(update={"unknown": unknown}) if strange else plan

    def sprites(
        self, plan: Plan, recipe: Recipe, watch: Watch, show: Callable[[Sprites], None] | None
    ) -> tuple[Sprites, list[str], dict[str, object]]:  # fmt: skip
        """Drawings by a trained model, what to say of them, and what to write into the recipe. None of it here.

        `show` takes unfinished drawings, for those who follow; None when nobody does.
        """
        if show is not None:
            show([])
        return [], [], {}

    def nearest(self, words: Sequence[str], language: str) -> str:
        """A sentence that names what is nearest to words that are not understood; empty here."""
        return ""

    def _settings(self, request: ImageRequest) -> dict[str, Any]:
        """Further fields of the recipe."""
        return {"parameters": {"edits": []}}

    def _show(self, plan: Plan, recipe: Recipe, watch: Watch) -> Callable[[Sprites], None] | None:
        """Shows the whole picture, small, with drawings as far as they are."""
        look = watch.preview
        if look is None:
            return None
        factor = min(1.0, PREVIEW_SIDE / max(recipe.width, recipe.height))
        size = max(8, round(recipe.width * factor)), max(8, round(recipe.height * factor))

        def show(sprites: Sprites) -> None:
            with Image.open(io.BytesIO(_rendered(plan, recipe, size, sprites, Watch(cancel=watch.cancel)))) as image:
                look(0, small(image))

        return show

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch = UNWATCHED) -> Picture:
        """A changed copy of `image`. Raises Cancelled, InvalidInput with what can be asked for."""
        watch.check()
        language = language_of(request.instruction)
        if parent is not None and whole(parent, self.model) and request.mask is None:
            recipe = redrawn(parent, image, request, self.fingerprint(), styles=self.styles)
            if recipe is not None:
                return self._redrawn(recipe, request, watch)
            _refuse_strangers(plan_of(parent), request.instruction, language)
        if request.operation == "variation":
            raise InvalidInput(
                tell(language, "shapes.cannot_vary"), hint=tell(language, "shapes.can_vary"), param="operation", code="cannot_vary"
            )
        operation = understand(request.instruction)
        if request.operation == "upscale":
            operation = larger(request.instruction, operation)
        if operation is None:
            raise InvalidInput(
                tell(language, "shapes.cannot_edit", instruction=request.instruction[:80]),
                hint=tell(language, "shapes.can_edit"), param="instruction", code="unknown_edit",
            )  # fmt: skip
        return retouched(image, parent, request, operation, watch)

    def _redrawn(self, recipe: Recipe, request: EditRequest, watch: Watch) -> Picture:
        """The changed plan drawn; what of the instruction is not in it is told."""
        picture = self.make(recipe, watch)
        asked = read(request.instruction if request.operation == "change" else "")
        kept = recipe.operation in ("add", "replace")
        unknown = tuple(word for word in asked.unknown if word.lower() not in EDIT_WORDS) if kept else ()
        return picture.model_copy(update={"note": _note(asked.model_copy(update={"unknown": unknown}), language_of(request.instruction))})


def _part(watch: Watch, number: int, count: int) -> Watch:
    """Who follows picture `number` of `count`."""
    look = watch.preview
    one = replace(watch, preview=None if look is None else lambda _, seen: look(number, seen))
    return _scaled(one, number / count, 1 / count)


def _scaled(watch: Watch, start: float, share: float) -> Watch:
    """Who follows a part of the work that begins at `start` and is `share` of it."""
    return replace(watch, progress=lambda done: watch.progress(start + done * share))


def _rendered(plan: Plan, recipe: Recipe, size: tuple[int, int], sprites: Sprites, watch: Watch) -> bytes:
    loose = bool(recipe.parameters.get("loose"))
    plan = placed(plan, natural_scene(plan), recipe.parameters)
    return render(plan, *size, recipe.seed, watch.progress, watch.cancel, sprites, loose=loose)


def _refuse_strangers(plan: Plan, instruction: str, language: str) -> None:
    """A drawn picture is known: recolouring or removing what is not in it is refused, not done to something else."""
    named = strangers(plan, tokens(instruction))
    operation = understand(instruction)
    if named and plan.groups and operation is not None and operation.name in ("recolour", "erase"):
        has = listed(dict.fromkeys(_name(g.thing, language) for g in plan.groups), language)
        raise InvalidInput(
            tell(language, "shapes.not_there", words=listed(named[:3], language)), hint=tell(language, "shapes.has", things=has),
            param="instruction", code="not_in_picture",
        )  # fmt: skip


def _name(thing: str, language: str) -> str:
    """A thing's name for people."""
    known = things()[thing]
    return next((word for word in known.words if not word.isascii()), known.name) if language == "zh" else known.name


def _note(plan: Plan, language: str) -> str:
    """What the drawing leaves out, in words."""
    parts = []
    if plan.unknown:
        quoted = "、".join(f"“{w}”" for w in plan.unknown[:6]) if language == "zh" else ", ".join(f"'{w}'" for w in plan.unknown[:6])
        parts.append(tell(language, "shapes.unknown", words=quoted))
    if not all(can_write(t) for t in plan.texts):
        parts.append(tell(language, "shapes.no_font"))
    return " ".join(parts)


def _examples(language: str, count: int = 24) -> str:
    """Names of some things that can be drawn, from all over the vocabulary."""
    every = [thing for thing in things().values() if thing.paint is not None]
    chosen = every[:: max(1, len(every) // count)][:count]
    return listed((_name(t.name, language) for t in chosen), language)


def create(reference: str = "") -> ShapesGenerator:
    """The generator; it has no model to refer to."""
    return ShapesGenerator()
