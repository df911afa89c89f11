"""Runs: what every training has in common. A draft folder that becomes a model only when it is whole, a card, a share of the work done."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.adapted import CARD, Card, check_name, folder
from retrieval.blobs import write_durably
from retrieval.faults import Conflict

Progress = Callable[[float, str], None]
"""Called with the share of the work done, 0 to 1, and what is being done."""


@dataclass(frozen=True)
class Options:
    """What every training is told."""

    data_dir: Path
    cache_dir: Path
    data: tuple[Path, ...]
    holdout: Path | None = None
    """Rows to measure on, instead of a part of `data`."""
    name: str = ""
    """Of the model; empty names it by its kind and weights."""
    seed: int = 7

    def check(self) -> None:
        """Raises InvalidInput, Conflict for a name that is taken."""
        if self.name and (folder(self.data_dir) / check_name(self.name)).exists():
            raise Conflict(
                f"There is a model '{self.name}' already.",
                hint=f"Choose another name, or: assistant train remove {self.name}.",
                param="name",
            )


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread: two that wait for each other on a busy machine made steps this small fifteen times as slow."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Draft:
    """A folder that is written to while a model is made; nothing else sees it."""

    def __init__(self, options: Options, kind: str, key: str) -> None:
        """`key` names the draft: the same for the same work, so that it can be taken up again."""
        self._options, self._kind, self._began = options, kind, time.time()
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        self.path = folder(options.data_dir) / f".draft-{kind}-{digest}"

    def open(self, *, anew: bool = True) -> Path:
        """The folder, empty when `anew`."""
        if anew:
            self.drop()
        self.path.mkdir(parents=True, exist_ok=True)
        return self.path

    def drop(self) -> None:
        """Leave nothing of it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def finish(
        self, weights: str, *, roles: dict[str, str], scores: dict[str, float], better: bool, rows: dict[str, int],
        replaces: dict[str, str] | None = None, reference: str = "", notes: tuple[str, ...] = (),
    ) -> Card:  # fmt: skip
        """Publish the folder, whose weight file is `weights`, under its name with a card. Raises Conflict."""
        digest = hashlib.sha256((self.path / weights).read_bytes()).hexdigest()
        name = self._options.name or f"{self._kind}-{digest[:8]}"
        place = folder(self._options.data_dir) / name
        made = Card(
            name=name, kind=self._kind, roles=roles, replaces=roles if replaces is None else replaces, reference=reference, better=better,
            scores={key: round(value, 4) for key, value in scores.items()}, rows=rows, seed=self._options.seed, sha256=digest, notes=notes,
            seconds=round(time.time() - self._began, 1), created_at=time.time(),
        )  # fmt: skip
        write_durably(self.path / CARD, made.model_dump_json(indent=1).encode())
        if place.exists():
            if self._options.name:
                self._options.check()
            shutil.rmtree(place)  # the same weights, trained again
        self.path.rename(place)
        return made
