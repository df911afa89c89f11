"""What a process asked of the disk: every write, sync, rename and removal inside a folder, in order, as `strace` sees them.

Also what the process said on standard output, which is how promises get their place in that order. Linux only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retrieval.faults import NotInstalled

_CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir"
_LINE = re.compile(r"(\d+\.\d+) (\w+)\((.*)\)\s+= (-?\d+)(.*)$")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE = re.compile(r"^(-?\d+|AT_FDCWD)(?:<([^>]*)>)?")


@dataclass(frozen=True)
class Call:
    """One call that succeeded. `kind` is create, write, truncate, sync, rename, unlink, mkdir or said."""

    kind: str
    path: str = ""
    """Inside the folder; of the folder itself it is empty."""
    data: bytes = b""
    at: int = -1
    """Offset of a write, -1 behind the last one of this opening; length of a truncation."""
    to: str = ""
    """New name."""
    opened: int = 0
    """Number of the file descriptor."""


def record(command: str, folder: Path, *arguments: str) -> list[Call]:
    """Run Python code with arguments under strace; its calls inside `folder`. Raises NotInstalled without strace."""
    if shutil.which("strace") is None:
        raise NotInstalled("strace is not installed.", hint="Install it (apt-get install strace): it records what is written.")
    logs = folder.parent / f"{folder.name}-calls"
    logs.mkdir()
    asked = ["strace", "-ff", "-ttt", "-y", "-xx", "-s", "16777216", "-e", f"trace={_CALLS}", "-o", str(logs / "of")]
    done = subprocess.run([*asked, sys.executable, "-c", command, *arguments], capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the recorded process ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    lines = sorted((match for log in logs.iterdir() for match in map(_LINE.match, log.read_text().splitlines()) if match), key=_time)
    shutil.rmtree(logs)
    return [call for match in lines for call in _calls(match, str(folder.resolve()))]


def _time(match: re.Match[str]) -> float:
    return float(match[1])


def _calls(match: re.Match[str], folder: str) -> Iterator[Call]:
    name, given, result, rest = match[2], match[3], int(match[4]), match[5]
    if result < 0:
        return
    strings = [bytes.fromhex(text.replace("\\x", "")) for text in _STRING.findall(given)]
    opened = _FILE.match(given)
    descriptor = int(opened[1]) if opened and opened[1] != "AT_FDCWD" else -1
    place = _inside(_plain(opened[2] or "") if opened else "", folder)
    if name == "openat":
        path = _inside(_plain(rest.strip()[1:-1]), folder)
        if path and ("O_CREAT" in given or "O_TRUNC" in given):
            yield Call("create", path, at=0 if "O_TRUNC" in given else -1, opened=result)
        elif path:
            yield Call("open", path, opened=result)
    elif name == "write" and descriptor == 1:
        yield Call("said", data=strings[0])
    elif name in ("write", "pwrite64") and place:
        at = int(given.rsplit(", ", 1)[1]) if name == "pwrite64" else -1
        yield Call("write", place, strings[0][:result], at, opened=descriptor)
    elif name == "ftruncate" and place:
        yield Call("truncate", place, at=int(given.rsplit(", ", 1)[1]))
    elif name in ("fsync", "fdatasync") and place is not None:
        yield Call("sync", place)
    elif name.startswith("rename"):
        one, other = (_inside(path.decode(), folder) for path in strings)
        if one and other:
            yield Call("rename", one, to=other)
    elif name.startswith(("unlink", "mkdir", "rmdir")) and (path := _inside(strings[0].decode(), folder)):
        yield Call("mkdir" if name.startswith("mkdir") else "unlink", path)


def _plain(text: str) -> str:
    return bytes.fromhex(text.replace("\\x", "")).decode() if text.startswith("\\x") else text


def _inside(path: str, folder: str) -> str | None:
    if path == folder:
        return ""
    return path[len(folder) + 1 :] if path.startswith(folder + "/") else None
