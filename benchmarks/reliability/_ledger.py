"""The ledger of promises: what a library said that it had done, over all its processes, and whether a later look agrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Ledger:
    """Promises about documents of one folder."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}
        self._attached: set[str] = set()
        self._read: dict[str, str] = {}
        self._deleted: set[str] = set()
        self._unheard = 0

    def hear(self, said: Sequence[Sequence[Any]]) -> None:
        """Note what one process said before it ended."""
        self._unheard += 1
        for kind, *rest in said:
            if kind in ("kept", "attached", "read", "deleted"):
                word, file = rest
                if kind == "deleted":
                    self._deleted.add(file)
                elif kind == "attached":
                    self._attached.add(file)
                else:
                    (self._kept if kind == "kept" else self._read)[file] = word

    def promises(self) -> dict[str, Any]:
        """Arguments of `benchmarks.reliability._storing.check`."""
        gone = self._deleted
        kept = {file: word for file, word in self._kept.items() if file not in gone}
        read = {file: word for file, word in self._read.items() if file not in gone}
        return {"kept": kept, "attached": sorted(self._attached - gone), "read": read, "deleted": sorted(gone)}

    def verdict(self, said: Sequence[Sequence[Any]]) -> list[str]:
        """What is wrong. A kill may fall between a deletion and the word of it: one file a process may be gone, if it was read."""
        wrong = [str(words[1]) for words in said if words[0] == "wrong"]
        gone = next((list(words[1]) for words in said if words[0] == "gone"), None)
        if gone is None:
            return [*wrong, "the library could not be checked"]
        lost = [file for file in gone if file not in self._read]
        wrong += [f"acknowledged file is lost: {file}" for file in lost]
        if len(gone) - len(lost) > self._unheard:
            wrong.append(f"{len(gone)} acknowledged files are lost: {', '.join(gone[:5])}")
        self._deleted.update(gone)
        self._unheard = 0
        return wrong

    def counts(self) -> dict[str, int]:
        """Documents promised: kept, read, deleted."""
        return {"kept": len(self._kept), "read": len(self._read), "deleted": len(self._deleted)}
