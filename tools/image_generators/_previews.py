"""Previews: what is to be seen of a picture between two steps of its diffusion. Knows latents and autoencoders, no prompt.

A preview costs a pass of the decoder, so there are few of them and they are small: the latents are shrunk before they are decoded.
"""

from __future__ import annotations

from typing import Any

from PIL import Image

from tools.image_generators._images import PREVIEW_SIDE

MOST = 3
"""Previews of one picture."""
_UNKNOWN = (RuntimeError, ValueError, TypeError, AttributeError, KeyError, IndexError)
"""What an autoencoder of an unknown kind raises over latents that are laid out another way: then there is nothing to be seen."""


def moments(steps: int) -> frozenset[int]:
    """The steps, from 0, after which something is shown: few, spread evenly, never the last, whose picture comes at once."""
    return frozenset(round(steps * n / (MOST + 1)) - 1 for n in range(1, MOST + 1)) & frozenset(range(steps - 1))


class Foresight:
    """Where the latents are going: with Euler's steps they move towards the finished picture, so that two of them in a row foretell it."""

    def __init__(self, due: frozenset[int]) -> None:
        self.due = due
        self._before: Any = None

    def see(self, pipeline: Any, number: int, latents: Any) -> Any:
        """The best guess at the finished latents after step `number`; None when none is due. To be called after every step."""
        before, self._before = self._before, latents if number + 1 in self.due else None
        if number not in self.due:
            return None
        levels = getattr(pipeline.scheduler, "sigmas", None)
        place = getattr(pipeline.scheduler, "step_index", None)
        name = type(pipeline.scheduler).__name__
        if before is None or levels is None or not place or "Euler" not in name or "Ancestral" in name:
            return latents
        now, earlier = float(levels[place]), float(levels[place - 1])
        return latents + (latents - before) * (now / (earlier - now)) if earlier > now else latents


def decoded(pipeline: Any, latents: Any, size: tuple[int, int]) -> list[Image.Image]:
    """Small pictures of latents, one a row; empty for a pipeline that is not understood. `size` is that of the picture, in pixels."""
    try:
        return _decoded(pipeline, latents, size)
    except _UNKNOWN:
        return []


def _decoded(pipeline: Any, latents: Any, size: tuple[int, int]) -> list[Image.Image]:
    import torch

    vae = pipeline.vae
    with torch.inference_mode():
        plain = _shrunk(_scaled(vae, _unpacked(pipeline, latents, size)), size)
        upcast = vae.dtype == torch.float16 and getattr(vae.config, "force_upcast", False)
        if upcast:
            vae.to(torch.float32)  # it overflows in half precision; back again loses nothing
        try:
            seen = vae.decode(plain.to(vae.dtype), return_dict=False)[0]
        finally:
            if upcast:
                vae.to(torch.float16)
        seen = seen[:, :, 0] if seen.ndim == 5 else seen  # the autoencoders of videos have a place for time
        values = (seen.float() / 2 + 0.5).clamp(0, 1).mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return [Image.fromarray(one) for one in values]


def _unpacked(pipeline: Any, latents: Any, size: tuple[int, int]) -> Any:
    """Latents as planes. Transformers see them as a row of patches, from the upper left, two by two."""
    import torch

    if latents.ndim != 3:
        return latents
    if hasattr(pipeline, "_unpack_latents"):
        return pipeline._unpack_latents(latents, size[1], size[0], pipeline.vae_scale_factor)
    patch = pipeline.vae_scale_factor * 2
    rows, columns = size[1] // patch, size[0] // patch
    planes = latents.transpose(1, 2).reshape(len(latents), -1, rows, columns)
    bn = pipeline.vae.bn  # FLUX.2 normalises patches
    spread = torch.sqrt(bn.running_var.view(1, -1, 1, 1) + pipeline.vae.config.batch_norm_eps)
    planes = planes * spread.to(planes) + bn.running_mean.view(1, -1, 1, 1).to(planes)
    return pipeline._unpatchify_latents(planes)


def _scaled(vae: Any, latents: Any) -> Any:
    """Latents as the decoder takes them."""
    import torch

    if hasattr(vae, "bn"):
        return latents
    scale = getattr(vae.config, "scaling_factor", None) or 1.0
    mean, spread = getattr(vae.config, "latents_mean", None), getattr(vae.config, "latents_std", None)
    if mean is not None and spread is not None:
        form = (1, -1, *[1] * (latents.ndim - 2))
        middle, width = (torch.tensor(values).view(form).to(latents) for values in (mean, spread))
        return latents * width / scale + middle
    return latents / scale + (getattr(vae.config, "shift_factor", None) or 0.0)


def _shrunk(latents: Any, size: tuple[int, int]) -> Any:
    """Latents of a picture no side of which is over `PREVIEW_SIDE`."""
    import torch

    factor = PREVIEW_SIDE / max(size)
    if factor >= 1:
        return latents
    flat = latents[:, :, 0] if latents.ndim == 5 else latents
    sides = [max(2, round(side * factor / 2) * 2) for side in flat.shape[-2:]]
    small = torch.nn.functional.interpolate(flat.float(), size=sides, mode="bilinear", antialias=True).to(latents.dtype)
    return small[:, :, None] if latents.ndim == 5 else small
