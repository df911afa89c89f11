"""SpriteInpaintPipeline: a new thing drawn into the marked part of any picture. Thin: diffusers draws, this places.

The bundled model draws one thing with its transparency, so that inpainting is not a blend of noise and picture: what lay in the marked
part is filled from its surroundings, and the new drawing is put there, as large as the part allows.
"""

# mypy: disable-error-code="misc, no-untyped-call, untyped-decorator, attr-defined, no-any-return"
# torch and diffusers declare few types

from __future__ import annotations

from typing import Any

import numpy as np
from diffusers import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion import StableDiffusionPipelineOutput
from PIL import Image, ImageChops, ImageFilter

FILL = 4
"""Radius in pixels from which a marked pixel is filled."""


class SpriteInpaintPipeline(StableDiffusionPipeline):
    """Call it with a prompt, a picture and a mask that is white where the picture may change."""

    def __call__(self, prompt: str, image: Image.Image, mask_image: Image.Image, **options: Any) -> Any:
        """The changed picture, in the `images` of diffusers' output; `options` are those of `StableDiffusionPipeline`."""
        drawn = super().__call__(prompt, **options).images[0]
        return StableDiffusionPipelineOutput(images=[put(drawn, image, mask_image)], nsfw_content_detected=None)


def put(sprite: Image.Image, image: Image.Image, mask: Image.Image) -> Image.Image:
    """`sprite` (RGBA) inside the white part of `mask`, which is filled from its surroundings first."""
    import cv2

    white = mask.convert("L").resize(image.size, Image.Resampling.NEAREST).point(lambda v: 255 if v > 127 else 0)
    box = white.getbbox()
    if box is None:
        return image.copy()
    filled = cv2.inpaint(np.ascontiguousarray(np.asarray(image.convert("RGB"))), np.asarray(white), FILL, cv2.INPAINT_TELEA)
    result = Image.fromarray(filled)
    inner = sprite.crop(sprite.getbbox() or (0, 0, *sprite.size))
    scale = min((box[2] - box[0]) / inner.width, (box[3] - box[1]) / inner.height)
    size = (max(1, round(inner.width * scale)), max(1, round(inner.height * scale)))
    grown = inner.convert("RGBa").resize(size, Image.Resampling.BICUBIC).convert("RGBA")
    layer = Image.new("RGBA", image.size)
    layer.paste(grown, ((box[0] + box[2] - size[0]) // 2, box[3] - size[1]))
    result.paste(layer, (0, 0), layer)
    soft = ImageChops.darker(white.filter(ImageFilter.GaussianBlur(1)), white)  # soft inside only: nothing beyond the mask is touched
    return Image.composite(result, image.convert("RGB"), soft)
