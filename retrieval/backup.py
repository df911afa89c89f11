"""Backup: a data directory as one archive, made while it is in use, and restored only into an empty place after every byte was checked.

The archive is an uncompressed tar (pictures and sound do not shrink) that begins with `manifest.json`: name, size and sha256 of each
member. Databases are copied by SQLite's own online backup, so a writer is never seen half done. Indexes are left out: they are derived.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from retrieval.blobs import storage_fault, sync
from retrieval.database import Database, translated
from retrieval.faults import Conflict, InvalidInput, NotAllowed, NotFound, Unreadable
from retrieval.lock import FILES, DirectoryLock

FORMAT = 1
MANIFEST = "manifest.json"
_MEMBER = re.compile(r"(?:[a-z_]+\.db|blobs/[0-9a-f]{2}/[0-9a-f]{64})\Z")
_MANIFEST_BYTES = 2**28


def by_postgres() -> NotAllowed:
    """Why this makes no archive of what is in PostgreSQL."""
    return NotAllowed(
        "The data is in PostgreSQL, and this makes no backup of it.",
        hint="Use pg_dump, and after it copy the folder blobs of the data directory.", code="backup_by_postgres",
    )  # fmt: skip


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copies(data_dir: Path, database: Database, room: Path) -> Iterator[tuple[str, Path]]:
    """The library last: files that a conversation shows were there before it showed them."""
    for path in sorted(data_dir.glob("*.db")):
        if path.name != database.path.name and _MEMBER.match(path.name):
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(room / path.name)) as target:
                source.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
            yield path.name, room / path.name
    database.copy(room / database.path.name)
    yield database.path.name, room / database.path.name


def _blobs(data_dir: Path, library: Path) -> Iterator[tuple[str, Path]]:
    with closing(sqlite3.connect(library)) as copy:
        names = copy.execute("SELECT sha256 FROM files UNION SELECT blob FROM items WHERE blob IS NOT NULL ORDER BY 1").fetchall()
    for (sha256,) in names:
        path = data_dir / "blobs" / sha256[:2] / sha256
        if path.exists():
            yield f"blobs/{sha256[:2]}/{sha256}", path


def write(data_dir: Path, database: Database, archive: Path) -> dict[str, Any]:
    """Write the archive and return its manifest. The caller keeps blobs from being removed meanwhile.

    Raises Conflict when the archive exists, StorageFull when there is no room.
    """
    if archive.exists():
        raise Conflict(f"{archive} exists already.", hint="Choose another name.", param="path")
    draft = archive.with_name(f".{archive.name}.tmp")
    try:
        with tempfile.TemporaryDirectory(dir=archive.parent) as room:
            members = list(_copies(data_dir, database, Path(room)))
            members += _blobs(data_dir, Path(room) / database.path.name)
            described = [{"name": name, "bytes": path.stat().st_size, "sha256": _digest(path)} for name, path in members]
            manifest = {"format": FORMAT, "created_at": time.time(), "library": database.library_id, "members": described}
            with draft.open("wb") as file:
                with tarfile.open(fileobj=file, mode="w") as tar:
                    _put(tar, MANIFEST, json.dumps(manifest, indent=1).encode())
                    for name, path in members:
                        _put(tar, name, path)
                file.flush()
                os.fsync(file.fileno())
        draft.replace(archive)
        sync(archive.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise storage_fault(error, archive.parent) from error
    except sqlite3.Error as error:
        draft.unlink(missing_ok=True)
        raise translated(error) from error
    return manifest


def _put(tar: tarfile.TarFile, name: str, source: bytes | Path) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode = 0o600
    if isinstance(source, bytes):
        entry.size = len(source)
        tar.addfile(entry, io.BytesIO(source))
    else:
        entry.size = source.stat().st_size
        with source.open("rb") as file:
            tar.addfile(entry, file)


def restore(archive: Path, data_dir: Path) -> dict[str, Any]:
    """Unpack a backup into `data_dir`, which must be empty or missing; its manifest.

    All or nothing: every member is checked against the manifest before the directory gets its name. Raises NotFound, Unreadable for a
    damaged or foreign archive, Conflict when the directory holds something, DataLocked when a process uses it.
    """
    archive, data_dir = Path(archive), Path(data_dir)
    if not archive.is_file():
        raise NotFound(f"There is no backup {archive}.", hint="Give the path of a file that `assistant backup` wrote.", param="path")
    lock = DirectoryLock(data_dir)
    lock.acquire()
    try:
        if any(path.name not in FILES for path in data_dir.iterdir()):
            raise Conflict(f"{data_dir} is not empty.", hint="Restore into a new directory with --data-dir.", param="data_dir")
        room = Path(tempfile.mkdtemp(dir=data_dir, prefix=".restore-"))
        try:
            manifest = _unpack(archive, room)
            for folder in (path for path in room.rglob("*") if path.is_dir()):
                sync(folder)
            for path in sorted(room.iterdir(), key=lambda p: p.name == "library.db"):  # the database last: with it the library exists
                path.rename(data_dir / path.name)
            sync(data_dir)
        finally:
            shutil.rmtree(room, ignore_errors=True)
    except OSError as error:
        raise storage_fault(error, data_dir) from error
    finally:
        lock.release()
    return manifest


def _unpack(archive: Path, room: Path) -> dict[str, Any]:
    try:
        with tarfile.open(archive, mode="r:") as tar:
            first = tar.next()
            source = tar.extractfile(first) if first is not None and first.name == MANIFEST and first.size < _MANIFEST_BYTES else None
            if source is None:
                raise Unreadable(f"{archive} is not a backup of this program.", hint="Give a file that `assistant backup` wrote.")
            manifest: dict[str, Any] = json.loads(source.read())
            if manifest["format"] != FORMAT:
                raise InvalidInput("The backup was written by a newer version.", hint="Update this program and restore again.")
            expected = {member["name"]: member for member in manifest["members"]}
            while (entry := tar.next()) is not None:
                member = expected.pop(entry.name, None)
                content = tar.extractfile(entry) if entry.isreg() and member is not None and _MEMBER.match(entry.name) else None
                if content is None or member is None or entry.size != member["bytes"]:
                    raise Unreadable(f"The backup holds something unexpected: {entry.name[:80]!r}.", hint="Use another backup.")
                _unpack_member(content, room / entry.name, member["sha256"])
    except (tarfile.TarError, ValueError, KeyError, TypeError, EOFError) as error:
        raise Unreadable(f"The backup cannot be read: {error}.", hint="Use another backup.") from error
    if expected or not (room / "library.db").is_file():
        raise Unreadable("The backup is incomplete.", hint="Use another backup.")
    return manifest


def _unpack_member(content: Any, target: Path, sha256: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while block := content.read(2**20):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != sha256:
        raise Unreadable(f"The backup is damaged: {target.name} is not what was saved.", hint="Use another backup.")
