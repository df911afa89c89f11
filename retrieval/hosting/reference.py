"""Reference: a model as the settings name it, `org/name@revision?option=value` or a directory. Knows no library and no disk."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field

from retrieval.faults import InvalidInput

_HUB = re.compile(r"[\w][\w.-]*/[\w][\w.-]*")
_REVISION = re.compile(r"[\w][\w./-]*")


class Reference(BaseModel):
    """Where a model is, and how it is to be loaded."""

    model_config = ConfigDict(frozen=True)

    where: str
    """Hub id (`org/name`) or path of a directory."""
    revision: str = ""
    """Commit, tag or branch of the hub; empty for the one that was pulled."""
    options: dict[str, str] = Field(default_factory=dict)

    @property
    def on_hub(self) -> bool:
        """Whether this can be a hub id; a directory of that name comes first."""
        return _HUB.fullmatch(self.where) is not None


OPTIONS = ("device", "dtype", "quantize")


def parse(text: str, allowed: tuple[str, ...] | None = OPTIONS) -> Reference:
    """The reference in `text`. Raises InvalidInput that names the part that is wrong.

    `allowed` are the back-end's options, None for any.
    """
    where, _, query = text.strip().partition("?")
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    for name in pairs:
        if allowed is not None and name not in allowed:
            raise InvalidInput(f"'{name}' is no option of this model.", hint=f"Options: {', '.join(allowed)}.", param=name)
    place, mark, revision = where.partition("@")
    if mark and (not _HUB.fullmatch(place) or not _REVISION.fullmatch(revision)):
        place, revision = where, ""  # a directory may have an @ in its name
    if not place:
        raise InvalidInput("No model is named.", hint="Write `org/name`, `org/name@revision` or the path of a directory after the colon.")
    return Reference(where=place, revision=revision, options=pairs)
