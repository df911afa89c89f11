"""kill -9 of the library's process, at named points and at random moments, hundreds of times on the same folder."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from benchmarks.reliability._ledger import Ledger
from benchmarks.reliability._nursery import Nursery, scratch
from benchmarks.reliability._points import POINTS
from benchmarks.reliability.study import Outcome, Study, Tick

FOLDER_TRIALS = 10
"""Kills of one folder, which then has some 600 documents; a new one is begun, so that opening and looking at all of it stay quick."""
WORDS, WAIT = 640, 0.004
"""A child is killed after at most so many promises, about three to a document, and then at most so many seconds."""
SEARCHED = 10
"""Documents searched after each kill."""
SEARCHED_LAST = 60
"""Documents searched after the last kill of a folder."""


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Two of three trials die at one of the named points, the third at a random moment."""
    outcome, chance = Outcome(), random.Random(seed)
    ledger, began, at_points, passed = Ledger(), time.monotonic(), 0, set()
    acknowledged = dict.fromkeys(("kept", "read", "deleted"), 0)
    names = sorted(POINTS)
    with Nursery("benchmarks.reliability._storing") as nursery, scratch(folder) as room:
        for trial in range(trials):
            place = room / f"library-{trial // FOLDER_TRIALS}"
            point = names[(trial - trial // 3 - 1) % len(names)] if trial % 3 else ""
            ended = nursery.run(
                "work", kill_after=(chance.randrange(WORDS), chance.uniform(0, WAIT)), folder=str(place), seed=chance.getrandbits(32),
                point=point, times=chance.choice((1, 1, 2, 5)),
            )  # fmt: skip
            at_points += bool(point)
            passed |= {point} if point and ended.code else set()
            ledger.hear(ended.said)
            last = (trial + 1) % FOLDER_TRIALS == 0 or trial == trials - 1
            found = nursery.run("check", folder=str(place), sample=SEARCHED_LAST if last else SEARCHED, **ledger.promises())
            for wrong in ledger.verdict(found.said):
                outcome.fail(f"seed {seed}, trial {trial}, {point or 'random moment'}: {wrong}")
            if last:
                for kind, number in ledger.counts().items():
                    acknowledged[kind] += number
                ledger = Ledger()
                shutil.rmtree(place)
            outcome.done += 1
            tick(1)
    outcome.figures = {
        "kills at named points": at_points, "named points": len(names), "kills at random moments": trials - at_points,
        "documents acknowledged": acknowledged["read"], "deletions acknowledged": acknowledged["deleted"],
        "lost, half or returned": outcome.failed, "trials a second": round(trials / (time.monotonic() - began), 1),
    }  # fmt: skip
    return outcome


STUDY = Study(
    name="kills_of_storage",
    title="kill -9 while documents are kept, read, deleted and indexed",
    goal="0 of at least 500,000 acknowledged documents lost or half there after 10,000 kills; deleted stays deleted.",
    unit="kills",
    trials={"fast": 36, "full": 500, "nightly": 10_000},
    run=run,
    covers=("D01", "D02", "D04"),
)
