"""diffusers: pictures by any text-to-image pipeline of the diffusers library: SD-Turbo, SDXL, FLUX, FLUX.2-klein, Z-Image, Qwen-Image.

`diffusers:org/name` or `diffusers:DIRECTORY`. The same request with the same seed gives the same bytes on the same machine. Requests that
differ in their seeds only are drawn together on an accelerator; a processor gains nothing by that and draws one after another.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PIL import Image

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import Cancelled, InvalidInput
from retrieval.hosting.batching import Batcher
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard, Recipe
from tools.image_generators._editing import Edit, finished, opened, prepared
from tools.image_generators._families import Defaults, defaults, drawn_size, edits, guidance_name, sizes, takes, variant
from tools.image_generators.base import UNWATCHED, EditRequest, ImageRequest, Picture, Watch
from tools.image_generators.shapes import picture_content
from tools.phrasing import tell, together

ROLE = "image_generator"
_TOGETHER = 4
"""Requests, and pictures of them, that an accelerator draws at once."""
_ENGLISH_ONLY = ("StableDiffusionPipeline", "StableDiffusionXLPipeline", "LatentConsistencyModelPipeline")
"""Pipelines whose words go through a CLIP that was taught English captions."""


@dataclass(frozen=True)
class _Job:
    """Pictures of one request."""

    recipe: Recipe
    seeds: tuple[int, ...]
    size: tuple[int, int]
    """Pixels that are drawn; the picture is made smaller afterwards."""
    progress: Callable[[float], None]
    cancel: threading.Event

    @property
    def alike(self) -> tuple[object, ...]:
        """What jobs must share to be drawn together."""
        one = self.recipe
        return one.prompt, one.negative_prompt, one.steps, one.guidance, self.size


class DiffusersGenerator:
    """Draws, and changes pictures as far as the pipeline can."""

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

    def generate(self, request: ImageRequest, watch: Watch = UNWATCHED) -> list[Picture]:
        """`request.n` pictures, each with a seed of its own. Raises Cancelled within a step, NotInstalled, InvalidInput."""
        stop(watch.cancel)
        with self._pipeline() as pipeline:
            own, size = self._defaults(pipeline), drawn_size(request.width, request.height, *sizes(pipeline))
            first = secrets.randbelow(2**32 - 8) if request.seed is None else request.seed
            negative = request.negative_prompt if takes(pipeline.__call__, "negative_prompt") else ""
            recipe = self._recipe(
                pipeline, prompt=request.prompt, negative_prompt=negative, seed=first, width=request.width, height=request.height,
                steps=request.steps or own.steps, guidance=own.guidance if request.guidance is None else request.guidance,
                parameters={"drawn": list(size)},
            )  # fmt: skip
            note = _unfollowed(pipeline, request.prompt, refused=bool(request.negative_prompt and not negative))
            seeds = tuple((first + n) % 2**32 for n in range(request.n))
            made = self.batched(_Job(recipe, seeds, size, watch.progress, watch.cancel))
        watch.progress(1.0)
        return [
            _picture(image, recipe.model_copy(update={"seed": seed}), note, filtered)
            for seed, (image, filtered) in zip(seeds, made, strict=True)
        ]

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch = UNWATCHED) -> Picture:
        """A changed copy: inside the mask, or by instruction where the model follows them, or drawn anew after the words.

        Raises InvalidInput when the pipeline changes no pictures.
        """
        source = opened(image)
        with self._pipeline() as pipeline:
            edit = self._edit(pipeline, source, parent, request)
            multiple, least = sizes(pipeline)
            size = drawn_size(source.width, source.height, multiple, least)
            own = self._defaults(pipeline)
            seed = request.seed if request.seed is not None else parent.seed if parent is not None else 0
            recipe = self._recipe(
                pipeline, prompt=edit.prompt, seed=seed, width=source.width, height=source.height, steps=own.steps, guidance=own.guidance,
                parents=(image.sha256,), operation=edit.operation,
                parameters={"of": image.name, "instruction": request.instruction, "strength": edit.strength},
            )  # fmt: skip
            with self._drawing:
                given = prepared(edit, source, size, recipe.steps) | self._guidance(edit.pipeline, recipe)
                made, filtered = _drawn(edit.pipeline, recipe, given, (recipe.seed,))[0]
            note = _unfollowed(pipeline, request.instruction, refused=False)
        return _picture(finished(edit, source, made), recipe, note, filtered)

    def _edit(self, pipeline: Any, source: Image.Image, parent: Recipe | None, request: EditRequest) -> Edit:
        before = parent.prompt if parent is not None else ""
        described = f"{before}, {request.instruction}" if before and before != request.instruction else request.instruction
        if request.mask is not None:
            inpainting = variant(pipeline, "Inpainting")
            if inpainting is not None:
                return Edit(inpainting, "inpaint", request.instruction, opened(request.mask).convert("L").resize(source.size), 1.0)
        elif edits(pipeline.__call__):
            return Edit(pipeline, "instruct", request.instruction)
        else:
            anew = variant(pipeline, "Image2Image")
            if anew is not None:
                return Edit(anew, "redraw", described, strength=0.6)
        language = language_of(request.instruction)
        raise InvalidInput(tell(language, "diffusers.no_edit"), hint=tell(language, "diffusers.no_edit_hint"), param="instruction")

    def _run(self, jobs: Sequence[_Job]) -> list[list[tuple[Image.Image, bool]]]:
        """The pictures of jobs that are alike. A job that was stopped stops them all; the others are then drawn again."""
        with self._drawing, self._pipeline() as pipeline:
            recipe, size = jobs[0].recipe, jobs[0].size
            seeds = [seed for job in jobs for seed in job.seeds]
            once = 1 if str(pipeline.device) == "cpu" else _TOGETHER
            given = {"height": size[1], "width": size[0]} | self._guidance(pipeline, recipe)
            made: list[tuple[Image.Image, bool]] = []
            for first in range(0, len(seeds), once):
                part = tuple(seeds[first : first + once])

                def step(share: float, done: int = first, count: int = len(part)) -> None:
                    for job in jobs:
                        stop(job.cancel)
                        job.progress((done + share * count) / len(seeds))

                made += _drawn(pipeline, recipe, given, part, step)
        found = iter([(image.resize((recipe.width, recipe.height), Image.Resampling.LANCZOS), bad) for image, bad in made])
        return [[next(found) for _ in job.seeds] for job in jobs]

    def _guidance(self, pipeline: Any, recipe: Recipe) -> dict[str, Any]:
        name = guidance_name(pipeline.__call__)
        negative = {"negative_prompt": recipe.negative_prompt} if recipe.negative_prompt else {}
        return ({name: recipe.guidance} if name else {}) | negative

    def _recipe(self, pipeline: Any, **fields: Any) -> Recipe:
        weights = self._hosted.weights
        more = {"pipeline": type(pipeline).__name__, "dtype": str(pipeline.dtype).removeprefix("torch."), "device": str(pipeline.device)}
        parameters = more | fields.pop("parameters")
        model = f"diffusers:{weights.source}{'@' + weights.revision if weights.revision else ''}"
        return Recipe(model=model, model_sha256=self._sha256, parameters=parameters, **fields)

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


def stop(cancel: threading.Event) -> None:
    """Raises Cancelled when `cancel` is set."""
    if cancel.is_set():
        raise Cancelled("Drawing was stopped.")


def _drawn(
    pipeline: Any, recipe: Recipe, given: dict[str, Any], seeds: tuple[int, ...], step: Callable[[float], None] = lambda share: None
) -> list[tuple[Image.Image, bool]]:
    """One picture a seed, and whether the model's own filter blanked it."""
    import torch

    total = max(1, int(given.get("num_inference_steps", recipe.steps) * given.get("strength", 1.0)))

    def after(pipeline: Any, number: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        step(min(1.0, (number + 1) / total))
        return values

    watched = {"callback_on_step_end": after} if takes(pipeline.__call__, "callback_on_step_end") else {}
    steps = {"num_inference_steps": recipe.steps} if takes(pipeline.__call__, "num_inference_steps") else {}
    step(0.0)
    with torch.inference_mode():
        made = pipeline(
            prompt=recipe.prompt, num_images_per_prompt=len(seeds),
            generator=[torch.Generator().manual_seed(seed) for seed in seeds], **(steps | given | watched),
        )  # fmt: skip
    bad = getattr(made, "nsfw_content_detected", None) or [False] * len(seeds)
    return list(zip(made.images, map(bool, bad), strict=True))


def _unfollowed(pipeline: Any, prompt: str, *, refused: bool) -> str:
    """What the model cannot follow, in words."""
    language, said = language_of(prompt), []
    if refused:
        said.append(tell(language, "diffusers.no_negative"))
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
