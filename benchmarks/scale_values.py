"""What the simulation of scale is told: the cost of a turn, the people, the machines; and `scale.json`, where measured costs are kept.

Pure values. Times are milliseconds of one core or of waiting, as each field says. `scale` measures them, `scale_model` plays them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

FILE = Path(__file__).with_name("scale.json")


@dataclass(frozen=True)
class Kind:
    """A kind of turn."""

    name: str
    share: float
    """Of all turns; the shares add up to 1."""
    cpu_ms: float
    """Of one core of an API process, the first turn of a conversation."""
    encodes: int = 0
    """Calls of a model replica, one after another; 0 when the models are in the API process, as part of `cpu_ms`."""
    searches: int = 0
    """Of a store of its own (Milvus); 0 when it is in the API process."""
    commits: int = 0
    """Waits for PostgreSQL."""
    tokens: int = 0
    """That a language model on a GPU writes; 0 for the bundled one."""


@dataclass(frozen=True)
class Costs:
    """What the parts of the service take. Everything but the language model is measured by `benchmarks.scale`."""

    kinds: tuple[Kind, ...]
    cv: float = 0.3
    """Standard deviation over mean of a turn's processor time."""
    growth: float = 0.0
    """By how much a turn costs more for each one before it in its conversation, as a share of the first."""
    growth_most: int = 20
    """Turns after which it grows no more: what is older is cut."""
    encode_first_ms: float = 3.0
    """A batch of n takes `encode_first_ms + n * encode_each_ms`."""
    encode_each_ms: float = 2.0
    batch_most: int = 16
    batch_wait_ms: float = 5.0
    """That a batch which is not full waits for more."""
    search_ms: float = 5.0
    commit_ms: float = 1.0
    """From a statement to its answer, the processor of PostgreSQL included."""
    database_cpu_ms: float = 0.2
    """Of it, for each of `commits`."""
    refusal_ms: float = 1.3
    """Of processor, for a request that is told to come back."""
    client_ms: float = 0.0
    """Of processor, for each turn, where the clients share the cores; nothing elsewhere."""
    token_ms: float = 12.0
    """A language model writes a token in `token_ms + writing * token_each_ms`."""
    token_each_ms: float = 0.15

    @property
    def cpu_ms(self) -> float:
        """Of an average first turn."""
        return sum(kind.share * kind.cpu_ms for kind in self.kinds)

    def average(self, what: str) -> float:
        """So many `encodes`, `searches`, `commits` or `tokens` an average turn."""
        return float(sum(kind.share * getattr(kind, what) for kind in self.kinds))

    def scaled(self, cpu_ms: float) -> Self:
        """The same with turns that take `cpu_ms` on average."""
        factor = cpu_ms / self.cpu_ms
        return replace(self, kinds=tuple(replace(kind, cpu_ms=kind.cpu_ms * factor) for kind in self.kinds))


@dataclass(frozen=True)
class People:
    """Who asks. `users` are in a session or between two; each waits for an answer before the next question."""

    users: int
    think_s: float = 30.0
    """Mean pause from an answer to the next question; exponential. 0 for clients that ask again at once."""
    turns: float = 6.0
    """Mean number of a session; geometric. 0 for sessions that never end."""
    away_s: float = 60.0
    """Mean pause between two sessions."""
    tries: int = 5
    """That somebody makes who is told to come back, before they give up."""
    retry_s: float = 2.0
    """What Retry-After says; half to one and a half times that is waited, also before the next question of who gave up."""

    @property
    def pause_s(self) -> float:
        """Mean time between an answer and the next question, over all."""
        return self.think_s + (self.away_s / self.turns if self.turns else 0.0)


@dataclass(frozen=True)
class Fleet:
    """What serves. Each API process has the work of one core at most, as one Python has."""

    processes: int = 1
    slots: int = 4
    """`limits.turns_at_once` of a process."""
    waiting: int = 32
    """`limits.turns_waiting` of a process."""
    replicas: int = 0
    """Of the models, on Ray."""
    connections: int = 8
    """Commits that PostgreSQL works on at once."""
    searchers: int = 4
    """Searches that the store works on at once."""
    generators: int = 0
    """Servers of the language model, a GPU each."""
    sequences: int = 64
    """That one writes at once."""
    cores: int = 0
    """Cores that all of it shares, as on the machine where it was measured; 0 when everything has its own."""
    others: float = 0.0
    """Of `cores`, those that programs which are not ours kept busy."""
    sticky: bool = False
    """A client stays with one process, as a kept connection does; otherwise each turn goes where least is waiting."""


@dataclass(frozen=True)
class Outcome:
    """What came of a simulation, once the first share of the time, `warm`, was over."""

    per_s: float
    p50_ms: float
    p99_ms: float
    mean_ms: float
    asked: int
    """Questions, all of the time; a try again is no new one."""
    done: int
    given_up: int
    unfinished: int
    """That were on their way when the time was over."""
    refusals: int
    refused_share: float
    """Of all tries."""
    mean_inside: float
    """Turns taken in and not yet answered, over time."""
    mean_stay_ms: float
    """Of a turn, from being taken in to its answer."""
    admitted_per_s: float
    batch: float
    """Mean size of a replica's batch."""
    busy: dict[str, float]
    """Share of the time that the API processes, replicas, connections, searchers and generators were at work."""


@dataclass(frozen=True)
class Point:
    """A measurement, or what the simulation says in its place."""

    processes: int
    replicas: int
    clients: int
    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    """Of the API processes, a turn."""
    database_ms: float = 0.0
    """Of PostgreSQL's processor, a turn."""
    models_ms: float = 0.0
    """Of Ray's, a turn."""
    client_ms: float = 0.0
    """Of the clients', a turn."""
    others: float = 0.0
    """Cores that programs which are not ours kept busy meanwhile."""
    failed: int = 0


@dataclass(frozen=True)
class Measured:
    """What `benchmarks.scale` writes: the points, and the costs that were measured apart from them."""

    machine: str
    cores: int
    points: tuple[Point, ...]
    costs: Costs
    """`kinds` is the one turn that was measured."""
    notes: Mapping[str, str] = field(default_factory=dict)

    def save(self, path: Path = FILE) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


def load(path: Path = FILE) -> Measured:
    """What was measured. Raises ValueError that names a field which is not known."""
    told = json.loads(path.read_text("utf-8"))
    costs = _made(Costs, told["costs"] | {"kinds": tuple(_made(Kind, kind) for kind in told["costs"]["kinds"])})
    points = tuple(_made(Point, point) for point in told["points"])
    return _made(Measured, told | {"costs": costs, "points": points})


def _made(kind: type[Any], told: Mapping[str, Any]) -> Any:
    if unknown := set(told) - {one.name for one in fields(kind)}:
        raise ValueError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
    return kind(**told)
