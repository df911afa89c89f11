"""Blobs: bytes kept under their sha256, `blobs/ab/abcd…`. Knows no items and no owners: who may read a blob is decided above.

A blob is durable before its name is returned: temporary file, fsync, rename, fsync of the directory.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from retrieval.engine import Locks
from retrieval.faults import Fault, NotFound, StorageFull, StorageRefused, Unavailable
from retrieval.local_locks import LocalLocks

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[0-9a-f]{64}\Z")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG}
REFUSED = _FULL | {errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM}
"""Errors of the system that say nothing about the request: the disk, its rights, or the number of open files."""
MOST_CHECKED = 4096


def storage_fault(error: OSError, where: Path) -> Fault:
    """The Fault for what the system refused: StorageFull for a full, failing or read-only disk, StorageRefused for anything else."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return StorageFull(
            f"The disk did not take the data: {reason}.", hint=f"Make room on the disk that holds {where.name}/ and try again."
        )
    return StorageRefused(
        f"The data directory cannot be used: {reason}.", hint="Check that it exists and that this user may write in it, then try again."
    )


def sync(path: Path) -> None:
    """Make the bytes of a file durable, or the renames and removals inside a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path) -> None:
    """Make a folder and those above it, each durable before something is put into it. Does nothing when it is there. Raises OSError."""
    missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def write_durably(path: Path, data: bytes | Callable[[BinaryIO], None], mode: int = 0o644) -> None:
    """Write bytes, or what a function writes, to `path` so that after a crash either the old or the new file is there, whole.

    Raises OSError.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with open(descriptor, "wb") as file:
            if callable(data):
                data(file)
            else:
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


class Blobs:
    """The blob folder. Safe to use from several threads, and from several processes whose `locks` are those of one database."""

    def __init__(self, root: Path, locks: Locks | None = None, unsettled_seconds: float = 0.0) -> None:
        """What is younger than `unsettled_seconds` is not swept."""
        self._root, self._locks, self._unsettled = root, locks or LocalLocks(), unsettled_seconds
        self._lock = threading.RLock()
        self._held: Counter[str] = Counter()
        self._frozen = 0
        self._waiting: list[tuple[str, Callable[[], bool]]] = []
        self._settled: set[Path] = set()
        """Folders whose own names are known to be on the disk."""
        self._checked: dict[str, tuple[int, int, int]] = {}
        """Blobs that were whole when `open` looked: their inode, size and time of writing then."""
        self._doubtful: set[str] = set()
        """Blobs that the disk refused half way: what lies there under their names is not believed."""
        try:
            make_directory(root)
        except OSError as error:
            raise storage_fault(error, root) from error

    def path(self, sha256: str) -> Path:
        """Where the blob lies. Raises NotFound for a name that is no sha256."""
        if not _NAME.match(sha256):
            raise NotFound("No such blob.", hint="Blob ids are 64 hexadecimal digits.")
        return self._root / sha256[:2] / sha256

    @contextmanager
    def keep(self, data: bytes) -> Iterator[str]:
        """Store `data` and yield its sha256; inside the block nobody removes it, so a row that names it can be committed.

        Raises StorageFull when the disk does not take it.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._held[sha256] += 1
        try:
            with self._locks.hold(f"blob/{sha256}"):
                try:
                    self._put(sha256, data)
                except OSError as error:
                    self._doubtful.add(sha256)
                    raise storage_fault(error, self._root) from error
                yield sha256
        finally:
            with self._lock:
                self._held[sha256] -= 1
                self._held += Counter()

    def _put(self, sha256: str, data: bytes) -> None:
        path = self.path(sha256)
        if path.parent not in self._settled:
            path.parent.mkdir(exist_ok=True)
            sync(self._root)  # even when it was there: a process that was killed may have made it and got no further
            self._settled.add(path.parent)
        if sha256 not in self._doubtful and _holds(path, data):
            sync(path.parent)  # another thread, or a process that was killed, may have named it and got no further
            return
        write_durably(path, data)
        self._doubtful.discard(sha256)

    def read(self, sha256: str) -> bytes:
        """The bytes. Raises NotFound when they are not there, Unavailable when they are no longer what was stored."""
        with self._faults():
            data = self.path(sha256).read_bytes()
        self._check(sha256, hashlib.sha256(data).hexdigest())
        return data

    def open(self, sha256: str) -> BinaryIO:
        """The bytes as an open file, for whoever hands them on piece by piece. Raises as `read`.

        All of them are checked before, unless they were and the file has not been written since: a player asks for ten stretches of a film.
        """
        with self._faults(), ExitStack() as stack:
            file = stack.enter_context(self.path(sha256).open("rb"))
            state = os.fstat(file.fileno())
            seen = (state.st_ino, state.st_size, state.st_mtime_ns)
            if self._checked.get(sha256) != seen:
                self._check(sha256, hashlib.file_digest(file, "sha256").hexdigest())
                file.seek(0)
                self._checked[sha256] = seen
                while len(self._checked) > MOST_CHECKED:
                    self._checked.pop(next(iter(self._checked)), None)
            stack.pop_all()
            return file

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise NotFound("The stored bytes are gone.", hint="Restore them from a backup, or add the file again.") from error
        except OSError as error:
            raise storage_fault(error, self._root) from error

    @staticmethod
    def _check(sha256: str, found: str) -> None:
        if found != sha256:
            raise Unavailable("The stored bytes are damaged.", hint="Restore them from a backup, or add the file again.", code="damaged")

    def discard(self, sha256: str, referenced: Callable[[], bool]) -> None:
        """Remove the blob unless it is held or `referenced()` says that a row still names it."""
        with self._lock:
            if self._frozen:
                self._waiting.append((sha256, referenced))
            elif not self._held[sha256]:
                try:
                    with self._locks.alone(f"blob/{sha256}") as alone:
                        if alone and not referenced():
                            self.path(sha256).unlink(missing_ok=True)
                except Unavailable as fault:  # the row is gone, and `sweep` removes the blob
                    _log.warning("a blob stays for now: %s", fault)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside the block no blob disappears (for a backup); removals happen afterwards."""
        with self._lock:
            self._frozen += 1
        try:
            yield
        finally:
            with self._lock:
                self._frozen -= 1
                waiting, self._waiting = (self._waiting, []) if not self._frozen else ([], self._waiting)
            for sha256, referenced in waiting:
                self.discard(sha256, referenced)

    def sweep(self, wanted: Callable[[str], bool]) -> int:
        """Remove unfinished writes and blobs that nothing wants; how many were removed. Only while nothing else writes."""
        removed, young = 0, time.time() - self._unsettled
        with self._lock:
            for path in self._root.glob("*/*"):
                if self._unsettled and path.stat().st_mtime > young:
                    continue
                sha256 = path.name.lstrip(".")[:64]  # an unfinished write is `.SHA256.….tmp`
                if not self._held[sha256] and (path.name != sha256 or not _NAME.match(sha256) or not wanted(sha256)):
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed


def _holds(path: Path, data: bytes) -> bool:
    """Whether the file has exactly these bytes; one that has rotted is written again."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False
