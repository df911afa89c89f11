"""diffusers: pictures by any text-to-image pipeline of the diffusers library: SD-Turbo, SDXL, FLUX, FLUX.2-klein, Z-Image, Qwen-Image.

`diffusers:org/name` or `diffusers:DIRECTORY`. The same request with the same seed gives the same bytes on the same machine. Requests that
differ in their seeds only are drawn together on an accelerator; a processor gains nothing by that and draws one after another.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PIL import Image

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import InvalidInput
from retrieval.hosting.batching import Batcher
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard, Recipe
from tools.image_generators._choosing import chosen
from tools.image_generators._editing import Edit, finished, prepared
from tools.image_generators._exact import exact
from tools.image_generators._families import Defaults, defaults, drawn_size, guidance_name, sizes, standing, takes, upscales
from tools.image_generators._images import marked, opened, picture_content
from tools.image_generators._instructions import Operation, understand
from tools.image_generators._origins import origin
from tools.image_generators._pixels import bounded
from tools.image_generators._retouch import larger, retouched
from tools.image_generators._running import Follower, Look, drawn
from tools.image_generators.base import UNWATCHED, EditRequest, ImageRequest, Picture, Watch, held
from tools.phrasing import tell, together

ROLE = "image_generator"
_TOGETHER = 4
"""Requests, and pictures of them, that an accelerator draws at once."""
_ENGLISH_ONLY = ("StableDiffusionPipeline", "StableDiffusionXLPipeline", "LatentConsistencyModelPipeline")
"""Pipelines whose words go through a CLIP that was taught English captions."""


_AGAINST = 4.0
"""Scale of the second guidance that distilled models need to follow what to leave out."""


@dataclass(frozen=True)
class _Job:
    """Pictures of one request."""

    recipe: Recipe
    seeds: tuple[int, ...]
    size: tuple[int, int]
    """Pixels that are drawn; the picture is made smaller afterwards."""
    watch: Watch

    @property
    def alike(self) -> tuple[object, ...]:
        """What jobs must share to be drawn together."""
        one = self.recipe
        return one.prompt, one.negative_prompt, one.steps, one.guidance, self.size, one.width, one.height

    def look(self, number: int) -> Look:
        """Who looks at one picture."""
        show = self.watch.preview
        return None if show is None else lambda seen: show(number, seen)


class DiffusersGenerator:
    """Draws, and changes pictures as far as the pipeline can; what needs no model is done on the pixels."""

    def __init__(self, reference: str, models: ModelHost) -> None:
        self._hosted = Hosted(models, reference, ROLE, allowed=("device", "dtype"))
        self._drawing = threading.Lock()
        self.batched: Batcher[_Job, list[tuple[Image.Image, bool]]] = Batcher(self._run, most=_TOGETHER, key=lambda job: job.alike)

    @property
    def card(self) -> ModelCard:
        """What is known of the model, loaded or not."""
        return self._hosted.card(
            modalities=("image",), limits="Draws what it was taught; letters, counts, hands and exact colours may be wrong."
        )

    def identity(self) -> tuple[str, str]:
        """(model, model_sha256) of its recipes. Raises NotInstalled."""
        weights = self._hosted.weights
        return f"diffusers:{weights.source}{'@' + weights.revision if weights.revision else ''}", self._sha256

    def generate(self, request: ImageRequest, watch: Watch = UNWATCHED) -> list[Picture]:
        """`request.n` pictures, each with a seed of its own. Raises Cancelled within a step, NotInstalled, InvalidInput."""
        watch.check()
        language = language_of(request.prompt)
        if self._enlarges:
            raise InvalidInput(
                tell(language, "diffusers.only_enlarges"), hint=tell(language, "diffusers.only_enlarges_hint"), code="only_enlarges"
            )
        with self._pipeline() as pipeline:
            own, size = self._defaults(pipeline), drawn_size(request.width, request.height, *sizes(pipeline))
            first = secrets.randbelow(2**32 - 8) if request.seed is None else request.seed
            negative = request.negative_prompt if takes(pipeline.__call__, "negative_prompt") else ""
            recipe = self._recipe(
                pipeline, prompt=request.prompt, negative_prompt=negative, seed=first, width=request.width, height=request.height,
                steps=request.steps or own.steps, guidance=own.guidance if request.guidance is None else request.guidance,
                parameters={"drawn": list(size)},
            )  # fmt: skip
            note = _unfollowed(pipeline, recipe, refused=bool(request.negative_prompt and not negative))
            seeds = tuple((first + n) % 2**32 for n in range(request.n))
            made = self.batched(_Job(recipe, seeds, size, watch))
        watch.progress(1.0)
        return [
            _picture(image, recipe.model_copy(update={"seed": seed}), note, filtered)
            for seed, (image, filtered) in zip(seeds, made, strict=True)
        ]

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch = UNWATCHED) -> Picture:
        """A changed copy: on the pixels, inside the mask, by instruction where the model follows them, or drawn anew after the words.

        Raises Cancelled within a step, NotInstalled, Unreadable, InvalidInput when the pipeline does not change pictures like that.
        """
        watch.check()
        language = language_of(request.instruction)
        operation = self._by_pixels(request)
        if operation is not None:
            return retouched(image, parent, request, operation, watch)
        source = opened(image).convert("RGB")
        mask = marked(request.mask, source.size, language)
        with self._pipeline() as pipeline, held(self._drawing, watch):
            edit = chosen(pipeline, source, mask, parent, request)
            if edit is not None:
                return self._edited(pipeline, edit, source, image, parent, request, watch)
        understood = understand(request.instruction)
        if understood is not None and understood.name == "erase" and mask is not None:
            return retouched(image, parent, request, understood, watch)
        raise InvalidInput(tell(language, "diffusers.no_edit"), hint=tell(language, "diffusers.no_edit_hint"), param="instruction")

    def _by_pixels(self, request: EditRequest) -> Operation | None:
        """The operation on pixels that is asked for; None for what the model does."""
        operation = None if request.operation == "variation" else exact(request.instruction)
        if request.operation == "upscale":
            operation = larger(request.instruction, operation)
        grows = operation is not None and operation.name in ("upscale", "resize")
        return None if grows and request.operation == "upscale" and self._enlarges else operation

    def _edited(
        self, pipeline: Any, edit: Edit, source: Image.Image, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch
    ) -> Picture:  # fmt: skip
        language = language_of(request.instruction)
        whole = bounded(source.size, larger(request.instruction, None), language) if edit.operation == "upscale" else source.size
        size = drawn_size(*source.size, *sizes(pipeline))
        own = self._defaults(pipeline)
        seed = _seed(request, parent)
        recipe = self._recipe(
            pipeline, prompt=edit.prompt, seed=seed, width=whole[0], height=whole[1], steps=request.steps or own.steps,
            guidance=own.guidance if request.guidance is None else request.guidance, parents=(image.sha256,), operation=edit.operation,
            parameters={
                **origin(image, parent, request.mask, "" if edit.operation in ("variation", "upscale") else request.instruction),
                "instruction": request.instruction, "strength": edit.strength, "drawn": list(size),
            },
        )  # fmt: skip
        look = watch.preview

        def step(share: float) -> None:
            watch.check()
            watch.progress(share)

        follower = Follower(step, (None if look is None else lambda seen: look(0, seen),))
        given = prepared(edit, source, size, recipe.steps) | _guidance(edit.pipeline, recipe)
        made, filtered = drawn(edit.pipeline, recipe, given, (seed,), size, follower)[0]
        watch.progress(1.0)
        return _picture(finished(edit, source, made, whole), recipe, _unfollowed(pipeline, recipe, refused=False), filtered)

    def _run(self, jobs: Sequence[_Job]) -> list[list[tuple[Image.Image, bool]]]:
        """The pictures of jobs that are alike. A job that was stopped stops them all; the others are then drawn again."""
        with held(self._drawing, jobs[0].watch), self._pipeline() as pipeline:
            recipe, size = jobs[0].recipe, jobs[0].size
            rows = [(seed, job.look(n)) for job in jobs for n, seed in enumerate(job.seeds)]
            once = 1 if standing(pipeline)[0] == "cpu" else _TOGETHER
            given = {"height": size[1], "width": size[0]} | _guidance(pipeline, recipe)
            made: list[tuple[Image.Image, bool]] = []
            for first in range(0, len(rows), once):
                part = rows[first : first + once]

                def step(share: float, done: int = first, count: int = len(part)) -> None:
                    for job in jobs:
                        job.watch.check()
                        job.watch.progress((done + share * count) / len(rows))

                follower = Follower(step, tuple(look for _, look in part))
                made += drawn(pipeline, recipe, given, tuple(seed for seed, _ in part), size, follower)
        found = iter([(_fitted(image, (recipe.width, recipe.height)), bad) for image, bad in made])
        return [[next(found) for _ in job.seeds] for job in jobs]

    def _recipe(self, pipeline: Any, **fields: Any) -> Recipe:
        device, dtype = standing(pipeline)
        more = {"pipeline": type(pipeline).__name__, "dtype": dtype, "device": device}
        model, sha256 = self.identity()
        return Recipe(model=model, model_sha256=sha256, parameters=more | fields.pop("parameters"), **fields)

    @property
    def _enlarges(self) -> bool:
        """Whether the pipeline only makes pictures larger; known without loading it."""
        try:
            index = json.loads((self._hosted.weights.path / "model_index.json").read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(index, dict) and upscales(str(index.get("_class_name", "")))

    @cached_property
    def _sha256(self) -> str:
        return self._hosted.card().sha256

    def _defaults(self, pipeline: Any) -> Defaults:
        return defaults(self._hosted.weights.source, pipeline.__call__)

    def _pipeline(self) -> Any:
        return self._hosted.resident("pipeline", self._load).use()

    def _load(self, weights: Weights) -> Any:
        from diffusers import DiffusionPipeline
        from diffusers.utils import logging

        logging.disable_progress_bar()
        models = self._hosted.models
        pipeline: Any = DiffusionPipeline.from_pretrained(
            str(weights.path), local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=models.dtype(weights)
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline.to(models.device(weights))


def _seed(request: EditRequest, parent: Recipe | None) -> int:
    """As asked for; of a variation another than its parent's, of a change the same, so that little else changes."""
    if request.seed is not None:
        return request.seed
    if request.operation == "variation":
        return secrets.randbelow(2**32)
    return parent.seed if parent is not None else 0


