"""Run: lists a place, decides what is to be done, has it read by an engine and written in batches. Knows the ledger, no library.

A batch is in the library, durably, before the ledger notes it; what the ledger missed because of a kill, the library tells at the next
start. So every file is taken in exactly once, whenever the run is cut off.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from retrieval.bulk.base import Engine, Listed, Read, Refused, Writer, Written
from retrieval.bulk.ledger import FAILED, PASSED, UNCHANGED, UNREAD, WAITING, Ledger
from retrieval.bulk.listing import listing
from retrieval.bulk.places import Place
from retrieval.faults import NotFound, Unavailable

BATCH_FILES, BATCH_BYTES = 64, 16 * 2**20
"""One transaction takes in so much at most; a larger file goes alone."""
SHOWN_FAILURES = 1000
MOST_IN_A_ROW = 25
"""Files that fail one after the other for reasons that are not theirs, until the run stops: the store is gone."""
PASSING = frozenset({
    "unavailable", "store_unavailable", "gone", "busy", "timed_out", "decoder_killed", "decoder_nonsense", "not_installed",
    "storage_refused", "insufficient_storage",
})  # fmt: skip
"""Codes of failures that the next run tries again."""


@dataclass(frozen=True)
class Plan:
    """What is there, and what is to be done."""

    files: int
    bytes: int
    unread: int
    unread_bytes: int
    unchanged: int
    waiting: int
    """Of them, those that the service itself is still to read."""
    failed: int
    """Of those that could not be read before and have not changed."""
    passed: int
    """Of no kind that is read."""
    gone: int
    """That the library holds and are no longer there."""
    kinds: dict[str, tuple[int, int]]
    """Kind -> (files, bytes) to be read."""
    passed_kinds: dict[str, tuple[int, int]]
    seconds: float
    """That the listing took."""


@dataclass
class Report:
    """What was done."""

    became: Counter[str] = field(default_factory=Counter)
    """new, changed, unchanged, failed, removed."""
    items: int = 0
    bytes: int = 0
    """Read from the place."""
    stopped: bool = False
    seconds: float = 0.0


Tell = Callable[[int, int], None]
"""Gets how many files, and how many bytes of them, were settled since."""


class BulkRun:
    """One place and one collection."""

    def __init__(self, place: Place, system: Any, writer: Writer, ledger: Ledger, *, file_bytes: int) -> None:
        self._place, self._system, self._writer, self._ledger, self._most = place, system, writer, ledger, file_bytes

    def plan(self, *, retry: bool = False, tell: Callable[[int], None] = lambda count: None) -> Plan:
        """List the place and compare it with the library; `tell` gets how many names there are so far. Raises what listing raises."""
        began = time.monotonic()
        for count in self._ledger.enter(listing(self._place, self._system)):
            tell(count)
        after = ""
        while True:
            held, after = self._writer.held(after, 5000)
            self._ledger.hold(held)
            if not after:
                break
        self._ledger.settle(self._most, retry=retry)
        counts = self._ledger.counts()
        files, size = (sum(values) for values in zip(*counts.values(), strict=True)) if counts else (0, 0)
        unread, unread_bytes = counts.get(UNREAD, (0, 0))
        return Plan(
            files, size, unread, unread_bytes, counts.get(UNCHANGED, (0, 0))[0], counts.get(WAITING, (0, 0))[0],
            counts.get(FAILED, (0, 0))[0], counts.get(PASSED, (0, 0))[0], self._ledger.missing(self._place.prefix),
            self._ledger.kinds(UNREAD), self._ledger.kinds(PASSED), time.monotonic() - began,
        )  # fmt: skip

    def run(self, engine: Engine, tell: Tell, stop: Callable[[], bool] = lambda: False) -> Report:
        """Read what the plan says; tables before what they may describe. Raises Unavailable when the store does not answer any more,
        StorageFull, TooLarge (`quota_exceeded`); what was written by then stays.
        """
        began, report = time.monotonic(), Report()
        for rank in (0, 1):
            self._run(engine, rank, report, tell, stop)
        report.stopped = stop() and self._ledger.counts().get(UNREAD, (0, 0))[0] > 0
        report.seconds = time.monotonic() - began
        return report

    def _run(self, engine: Engine, rank: int, report: Report, tell: Tell, stop: Callable[[], bool]) -> None:
        def tasks() -> Iterator[Listed]:
            for one in self._ledger.unread(rank):
                if stop():
                    return
                yield one

        batch: list[Read] = []
        in_a_row = 0
        results = engine.run(tasks())
        try:
            for found in results:
                if isinstance(found, Refused):
                    in_a_row = in_a_row + 1 if found.code in PASSING - {"gone"} else 0
                    self._refuse(found, report, tell)
                    if in_a_row >= MOST_IN_A_ROW:
                        raise Unavailable(
                            found.reason, hint="Run it again when it answers: it goes on from here.", code="store_unavailable"
                        )
                    continue
                in_a_row = 0
                if batch and sum(one.size for one in batch) + found.size > BATCH_BYTES:
                    batch = self._write(batch, report, tell)
                batch.append(found)
                if len(batch) >= BATCH_FILES:
                    batch = self._write(batch, report, tell)
                if stop():
                    break
            self._write(batch, report, tell)
        finally:
            close = getattr(results, "close", None)
            if close is not None:
                close()

    def _write(self, batch: list[Read], report: Report, tell: Tell) -> list[Read]:
        """Take a batch in; an empty one in its place."""
        if not batch:
            return []
        listed = {one.listed.origin: one.listed for one in batch}
        written = self._writer.commit([one.wire for one in batch])
        self._ledger.done(one.origin for one in written if one.became != "failed")
        for one in written:
            report.became[one.became] += 1
            report.items += one.items
            report.bytes += listed[one.origin].size
            if one.became == "failed":
                self._fail(one, listed[one.origin])
        tell(len(written), sum(one.size for one in listed.values()))
        return []

    def _fail(self, one: Written, listed: Listed) -> None:
        self._ledger.fail(Refused(listed, one.code, one.reason, one.hint), lasting=one.code not in PASSING)

    def _refuse(self, refused: Refused, report: Report, tell: Tell) -> None:
        report.became["failed"] += 1
        self._ledger.fail(refused, lasting=refused.code not in PASSING)
        tell(1, refused.listed.size)

    def delete(self, report: Report, plan: Plan) -> None:
        """Take out of the collection what is gone from the place. Raises NotFound when nothing is there: it is rather not mounted."""
        if plan.gone and not plan.files:
            raise NotFound(
                f"Nothing is at {self._place.address} any more, so nothing is taken out.",
                hint="To empty the collection: assistant collections delete.", code="nothing_there",
            )  # fmt: skip
        for origins in self._ledger.gone(self._place.prefix):
            report.became["removed"] += self._writer.remove(origins)

    def failures(self) -> tuple[int, list[Refused]]:
        """How many files could not be read, in this run or before, and the first of them."""
        return self._ledger.failures(SHOWN_FAILURES)
