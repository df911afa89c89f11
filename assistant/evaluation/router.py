"""The router's scores: the right first tool, or rightly none, on turns that nobody trained on.

Three lists written by hand lie in `tests/assistant` (English and Chinese, with and without media, out of scope included); requests that no
tool of ours serves also come from CLINC150, from the rows that training keeps back by the hash of their text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.evaluation.base import Score
from assistant.reflex.router import Router
from retrieval.faults import NotFound

GOAL = 0.95
LISTS = {"heldout": "heldout_turns.tsv", "heldout_unusual": "heldout_turns_hard.tsv", "heldout_second": "second_heldout_turns.tsv"}
"""Score -> list. The second was written after the router it first judged, before any of its errors was seen."""
TURNS = Path(__file__).parents[2] / "tests" / "assistant"
NOT_OURS = frozenset(
    "transfer pay_bill book_flight book_hotel alarm timer reminder weather play_music next_song order shopping_list todo_list calendar "
    "schedule_meeting make_call text uber directions traffic balance transactions pin_change exchange_rate flight_status "
    "restaurant_reservation car_rental roll_dice calculator date time".split()
)
"""Intents of CLINC150 that no tool serves."""
KEPT_BACK = 5
MOST = 400


@dataclass(frozen=True)
class Turn:
    """Words, what is attached, what came earlier, and the tool that is right; `none` for talk and what is out of scope."""

    words: str
    media: tuple[str, ...]
    earlier: tuple[str, ...]
    expected: str

    @classmethod
    def parse(cls, line: str) -> Turn:
        """A line of a list: words, media, expected."""
        words, media, expected = line.split("\t")
        named = [m for m in media.split(",") if m]
        return cls(words, tuple(m for m in named if ":" not in m), tuple(m.split(":")[1] for m in named if ":" in m), expected)


def turns(path: Path) -> list[Turn]:
    """The turns of a list. Raises NotFound outside a checkout."""
    if not path.is_file():
        raise NotFound(f"The list of turns {path.name} is not here.", hint="Run this in a checkout of the source.")
    return [Turn.parse(line) for line in path.read_text("utf-8").splitlines()[1:]]


def first_tool(router: Router, turn: Turn) -> str:
    """The tool that would run first, or `none`."""
    plan = router.route(turn.words, turn.media, turn.earlier).plan
    return plan[0] if plan else "none"


def evaluate(data: Path, router: Router) -> list[Score]:
    """The shares of turns whose first tool is right."""
    scores = []
    for name, file in LISTS.items():
        listed = turns(TURNS / file)
        right = [first_tool(router, turn) == turn.expected for turn in listed]
        goal = GOAL if name != "heldout_unusual" else None
        scores.append(Score("router", name, float(np.mean(right)), len(right), goal, note="turns written by hand, never trained on"))
        scores += _sides(name, listed, right)
    foreign = _foreign(data)
    refused = [first_tool(router, turn) == "none" for turn in foreign]
    note = "CLINC150, rows kept back by the hash of their text"
    return [*scores, Score("router", "clinc150_out_of_scope", float(np.mean(refused)), len(refused), GOAL, note=note)]


def _sides(name: str, listed: Sequence[Turn], right: Sequence[bool]) -> list[Score]:
    """The same in Chinese alone, and on turns that need no tool alone."""
    found = []
    chosen = (("zh", [not t.words.isascii() for t in listed]), ("no_tool", [t.expected == "none" for t in listed]))
    for side, kept in chosen:
        values = [r for r, k in zip(right, kept, strict=True) if k]
        found.append(Score("router", f"{name}_{side}", float(np.mean(values)) if values else 0.0, len(values)))
    return found


def _foreign(data: Path) -> list[Turn]:
    path = data / "intent_text" / "dev" / "clinc150.tsv"
    if not path.is_file():
        raise NotFound(f"There is no clinc150.tsv in {path.parent}.", hint="Name the folder that holds the sets: --data DIR.")
    rows = [line.split("\t")[:2] for line in path.read_text("utf-8").splitlines()[1:]]
    kept = [t for t, i in rows if i in NOT_OURS and int(hashlib.sha1(t.encode(), usedforsecurity=False).hexdigest(), 16) % KEPT_BACK == 0]
    return [Turn(text, (), (), "none") for text in kept[:: max(1, len(kept) // MOST)][:MOST]]
