"""Calls on the disk that fail when told to: compiles `faulty_calls.c` and steers it from inside its process. Linux and gcc."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import struct
import subprocess
from pathlib import Path

from retrieval.faults import NotInstalled

SYNC, WRITE, OPEN, RENAME = 1, 2, 4, 8
KINDS = {
    "fsync: EIO": (SYNC, errno.EIO), "write: ENOSPC": (WRITE, errno.ENOSPC), "write: EIO": (WRITE, errno.EIO),
    "open: EMFILE": (OPEN, errno.EMFILE), "open: EROFS": (OPEN, errno.EROFS), "rename, mkdir: ENOSPC": (RENAME, errno.ENOSPC),
    "everything: EROFS": (SYNC | WRITE | OPEN | RENAME, errno.EROFS), "everything: EIO": (SYNC | WRITE | OPEN | RENAME, errno.EIO),
}  # fmt: skip
"""Name -> (which calls, their error)."""


def environment(folder: Path) -> dict[str, str]:
    """Compile the library into `folder`; what a process must have in its environment. Raises NotInstalled without gcc."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise NotInstalled("There is no C compiler.", hint="Install gcc: a small library makes the calls fail.")
    source, made, plan = Path(__file__).with_name("faulty_calls.c"), folder / "faulty.so", folder / "faulty.plan"
    subprocess.run([compiler, "-O1", "-fPIC", "-shared", "-o", str(made), str(source), "-ldl"], check=True, capture_output=True)
    plan.write_bytes(bytes(16))
    return {"LD_PRELOAD": str(made), "FAULTY_CALLS": str(plan)}


class Faults:
    """The plan of this process."""

    def __init__(self) -> None:
        with open(os.environ["FAULTY_CALLS"], "r+b") as file:
            self._plan = mmap.mmap(file.fileno(), 16)
        self._many = 0

    def set(self, kind: str, after: int, many: int) -> None:
        """From the call number `after` on, `many` calls of a kind fail."""
        calls, error = KINDS[kind]
        self._many = many
        self._plan[:] = struct.pack("4i", after, many, error, calls)

    def clear(self) -> bool:
        """Nothing fails any more; whether anything did since `set`."""
        _, left, _, _ = struct.unpack("4i", self._plan[:])
        self._plan[:] = bytes(16)
        return bool(left < self._many)
