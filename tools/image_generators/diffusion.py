"""Diffusion: each thing of a prompt drawn by the trained text-to-image pipeline, placed in the picture like the drawings by hand.

The words are read, and the things laid out, as `shapes` does it; this back-end draws every thing that the pipeline was taught, in the
colour asked for, and leaves to the hand-made drawings what only they can do: geometric figures, hats on heads, parts in a colour of
their own, and the things that nobody taught the pipeline. The joint encoder of words and pictures then looks at each drawing: its
agreement is written into the recipe, orders several pictures, and where it is low the note says so.
"""

from __future__ import annotations

import hashlib
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
from retrieval.faults import Cancelled, NotInstalled
from retrieval.items import ModelCard, Recipe
from tools.image_generators import shapes
from tools.image_generators._dye import dyed
from tools.image_generators.base import UNWATCHED, EditRequest, ImageRequest, Picture, Watch
from tools.phrasing import listed, tell
from tools.shapes.palette import TONES
from tools.shapes.prompt import WORN, Plan, read
from tools.shapes.tokens import style_of
from tools.shapes.vocabulary import things

FOLDER = Path(__file__).parent / "drawing_model"
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
KNOWN = 0.35
"""Least cosine between an unknown word and a taught concept for it to be named as the nearest."""


@lru_cache
def _digest() -> str:
    """sha256 over the pipeline's files and the code that places its drawings."""
    found = hashlib.sha256(shapes.fingerprint().encode())
    for path in sorted(p for p in FOLDER.rglob("*") if p.suffix in (".safetensors", ".json")):
        found.update(path.read_bytes())
    found.update((Path(__file__).parent / "_dye.py").read_bytes())
    return found.hexdigest()


def load_pipeline(folder: Path = FOLDER) -> Any:
    """`DiffusionPipeline.from_pretrained(folder)`, with the classes of ours that its index names imported before, as diffusers asks."""
    try:
        from diffusers import DiffusionPipeline
        from diffusers.utils import logging
        from transformers.utils import logging as transformers_logging
    except ModuleNotFoundError as error:
        raise NotInstalled("Drawing needs the package 'diffusers'.", hint="Install it with: make install EXTRAS=all.") from error
    from tools.image_generators._diffusion import autoencoder, denoiser, text  # noqa: F401

    logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    said = logging.get_verbosity()
    logging.set_verbosity_error()  # it warns of every class that is ours
    try:
        pipeline: Any = DiffusionPipeline.from_pretrained(str(folder), local_files_only=True)
    finally:
        logging.set_verbosity(said)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