def _guidance(pipeline: Any, recipe: Recipe) -> dict[str, Any]:
    """How closely the words are followed, and what is to be left out, as the pipeline takes them."""
    call = pipeline.__call__
    name = guidance_name(call)
    given: dict[str, Any] = {name: recipe.guidance} if name else {}
    if recipe.negative_prompt:
        given["negative_prompt"] = recipe.negative_prompt
        if name != "true_cfg_scale" and takes(call, "true_cfg_scale"):
            given["true_cfg_scale"] = _AGAINST
    elif name == "true_cfg_scale" and takes(call, "negative_prompt"):
        given["negative_prompt"] = " "  # without one it does not guide at all
    return given


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _unfollowed(pipeline: Any, recipe: Recipe, *, refused: bool) -> str:
    """What the model cannot follow, in words."""
    language, said = language_of(recipe.prompt), []
    if refused:
        said.append(tell(language, "diffusers.no_negative"))
    guided = recipe.guidance > 1 or takes(pipeline.__call__, "true_cfg_scale")
    if recipe.negative_prompt and not guided:
        said.append(tell(language, "diffusers.unguided"))
    if language == "zh" and type(pipeline).__name__ in _ENGLISH_ONLY:
        said.append(tell(language, "diffusers.english_only"))
    return together(said, language)


def _picture(image: Image.Image, recipe: Recipe, note: str, filtered: bool) -> Picture:
    language = language_of(recipe.prompt)
    told = together([note, tell(language, "diffusers.filtered")], language) if filtered else note
    return Picture(content=picture_content(image.convert("RGB")), recipe=recipe, note=told)


def create(reference: str = "", *, models: ModelHost) -> DiffusersGenerator:
    """The generator; `?device=cpu` and `?dtype=float32` may follow the reference."""
    return DiffusersGenerator(reference, models)
