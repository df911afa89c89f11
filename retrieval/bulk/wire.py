"""Wire: a file that was read as plain values, from whoever read it to whoever writes it. Knows the shape and checks it; never pickle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import ormsgpack
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retrieval.bulk.base import Listed, Wire
from retrieval.content import Content
from retrieval.embedders.base import Vectors
from retrieval.faults import InvalidInput
from retrieval.items import Draft

MAX_DRAFTS = 200_000


class Parcel(BaseModel):
    """A file on its way into the library."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str = Field(min_length=1, max_length=4096)
    mark: str = Field(max_length=200)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    """sha256 of the bytes as they lie at the origin."""
    content: Content
    drafts: list[Draft] = Field(default=[], max_length=MAX_DRAFTS)
    """Their words are complete: what is seen or heard in a medium is among them."""
    whole: list[int] = []
    """Places of the drafts whose medium is the file itself."""
    vectors: dict[str, dict[int, bytes]] = Field(default={}, repr=False)
    """Space -> place of a draft -> float32."""
    warnings: list[str] = []
    fault: dict[str, Any] | None = None
    """Why it was admitted and could not be read."""

    @classmethod
    def of(cls, wire: Wire) -> Parcel:
        """The parcel. Raises InvalidInput when it is none."""
        try:
            parcel = cls.model_validate(wire)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InvalidInput(f"A file is not as it should be: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
        if any(not 0 <= place < len(parcel.drafts) for place in (*parcel.whole, *(p for known in parcel.vectors.values() for p in known))):
            raise InvalidInput("A file names drafts that it does not have.")
        return parcel

    def draft(self, place: int) -> Draft:
        """A draft with its medium."""
        draft = self.drafts[place]
        return draft.model_copy(update={"data": self.content.data}) if place in self.whole else draft

    def vectors_of(self, place: int, dimensions: Mapping[str, int]) -> dict[str, Vectors]:
        """The vectors of a draft in the spaces that are in use, no others. Raises InvalidInput for one that does not fit."""
        found: dict[str, Vectors] = {}
        for space, known in self.vectors.items():
            if space not in dimensions or place not in known:
                continue
            data = known[place]
            vector = np.frombuffer(data, np.float32) if len(data) == 4 * dimensions[space] else None
            if vector is None or not 0.9 < float(np.linalg.norm(vector)) < 1.1:
                raise InvalidInput(f"A vector of {space} is not one of unit length.")
            found[space] = vector
        return found


def packed(
    listed: Listed, digest: str, content: Content, drafts: Sequence[Draft] = (), vectors: Mapping[str, Mapping[int, Vectors]] | None = None,
    warnings: Sequence[str] = (), fault: Mapping[str, Any] | None = None,
) -> Wire:  # fmt: skip
    """A file as plain values."""
    whole = [place for place, draft in enumerate(drafts) if draft.data is not None and draft.data == content.data]
    return {
        "origin": listed.origin, "mark": listed.mark, "digest": digest, "content": content.model_dump(), "whole": whole,
        "drafts": [draft.model_dump(mode="python") | ({"data": None} if place in whole else {}) for place, draft in enumerate(drafts)],
        "vectors": {
            space: {place: np.ascontiguousarray(vector, np.float32).tobytes() for place, vector in known.items()}
            for space, known in (vectors or {}).items()
        },
        "warnings": list(warnings), "fault": dict(fault) if fault else None,
    }  # fmt: skip


def size_of(wire: Wire) -> int:
    """Bytes of a file on the wire, about."""
    drafts = sum(1000 + 3 * len(draft["text"]) + len(draft["data"] or b"") for draft in wire["drafts"])
    vectors = sum(len(data) for known in wire["vectors"].values() for data in known.values())
    return 1000 + len(wire["content"]["data"]) + drafts + vectors


def dumped(value: Any) -> bytes:
    """Plain values as bytes."""
    return ormsgpack.packb(value, option=ormsgpack.OPT_NON_STR_KEYS)


def loaded(data: bytes) -> Any:
    """The values again. Raises InvalidInput."""
    try:
        return ormsgpack.unpackb(data, option=ormsgpack.OPT_NON_STR_KEYS)
    except ValueError as error:
        raise InvalidInput("The body is not MessagePack.", hint="Send what `assistant ingest --bulk` sends.") from error
