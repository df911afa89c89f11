"""Echoed answers: a client that keeps the conversation itself sends our answers back, pictures and all. Their pictures become what a tool
showed again, so that "the second one" means what it meant. Knows the library, no wire format."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage

from retrieval.content import Content
from retrieval.library import Library
from retrieval.records import FileInfo
from tools.base import Media, Shown
from tools.recipes import stored


def shown_before(
    library: Library, owner: str, contents: Sequence[Content], before: Sequence[Media]
) -> tuple[list[Media], list[AnyMessage]]:
    """The pictures and sounds of an earlier answer as media of the conversation, and the call and result that an agent reads them from.

    `before` are the media of the conversation so far: what is among them keeps its handle.
    """
    media: list[Media] = []
    shown: list[Shown] = []
    for content in contents:
        file = stored(library, content.sha256, owner) or library.add_file(content, owner, purpose="chat")
        one = _named(file, [*before, *media])
        media.append(one)
        shown.append(Shown(
            file_id=file.id, handle=one.handle, modality=file.modality, media_type=file.media_type, caption=one.name, recipe=file.recipe,
        ))  # fmt: skip
    return media, _exchange(library, owner, shown, before) if shown else []


def _named(file: FileInfo, known: Sequence[Media]) -> Media:
    """The file under its handle, which is the next free one for what was not there before."""
    same = next((m for m in known if m.file_id == file.id), None)
    taken = {m.handle for m in known}
    number = 1
    while f"{file.modality}_{number}" in taken:
        number += 1
    name = file.recipe.prompt if file.recipe else file.name
    return same or Media(f"{file.modality}_{number}", file.id, file.modality, file.media_type, name)


def _exchange(library: Library, owner: str, shown: Sequence[Shown], before: Sequence[Media]) -> list[AnyMessage]:
    """The call that most likely showed them, as far as their recipes tell, and its result."""
    recipe = shown[0].recipe
    arguments: dict[str, Any] = {}
    tool = "search"
    if recipe is not None and recipe.parents:
        tool, parent = "edit_image", stored(library, recipe.parents[0], owner)
        edits = recipe.parameters.get("edits")
        arguments = {
            "instruction": str(edits[-1]) if isinstance(edits, list) and edits else recipe.prompt,
            "image": next((m.handle for m in before if parent is not None and m.file_id == parent.id), ""),
        }
    elif recipe is not None:
        tool, arguments = "generate_image", {"prompt": recipe.prompt, "n": len(shown)}
    call = f"call_{uuid.uuid4().hex}"
    artifact = {"shown": [one.model_dump(mode="json") for one in shown]}
    told = "\n".join(f"[{one.handle}: {one.caption or one.media_type}]" for one in shown)
    return [
        AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": call, "type": "tool_call"}]),
        ToolMessage(told, tool_call_id=call, name=tool, artifact=artifact),
    ]
