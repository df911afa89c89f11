"""Shapes: pictures laid out from a vocabulary of flat vector drawings. No learned model; it draws what it has a drawing for.

What it cannot draw it says in the picture's `note`; a prompt with nothing drawable is refused with examples. Pictures made here are
changed by drawing them again from a changed plan; any other picture is changed by classical operations on its pixels.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from PIL import Image

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import InvalidInput, Unreadable
from retrieval.items import ModelCard, Recipe
from tools.image_generators import _pixels
from tools.image_generators._instructions import understand
from tools.image_generators.base import UNWATCHED, EditRequest, ImageRequest, Picture, Watch
from tools.phrasing import listed, tell, together
from tools.shapes.paint import can_write, render
from tools.shapes.prompt import Plan, read
from tools.shapes.replan import change, strangers, without
from tools.shapes.tokens import tokens
from tools.shapes.vocabulary import things
from tools.shapes.words import EDIT_WORDS

MODEL = "shapes-1"


@lru_cache
def fingerprint() -> str:
    """sha256 over the drawing code: the same recipe gives the same bytes while this stays the same."""
    digest = hashlib.sha256()
    for source in sorted((f for f in files("tools.shapes").iterdir() if f.name.endswith(".py")), key=lambda f: f.name):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def plan_of(recipe: Recipe) -> Plan:
    """The plan of a picture made here: its prompt, what was not wanted, and its edits one after another."""
    plan = _wanted(read(recipe.prompt), recipe.negative_prompt)
    for instruction in recipe.parameters.get("edits", ()):
        result = change(plan, str(instruction))
        if result is not None:
            plan = result[0]
    return plan


def _wanted(plan: Plan, negative: str) -> Plan:
    """The plan without the things that the negative prompt names."""
    unwanted = {g.thing for g in read(negative).groups}
    if not unwanted:
        return plan
    for name in unwanted & {g.thing for g in plan.groups}:
        result = change(plan, f"remove the {name}")
        plan = result[0] if result else plan
    return plan


class ShapesGenerator:
    """Draws and changes pictures without a learned model."""

    model = MODEL
    card = ModelCard(
        name=MODEL, role="image_generator", kind="classical", source="drawn here", licence="Apache-2.0", modalities=("image",),
        scores={"drawable_things": 155.0},
        limits="Flat vector drawings of about 150 known things, laid out by rules; no photographs, no unknown things, no art styles.",
    )  # fmt: skip

    def generate(self, request: ImageRequest, watch: Watch = UNWATCHED) -> list[Picture]:
        """`request.n` pictures that differ in their seed. Raises InvalidInput when nothing in the prompt can be drawn."""
        first = request.seed if request.seed is not None else secrets.randbelow(2**32)
        pictures = []
        for n in range(request.n):
            recipe = Recipe(
                prompt=request.prompt, negative_prompt=request.negative_prompt, seed=(first + n) % 2**32, width=request.width,
                height=request.height, model=self.model, model_sha256=self.fingerprint(), **self._settings(request),
            )  # fmt: skip
            pictures.append(self.make(recipe, lambda share, n=n: watch.progress((n + share) / request.n), watch.cancel))  # type: ignore[misc]
        return pictures

    def make(self, recipe: Recipe, progress: Callable[[float], None] = lambda _: None, cancel: threading.Event | None = None) -> Picture:
        """The picture of a recipe, byte for byte the same each time."""
        language = language_of(recipe.prompt)
        plan = self.drawable(plan_of(recipe))
        if not plan.groups and not plan.texts and not (plan.scene or plan.time or plan.background):
            nearest = self.nearest(plan.unknown, language)
            raise InvalidInput(
                together((tell(language, "shapes.nothing"), nearest), language),
                hint=tell(language, "shapes.can_draw", things=_examples(language)), param="prompt", code="cannot_draw",
            )  # fmt: skip
        stop = cancel or threading.Event()
        sprites, said, more = self.sprites(plan, recipe, lambda share: progress(share * 0.5), stop)
        data = render(plan, recipe.width, recipe.height, recipe.seed, _second_half(progress) if sprites else progress, stop, sprites)
        if more:
            recipe = recipe.model_copy(update={"parameters": {**recipe.parameters, **more}})
        note = together((_note(plan, language), self.nearest(plan.unknown, language), *said), language)
        return Picture(content=_content(data), recipe=recipe, note=note)

    def fingerprint(self) -> str:
        """sha256 over all that a picture depends on besides its recipe."""
        return fingerprint()

    def drawable(self, plan: Plan) -> Plan:
        """The plan without what only a trained model draws; those words are not understood here."""
        strange = {n for n, g in enumerate(plan.groups) if things()[g.thing].paint is None}
        unknown = tuple(dict.fromkeys((*plan.unknown, *(plan.groups[n].thing for n in sorted(strange)))))
        return without(plan, strange).model_copy(update={"unknown": unknown}) if strange else plan

    def sprites(
        self, plan: Plan, recipe: Recipe, progress: Callable[[float], None], cancel: threading.Event
    ) -> tuple[list[Image.Image | None], list[str], dict[str, object]]:  # fmt: skip
        """A drawing for each group by a trained model, what to say of them, and what to write into the recipe. None of it here."""
        return [], [], {}

    def nearest(self, words: Sequence[str], language: str) -> str:
        """A sentence that names what is nearest to words that are not understood; empty here."""
        return ""

    def _settings(self, request: ImageRequest) -> dict[str, Any]:
        """Further fields of the recipe."""
        return {"parameters": {"edits": []}}

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch = UNWATCHED) -> Picture:
        """A changed copy of `image`. Raises InvalidInput with what can be asked for."""
        language = language_of(request.instruction)
        if parent is not None and parent.model == self.model and "edits" in parent.parameters and request.mask is None:
            drawn = self._redraw(image, parent, request)
            if drawn is not None:
                return drawn
            _refuse_strangers(plan_of(parent), request.instruction, language)
        operation = understand(request.instruction)
        if operation is None:
            raise InvalidInput(
                tell(language, "shapes.cannot_edit", instruction=request.instruction[:80]),
                hint=tell(language, "shapes.can_edit"), param="instruction", code="unknown_edit",
            )  # fmt: skip
        if operation.name == "caption" and not can_write(operation.text):
            raise InvalidInput(tell(language, "shapes.no_font"), hint=tell(language, "shapes.no_font_hint"), param="instruction")
        source = opened(image)
        changed = _pixels.apply(source, operation, _mask(request.mask, source.size))
        recipe = Recipe(
            prompt=request.instruction, seed=request.seed or 0, width=changed.width, height=changed.height, model=self.model,
            model_sha256=self.fingerprint(), parents=(image.sha256,), operation=operation.name,
            parameters={**operation.model_dump(exclude_defaults=True, exclude={"name"}), "of": parent.prompt if parent else image.name},
        )  # fmt: skip
        note = tell(language, "shapes.lanczos") if operation.name in ("upscale", "resize") and operation.amount > 1 else ""
        if operation.name in ("recolour", "background", "remove_background", "blur_background"):
            note = tell(language, "shapes.classical_cut")
        return Picture(content=picture_content(changed), recipe=recipe, note=note)

    def _redraw(self, image: Content, parent: Recipe, request: EditRequest) -> Picture | None:
        """The parent's plan changed and drawn again; None when the instruction is not about its things."""
        result = change(plan_of(parent), request.instruction)
        if result is None:
            return None
        edits = [*parent.parameters["edits"], request.instruction]
        recipe = parent.model_copy(
            update={
                "parents": (image.sha256,), "operation": result[1], "parameters": {**parent.parameters, "edits": edits},
                "model_sha256": self.fingerprint(),
                "seed": parent.seed if request.seed is None else request.seed,
            }
        )  # fmt: skip
        picture = self.make(recipe)
        asked = read(request.instruction)
        unknown = tuple(word for word in asked.unknown if word.lower() not in EDIT_WORDS) if result[1] in ("add", "replace") else ()
        return picture.model_copy(update={"note": _note(asked.model_copy(update={"unknown": unknown}), language_of(request.instruction))})


def _second_half(progress: Callable[[float], None]) -> Callable[[float], None]:
    return lambda share: progress(0.5 + share * 0.5)


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


def _content(data: bytes) -> Content:
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    return Content(modality="image", media_type="image/png", data=data, name="drawing.png", width=width, height=height)


def picture_content(image: Image.Image) -> Content:
    """A picture as PNG."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return Content(
        modality="image", media_type="image/png", data=out.getvalue(), name="picture.png", width=image.width, height=image.height
    )


def opened(content: Content) -> Image.Image:
    """The pixels of an admitted picture."""
    try:
        with Image.open(io.BytesIO(content.data), formats=("PNG", "JPEG", "WEBP", "GIF")) as image:
            return image.convert("RGBA" if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info else "RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable("This picture could not be opened.", hint="Send it again as PNG or JPEG.", param="image") from error


def _mask(mask: Content | None, size: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]] | None:
    """True where the picture may change; the mask is stretched to the picture."""
    if mask is None:
        return None
    image = opened(mask)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(white, image).convert("RGB")
    return np.asarray(image.convert("L").resize(size, Image.Resampling.NEAREST)) > 127


def create(reference: str = "") -> ShapesGenerator:
    """The generator; it has no model to refer to."""
    return ShapesGenerator()
