"""Our own parsers fed what strangers write: an answer or a Fault, never another exception, and what was let in keeps its promise."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

from benchmarks.reliability._damage import mutated
from benchmarks.reliability._parsers import PARSERS, seeds
from benchmarks.reliability.study import Outcome, Study, Tick
from retrieval.faults import Fault

SLOW_SECONDS = 2.0
"""Processor time of one text; more is a pattern that runs away."""
_MARKS = (
    b"[", b"]", b"(", b")", b"{", b"}", b"\\", b'"', b"'", b"`", b"/", b"@", b"#", b"%00", b"%2f", b":", b"\x00", b"\n", b"\r\n", b"\t",
    "\u202e".encode(), "\ufeff".encode(), "\u2028".encode(), "０".encode(), "。".encode(), b"\xff", b"\xed\xa0\x80", b"-", b"<", b">", b"&",
    b"!", b"*", b"|", b"$",
    b"127.0.0.1", b"169.254.169.254", b"[::1]", b"localhost", b"null", b"NaN", b"1e999", b"9" * 40, b"data: ", b"![", b"](", b"```", b"- ",
    b"not ", b"and ", b"~",
)  # fmt: skip


def _text(which: str, rng: random.Random) -> bytes:
    """A seed with marks put in, bytes changed, or two seeds joined."""
    data = rng.choice(seeds(which))
    act = rng.random()
    if act < 0.5:
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            at = rng.randrange(len(data) + 1)
            data = data[:at] + rng.choice(_MARKS) * rng.choice((1, 1, 1, 1, 2, 40, 3000)) + data[at + rng.choice((0, 0, 1, 3)) :]
        return data
    if act < 0.9:
        return mutated(data, rng)
    return b"".join(rng.choice((*_MARKS, *seeds(which))) for _ in range(rng.randint(1, 12)))


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial is one text for one parser; the parsers take turns."""
    outcome, came, slowest = Outcome(), Counter[str](), 0.0
    names = tuple(PARSERS)
    for n in range(trials):
        which = names[n % len(names)]
        data = _text(which, random.Random(f"{seed}/{n}"))
        began = time.process_time()
        try:
            wrong = PARSERS[which].check(data)
            came[f"{which} taken"] += 1
        except Fault as fault:
            wrong = "" if fault.hint else f"no hint in {fault.message!r}"
            came[f"{which} refused"] += 1
        except Exception as error:
            wrong = f"{type(error).__name__}: {str(error)[:200]}"
        spent = time.process_time() - began
        slowest = max(slowest, spent)
        if wrong or spent > SLOW_SECONDS:
            outcome.fail(f"trial {n} of seed {seed}, {which}: {wrong or f'{spent:.1f} s'}: {data[:400]!r}")
        outcome.done += 1
        tick(1)
    outcome.figures = {"texts": outcome.done, "parsers": len(names), "slowest ms": round(1000 * slowest, 1)}
    outcome.notes = ["; ".join(f"{name} {count}" for name, count in sorted(came.items()))]
    return outcome


STUDY = Study(
    name="fuzzed_parsers",
    title="Our own parsers fed what strangers write",
    goal="2,000,000 texts for 13 parsers: an answer that keeps its promise or a Fault, within two seconds",
    unit="texts",
    trials={"fast": 3_000, "full": 60_000, "nightly": 2_000_000},
    run=run,
    covers=("T03", "S04", "U14"),
)
