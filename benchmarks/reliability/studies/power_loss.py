"""Loss of power: the recorded writes of a real run, cut off anywhere, without what was not synced, torn, and then opened again."""

from __future__ import annotations

import json
import random
import shutil
import sys
from pathlib import Path

from benchmarks.reliability._disk import Disk
from benchmarks.reliability._ledger import Ledger
from benchmarks.reliability._nursery import Nursery, scratch
from benchmarks.reliability._recording import Call, record
from benchmarks.reliability.study import Outcome, Study, Tick

DOCUMENTS = 24
"""Documents of each of the two recorded runs; an index is published in each, and the second opens what the first has closed."""
ALL = 10**6
_RUN = """
import json, os, sys
from pathlib import Path
from benchmarks.reliability._storing import work
say = lambda *words: os.write(1, json.dumps(words).encode() + b"\\n")
work(say, sys.argv[1], seed=int(sys.argv[2]), documents=int(sys.argv[3]))
"""


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial cuts the power after a random call, half of them right behind a promise. Raises NotInstalled without strace."""
    outcome, chance = Outcome(), random.Random(seed)
    calls = _recorded(folder / "library", seed)
    promises = [place + 1 for place, call in enumerate(calls) if call.kind == "said"]
    with Nursery("benchmarks.reliability._storing") as nursery, scratch(folder) as room:
        for trial in range(trials):
            end = chance.choice(promises) if chance.random() < 0.5 else chance.randrange(1, len(calls) + 1)
            disk, ledger = Disk(), Ledger()
            disk.play(calls[:end])
            ledger.hear([json.loads(line) for call in calls[:end] if call.kind == "said" for line in call.data.splitlines()])
            place = room / "library"
            place.mkdir()
            disk.after_power_loss(place, chance)
            try:
                found = nursery.run("check", folder=str(place), sample=ALL, **ledger.promises()).said
                wrong = ledger.verdict(found)
            except RuntimeError as error:
                wrong = [f"it cannot be opened: {str(error)[-300:]}"]
            for what in wrong:
                outcome.fail(f"seed {seed}, trial {trial}, cut after call {end} of {len(calls)}: {what}")
            shutil.rmtree(place)
            outcome.done += 1
            tick(1)
    kinds = [call.kind for call in calls]
    outcome.figures = {
        "states": outcome.done, "recorded writes": kinds.count("write"), "recorded syncs": kinds.count("sync"),
        "recorded promises": kinds.count("said"), "lost or half": outcome.failed,
    }  # fmt: skip
    outcome.notes = [
        "The calls are those of a real run, recorded by strace; the disk that loses power is a model, harsher than ext4 or XFS."
    ]
    return outcome


def _recorded(library: Path, seed: int) -> list[Call]:
    calls: list[Call] = []
    library.mkdir(parents=True)
    for number in range(2):
        calls += record(_RUN, library, str(library), str(seed + number), str(DOCUMENTS))
    if not any(call.kind == "sync" for call in calls):
        raise RuntimeError(f"nothing was recorded by {sys.executable}")
    return calls


STUDY = Study(
    name="power_loss",
    title="loss of power in the middle of writing",
    goal="20,000 states after a loss of power: 0 acknowledged documents lost, no half document, every library opens.",
    unit="states",
    trials={"fast": 40, "full": 1_000, "nightly": 20_000},
    run=run,
    covers=("D05",),
)
