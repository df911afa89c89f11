"""Studio: the one way to a picture: filter, limits, quota, queue, drawing, judging, ranking. Knows no tool and no drawing method.

It stores nothing but what a drawing counts against the quota; `tools.keeping` stores pictures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import Cancelled, Fault, InvalidInput
from retrieval.items import Recipe
from retrieval.library import Library
from tools.base import ToolContext
from tools.content_filter import ContentFilter
from tools.drawing_queue import DrawingQueue
from tools.drawing_quota import DrawingQuota
from tools.image_generators._origins import shows
from tools.image_generators.base import EditRequest, ImageGenerator, ImageRequest, Picture, Watch
from tools.phrasing import tell
from tools.recipes import embed, stored

if TYPE_CHECKING:
    from tools.judge import Judge

log = logging.getLogger(__name__)
RIGHT = 0.9
"""Share of pictures drawn after words that are supposed to show them. The judge's own chance supposes as many right as wrong ones, which is
fair to a picture that somebody brought and far too hard on one that was drawn for the very words."""
ENLARGED = 2
"""How much longer the side of a changed picture may be than that of a drawn one."""


class DrawingLimits(Protocol):
    """The bounds that the studio keeps to; the settings' `limits` has them."""

    @property
    def drawn_side(self) -> int:
        """Pixels of the longer side."""

    @property
    def drawn_pictures(self) -> int:
        """Pictures of one request."""

    @property
    def drawn_steps(self) -> int:
        """Steps of one picture."""


@dataclass(frozen=True)
class Judged:
    """A picture that was made, and whether it shows what was asked for."""

    picture: Picture
    score: float | None = None
    """Chance, 0 to 1, that it does; None where nobody can tell."""
    doubtful: bool = False
    """The chance is under the bar: it must not be passed off as what was asked for."""


@dataclass(frozen=True)
class Repeated:
    """A picture made once more from its recipe."""

    picture: Picture
    """With the recipe inside, as a stored one has it."""
    identical: bool
    """Its bytes are those of the stored one."""
    file_id: str
    """The stored picture that was repeated."""


def drawn(chance: float | None) -> float | None:
    """The judge's chance (as many right as wrong) for a picture that was drawn after the words, by Bayes' rule with RIGHT."""
    if chance is None:
        return None
    return round(chance * RIGHT / (chance * RIGHT + (1 - chance) * (1 - RIGHT)), 4)


def ranked(made: Iterable[Judged]) -> list[Judged]:
    """The best first; what nobody could judge last, in the order it came."""
    return sorted(made, key=lambda one: -1.0 if one.score is None else one.score, reverse=True)


