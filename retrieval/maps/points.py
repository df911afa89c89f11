"""Points: which items of a collection are on its map, and one vector for each. Reads the library's tables, lays nothing out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.across import MEDIA, joint
from retrieval.embedders.base import Embedder, Vectors
from retrieval.engine import Engine
from retrieval.maps.layout import Indices

MOST = 10_000
"""Items on one map; of a larger collection an even sample, always the same one."""
FEW = 10
"""Items of one sort that weigh as much as no item at all when its middle is taken."""
WORDS_SPACE, JOINT_SPACE = 0, 1
_SCATTER = "(items.key * 2654435761) % 4294967296"
_CHOSEN = f"""
SELECT items.key, items.id, items.modality, max(CASE WHEN vectors.space = :words THEN 1 ELSE 0 END) AS words,
    max(CASE WHEN vectors.space = :joint THEN 1 ELSE 0 END) AS joint
FROM items CROSS JOIN vectors ON vectors.item = items.key WHERE items.key IN (
    SELECT key FROM items WHERE +owner = :owner AND collection = :collection ORDER BY {_SCATTER} LIMIT :most
) AND vectors.space IN (:words, :joint) GROUP BY items.key ORDER BY items.key
"""  # noqa: S608 - no value of a person's is in it


@dataclass(frozen=True)
class Points:
    """What is to be drawn, in the order of the keys."""

    keys: Indices
    ids: tuple[str, ...]
    kinds: NDArray[np.int8]
    """Sort of each: 0 words, 1 pictures, 2 sounds. Only vectors of one sort are compared for being the same."""
    total: int
    """Items of the collection, drawn or not."""


class PointReader:
    """Reads points and their vectors."""

    def __init__(self, database: Engine, embedders: Mapping[str, Embedder]) -> None:
        self._database = database
        self._embedders = embedders

    def spaces(self) -> tuple[str, str]:
        """The space of the words, and the joint space of the same vectors if there is one."""
        words = self._embedders.get("text_embedder")
        both = next((one.space for one in self._embedders.values() if one is not words and joint(one, words)), "")
        return (words.space if words is not None else "", both)

    def _numbers(self) -> tuple[int, int]:
        known = {row["name"]: int(row["id"]) for row in self._database.all("SELECT id, name FROM spaces")}
        words, both = self.spaces()
        return known.get(words, -1), known.get(both, -1)

    def points(self, collection: str, owner: str) -> Points:
        """The items of a collection that have a vector. Pictures and sounds count as such where they have one of the joint space."""
        words, both = self._numbers()
        asked: Any = {"words": words, "joint": both, "owner": owner, "collection": collection, "most": MOST}
        rows = self._database.all(_CHOSEN, asked)
        total = self._database.one("SELECT count(*) FROM items WHERE +owner = ? AND collection = ?", (owner, collection))
        kinds = [1 + MEDIA.index(row["modality"]) if row["joint"] and row["modality"] in MEDIA else 0 for row in rows]
        kept = [n for n, row in enumerate(rows) if kinds[n] or row["words"]]
        return Points(
            keys=np.array([rows[n]["key"] for n in kept], np.int64), ids=tuple(rows[n]["id"] for n in kept),
            kinds=np.array([kinds[n] for n in kept], np.int8), total=int(total[0]) if total else 0,
        )  # fmt: skip

    def vectors(self, points: Points) -> tuple[Points, Vectors]:
        """The points that still have a vector, with it: passages as the text embedder sees them, pictures and sounds as the joint one."""
        words, both = self._numbers()
        found: dict[int, bytes] = {}
        for space, chosen in ((words, points.kinds == 0), (both, points.kinds > 0)):
            rows = self._database.all(
                "SELECT item, vector FROM vectors WHERE space = ? AND item IN (SELECT value FROM json_each(?))",
                (space, json.dumps(points.keys[chosen].tolist())),
            )
            found |= {int(row["item"]): row["vector"] for row in rows}
        there = np.array([int(key) in found for key in points.keys], bool)
        if not there.any():
            return subset(points, there), np.zeros((0, 1), np.float32)
        table = np.frombuffer(b"".join(found[int(key)] for key in points.keys[there]), np.float16).astype(np.float32)
        return subset(points, there), table.reshape(int(there.sum()), -1)


def subset(points: Points, mask: NDArray[np.bool_]) -> Points:
    """Some of the points."""
    ids: Sequence[str] = [item_id for item_id, chosen in zip(points.ids, mask, strict=True) if chosen]
    return Points(points.keys[mask], tuple(ids), points.kinds[mask], points.total)


def aligned(vectors: Vectors, kinds: NDArray[np.int8]) -> Vectors:
    """Unit vectors without what all of one sort have in common, so that pictures do not drift away from words for being pictures.

    What a trained joint space leaves between its sorts is nearly one offset (Liang et al. 2022, the modality gap), and that is taken out.
    """
    moved = vectors.copy()
    for kind in np.unique(kinds):
        mine = kinds == kind
        size = int(mine.sum())
        moved[mine] -= vectors[mine].mean(0) * (size / (size + FEW))
    unit: Vectors = (moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)).astype(np.float32)
    return unit
