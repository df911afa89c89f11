"""Published indexes: written to disk, and checked when read back.

An index file is not believed: FAISS files carry no checksum, and a quarter of the files with one flipped bit load and answer wrongly
(measured). So a manifest names the sha256 of the bytes, and they are verified before FAISS sees them; what does not fit in any
way is refused, and the caller builds anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from pathlib import Path
from typing import Any, BinaryIO, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retrieval.blobs import make_directory, write_durably
from retrieval.indexes import Index, load_faiss
from retrieval.inverted import Inverted, Stored

FORMAT = 3
_PIECE = 2**20
_log = logging.getLogger(__name__)


class Manifest(BaseModel):
    """What an index file must be to be believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    library: str
    """Id of the library it was built from: the index of another data directory is refused."""
    space: str
    kind: Literal["flat", "ivf"]
    dimension: int
    count: int
    generation: int
    """Number of changes of the space in SQLite when it was built: an older one is refused."""
    probes: int = Field(default=1, ge=1)
    """Lists an inverted index reads for a query."""
    built: int = Field(default=0, ge=0)
    """Vectors an inverted index was trained for."""
    sha256: str
    file: str
    seal: str = ""
    """sha256 of everything above: a number that has changed is noticed too."""

    def sealed(self) -> Manifest:
        """With its seal."""
        return self.model_copy(update={"seal": hashlib.sha256(self.model_dump_json(exclude={"seal"}).encode()).hexdigest()})


class IndexFiles:
    """The folder of published indexes: `SPACE.json` (manifest) names `SPACE-….faiss`; a reader finds the old pair or the new one."""

    def __init__(self, directory: Path, library: str) -> None:
        self._directory = directory
        self._library = library

    def _stem(self, space: str) -> str:
        safe = re.sub(r"[^A-Za-z0-9_-]", "_", space)[:80]
        return safe if safe == space else f"{safe}-{hashlib.sha256(space.encode()).hexdigest()[:8]}"

    def publish(self, space: str, index: Index) -> None:
        """Write the index beside the old one, then switch the manifest over; nothing may change it meanwhile, searches go on.

        Raises OSError when the disk refuses.
        """
        stem = self._stem(space)
        name, digest = f"{stem}-{uuid4().hex[:16]}.faiss", hashlib.sha256()

        def write(file: BinaryIO) -> None:
            def piece(data: bytes) -> int:  # piece by piece: a million vectors must not be in memory twice
                digest.update(data)
                return file.write(data)

            try:
                load_faiss().write_index(index.raw, load_faiss().PyCallbackIOWriter(piece, _PIECE))
            except RuntimeError as error:
                raise OSError(f"FAISS could not write: {str(error).splitlines()[0]}") from error

        make_directory(self._directory)
        write_durably(self._directory / name, write)
        inverted = {"probes": index.probes, "built": index.built} if isinstance(index, Inverted) else {}
        manifest = Manifest.model_validate({
            "format": FORMAT, "library": self._library, "space": space, "kind": index.kind, "dimension": index.dimension,
            "count": len(index), "generation": index.generation, "sha256": digest.hexdigest(), "file": name, **inverted,
        })  # fmt: skip
        self._switch(stem, manifest)
        index.changes = 0
        for old in self._directory.glob(f"{stem}-{'?' * 16}.faiss"):
            if old.name != name:
                old.unlink(missing_ok=True)

    def _switch(self, stem: str, manifest: Manifest) -> None:
        write_durably(self._directory / f"{stem}.json", manifest.sealed().model_dump_json(indent=1).encode())

    def remove(self, space: str) -> None:
        """Remove what is published of a space."""
        stem = self._stem(space)
        for path in (self._directory / f"{stem}.json", *self._directory.glob(f"{stem}-{'?' * 16}.faiss")):
            path.unlink(missing_ok=True)

    def load(self, space: str, dimension: int, generation: int, count: int, stored: Stored) -> Index | None:
        """The published index if it is exactly that of this library, space and generation, every byte as written; else None."""
        stem = self._stem(space)
        try:
            manifest = Manifest.model_validate_json((self._directory / f"{stem}.json").read_bytes())
            expected = (FORMAT, self._library, space, dimension, generation, count)
            found = (manifest.format, manifest.library, manifest.space, manifest.dimension, manifest.generation, manifest.count)
            if found != expected or Path(manifest.file).name != manifest.file:
                _log.info("index of %s is built anew: it was made for another state of the library", space)  # as after any kill
                return None
            if manifest != manifest.sealed():
                raise ValueError("its manifest was changed")
            index = _read(self._directory / manifest.file, manifest, stored)
            if len(index) != count:
                raise ValueError("another number of vectors")
            return index
        except FileNotFoundError:
            return None
        except (OSError, ValueError, ValidationError) as error:
            _log.warning("index of %s is built anew: %s", space, error)
            return None

    def status(self, space: str) -> dict[str, Any]:
        """The manifest of a space as a dict, empty when there is none that can be read."""
        try:
            loaded = json.loads((self._directory / f"{self._stem(space)}.json").read_text("utf-8"))
            return loaded if isinstance(loaded, dict) else {}
        except (OSError, ValueError):
            return {}


def _read(path: Path, manifest: Manifest, stored: Stored) -> Index:
    """The index in a file. Raises ValueError when its bytes are not those of the manifest, or not the kind that it names."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != manifest.sha256:
            raise ValueError("damaged")
    try:
        found = load_faiss().read_index(str(path))
    except RuntimeError as error:
        raise ValueError("not an index") from error
    if manifest.kind == "flat":
        return Index(manifest.dimension, manifest.generation, found)
    return Inverted(manifest.dimension, manifest.generation, stored, found, manifest.probes, manifest.built)
