"""The library against a plain dictionary: three owners add, delete, detach and search while it is killed, reopened and spoiled."""

from __future__ import annotations

import io
import re
import traceback
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

from benchmarks.reliability._borrowed import borrowed
from benchmarks.reliability.study import Outcome, Study, Tick

STEPS = 50
BATCH = 25
"""Examples of one run of Hypothesis; each batch has a seed of its own, so that a failure can be run again alone."""


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial is one story of up to `STEPS` steps; after every step the counts agree, and whoever searches finds their own alone."""
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import seed as seeded
    from hypothesis.stateful import run_state_machine_as_test

    model = borrowed("library_model")
    outcome, steps = Outcome(), Counter[str]()

    class Told(model.LibraryAgainstADictionary):
        def check_invariants(self, *arguments: object, **named: object) -> object:
            steps["steps"] += 1
            return super().check_invariants(*arguments, **named)

    for batch in range(0, trials, BATCH):
        size = min(BATCH, trials - batch)
        chosen = settings(
            max_examples=size, stateful_step_count=STEPS, deadline=None, database=None, phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck), print_blob=False,
        )  # fmt: skip
        try:
            with redirect_stdout(io.StringIO()):
                run_state_machine_as_test(seeded(seed + batch)(Told), settings=chosen)
        except Exception as error:  # whatever the library raised, with the steps that Hypothesis found to lead there
            told = "".join(traceback.format_exception_only(error))
            shown = re.sub(r"\s+", " ", told)[:600]
            outcome.fail(f"batch of seed {seed + batch}, {size} stories: {shown}")
        outcome.done += size
        tick(size)
    outcome.figures = {"stories": outcome.done, "steps": steps["steps"], "owners": 3, "disagreements": outcome.failed}
    return outcome


STUDY = Study(
    name="store_model",
    title="The library against a dictionary",
    goal="5,000 stories of 50 steps by three owners with kills and spoilt indexes: no disagreement, nothing of one owner shown to another",
    unit="stories",
    trials={"fast": 2, "full": 40, "nightly": 5_000},
    run=run,
    covers=("X03", "D10"),
)
