"""Keeping: a made picture stored with its recipe inside and beside it, findable by its words, then shown. Knows no drawing."""

from __future__ import annotations

from typing import Any

from retrieval.content import Content
from retrieval.faults import Cancelled, Fault
from tools.base import Shown, ToolContext
from tools.kit import Kit
from tools.recipes import embed
from tools.studio import Judged

PICTURES = "pictures"
"""Name of the collection that made pictures go to."""


def keep(kit: Kit, context: ToolContext, made: Judged, caption: str) -> Shown:
    """Store a made picture; once that is durable make it findable, and show it. A picture that cannot be made findable is still kept."""
    recipe = made.picture.recipe
    words = str(recipe.parameters.get("of") or "") + " " + recipe.prompt if recipe.parents else recipe.prompt
    metadata: dict[str, Any] = {"generated": True, "prompt": caption}
    if made.score is not None:
        metadata |= {"score": round(made.score, 4), "doubtful": made.doubtful}
    content = embed(made.picture.content, recipe).model_copy(update={"name": f"{_label(words)}.png"})
    file = kit.library.add_file(content, context.owner, purpose="generated", recipe=recipe, metadata=metadata)
    try:
        collection = kit.library.ensure_collection(PICTURES, context.owner)
        kit.library.ingest(file.id, collection.id, context.owner, metadata=metadata)
    except Cancelled:
        raise
    except Fault:
        pass  # the picture itself is safe; it can be attached again later
    return context.show(file.id, "image", content.media_type, caption, recipe, made.score)


def keep_sources(kit: Kit, context: ToolContext, picture: Content, mask: Content | None) -> None:
    """Store what a change was made of, unless it is a file already: its recipe names both by their bytes and must find them again."""
    for content, purpose in ((picture, "shown"), (mask, "mask")):
        if content is not None and not kit.library.files_of(content.sha256, context.owner):
            kit.library.add_file(content, context.owner, purpose=purpose)


def told(shown: Shown, made: Judged, number: int) -> dict[str, Any]:
    """A picture as programs read it in `ToolResult.data["pictures"]`; `number` counts from 1."""
    return {
        "file_id": shown.file_id, "handle": shown.handle, "number": number, "recipe": made.picture.recipe.model_dump(mode="json"),
        "note": made.picture.note, "score": made.score, "doubtful": made.doubtful,
    }  # fmt: skip


def _label(words: str) -> str:
    """A short file name from the prompt."""
    kept = "".join(c if c.isalnum() or c in " -" else " " for c in words)
    return " ".join(kept.split())[:120].strip() or "picture"