class DiffusionGenerator(shapes.ShapesGenerator):
    """Draws with the trained pipeline, loaded at the first drawing."""

    model = MODEL

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: Any = None
        self._eyes: Any = None
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

    def generate(self, request: ImageRequest, watch: Watch = UNWATCHED) -> list[Picture]:
        """`request.n` pictures, the one that shows best what was asked for first."""
        made = super().generate(request, watch)
        return sorted(made, key=lambda p: -min(p.recipe.parameters.get("agreement", {}).values(), default=0.0))

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch = UNWATCHED) -> Picture:
        """A changed copy; a thing that is named with a mask is drawn into it, and a style may be named for a picture drawn here."""
        own = parent is not None and parent.model == self.model and "edits" in parent.parameters and request.mask is None
        if own and parent is not None and style_of(request.instruction) and not read(request.instruction).groups:
            return self._restyled(image, parent, request)
        if request.mask is not None and not _REMOVAL.search(request.instruction):
            plan = read(_CHANGE.sub(" ", request.instruction))
            if len(plan.groups) == 1 and things()[plan.groups[0].thing].taught:
                return self._inpainted(image, plan, request, request.mask)
        return super().edit(image, parent, request, watch)

    def _restyled(self, image: Content, parent: Recipe, request: EditRequest) -> Picture:
        """The same things in another style."""
        parameters = {**parent.parameters, "edits": [*parent.parameters["edits"], request.instruction]}
        return self.make(parent.model_copy(
            update={"parents": (image.sha256,), "operation": "restyle", "parameters": parameters, "model_sha256": self.fingerprint()}
        ))  # fmt: skip

    def _inpainted(self, image: Content, plan: Plan, request: EditRequest, mask: Content) -> Picture:
        """One new thing in the white part of the mask."""
        from tools.image_generators._diffusion.inpaint import put

        source = shapes.opened(image)
        recipe = Recipe(
            prompt=request.instruction, seed=request.seed or 0, width=source.width, height=source.height, steps=STEPS, guidance=GUIDANCE,
            model=self.model, model_sha256=self.fingerprint(), parents=(image.sha256,), operation="inpaint", parameters={"of": image.name},
        )  # fmt: skip
        drawn, said, more = self.sprites(plan, recipe, lambda share: None, threading.Event())
        changed = put(drawn[0], source, shapes.opened(mask)) if drawn and drawn[0] is not None else source
        recipe = recipe.model_copy(update={"parameters": {**recipe.parameters, **more}})
        return Picture(content=shapes.picture_content(changed), recipe=recipe, note=" ".join(said))

    def _settings(self, request: ImageRequest) -> dict[str, Any]:
        return {
            "parameters": {"edits": []}, "steps": request.steps or STEPS,
            "guidance": GUIDANCE if request.guidance is None else request.guidance,
        }  # fmt: skip

    def sprites(
        self, plan: Plan, recipe: Recipe, progress: Callable[[float], None], cancel: threading.Event
    ) -> tuple[list[Image.Image | None], list[str], dict[str, object]]:  # fmt: skip
        """A drawing for each group that the pipeline draws."""
        taught = [None if _by_hand(plan, n) else things()[g.thing].taught for n, g in enumerate(plan.groups)]
        wanted = list(dict.fromkeys(name for name in taught if name))
        if not wanted:
            return [], [], {}
        style = _style(recipe, mixed=None in taught)
        drawn = dict(zip(wanted, self._draw([f"{name}, {style} style" for name in wanted], recipe, progress, cancel), strict=True))
        agreement = self._agreement(drawn)
        found: list[Image.Image | None] = []
        for name, group in zip(taught, plan.groups, strict=True):
            colour = group.colours[0] if group.colours else ""
            found.append(None if not name else dyed(drawn[name], TONES[colour]) if colour else drawn[name])
        doubtful, language = [name for name, score in agreement.items() if score < DOUBTFUL], language_of(recipe.prompt)
        said = [tell(language, "diffusion.doubtful", words=listed(doubtful, language))] if doubtful else []
        return found, said, {"style": style, "agreement": agreement}

    def _draw(self, prompts: list[str], recipe: Recipe, progress: Callable[[float], None], cancel: threading.Event) -> list[Image.Image]:
        """The pipeline's drawings, RGBA; the same bytes for the same prompts, seed, steps and guidance."""
        import torch

        steps = recipe.steps

        def step(pipeline: Any, number: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
            if cancel.is_set():
                raise Cancelled("Drawing was stopped.")
            progress(min(1.0, (number + 1) / steps))
            return values

        if cancel.is_set():
            raise Cancelled("Drawing was stopped.")
        with self._lock, torch.inference_mode():
            made = self._pipeline()(
                prompts, num_inference_steps=steps, guidance_scale=recipe.guidance, callback_on_step_end=step,
                generator=[torch.Generator().manual_seed(recipe.seed + n) for n in range(len(prompts))],
            )  # fmt: skip
        images: list[Image.Image] = made.images
        return images

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

        with self._lock, torch.inference_mode():
            pipeline = self._pipeline()
            ids = pipeline.tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt").input_ids
            tokens = pipeline.text_encoder(ids).last_hidden_state[:, :-1].sum(1)
            vectors: np.ndarray[Any, np.dtype[np.float32]] = torch.nn.functional.normalize(tokens, dim=-1).numpy()
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
    return shapes.picture_content(ground.convert("RGB"))


def create(reference: str = "") -> DiffusionGenerator:
    """The generator; `reference` names another directory in diffusers' format with the same parts."""
    return DiffusionGenerator(Path(reference) if reference else FOLDER)
