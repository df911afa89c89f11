"""A disk that is full, fails or may not be written: nothing false is acknowledged, reading goes on, writing comes back with the disk."""

from __future__ import annotations

import random
import resource
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.reliability._faulty import KINDS, Faults, environment
from benchmarks.reliability._ledger import Ledger
from benchmarks.reliability._nursery import Nursery, scratch
from benchmarks.reliability.study import Outcome, Study, Tick

DEEPEST = 60
"""Calls of a kind that still succeed, at most: a document takes about ten of each."""
BEFORE, DURING = 3, 6
"""Documents before and during the fault."""
ALL = 10**6
LIMIT = "file too large: EFBIG"
_ROOM = 200_000


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial makes one kind of call fail from a random one on, once, a few times or for good. Raises NotInstalled without gcc."""
    outcome, chance, seen = Outcome(), random.Random(seed), Counter[str]()
    module, also = "benchmarks.reliability.studies.storage_faults", ("benchmarks.reliability._storing",)
    with scratch(folder) as room, Nursery(module, environment(room), also) as nursery:
        for trial in range(trials):
            place = room / "library"
            kind = [*KINDS, LIMIT][trial % (len(KINDS) + 1)]
            after, many = chance.randrange(DEEPEST), chance.choice((1, 3, 10**6))
            said = nursery.run("suffer", folder=str(place), seed=chance.getrandbits(32), kind=kind, after=after, many=many).said
            ledger = Ledger()
            ledger.hear(said)
            checked = nursery.run("verify", folder=str(place), sample=ALL, **ledger.promises()).said
            for wrong in [*ledger.verdict(checked), *(str(words[1]) for words in said if words[0] == "wrong")]:
                outcome.fail(f"seed {seed}, trial {trial}, {kind} after {after} calls, {many} of them: {wrong}")
            for name, *words in said:
                seen[name] += 1 if not words or name == "refused" else 0
            shutil.rmtree(place)
            outcome.done += 1
            tick(1)
    outcome.figures = {
        "kinds of fault": len(KINDS) + 1, "writes refused": seen["refused"], "reads during a fault": seen["served"],
        "came back": seen["recovered"], "false promises and other failures": outcome.failed,
    }  # fmt: skip
    outcome.notes = ["The calls fail inside the process, by a library laid over the C library; EFBIG is the kernel's own."]
    return outcome


def verify(say: Callable[..., Any], **given: Any) -> None:
    """`benchmarks.reliability._storing.check`."""
    from benchmarks.reliability._storing import check

    check(say, **given)


def suffer(say: Callable[..., Any], folder: str, seed: int, kind: str, after: int, many: int) -> None:
    """Keep and read documents before, during and after a fault; say what was promised, `refused` for each Fault, `wrong` for the rest."""
    from benchmarks.reliability._storing import COLLECTION, OWNER, open_library

    library, chance = open_library(Path(folder)), random.Random(seed)
    library.ensure_collection(COLLECTION, OWNER)
    known: list[tuple[str, str]] = []
    for _ in range(BEFORE):
        _keep(say, library, chance, known)
    faults, soft = Faults(), resource.getrlimit(resource.RLIMIT_FSIZE)
    if kind == LIMIT:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (chance.randrange(_ROOM), soft[1]))
    else:
        faults.set(kind, after, many)
    for _ in range(DURING):
        _tried(say, lambda: _keep(say, library, chance, known))
        _tried(say, lambda: _delete(say, library, known) if len(known) > BEFORE else None)
        if _served(say, library, known[0]):
            say("served")
    faults.clear()
    resource.setrlimit(resource.RLIMIT_FSIZE, soft)
    for file, collection, owner in library.pending():  # acknowledged, and not read for want of room
        library.ingest(file, collection, owner)
    _keep(say, library, chance, known)
    say("recovered")
    if chance.random() < 0.5:
        library.close()


def _tried(say: Callable[..., Any], work: Callable[[], Any]) -> None:
    from retrieval.faults import StorageFull, Unavailable

    try:
        work()
    except (StorageFull, Unavailable) as fault:
        say("refused", fault.code)
        if not fault.hint or not fault.retryable:
            say("wrong", f"{fault.code} does not say what to do")
    except Exception as error:
        say("wrong", f"{type(error).__name__} instead of a Fault: {error}")


def _keep(say: Callable[..., Any], library: Any, chance: random.Random, known: list[tuple[str, str]]) -> None:
    from benchmarks.reliability._storing import COLLECTION, OWNER, document

    word = f"w{chance.getrandbits(60):015x}"
    file = library.add_file(document(word), OWNER).id
    say("kept", word, file)
    library.attach(file, COLLECTION, OWNER)
    say("attached", word, file)
    if library.ingest(file, COLLECTION, OWNER).status == "completed":
        say("read", word, file)
        known.append((word, file))
    else:
        say("wrong", "a file that met a fault of the disk was given up")


def _delete(say: Callable[..., Any], library: Any, known: list[tuple[str, str]]) -> None:
    from benchmarks.reliability._storing import OWNER

    word, file = known[-1]
    library.delete_file(file, OWNER)
    known.pop()
    say("deleted", word, file)


def _served(say: Callable[..., Any], library: Any, one: tuple[str, str]) -> bool:
    from benchmarks.reliability._storing import OWNER, _search, document

    word, file = one
    try:
        found = [hit.item.parent for hit in _search(library, word)][:2] == [file, file]
        served = found and library.open_file(file, OWNER).data == document(word).data
    except Exception as error:
        say("wrong", f"reading failed during the fault: {type(error).__name__}: {error}")
        return False
    if not served:
        say("wrong", "another answer during the fault")
    return bool(served)


STUDY = Study(
    name="storage_faults",
    title="a disk that is full, fails or may not be written",
    goal="Every fault at every call is answered without a false promise; reading goes on; writing comes back with the disk.",
    unit="faults",
    trials={"fast": 27, "full": 900, "nightly": 5_000},
    run=run,
    covers=("D06",),
)
