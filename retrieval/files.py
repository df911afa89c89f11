"""Files: what was given or made, as a row and a blob. Knows nothing of collections and items."""

from __future__ import annotations

import json
import time
from typing import Any, BinaryIO
from uuid import uuid4

from retrieval.blobs import Blobs
from retrieval.collections import checked_owner
from retrieval.content import Content
from retrieval.engine import Engine, Row
from retrieval.faults import NotFound, TooLarge
from retrieval.items import Recipe
from retrieval.records import FileInfo, LibraryLimits
from retrieval.rows import to_json

_REFERENCED = "SELECT EXISTS (SELECT 1 FROM files WHERE sha256 = ?1) OR EXISTS (SELECT 1 FROM items WHERE blob = ?1)"


def file_of(row: Row) -> FileInfo:
    """The FileInfo of a row of the table `files`."""
    recipe = Recipe.model_validate_json(row["recipe"]) if row["recipe"] else None
    return FileInfo(**{**dict(row), "metadata": json.loads(row["metadata"]), "recipe": recipe})


class Files:
    """The table of files with their blobs."""

    def __init__(self, database: Engine, blobs: Blobs, limits: LibraryLimits) -> None:
        self._database = database
        self._blobs = blobs
        self._limits = limits

    def add(self, content: Content, owner: str, purpose: str, recipe: Recipe | None, metadata: dict[str, Any] | None) -> FileInfo:
        """Keep an admitted content. Raises TooLarge, also when the owner's quota is used up, StorageFull."""
        if len(content.data) > self._limits.file_bytes:
            raise TooLarge(
                f"The file has {len(content.data)} bytes; {self._limits.file_bytes} are allowed.",
                hint="Send a smaller file, or raise limits.file_bytes in assistant.toml.", param="file",
            )  # fmt: skip
        info = self.described(content, owner, purpose, recipe, metadata)
        self.check_quota(owner, info.bytes)  # before anything is written, and once more when nobody else can write
        with self._blobs.keep(content.data), self._database.write():
            self.check_quota(owner, info.bytes)
            self.insert(info)
        return info

    def described(self, content: Content, owner: str, purpose: str, recipe: Recipe | None, metadata: dict[str, Any] | None) -> FileInfo:
        """What a content is as a file, under a new id. Keeps nothing."""
        return FileInfo(
            id=f"file-{uuid4().hex[:24]}", owner=checked_owner(owner), name=label(content.name), modality=content.modality,
            media_type=content.media_type, bytes=len(content.data), sha256=content.sha256, purpose=purpose, created_at=time.time(),
            recipe=recipe, metadata=metadata or {}, width=content.width, height=content.height, seconds=content.seconds,
        )  # fmt: skip

    def insert(self, info: FileInfo) -> None:
        """Record a file whose blob is held."""
        recipe = info.recipe.model_dump_json() if info.recipe else None
        values = info.model_dump() | {"recipe": recipe, "metadata": to_json(info.metadata)}
        with self._database.write() as connection:
            columns = ", ".join(values)
            connection.execute(f"INSERT INTO files ({columns}) VALUES ({', '.join(f':{name}' for name in values)})", values)  # noqa: S608

    def change_metadata(self, identity: str, owner: str, metadata: dict[str, Any]) -> None:
        """Put other metadata in place of a file's."""
        with self._database.write() as connection:
            connection.execute("UPDATE files SET metadata = ? WHERE id = ? AND owner = ?", (to_json(metadata), identity, owner))

    def stored(self, owner: str) -> tuple[int, int]:
        """(number, bytes) of the owner's files; one that is kept twice counts twice."""
        row = self._database.one("SELECT count(*), coalesce(sum(bytes), 0) FROM files WHERE owner = ?", (owner,))
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def check_quota(self, owner: str, size: int, count: int = 1) -> None:
        """Raises TooLarge when the owner's space has no room for so many files of together `size` bytes."""
        most_bytes, most_files = getattr(self._limits, "stored_bytes", 0), getattr(self._limits, "stored_files", 0)
        if not most_bytes and not most_files:
            return
        files, kept = self.stored(owner)
        if most_bytes and kept + size > most_bytes:
            told, setting = f"{kept / 2**20:.1f} of {most_bytes / 2**20:.1f} MiB are used, this file has {size / 2**20:.1f}", "stored_bytes"
        elif most_files and files + count > most_files:
            told, setting = f"{files} of {most_files} files are kept", "stored_files"
        else:
            return
        raise TooLarge(
            f"Your space is used up: {told}.", hint=f"Delete files you no longer need, or raise limits.{setting}.", param="file",
            code="quota_exceeded",
        )  # fmt: skip

    def get(self, identity: str, owner: str) -> FileInfo:
        """The owner's file. Raises NotFound, also for a file of somebody else."""
        row = self._database.one("SELECT * FROM files WHERE id = ? AND owner = ?", (identity, owner))
        if row is None:
            raise NotFound(f"There is no file '{identity[:80]}'.", hint="Upload it first.", param="file_id")
        return file_of(row)

    def all(self, owner: str, purpose: str | None) -> list[FileInfo]:
        """The owner's files, newest first."""
        rows = self._database.all(
            "SELECT * FROM files WHERE owner = ?1 AND (?2 IS NULL OR purpose = ?2) ORDER BY created_at DESC, id", (owner, purpose)
        )
        return [file_of(row) for row in rows]

    def of(self, sha256: str, owner: str) -> list[FileInfo]:
        """The owner's files with exactly these bytes, oldest first."""
        rows = self._database.all("SELECT * FROM files WHERE sha256 = ? AND owner = ? ORDER BY created_at, id", (sha256, owner))
        return [file_of(row) for row in rows]

    def open(self, identity: str, owner: str) -> Content:
        """The file's content. Raises NotFound, Unavailable when its bytes are damaged."""
        info = self.get(identity, owner)
        return Content(
            modality=info.modality, media_type=info.media_type, data=self._blobs.read(info.sha256), name=info.name,
            width=info.width, height=info.height, seconds=info.seconds,
        )  # fmt: skip

    def stream(self, identity: str, owner: str) -> tuple[FileInfo, BinaryIO]:
        """The file and its bytes, to be handed on piece by piece and closed. Raises as `open`."""
        info = self.get(identity, owner)
        return info, self._blobs.open(info.sha256)

    def discard_after_commit(self, sha256: str) -> None:
        """Remove a blob once the surrounding transaction is durable, unless a row still names it. The rows come first: a blob too
        many is swept up later, one too few would be lost.
        """
        self._database.after_commit(lambda: self._blobs.discard(sha256, lambda: self.referenced(sha256)))

    def referenced(self, sha256: str) -> bool:
        """Whether any file or item names the blob."""
        row = self._database.one(_REFERENCED, (sha256,))
        return bool(row and row[0])


def label(name: str) -> str:
    """A file name as a label: no path, no control characters, at most 255 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:255].strip() or "unnamed"
