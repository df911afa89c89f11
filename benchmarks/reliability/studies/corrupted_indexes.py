"""Index files that were damaged or put there from elsewhere: found before FAISS reads them, built anew, the same answers as before."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.reliability._nursery import Nursery, scratch
from benchmarks.reliability.study import Outcome, Study, Tick

DOCUMENTS = 30
QUESTIONS = 8
BLOCK = 500
"""Files tried in one process: one that FAISS takes down is noticed and the next goes on."""


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial damages the index of a library in one way and opens the library."""
    outcome, counted = Outcome(), Counter[str]()
    module, also = "benchmarks.reliability.studies.corrupted_indexes", ("benchmarks.reliability._storing",)
    with Nursery(module, also=also) as nursery, scratch(folder) as room:
        nursery.run("prepare", folder=str(room))
        for first in range(0, trials, BLOCK):
            number = min(BLOCK, trials - first)
            said = nursery.run("damage", folder=str(room), seed=seed + first, trials=number).said
            for kind, wrong in said:
                counted[kind] += 1
                if wrong:
                    outcome.fail(f"seed {seed + first}, {kind}: {wrong}")
            outcome.done += len(said)
            tick(len(said))
    outcome.figures = {"detected": outcome.done - outcome.failed, "kinds of damage": len(counted), "wrong answers": outcome.failed}
    return outcome


def prepare(say: Callable[..., Any], folder: str) -> None:
    """Three libraries with published indexes: that of the trials, another tenant's, and one of another state of the first."""
    from benchmarks.reliability._storing import COLLECTION, OWNER, document, open_library
    from retrieval import index_cache

    index_cache.KEPT_FROM = 0  # small ones too
    for name in ("mine", "foreign"):
        place = Path(folder) / name
        library = open_library(place)
        library.ensure_collection(COLLECTION, OWNER)
        for number in range(DOCUMENTS):
            library.ingest(library.add_file(document(f"{name}{number}"), OWNER).id, COLLECTION, OWNER)
            if number == DOCUMENTS // 2:
                _answers(library)
                library.close()
                shutil.copytree(place / "indexes", Path(folder) / f"{name}-older")
                library = open_library(place)
        _answers(library)
        library.close()
    os._exit(0)


def damage(say: Callable[..., Any], folder: str, seed: int, trials: int) -> None:
    """Say (kind, what went wrong or nothing) for each damaged index."""
    from benchmarks.reliability._storing import open_library
    from retrieval import index_cache
    from retrieval.index_cache import Indexes

    index_cache.KEPT_FROM = 0
    room, chance = Path(folder), random.Random(seed)
    library = open_library(room / "mine")
    true = _answers(library)
    library.close()  # publishes, whatever a process before this one left
    indexes = room / "mine" / "indexes"
    intact = {path.name: path.read_bytes() for path in indexes.iterdir() if path.is_file()}
    kinds = [*DAMAGES, *(["one bit flipped"] * len(DAMAGES))]
    library = open_library(room / "mine")
    for _ in range(trials):
        kind = chance.choice(kinds)
        _restore(indexes, intact)
        DAMAGES[kind](indexes, room, chance)
        cache = library._store._indexes = Indexes(library._database, indexes)  # type: ignore[attr-defined]
        loads: list[Any] = []
        load = cache._files.load
        cache._files.load = lambda *given, load=load, loads=loads: loads.append(load(*given)) or loads[-1]  # type: ignore[method-assign]
        wrong = "" if _answers(library) == true else "other answers than before"
        if not loads or loads[0] is not None:
            wrong = wrong or "it was believed"
        say(kind, wrong)
    os._exit(0)


def _answers(library: Any) -> list[Any]:
    from benchmarks.reliability._storing import _search

    return [[(hit.item.id, round(hit.score, 6)) for hit in _search(library, f"mine{number}", 10)] for number in range(QUESTIONS)]


def _restore(indexes: Path, intact: dict[str, bytes]) -> None:
    for path in indexes.iterdir():
        if path.is_file() and path.name not in intact:
            path.unlink()
    for name, data in intact.items():
        (indexes / name).write_bytes(data)


def _file(indexes: Path) -> Path:
    return next(indexes.glob("*.faiss"))


def _manifest(indexes: Path) -> Path:
    return next(indexes.glob("hashed*.json"))


def _changed(change: Callable[[bytearray, random.Random], object]) -> Callable[[Path, Path, random.Random], None]:
    def damaged(indexes: Path, room: Path, chance: random.Random) -> None:
        data = bytearray(_file(indexes).read_bytes())
        change(data, chance)
        _file(indexes).write_bytes(data)

    return damaged


def _flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _zero(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(1, len(data) - 600)
    data[at : at + 512] = bytes(512) if any(data[at : at + 512]) else b"\1" * 512


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _tail(data: bytearray, chance: random.Random) -> None:
    data.extend(chance.randbytes(chance.randrange(1, 4096)))


def _from(other: str, keep_manifest: bool) -> Callable[[Path, Path, random.Random], None]:
    def damaged(indexes: Path, room: Path, chance: random.Random) -> None:
        theirs = room / other
        if keep_manifest:
            shutil.copy(_file(theirs), _file(indexes))
        else:
            _file(indexes).unlink()
            shutil.copy(_file(theirs), indexes)
            shutil.copy(_manifest(theirs), _manifest(indexes))

    return damaged


def _said(**change: Any) -> Callable[[Path, Path, random.Random], None]:
    def damaged(indexes: Path, room: Path, chance: random.Random) -> None:
        path = _manifest(indexes)
        path.write_text(json.dumps(json.loads(path.read_text()) | change))

    return damaged


def _manifest_bit(indexes: Path, room: Path, chance: random.Random) -> None:
    path = _manifest(indexes)
    data = bytearray(path.read_bytes())
    _flip(data, chance)
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path, Path, random.Random], None]] = {
    "one bit flipped": _changed(_flip),
    "a block of zeros": _changed(_zero),
    "cut off": _changed(_cut),
    "nothing but zeros": _changed(lambda data, chance: data.__setitem__(slice(None), bytes(len(data)))),
    "empty": _changed(lambda data, chance: data.clear()),
    "something behind it": _changed(_tail),
    "another tenant's file": _from("foreign/indexes", True),
    "another tenant's file and manifest": _from("foreign/indexes", False),
    "an older generation's file": _from("mine-older", True),
    "an older generation's file and manifest": _from("mine-older", False),
    "missing": lambda indexes, room, chance: _file(indexes).unlink(),
    "manifest missing": lambda indexes, room, chance: _manifest(indexes).unlink(),
    "one bit of the manifest flipped": _manifest_bit,
    "manifest of another dimension": _said(dimension=64),
    "manifest of another count": _said(count=1),
    "manifest of a later generation": _said(generation=10**6),
    "manifest of another kind": _said(kind="ivf"),
}
"""Kind -> what does it to (the folder of the indexes, the folder of the study, chance)."""

STUDY = Study(
    name="corrupted_indexes",
    title="damaged and foreign index files",
    goal="10,000 of 10,000 are found before FAISS reads them and built anew, with the same answers.",
    unit="index files",
    trials={"fast": 150, "full": 2_000, "nightly": 10_000},
    run=run,
    covers=("D07", "LLM08"),
)
