"""Who owns a data directory: one process at a time, or several that share a database elsewhere.

Also where a running server tells programs of the same user how to reach it.

The lock is a POSIX record lock: the system takes it back when the process dies, however it dies, and a forked child does not hold
it. Such a lock is lost when the process closes any other descriptor of the same file, so nothing else here opens `lock`.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from retrieval.blobs import make_directory, storage_fault, write_durably
from retrieval.faults import DataLocked

LOCK, SERVER, GUESTS = "lock", "server.json", "guests"
FILES = frozenset((LOCK, SERVER, GUESTS))
"""What a data directory holds besides data."""
_PATIENCE = 0.4
"""Seconds to wait for a process that is just ending, or just looking."""


@dataclass
class _Held:
    descriptor: int
    holders: int
    shared: bool
    server: bool = False


_held: dict[str, _Held] = {}
_guard = threading.Lock()


def _server(directory: Path) -> dict[str, object]:
    try:
        found = json.loads((directory / SERVER).read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def _owner(directory: Path) -> str:
    """Process id in the lock file. Only for a file that another process has locked, and under `_guard`."""
    try:
        return (directory / LOCK).read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""


def _lock_file(directory: Path, shared: bool = False) -> int | None:
    """Descriptor of the locked file, or None while another process has it."""
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


class DirectoryLock:
    """The lock of one data directory. Within a process it may be taken several times; the last `release` gives it back."""

    def __init__(self, data_dir: Path, shared: bool = False) -> None:
        """`shared` with other processes that say so too, because their database is not in the directory."""
        self.directory, self._shared = Path(data_dir), shared
        self._mine = 0

    def acquire(self) -> None:
        """Take the directory, making it when it is not there. Raises DataLocked that names the process, and its address if known."""
        try:
            make_directory(self.directory)
            with _guard:
                held = _held.get(self._key)
                if held is None:
                    _held[self._key] = held = _Held(self._take(), 0, self._shared)
                if held.shared != self._shared:
                    raise self._refusal()
                held.holders += 1
                self._mine += 1
        except OSError as error:
            raise storage_fault(error, self.directory) from error

    @property
    def _key(self) -> str:
        return os.path.realpath(self.directory)

    def _take(self) -> int:
        deadline = time.monotonic() + _PATIENCE
        while (descriptor := _lock_file(self.directory, self._shared)) is None:
            if time.monotonic() > deadline:
                raise self._refusal()
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        if not self._shared:
            os.write(descriptor, str(os.getpid()).encode())
        return descriptor

    def _refusal(self) -> DataLocked:
        owner = _owner(self.directory)
        server = _server(self.directory)
        address = str(server.get("address", "")) if str(server.get("pid", "")) == owner else ""
        where = f" at {address}" if address else ""
        who = f"process {owner}" if owner.isdigit() else "another process"
        return DataLocked(
            f"The data directory {self.directory} is in use by {who}{where}.",
            hint=f"Use that one, stop it first (kill {owner}), or choose another directory with --data-dir."
            if owner.isdigit() else "Use that one, stop it first, or choose another directory with --data-dir.",
        )  # fmt: skip

    def publish(self, address: str, token: str) -> None:
        """Tell programs of this user where the server listens and which token it takes (`server.json`, mode 600)."""
        content = json.dumps({"address": address, "token": token, "pid": os.getpid(), "host": socket.gethostname()}).encode()
        try:
            write_durably(self.directory / SERVER, content, mode=0o600)
        except OSError as error:
            raise storage_fault(error, self.directory) from error
        with _guard:
            if held := _held.get(self._key):
                held.server = True

    def release(self) -> None:
        """Give the directory back; `server.json` goes with it. Does nothing when it is not held."""
        with _guard:
            held = _held.get(self._key)
            if held is None or not self._mine:
                return
            self._mine -= 1
            held.holders -= 1
            if held.holders:
                return
            if held.server and _server(self.directory).get("pid") == os.getpid():
                (self.directory / SERVER).unlink(missing_ok=True)
            os.close(held.descriptor)
            del _held[self._key]


def running_server(data_dir: Path) -> tuple[str, str] | None:
    """(address, token) of the server that owns `data_dir` now; None when there is none, or it does not listen yet."""
    directory = Path(data_dir)
    found = _server(directory)
    address, token = found.get("address"), found.get("token")
    if not isinstance(address, str) or not isinstance(token, str):
        return None
    with _guard:
        if os.path.realpath(directory) in _held:
            return (address, token) if found.get("pid") == os.getpid() else None
        try:
            descriptor = _lock_file(directory)
        except OSError:
            return None
        if descriptor is not None:
            os.close(descriptor)  # nobody holds it: what is written there was left by a process that died
            return None
        owner = _owner(directory)
    if not owner:  # several processes share it: the last that published is believed while it lives, on this machine
        return (address, token) if found.get("host") == socket.gethostname() and _lives(found.get("pid")) else None
    return (address, token) if owner == str(found.get("pid")) else None


def _lives(process: object) -> bool:
    try:
        os.kill(int(str(process)), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def visiting(data_dir: Path) -> Iterator[None]:
    """For as long as this lasts, a server of `data_dir` that was withdrawn does not end. Take it before asking for `running_server`.

    A shared lock, which the system takes back when the process dies. In a directory that cannot be written it holds nothing.
    """
    try:
        descriptor = _guests(data_dir)
    except OSError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def withdraw(data_dir: Path, patience: float) -> None:
    """The server of this process lets nobody new find it, and waits at most `patience` seconds for its visitors to go."""
    with suppress(OSError):
        (Path(data_dir) / SERVER).unlink(missing_ok=True)
        descriptor = _guests(data_dir)
        deadline = time.monotonic() + patience
        try:
            while not _alone(descriptor) and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            os.close(descriptor)


def _guests(data_dir: Path) -> int:
    return os.open(Path(data_dir) / GUESTS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
