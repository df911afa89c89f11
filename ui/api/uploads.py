"""Uploaded form files as bytes, within the limit. Knows no route."""

from __future__ import annotations

from starlette.datastructures import FormData, UploadFile

from retrieval.faults import InvalidInput, TooLarge, Unreadable
from ui.api.words import refuse


def one(fields: FormData, name: str = "file") -> UploadFile:
    """The file in field `name`. Raises InvalidInput when there is none, or more than one."""
    found = [value for value in fields.getlist(name) if isinstance(value, UploadFile)]
    if len(found) != 1:
        raise refuse(InvalidInput, "no_file_field", param=name, field=name)
    return found[0]


async def read(upload: UploadFile, limit: int) -> bytes:
    """Its bytes. Raises TooLarge before reading, Unreadable when empty."""
    size = upload.size or 0
    if size > limit:
        raise refuse(TooLarge, "part_too_large", param="file", field="file", limit=limit)
    if size == 0:
        raise refuse(Unreadable, "empty_file", param="file", code="empty_file")
    return await upload.read()
