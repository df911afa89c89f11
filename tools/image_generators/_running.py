"""Running: one call of a diffusion pipeline, followed step by step. Knows no request and loads nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from retrieval.content import Content
from retrieval.items import Recipe
from tools.image_generators._families import takes
from tools.image_generators._images import small
from tools.image_generators._previews import Foresight, decoded, moments

Look = Callable[[Content], None] | None
"""Takes what is to be seen of one picture; None when nobody looks at it."""


@dataclass(frozen=True)
class Follower:
    """Who follows the pictures of one call."""

    step: Callable[[float], None] = lambda share: None
    """Told the share that is done, after each step; may raise, which ends the call."""
    looks: tuple[Look, ...] = field(default=())
    """One a picture."""


NOBODY = Follower()


def drawn(
    pipeline: Any, recipe: Recipe, given: dict[str, Any], seeds: tuple[int, ...], size: tuple[int, int], follower: Follower = NOBODY
) -> list[tuple[Image.Image, bool]]:  # fmt: skip
    """One picture a seed, and whether the model's own filter blanked it. `size` is what is drawn, in pixels."""
    import torch

    call = pipeline.__call__
    total = max(1, int(given.get("num_inference_steps", recipe.steps) * given.get("strength", 1.0)))
    after = _after(total, size, follower)
    if takes(call, "callback_on_step_end"):
        given = given | {"callback_on_step_end": after}
    elif takes(call, "callback"):
        given = given | {"callback": lambda number, timestep, latents: after(pipeline, number, timestep, {"latents": latents})}
    if takes(call, "num_inference_steps"):
        given = {"num_inference_steps": recipe.steps} | given
    many: dict[str, Any] = {"num_images_per_prompt": len(seeds)} if takes(call, "num_images_per_prompt") else {}
    follower.step(0.0)
    with torch.inference_mode():
        made = pipeline(prompt=recipe.prompt, generator=[torch.Generator().manual_seed(seed) for seed in seeds], **many, **given)
    bad = getattr(made, "nsfw_content_detected", None) or [False] * len(seeds)
    return list(zip(made.images, map(bool, bad), strict=True))


def _after(total: int, size: tuple[int, int], follower: Follower) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """What is done after each of `total` steps."""
    foresight = Foresight(moments(total) if any(follower.looks) else frozenset())

    def after(pipeline: Any, number: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        follower.step(min(1.0, (number + 1) / total))
        latents = foresight.see(pipeline, number, values.get("latents"))
        if latents is not None:
            wanted = [n for n, look in enumerate(follower.looks) if look is not None]
            for n, image in zip(wanted, decoded(pipeline, latents[wanted], size), strict=False):
                look = follower.looks[n]
                if look is not None:
                    look(small(image))
        return values

    return after
