"""Made pictures in the formats that OpenAI's clients ask for. What is stored is always the PNG with its recipe; this is a copy of it."""

from __future__ import annotations

import io
from typing import Any

from retrieval.content import Content
from retrieval.items import Recipe
from retrieval.recipe_chunk import provenance
from ui.api.masks import darkest

BEST = 100


def encoded(content: Content, form: str, quality: int | None = None, recipe: Recipe | None = None) -> bytes:
    """The picture as `png`, `jpeg` or `webp`; `quality` is 0 to 100. With `recipe` it says inside (XMP) that a model made it."""
    if form == "png" and content.media_type == "image/png":
        return content.data
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(content.data)) as opened:
        picture = _on_white(opened) if form == "jpeg" else opened
        options: dict[str, Any] = {} if form == "png" else {"quality": BEST if quality is None else quality}
        if recipe is not None and form != "png":
            options["xmp"] = provenance(recipe)
        picture.save(out, form.upper(), **options)
    return out.getvalue()


def see_through(content: Content) -> bool:
    """Whether any of it is transparent."""
    from PIL import Image

    with Image.open(io.BytesIO(content.data)) as opened:
        return "A" in opened.getbands() and darkest(opened.getchannel("A")) < 255


def _on_white(picture: Any) -> Any:
    """JPEG knows no transparency: what is behind becomes white."""
    from PIL import Image

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    behind = Image.new("RGBA", clear.size, "white")
    behind.alpha_composite(clear)
    return behind.convert("RGB")
