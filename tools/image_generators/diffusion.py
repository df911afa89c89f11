"""Diffusion: each thing of a prompt drawn by the trained text-to-image pipeline, placed in the picture like the drawings by hand.

The words are read, and the things laid out, as `shapes` does it; this back-end draws every thing that the pipeline was taught, in the
colour asked for, and leaves to the hand-made drawings what only they can do: geometric figures, hats on heads, parts in a colour of
their own, and the things that nobody taught the pipeline. The joint encoder of words and pictures then looks at each drawing: its
agreement is written into the recipe, and where it is low the note says so.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import NotInstalled
from retrieval.items import ModelCard, Recipe
from tools.image_generators import shapes
from tools.image_generators._digests import HERE, digest, drawings
from tools.image_generators._dye import dyed
from tools.image_generators._images import marked, opened, picture_content, small
from tools.image_generators._origins import origin
from tools.image_generators._previews import decoded, moments
from tools.image_generators.base import UNWATCHED, EditRequest, ImageRequest, Picture, Watch, held
from tools.phrasing import listed, tell
from tools.shapes.palette import TONES
from tools.shapes.prompt import WORN, Plan, read
from tools.shapes.tokens import style_of
from tools.shapes.vocabulary import things

FOLDER = HERE / "drawing_model"
MODEL = "drawing-1"
STEPS, GUIDANCE = 4, 2.0
STYLES = ("noto", "3d", "flat")
"""As `_diffusion.text.STYLES`; named again because importing that imports torch."""
_CHANGE = re.compile(
    r"\b(replace|change|turn|fill|swap)\b.{0,30}?\b(with|by|into|to)\b|\b(add|put|draw|place|paint|insert|here)\b|[把将].{0,6}(换成|变成|改成)",
    re.I,
)
_REMOVAL = re.compile(r"\b(remove|erase|delete|clean|invert|blur)\b|去掉|删除|移除|擦掉|去除", re.I)
DOUBTFUL = 0.04
"""Below this cosine between a drawing and its word, a person may not recognise it either."""
KEPT = 64  # prompts whose encoding is kept, 50 kB each
KNOWN = 0.35
"""Least cosine between an unknown word and a taught concept for it to be named as the nearest."""


@lru_cache
def _digest() -> str:
    """sha256 over the pipeline's files and the code that runs it and places its drawings."""
    files = sorted(p for p in FOLDER.rglob("*") if p.suffix in (".safetensors", ".json"))
    return digest((*files, HERE / "_dye.py", *sorted((HERE / "_diffusion").glob("*.py"))), drawings())


def load_pipeline(folder: Path = FOLDER) -> Any:
    """`DiffusionPipeline.from_pretrained(folder)`, with the classes of ours that its index names imported before, as diffusers asks."""
    try:
        from diffusers.utils import logging
        from transformers.utils import logging as transformers_logging
    except ModuleNotFoundError as error:
        raise NotInstalled("Drawing needs the package 'diffusers'.", hint="Install it with: make install EXTRAS=all.") from error

    logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    said, said_too = logging.get_verbosity(), transformers_logging.get_verbosity()
    logging.set_verbosity_error()  # it warns of every class that is ours
    transformers_logging.set_verbosity_error()  # and the other, while it is imported, of an image processor that is not used
    try:
        from diffusers import DiffusionPipeline

        from tools.image_generators._diffusion import autoencoder, denoiser, text  # noqa: F401

        pipeline: Any = DiffusionPipeline.from_pretrained(str(folder), local_files_only=True)
    finally:
        logging.set_verbosity(said)
        transformers_logging.set_verbosity(said_too)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


