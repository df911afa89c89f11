"""A disk that loses power: what may be on it after some recorded calls, when only what was synced is sure to be there.

The model is that of POSIX, harsher than any file system in use: a sync of a file keeps its bytes, not its name; a sync of a folder
keeps the names in it. Of all other writes each may be there, or not, or in part, in pieces of 4 KB and 512 bytes, in any order. Names in
one folder follow each other, for a journal keeps that order; how many of them arrived is open.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability._recording import Call

_PIECES = (512, 4096)


@dataclass
class _File:
    sure: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, bytes) of a write, (length, None) of a truncation."""


@dataclass
class _Folder:
    sure: dict[str, _File] = field(default_factory=dict)
    pending: list[tuple[str, _File | None]] = field(default_factory=list)
    """(name, file) that appeared under it, (name, None) that went."""


class Disk:
    """Plays calls, then gives a state after a loss of power."""

    def __init__(self) -> None:
        self._now: dict[str, _File] = {}
        self._folders: dict[str, _Folder] = {"": _Folder()}
        self._places: dict[int, int] = {}
        self._lengths: dict[int, int] = {}

    def play(self, calls: Sequence[Call]) -> None:
        """Do them."""
        for call in calls:
            getattr(self, f"_{call.kind}")(call)

    def _said(self, call: Call) -> None:
        pass

    def _open(self, call: Call) -> None:
        self._places[call.opened] = 0

    def _mkdir(self, call: Call) -> None:
        self._folders.setdefault(call.path, _Folder())
        self._name(call.path, _File())

    def _create(self, call: Call) -> None:
        self._places[call.opened] = 0
        if call.path not in self._now:
            self._name(call.path, _File())
        elif call.at == 0:
            self._truncate(call)

    def _name(self, path: str, file: _File | None) -> None:
        folder, _, name = path.rpartition("/")
        self._folders.setdefault(folder, _Folder()).pending.append((name, file))
        if file is None:
            self._now.pop(path, None)
        else:
            self._now[path] = file

    def _write(self, call: Call) -> None:
        at = self._places.get(call.opened, 0) if call.at < 0 else call.at
        if call.at < 0:
            self._places[call.opened] = at + len(call.data)
        if call.path in self._now:
            self._now[call.path].pending.append((at, call.data))

    def _truncate(self, call: Call) -> None:
        if call.path in self._now:
            self._now[call.path].pending.append((max(0, call.at), None))

    def _sync(self, call: Call) -> None:
        if call.path in self._folders:
            folder = self._folders[call.path]
            for name, file in folder.pending:
                _enter(folder.sure, name, file)
            folder.pending.clear()
        elif call.path in self._now:
            file = self._now[call.path]
            for at, data in file.pending:
                _put(file.sure, at, data)
            file.pending.clear()

    def _rename(self, call: Call) -> None:
        file = self._now.get(call.path)
        if file is not None:
            self._name(call.to, file)
            self._name(call.path, None)

    def _unlink(self, call: Call) -> None:
        self._name(call.path, None)

    def after_power_loss(self, target: Path, chance: random.Random) -> None:
        """Write into `target` what may be found; files that SQLite keeps in memory (`-shm`) are never among it."""
        mood = chance.random()  # from nothing that was not synced, over some of it, to nearly all
        found: dict[int, bytes] = {}
        for path in sorted(self._folders):
            folder = self._folders[path]
            names = dict(folder.sure)
            for name, file in folder.pending[: round(mood * (len(folder.pending) + 1)) if chance.random() < 0.5 else chance.randint(0, 99)]:
                _enter(names, name, file)
            if path and not (target / path).is_dir():
                continue  # the name of the folder itself was lost
            for name, file in names.items():
                inside = f"{path}/{name}".lstrip("/")
                if inside in self._folders:
                    (target / inside).mkdir(exist_ok=True)
                elif not name.endswith("-shm"):
                    (target / inside).write_bytes(found.setdefault(id(file), _torn(file, mood, chance)))


def _enter(names: dict[str, _File], name: str, file: _File | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


def _put(content: bytearray, at: int, data: bytes | None) -> None:
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    if data is None:
        del content[at:]
    else:
        content[at : at + len(data)] = data


def _torn(file: _File, mood: float, chance: random.Random) -> bytes:
    content = bytearray(file.sure)
    for at, data in file.pending:
        if data is None:
            if chance.random() < mood:
                _put(content, at, None)
        elif chance.random() < 0.2:
            size = chance.choice(_PIECES)
            for start in range(0, len(data), size):
                if chance.random() < mood:
                    _put(content, at + start, data[start : start + size])
        elif chance.random() < mood:
            _put(content, at, data)
    return bytes(content)
