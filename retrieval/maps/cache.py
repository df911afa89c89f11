"""Map files: what a layout found, kept beside the indexes as they are: derived, checked when read, made anew when in doubt."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.blobs import storage_fault, write_durably
from retrieval.maps.layout import Floats, Indices

FORMAT = 1
_DIGEST = 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Laid:
    """Positions by item key, and what was found out about them. Row n of each belongs together."""

    keys: Indices
    kinds: NDArray[np.int8]
    plane: Floats
    """From -1 to 1 on the longer axis, shape (n, 2)."""
    regions: NDArray[np.int32]
    duplicates: NDArray[np.int32]
    labels: tuple[tuple[str, ...], ...]
    """Telling words of each region."""
    arranged: int
    """Items that the layout itself knew; the others were put between them."""


class MapFiles:
    """`map-COLLECTION.npz` in the folder of the indexes: a sha256, then the arrays."""

    def __init__(self, directory: Path, library: str, spaces: Sequence[str]) -> None:
        """`spaces`: the vectors' spaces, whose names change with the weights. Of the items the keys are compared, which are never used
        twice: finer than a generation, which every change anywhere in the library raises.
        """
        self._directory, self._made_of = directory, [FORMAT, library, list(spaces)]

    def _path(self, collection: str) -> Path:
        return self._directory / f"map-{hashlib.sha256(collection.encode()).hexdigest()[:24]}.npz"

    def write(self, collection: str, laid: Laid) -> None:
        """Keep it. A disk that refuses costs a layout at the next start, nothing else."""
        about = {"of": [*self._made_of, collection], "labels": laid.labels, "arranged": laid.arranged}
        buffer = io.BytesIO()
        np.savez(
            buffer, about=np.frombuffer(json.dumps(about).encode(), np.uint8), keys=laid.keys, kinds=laid.kinds, plane=laid.plane,
            regions=laid.regions, duplicates=laid.duplicates,
        )  # fmt: skip
        data = buffer.getvalue()
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            write_durably(self._path(collection), hashlib.sha256(data).hexdigest().encode() + data)
        except OSError as error:
            _log.warning("a map was not saved: %s", storage_fault(error, self._directory))

    def read(self, collection: str) -> Laid | None:
        """What was kept, if every byte is as written and it belongs to this library; else None."""
        try:
            data = self._path(collection).read_bytes()
            if hashlib.sha256(data[_DIGEST:]).hexdigest().encode() != data[:_DIGEST]:
                raise ValueError("damaged")
            with np.load(io.BytesIO(data[_DIGEST:]), allow_pickle=False) as arrays:
                about: dict[str, Any] = json.loads(arrays["about"].tobytes())
                if about["of"] != [*self._made_of, collection]:
                    return None
                return Laid(
                    keys=arrays["keys"], kinds=arrays["kinds"], plane=arrays["plane"], regions=arrays["regions"],
                    duplicates=arrays["duplicates"], labels=tuple(tuple(words) for words in about["labels"]),
                    arranged=int(about["arranged"]),
                )  # fmt: skip
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("a map is made anew: %s", error)
            return None

    def keep_only(self, collections: Collection[str]) -> None:
        """Remove the maps of collections that are gone."""
        known = {self._path(collection).name for collection in collections}
        for path in self._directory.glob("map-*.npz"):
            if path.name not in known:
                path.unlink(missing_ok=True)