class DiffusionGenerator(shapes.ShapesGenerator):
    """Draws with the trained pipeline, loaded at the first drawing."""

    model = MODEL
    styles = True

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: Any = None
        self._eyes: Any = None
        self._prompts: dict[tuple[str, ...], Any] = {}
        self._texts: dict[tuple[str, ...], Any] = {}
        card = json.loads(folder.with_name(folder.name + ".card.json").read_text("utf-8"))
        self.card = ModelCard(**{k: v for k, v in card.items() if k in ModelCard.model_fields})

    def warm(self) -> None:
        """Load what the first drawing needs (seconds): for a thread of its own after start-up."""
        with self._lock:
            self._pipeline()

    def _pipeline(self) -> Any:
        if self._loaded is None:
            self._loaded = load_pipeline(self._folder)
        return self._loaded

    def fingerprint(self) -> str:
        """sha256 over all that a picture depends on besides its recipe."""
        return _digest()

    def drawable(self, plan: Plan) -> Plan:
        """All of it: what is not drawn by hand was taught."""
        return plan

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch = UNWATCHED) -> Picture:
        """A changed copy; a thing that is named with a mask is drawn into it, and a style may be named for a picture drawn here."""
        if request.mask is not None and request.operation == "change" and not _REMOVAL.search(request.instruction):
            plan = read(_CHANGE.sub(" ", request.instruction))
            if len(plan.groups) == 1 and things()[plan.groups[0].thing].taught:
                return self._inpainted(image, parent, plan, request, watch)
        return super().edit(image, parent, request, watch)

    def _inpainted(self, image: Content, parent: Recipe | None, plan: Plan, request: EditRequest, watch: Watch) -> Picture:
        """One new thing in the white part of the mask."""
        from tools.image_generators._diffusion.inpaint import put

        source = opened(image)
        mask = marked(request.mask, source.size, language_of(request.instruction))
        if mask is None:
            raise ValueError("a thing is drawn into a mask only")
        recipe = Recipe(
            prompt=request.instruction, seed=0 if request.seed is None else request.seed, width=source.width, height=source.height,
            steps=request.steps or STEPS, guidance=GUIDANCE if request.guidance is None else request.guidance, model=self.model,
            model_sha256=self.fingerprint(), parents=(image.sha256,), operation="inpaint",
            parameters=origin(image, parent, request.mask, request.instruction),
        )  # fmt: skip
        look = watch.preview
        show = None if look is None else lambda sprites: look(0, small(put(sprites[0], source, mask)))
        drawn, said, more = self.sprites(plan, recipe, watch, show)
        changed = put(drawn[0], source, mask) if drawn and drawn[0] is not None else source
        recipe = recipe.model_copy(update={"parameters": {**recipe.parameters, **more}})
        return Picture(content=picture_content(changed), recipe=recipe, note=" ".join(said))

    def _settings(self, request: ImageRequest) -> dict[str, Any]:
        return {
            "parameters": {"edits": []}, "steps": request.steps or STEPS,
            "guidance": GUIDANCE if request.guidance is None else request.guidance,
        }  # fmt: skip

    def sprites(
        self, plan: Plan, recipe: Recipe, watch: Watch, show: Callable[[shapes.Sprites], None] | None
    ) -> tuple[shapes.Sprites, list[str], dict[str, object]]:  # fmt: skip
        """A drawing for each group that the pipeline draws."""
        taught = [None if _by_hand(plan, n) else things()[g.thing].taught for n, g in enumerate(plan.groups)]
        wanted = list(dict.fromkeys(name for name in taught if name))
        if not wanted:
            return super().sprites(plan, recipe, watch, show)
        style = _style(recipe, mixed=None in taught)

        def placed(images: Sequence[Image.Image]) -> shapes.Sprites:
            drawn = dict(zip(wanted, images, strict=True))
            colours = [group.colours[0] if group.colours else "" for group in plan.groups]
            pairs = zip(taught, colours, strict=True)
            return [None if not name else dyed(drawn[name], TONES[colour]) if colour else drawn[name] for name, colour in pairs]

        prompts = [f"{name}, {style} style" for name in wanted]
        images = self._draw(prompts, recipe, watch, None if show is None else lambda images: show(placed(images)))
        agreement = self._agreement(dict(zip(wanted, images, strict=True)))
        doubtful, language = [name for name, score in agreement.items() if score < DOUBTFUL], language_of(recipe.prompt)
        said = [tell(language, "diffusion.doubtful", words=listed(doubtful, language))] if doubtful else []
        return placed(images), said, {"style": style, "agreement": agreement}

    def _draw(
        self, prompts: list[str], recipe: Recipe, watch: Watch, show: Callable[[list[Image.Image]], None] | None
    ) -> list[Image.Image]:  # fmt: skip
        """The pipeline's drawings, RGBA; the same bytes for the same prompts, seed, steps and guidance."""
        import torch

        due = moments(recipe.steps) if show is not None else frozenset()

        def step(pipeline: Any, number: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
            watch.check()
            watch.progress(min(1.0, (number + 1) / recipe.steps))
            if show is not None and number in due:
                show(decoded(pipeline, values["latents"], (1, 1)))
            return values

        with held(self._lock, watch), torch.inference_mode():
            encoded = self._encoded(tuple(prompts))
            made = self._pipeline()(
                prompt_embeds=encoded, num_inference_steps=recipe.steps, guidance_scale=recipe.guidance, callback_on_step_end=step,
                generator=[torch.Generator().manual_seed(recipe.seed + n) for n in range(len(prompts))],
            )  # fmt: skip
        images: list[Image.Image] = made.images
        return images

    def _encoded(self, prompts: tuple[str, ...]) -> Any:
        """Their tokens as the pipeline encodes them: half the work of a drawing, and the next seed has the same words."""
        pipeline = self._pipeline()
        return _kept(self._prompts, prompts, lambda: pipeline.encode_prompt(list(prompts), "cpu", 1, False)[0])

    def _agreement(self, drawn: dict[str, Image.Image]) -> dict[str, float]:
        """Cosine of each drawing with its word in the joint space; empty where the joint encoder has no weights."""
        from retrieval.embedders import senses

        if not (senses.HERE / senses.WEIGHTS["image"]).is_file():
            return {}
        with self._lock:
            if self._eyes is None:
                self._eyes = senses.Senses(self._folder)
        seen = self._eyes.embed([_on_white(image) for image in drawn.values()])
        words = self._sentences([f"a {name}" for name in drawn])
        return {name: round(float(a @ b), 3) for name, a, b in zip(drawn, seen, words, strict=True)}

    def _sentences(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Unit vectors of texts by the pipeline's own text encoder."""
        import torch

        def made() -> Any:
            ids = pipeline.tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt").input_ids
            return torch.nn.functional.normalize(pipeline.text_encoder(ids).last_hidden_state[:, :-1].sum(1), dim=-1).numpy()

        with self._lock, torch.inference_mode():
            pipeline = self._pipeline()
            vectors: np.ndarray[Any, np.dtype[np.float32]] = _kept(self._texts, tuple(texts), made)
        return vectors

    def nearest(self, words: Sequence[str], language: str) -> str:
        """What the pipeline was taught that is nearest to English words that are not understood."""
        asked = [word for word in words if word.isascii()][:4]
        if not asked:
            return ""
        pairs = []
        for word in asked:
            names = self._likely(word)
            vectors = self._sentences([word, *names])
            scores = vectors[1:] @ vectors[0]
            if scores.max() >= KNOWN:
                pairs.append(f"{word} → {names[int(scores.argmax())]}")
        return tell(language, "diffusion.nearest", pairs=listed(pairs, language)) if pairs else ""

    def _likely(self, word: str, count: int = 4) -> list[str]:
        """The taught concepts that the pipeline itself would take a word for."""
        import torch

        vector = torch.from_numpy(self._sentences([word]))
        with torch.inference_mode():
            which = self._pipeline().unet.read(vector).topk(count).indices[0].tolist()
        taught = json.loads((self._folder / "concepts.json").read_text("utf-8"))
        return [taught[n]["name"] for n in which]


def _kept(known: dict[tuple[str, ...], Any], words: tuple[str, ...], make: Callable[[], Any]) -> Any:
    """What was made of the words; the oldest of `KEPT` makes room."""
    if words not in known:
        while len(known) >= KEPT:
            known.pop(next(iter(known)))
        known[words] = make()
    return known[words]


def _style(recipe: Recipe, *, mixed: bool) -> str:
    """The style asked for last; else flat beside drawings by hand, and any when there are none."""
    asked = [style_of(words) for words in (recipe.prompt, *recipe.parameters.get("edits", ()))]
    named = [style for style in asked if style]
    if named:
        return named[-1]
    return "flat" if mixed else STYLES[Random(f"style-{recipe.seed}").randrange(len(STYLES))]  # noqa: S311 - variation, not secrecy


def _by_hand(plan: Plan, index: int) -> bool:
    """Whether a group is better drawn by hand, or can only be."""
    group = plan.groups[index]
    thing = things()[group.thing]
    if not thing.taught:
        return True
    if thing.paint is None:
        return False
    worn = group.relation == "wears" or any(g.anchor == index and g.relation == "wears" for g in plan.groups)
    return (worn and (thing.head is not None or group.thing in WORN)) or len(group.colours) > 1


def _on_white(image: Image.Image) -> Content:
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return picture_content(ground.convert("RGB"))


def create(reference: str = "") -> DiffusionGenerator:
    """The generator; `reference` names another directory in diffusers' format with the same parts."""
    return DiffusionGenerator(Path(reference) if reference else FOLDER)