class Studio:
    """Makes and changes pictures for many people at once, in one queue."""

    def __init__(
        self, generator: ImageGenerator, library: Library, limits: DrawingLimits, *, queue: DrawingQueue, quota: DrawingQuota,
        content_filter: ContentFilter,
    ) -> None:  # fmt: skip
        self._generator, self._library, self._limits = generator, library, limits
        self._queue, self._quota, self._filter = queue, quota, content_filter

    def generate(self, request: ImageRequest, context: ToolContext) -> list[Judged]:
        """The pictures of `request`, the one that shows best what was asked for first; they are not stored.

        Raises NotAllowed (filter), InvalidInput (a limit of the settings, or nothing of it can be drawn), Busy (quota or queue, with
        `retry_after`), Cancelled.
        """
        self._filter.check(request.prompt, context.language, unwanted=request.negative_prompt)
        self._bounded(context, width=request.width, height=request.height, n=request.n, steps=request.steps)
        made = self._draw(request.n, context, lambda watch: self._generator.generate(request, watch))
        return self._ranked(request.prompt, made, context)

    def edit(self, content: Content, parent: Recipe | None, request: EditRequest, context: ToolContext) -> Judged:
        """A changed copy of `content`, which `parent` made. The sha256 of a mask stands in `recipe.parameters["mask"]`.

        Raises as `generate` does.
        """
        self._filter.check(request.instruction, context.language, before=shows(parent) or content.name)
        self._bounded(context, steps=request.steps)
        if request.operation == "upscale":
            self._can_grow(content, context)
        [made] = self._draw(1, context, lambda watch: [self._generator.edit(content, parent, request, watch)])
        if request.mask is not None:
            parameters = {**made.recipe.parameters, "mask": request.mask.sha256}
            made = made.model_copy(update={"recipe": made.recipe.model_copy(update={"parameters": parameters})})
        largest = max(self._limits.drawn_side * ENLARGED, content.width or 0, content.height or 0)
        if max(made.recipe.width, made.recipe.height) > largest:
            raise InvalidInput(
                tell(context.language, "studio.too_large", value=f"{made.recipe.width} x {made.recipe.height}", most=largest),
                hint=tell(context.language, "studio.smaller"), param="instruction", code="picture_too_large",
            )  # fmt: skip
        if request.operation == "variation" and parent is not None and not parent.parameters.get("edits"):
            return self._ranked(parent.prompt, [made], context)[0]
        return Judged(made)

    def repeat(self, file_id: str, context: ToolContext) -> Repeated:
        """The stored picture made again from its recipe. Raises NotFound, InvalidInput (not made here), Conflict (another model)."""
        from tools.repeating import repeat

        file = self._library.file(file_id, context.owner)
        recipe = file.recipe
        if recipe is None:
            raise InvalidInput(
                tell(context.language, "studio.no_recipe", name=file.name), hint=tell(context.language, "studio.no_recipe_hint"),
                param="image", code="not_generated",
            )  # fmt: skip
        self._filter.check(recipe.prompt, context.language, before=shows(recipe), unwanted=recipe.negative_prompt)
        source = stored(self._library, recipe.parents[0], context.owner) if recipe.parents else None
        mask = stored(self._library, str(recipe.parameters["mask"]), context.owner) if recipe.parameters.get("mask") else None
        opened = [self._library.open_file(one.id, context.owner) if one else None for one in (source, mask)]
        [made] = self._draw(
            1, context, lambda watch: [repeat(self._generator, recipe, opened[0], source.recipe if source else None, opened[1], watch)]
        )
        picture = Picture(content=embed(made.content, recipe), recipe=recipe, note=made.note)
        return Repeated(picture, identical=picture.content.sha256 == file.sha256, file_id=file.id)

    def load(self) -> tuple[int, int]:
        """(how many requests draw, how many wait to draw) now."""
        return self._queue.load()

    def check_count(self, pictures: int, context: ToolContext) -> None:
        """Raises InvalidInput when one request may not ask for so many pictures."""
        self._bounded(context, n=pictures)

    def close(self) -> None:
        """Release the ledger."""
        self._quota.close()

    def _draw(self, pictures: int, context: ToolContext, work: Callable[[Watch], list[Picture]]) -> list[Picture]:
        """What `work` makes, at its turn, counted as soon as it is made."""
        drawing = tell(context.language, "studio.drawing")

        def wait(before: int) -> None:
            context.progress(tell(context.language, "studio.waiting", count=before) if before else drawing, 0.0)

        with self._quota.room(context.owner, pictures, context.language) as count:
            with self._queue.place(context.owner, context.check, wait, context.language):
                made = work(Watch(lambda share: context.progress(drawing, share), context.preview, context.cancel))
            count(len(made))
        return made

    def _ranked(self, prompt: str, made: list[Picture], context: ToolContext) -> list[Judged]:
        context.check()
        try:
            verdicts = self._judge.look(prompt, [picture.content for picture in made], language_of(prompt))
        except Cancelled:
            raise
        except Fault as fault:  # a picture that nobody can judge is not lost
            log.warning("pictures were not judged: %s", fault)
            return [Judged(picture) for picture in made]
        return ranked(Judged(picture, drawn(verdict.chance), verdict.doubtful) for picture, verdict in zip(made, verdicts, strict=True))

    @cached_property
    def _judge(self) -> Judge:
        from tools.judge import Judge

        return Judge(self._library)

    def _can_grow(self, content: Content, context: ToolContext) -> None:
        """Raises InvalidInput for a picture whose sides may not be doubled."""
        most = self._limits.drawn_side
        if max(content.width or 0, content.height or 0) > most:
            raise InvalidInput(
                tell(context.language, "studio.enlarge", value=f"{content.width} x {content.height}", most=most),
                hint=tell(context.language, "studio.enlarge_hint"), param="image", code="over_limit",
            )  # fmt: skip

    def _bounded(self, context: ToolContext, **asked: int | None) -> None:
        """Raises InvalidInput for what is over a limit of the settings."""
        limits = self._limits
        most = {"width": limits.drawn_side, "height": limits.drawn_side, "n": limits.drawn_pictures, "steps": limits.drawn_steps}
        for name, value in asked.items():
            if value is not None and value > most[name]:
                raise InvalidInput(
                    tell(context.language, f"studio.most_{name}", value=value, most=most[name]),
                    hint=tell(context.language, "studio.most_hint", most=most[name]), param=name, code="over_limit",
                )  # fmt: skip
