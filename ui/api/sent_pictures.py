"""The picture and the mask of an edit form as files of the library. A picture that was made here is recognised, so its history goes on.

Knows no drawing method. What an edit that fails had added is taken back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile

from retrieval.content import Content
from retrieval.faults import Fault, InvalidInput, NotFound
from retrieval.library import FileInfo
from tools.recipes import stored
from ui.api.auth import Caller
from ui.api.masks import fitted, mask_of
from ui.api.services import Assistant
from ui.api.uploads import read
from ui.api.words import refuse

MASK = "mask"
"""Purpose of a file that says where a picture may change."""


@dataclass(frozen=True)
class Upload:
    """A file of a form, read but not yet looked at."""

    data: bytes
    name: str
    declared: str


@dataclass
class Sent:
    """Files that stand for what a form held, by their ids."""

    picture: str = ""
    mask: str = ""
    """Empty when everything may change."""
    content: Content | None = None
    """Of the picture."""
    added: list[str] = field(default_factory=list)
    """Those that were not there before."""


async def uploads(fields: FormData, limit: int) -> tuple[Upload | str, Upload | str | None]:
    """The picture and the mask of a form: each as bytes, or the id of a stored file (ours). Raises InvalidInput, TooLarge, Unreadable."""
    pictures = [value for name in ("image", "image[]") for value in fields.getlist(name)]
    if len(pictures) > 1:
        raise refuse(InvalidInput, "one_picture", param="image")
    if not pictures or pictures[0] == "":
        raise refuse(InvalidInput, "no_file_field", param="image", field="image")
    masks = [value for value in fields.getlist("mask") if value != ""]
    if len(masks) > 1:
        raise refuse(InvalidInput, "one_mask", param="mask")
    return await _upload(pictures[0], "image", limit), await _upload(masks[0], "mask", limit) if masks else None


async def _upload(value: UploadFile | str, param: str, limit: int) -> Upload | str:
    if isinstance(value, str):
        if not value.startswith("file-") or len(value) > 200:
            raise refuse(InvalidInput, "no_file_field", param=param, field=param)
        return value
    try:
        return Upload(await read(value, limit), value.filename or param, value.content_type or "")
    except Fault as fault:
        fault.param = param
        raise


@contextmanager
def kept(
    assistant: Assistant, caller: Caller, picture: Upload | str, mask: Upload | str | None, size: tuple[int, int]
) -> Iterator[Sent]:  # fmt: skip
    """The files of an edit, brought to `size` (width, height; zeros leave it). Blocking: decodes.

    Raises Fault. Whatever fails, here or inside, what was added is taken back.
    """
    sent = Sent()
    try:
        original = _add_picture(assistant, caller, sent, picture, size)
        if mask is not None:
            _add_mask(assistant, caller, sent, mask, original, size)
        yield sent
    except BaseException:
        for identity in sent.added:
            with suppress(NotFound):
                assistant.library.delete_file(identity, caller.owner)
        raise


def _add_picture(assistant: Assistant, caller: Caller, sent: Sent, given: Upload | str, size: tuple[int, int]) -> tuple[int, int]:
    """Width and height as it was sent, which are the mask's too."""
    content, known = _opened(assistant, caller, given, "image")
    if content.modality != "image":
        raise refuse(InvalidInput, "not_a_picture", param="image", given=content.media_type)
    original = (content.width or 0, content.height or 0)
    if any(size) and original != size:
        content, known = fitted(content, *size), None
    sent.picture = _file(assistant, caller, sent, content, known, "vision")
    sent.content = content
    return original


def _add_mask(
    assistant: Assistant, caller: Caller, sent: Sent, given: Upload | str, original: tuple[int, int], size: tuple[int, int]
) -> None:  # fmt: skip
    content, _ = _opened(assistant, caller, given, "mask")
    mask = mask_of(content, original)
    sent.mask = _file(assistant, caller, sent, fitted(mask, *size) if any(size) else mask, None, MASK)


def _file(assistant: Assistant, caller: Caller, sent: Sent, content: Content, known: FileInfo | None, purpose: str) -> str:
    """Id of the stored file with these bytes; one is added when there is none."""
    known = known or stored(assistant.library, content.sha256, caller.owner)
    if known is None:
        known = assistant.library.add_file(content, caller.owner, purpose=purpose)
        sent.added.append(known.id)
    return known.id


def _opened(assistant: Assistant, caller: Caller, given: Upload | str, param: str) -> tuple[Content, FileInfo | None]:
    """The content, and the stored file if it is one. Raises Fault with `param`."""
    try:
        if isinstance(given, str):
            return assistant.library.open_file(given, caller.owner), assistant.library.file(given, caller.owner)
        known = stored(assistant.library, hashlib.sha256(given.data).hexdigest(), caller.owner)
        if known is not None:
            return assistant.library.open_file(known.id, caller.owner), known
        return assistant.admit(given.data, given.name, given.declared), None
    except Fault as fault:
        fault.param = param
        raise
