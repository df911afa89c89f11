"""What so many people need: the smallest fleet that keeps a goal, its cores and its price; and how far the simulation is from measurements.

`python -m benchmarks.scale_predict --write` reads `benchmarks/scale.json` and writes `benchmarks/SCALE.md` and `docs/images/scale.svg`.
More than `CELL` people are played as one of several like cells, each with its part of the fleet and nothing shared. What a whole fleet
would gain by lending between cells is left out: a cell says a little too much rather than too little. `--whole` plays one size both ways.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.scale_model import simulate
from benchmarks.scale_values import FILE, Costs, Fleet, Measured, Outcome, People, Point, load

CELL = 5000
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
LOADS = (0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.4, 0.3, 0.2)
"""Shares of its capacity that a part may be given, the highest that keeps the goal is taken."""
SECONDS = 90.0
"""That are played of each fleet; a fifth of them warms up."""


@dataclass(frozen=True)
class Goal:
    """What must hold."""

    p99_ms: float = 500.0
    refused: float = 0.001
    """Share of the tries that may be told to come back."""
    added: bool = False
    """`p99_ms` is meant on top of what the language model takes for a turn by itself."""


@dataclass(frozen=True)
class Prices:
    """An example in no currency: put in your own."""

    core_hour: float = 0.04
    gpu_hour: float = 2.0


@dataclass(frozen=True)
class Answer:
    """For one number of people."""

    users: int
    cells: int
    load: float
    fleet: Fleet
    """Of one cell."""
    outcome: Outcome
    """Of one cell."""
    api_cores: int
    model_cores: int
    database_cores: int
    store_cores: int
    gpus: int

    @property
    def per_s(self) -> float:
        """Turns a second, of all cells."""
        return self.outcome.per_s * self.cells

    @property
    def cores(self) -> int:
        """Of everything."""
        return self.api_cores + self.model_cores + self.database_cores + self.store_cores

    def an_hour(self, prices: Prices) -> float:
        """What it costs."""
        return self.cores * prices.core_hour + self.gpus * prices.gpu_hour


def sized(per_s: float, people: People, costs: Costs, load: float) -> Fleet:
    """The fleet whose parts are at work for that share of the time, when so many turns a second come."""
    later = costs.growth * min(costs.growth_most, people.turns)  # about what the middle of a session costs more
    encodes, most = costs.average("encodes"), costs.batch_most
    batches = most / (costs.encode_first_ms + most * costs.encode_each_ms) * 1000
    tokens, sequences = costs.average("tokens"), Fleet().sequences
    writing = sequences / (costs.token_ms + sequences * costs.token_each_ms) * 1000

    def needed(work: float) -> int:
        return max(1, math.ceil(work / load))

    return Fleet(
        processes=needed(per_s * costs.cpu_ms * (1 + later) / 1000),
        slots=sequences if tokens else Fleet().slots,  # turns that wait for a language model cost no processor meanwhile
        replicas=needed(per_s * encodes / batches) if encodes else 0,
        connections=max(4, needed(per_s * costs.average("commits") * costs.commit_ms / 1000)),
        searchers=max(2, needed(per_s * costs.average("searches") * costs.search_ms / 1000)),
        generators=needed(per_s * tokens / writing) if tokens else 0,
    )


def answer(users: int, costs: Costs, people: People | None = None, goal: Goal | None = None, seconds: float = SECONDS) -> Answer:
    """The smallest fleet that keeps the goal; the one with the most spare room when none of `LOADS` does."""
    people, goal = people or People(users), goal or Goal()
    cells = math.ceil(users / CELL)
    cell = replace(people, users=round(users / cells))
    alone = costs.average("tokens") * (costs.token_ms + costs.token_each_ms) if goal.added else 0.0
    limit = goal.p99_ms + alone * 2
    for share in LOADS:
        fleet = sized(cell.users / (people.pause_s + alone / 1000), cell, costs, share)
        outcome = simulate(cell, costs, fleet, seconds)
        if outcome.p99_ms <= limit and outcome.refused_share <= goal.refused:
            break
    return _told(users, cells, share, fleet, outcome, costs)


def _told(users: int, cells: int, share: float, fleet: Fleet, outcome: Outcome, costs: Costs) -> Answer:
    per_s = outcome.per_s * cells
    return Answer(
        users, cells, share, fleet, outcome,
        api_cores=fleet.processes * cells,
        model_cores=fleet.replicas * cells,
        database_cores=math.ceil(per_s * costs.average("commits") * costs.database_cpu_ms / 1000 / 0.5) or 1,
        store_cores=math.ceil(per_s * costs.average("searches") * costs.search_ms / 1000 / 0.5),
        gpus=fleet.generators * cells,
    )  # fmt: skip


def on_ray(costs: Costs, base: Point) -> Costs:
    """The costs of a turn whose models are on Ray, as `base` found them: all that Ray works for it is one call; batches gain nothing."""
    kinds = tuple(replace(kind, encodes=1) for kind in costs.kinds)
    told = replace(costs, kinds=kinds).scaled(base.cpu_ms)
    return replace(told, encode_first_ms=0.0, encode_each_ms=base.models_ms, batch_most=1, batch_wait_ms=0.0)


def replayed(measured: Measured, point: Point, base: Point) -> Outcome:
    """The simulation in the place of a measurement, with the costs of a turn taken from `base`.

    Nothing of the point itself is used but its numbers of processes, replicas and clients, and how busy others kept the machine.
    """
    commits = max(1.0, measured.costs.average("commits"))
    costs = replace(
        measured.costs, client_ms=base.client_ms, database_cpu_ms=base.database_ms / commits,
        commit_ms=max(measured.costs.commit_ms, base.database_ms / commits),
    )  # fmt: skip
    costs = on_ray(costs, base) if base.replicas else costs.scaled(base.cpu_ms)
    fleet = Fleet(
        point.processes, replicas=point.replicas, waiting=max(64, point.clients), cores=measured.cores, others=point.others, sticky=True
    )
    return simulate(People(point.clients, think_s=0, turns=0, away_s=0), costs, fleet, seconds=120.0)


def errors(measured: Measured) -> list[tuple[Point, Outcome]]:
    """Every point that another one predicts: those with more processes or replicas than one."""
    bases = {(one.replicas, one.clients): one for one in measured.points if one.processes == 1 and one.replicas <= 1}
    told = [(point, bases.get((min(1, point.replicas), point.clients))) for point in measured.points]
    return [(point, replayed(measured, point, base)) for point, base in told if base is not None and base != point]


def main() -> None:
    """Predict, print and write."""
    from benchmarks import scale_page

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--costs", type=Path, default=FILE, help="what `benchmarks.scale` has measured")
    parser.add_argument("--users", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--think", type=float, default=People(1).think_s, help="mean seconds from an answer to the next question")
    parser.add_argument("--p99", type=float, default=Goal().p99_ms, help="milliseconds that 99 of 100 turns may take")
    parser.add_argument("--core-hour", type=float, default=Prices().core_hour, help="price of a core for an hour")
    parser.add_argument("--gpu-hour", type=float, default=Prices().gpu_hour)
    parser.add_argument("--whole", type=int, default=0, metavar="USERS", help="play so many people as cells and as one, and say both")
    parser.add_argument("--write", action="store_true", help="write SCALE.md and the figure")
    options = parser.parse_args()
    measured = load(options.costs)
    prices, goal = Prices(options.core_hour, options.gpu_hour), Goal(options.p99)
    if options.whole:
        print(scale_page.both_ways(options.whole, measured))
        return
    answers = {name: _answers(options.users, costs, options.think, goal) for name, costs in scale_page.ways(measured).items()}
    page = scale_page.text(measured, answers, goal, prices, options.think)
    print(page)
    if options.write:
        scale_page.write(page, measured, answers)


def _answers(sizes: Sequence[int], costs: Costs, think_s: float, goal: Goal) -> list[Answer]:
    added = replace(goal, added=costs.average("tokens") > 0)
    return [answer(users, costs, People(users, think_s=think_s), added) for users in sizes]


if __name__ == "__main__":
    main()
