"""Families: what the kinds of diffusion pipelines need to be asked for: steps, guidance, sizes, and how each changes a picture.

Reads names and signatures only; draws nothing.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_FEW_STEPS: tuple[tuple[str, int, float], ...] = (
    (r"z-?image.*turbo", 9, 0.0),
    (r"klein", 4, 1.0),
    (r"schnell", 4, 0.0),
    (r"sprint", 2, 4.5),
    (r"lightning|hyper", 4, 0.0),
    (r"lcm|latent-?consistency", 4, 8.0),
    (r"turbo", 2, 0.0),
)
"""What a distilled model's name says, the steps and the guidance that its authors give; the first that fits counts."""
_PLAIN_STEPS = 28
STRENGTH = 0.6
"""How far a picture is taken apart before it is drawn anew."""
_LONGEST = 1024


@dataclass(frozen=True)
class Defaults:
    """How a model is meant to be run."""

    steps: int
    guidance: float


def defaults(source: str, call: Any) -> Defaults:
    """For the model at `source`, whose pipeline is called as `call`: by its name, else the pipeline's own numbers."""
    name = source.rstrip("/").rsplit("/", 1)[-1].lower()
    for pattern, steps, guidance in _FEW_STEPS:
        if re.search(pattern, name):
            return Defaults(steps, guidance)
    own = _parameters(call)
    guidance = own[guidance_name(call)].default if guidance_name(call) else 0.0
    plain = own["num_inference_steps"].default if "num_inference_steps" in own else None
    return Defaults(min(int(plain or _PLAIN_STEPS), 50), float(guidance or 0.0))


def guidance_name(call: Any) -> str:
    """The parameter that says how closely the words are followed; empty when there is none."""
    own = _parameters(call)
    true = own.get("true_cfg_scale")
    if true is not None and (true.default or 0) > 1:
        return "true_cfg_scale"
    return "guidance_scale" if "guidance_scale" in own else ""


def _parameters(call: Any) -> Mapping[str, inspect.Parameter]:
    return _signature(getattr(call, "__func__", call))


@lru_cache(maxsize=64)
def _signature(function: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def takes(call: Any, name: str) -> bool:
    """Whether the pipeline has that parameter."""
    return name in _parameters(call)


def edits(call: Any) -> bool:
    """Whether the pipeline follows instructions about a picture, rather than drawing it anew from a description."""
    return takes(call, "image") and not takes(call, "strength") and not takes(call, "mask_image")


def upscales(name: str) -> bool:
    """Whether pipelines of the class `name` only make pictures larger."""
    return "Upscale" in name


def sizes(pipeline: Any) -> tuple[int, int]:
    """(multiple, least): a side must be a multiple of the one; below the other the model was not taught to draw."""
    if upscales(type(pipeline).__name__):
        return 64 if "Latent" in type(pipeline).__name__ else 8, 64
    body = getattr(pipeline, "transformer", None)
    scale = int(getattr(pipeline, "vae_scale_factor", 8))
    multiple = scale * (2 if body is not None else 1)
    body = body if body is not None else getattr(pipeline, "unet", None)
    native = getattr(getattr(body, "config", None), "sample_size", None)
    native = native if isinstance(native, int) else 64
    return multiple, max(multiple, native * scale // 2)


def drawn_size(width: int, height: int, multiple: int, least: int) -> tuple[int, int]:
    """The size to draw at for a picture of `width` x `height`: the same shape, large enough, each side a multiple."""
    grown = max(1.0, least / min(width, height))
    grown = min(grown, max(1.0, _LONGEST / max(width, height)))
    return math.ceil(round(width * grown) / multiple) * multiple, math.ceil(round(height * grown) / multiple) * multiple


def standing(pipeline: Any) -> tuple[str, str]:
    """(device, dtype) of a loaded pipeline, which stay; it walks through all its modules to tell them."""
    kept: dict[str, Any] = pipeline.__dict__
    if "_standing" not in kept:
        kept["_standing"] = str(pipeline.device), str(pipeline.dtype).removeprefix("torch.")
    found: tuple[str, str] = kept["_standing"]
    return found


def variant(pipeline: Any, kind: str) -> Any:
    """The pipeline of the same parts that does `kind` (`Image2Image` or `Inpainting`); None when there is none.

    It is made once and kept with the pipeline: it has no weights of its own, but its making takes as long as a step.
    """
    kept: dict[str, Any] = pipeline.__dict__.setdefault("_variants", {})
    if kind not in kept:
        kept[kind] = _variant(pipeline, kind)
    return kept[kind]


def _variant(pipeline: Any, kind: str) -> Any:
    import diffusers

    try:
        made = getattr(diffusers, f"AutoPipelineFor{kind}").from_pipe(pipeline)
    except ValueError:
        short = {"Image2Image": "Img2Img", "Inpainting": "Inpaint"}[kind]
        own = getattr(diffusers, type(pipeline).__name__.replace("Pipeline", f"{short}Pipeline"), None)
        if own is None:
            return None
        made = own.from_pipe(pipeline, dtype=pipeline.dtype)
    made.set_progress_bar_config(disable=True)
    return made
