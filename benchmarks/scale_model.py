"""A discrete-event simulation of the service: people, API processes, model replicas, PostgreSQL, a store, a language model.

Knows no measurement and no plan; `scale_values` says what it is told. An API process does one thing at a time, in pieces between its waits;
cores are taken in the order asked for; batches of a replica are worked on one after another; nothing breaks.
"""

from __future__ import annotations

import math
import random
from array import array
from collections import deque
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from benchmarks.scale_values import Costs, Fleet, Kind, Outcome, People

SLICE = 0.005
"""Seconds for which a foreign program holds a core at once."""
Steps = Generator[simpy.Event, Any, None]


class _Process:
    """One API process: slots, a queue with an end, and one thing at a time."""

    def __init__(self, world: _World) -> None:
        self._world, self._fleet = world, world.fleet
        self.slots = simpy.Resource(world.env, world.fleet.slots)
        self.interpreter = simpy.Resource(world.env, 1)

    @property
    def load(self) -> int:
        """Turns at work and waiting."""
        return int(self.slots.count) + len(self.slots.queue)

    def full(self) -> bool:
        """Whether one more is told to come back."""
        return self.slots.count >= self._fleet.slots and len(self.slots.queue) >= self._fleet.waiting

    def work(self, seconds: float) -> Steps:
        """So much of its one core."""
        with self.interpreter.request() as mine:
            yield mine
            yield from self._world.core("api", seconds)


class _Replica:
    """A model on Ray Serve: it takes what waits, up to `batch_most`, after `batch_wait_ms` or as soon as there is enough."""

    def __init__(self, world: _World) -> None:
        self._world = world
        self.queue: deque[simpy.Event] = deque()
        self._come: simpy.Event = world.env.event()
        self._full: simpy.Event = world.env.event()
        self.at_work = 0
        self.batches = self.batched = 0
        world.env.process(self._run())

    @property
    def load(self) -> int:
        """Calls waiting and at work."""
        return len(self.queue) + self.at_work

    def call(self) -> simpy.Event:
        """Fires when it is answered."""
        done = self._world.env.event()
        self.queue.append(done)
        if not self._come.triggered:
            self._come.succeed()
        if len(self.queue) >= self._world.costs.batch_most and not self._full.triggered:
            self._full.succeed()
        return done

    def _run(self) -> Steps:
        env, costs = self._world.env, self._world.costs
        while True:
            if not self.queue:
                self._come = env.event()
                yield self._come
            if len(self.queue) < costs.batch_most and costs.batch_wait_ms:
                self._full = env.event()
                yield env.timeout(costs.batch_wait_ms / 1000) | self._full
            batch = [self.queue.popleft() for _ in range(min(costs.batch_most, len(self.queue)))]
            self.at_work = len(batch)
            yield from self._world.core("replicas", (costs.encode_first_ms + len(batch) * costs.encode_each_ms) / 1000)
            self.at_work = 0
            self.batches += 1
            self.batched += len(batch)
            for done in batch:
                done.succeed()


class _World:
    """Everything of one run."""

    def __init__(self, people: People, costs: Costs, fleet: Fleet, seed: int) -> None:
        self.env = simpy.Environment()
        self.people, self.costs, self.fleet = people, costs, fleet
        self.chance = random.Random(seed)
        self.cores = simpy.PriorityResource(self.env, fleet.cores) if fleet.cores else None
        self.processes = [_Process(self) for _ in range(fleet.processes)]
        self.replicas = [_Replica(self) for _ in range(fleet.replicas)]
        self.database = simpy.Resource(self.env, fleet.connections)
        self.store = simpy.Resource(self.env, fleet.searchers)
        self.generators = [simpy.Resource(self.env, fleet.sequences) for _ in range(fleet.generators)]
        self.kinds, self.shares = list(costs.kinds), [kind.share for kind in costs.kinds]
        self.asked = self.done = self.given_up = self.refusals = self.admitted = self.inside = 0
        self.answers, self.stays, self.ended = array("d"), array("d"), array("d")
        self.busy = dict.fromkeys(("api", "replicas", "database", "store", "generators", "clients", "database's cores", "others"), 0.0)
        self.area = self._area_at = 0.0
        self.from_s = 0.0

    def core(self, who: str, seconds: float) -> Steps:
        """Work on a core: a shared one, or one's own."""
        if self.cores is None:
            yield self.env.timeout(seconds)
        else:
            with self.cores.request(priority=who != "others") as core:
                yield core
                yield self.env.timeout(seconds)
        self.busy[who] += seconds

    def foreign(self, share: float) -> Steps:
        """Somebody else's program, which takes a shared core for that share of the time. It is served first, because so much was seen."""
        due = self.chance.uniform(0, SLICE / share)
        while True:
            yield self.env.timeout(max(0.0, due - self.env.now))
            yield from self.core("others", SLICE)
            due += SLICE / share

    def entered(self, step: int) -> None:
        """One more turn inside, or one less: the area below their number is what Little's law is about."""
        now = self.env.now
        self.area += self.inside * (now - self._area_at)
        self._area_at = now
        self.inside += step

    def person(self, number: int) -> Steps:
        """Ask for ever."""
        people, chance, env = self.people, self.chance, self.env
        if people.pause_s:
            yield env.timeout(chance.expovariate(1 / people.pause_s))
        before = 0
        while True:
            yield from self._question(number, before)
            before += 1
            if people.turns and chance.random() < 1 / people.turns:
                before = 0
                if people.away_s:
                    yield env.timeout(chance.expovariate(1 / people.away_s))
            if people.think_s:
                yield env.timeout(chance.expovariate(1 / people.think_s))

    def _question(self, number: int, before: int) -> Steps:
        """One turn, tried again while it is refused."""
        self.asked += 1
        began = self.env.now
        if self.costs.client_ms:
            yield from self.core("clients", self.costs.client_ms / 1000)
        kind = self.chance.choices(self.kinds, self.shares)[0] if len(self.kinds) > 1 else self.kinds[0]
        for _ in range(self.people.tries):
            process = self.processes[number % len(self.processes)] if self.fleet.sticky else self._least()
            if not process.full():
                yield from self._turn(process, kind, before)
                self.done += 1
                if began >= self.from_s:
                    self.answers.append(self.env.now - began)
                self.ended.append(self.env.now)
                return
            self.refusals += 1
            self.env.process(process.work(self.costs.refusal_ms / 1000))
            yield self.env.timeout(self.people.retry_s * self.chance.uniform(0.5, 1.5))
        self.given_up += 1

    def _least(self) -> _Process:
        """Of all with the least load, any."""
        least = min(process.load for process in self.processes)
        return self.chance.choice([process for process in self.processes if process.load == least])

    def _turn(self, process: _Process, kind: Kind, before: int) -> Steps:
        self.admitted += 1
        self.entered(1)
        began = self.env.now
        with process.slots.request() as slot:
            yield slot
            cpu = self._drawn(kind.cpu_ms / 1000) * (1 + self.costs.growth * min(before, self.costs.growth_most))
            waits = self._waits(kind)
            piece = cpu / (len(waits) + 1)
            if piece:
                yield from process.work(piece)
            for wait in waits:
                yield from wait
                if piece:
                    yield from process.work(piece)
        self.entered(-1)
        if began >= self.from_s:
            self.stays.append(self.env.now - began)

    def _waits(self, kind: Kind) -> list[Steps]:
        """What a turn does elsewhere, in the order of a real one: encode, search, write, commit."""
        waits = [self._encoded() for _ in range(kind.encodes)] + [self._searched() for _ in range(kind.searches)]
        if kind.tokens and self.generators:
            waits.append(self._written(kind.tokens))
        return waits + [self._committed() for _ in range(kind.commits)]

    def _encoded(self) -> Steps:
        if self.replicas:
            yield min(self.replicas, key=lambda replica: replica.load).call()

    def _searched(self) -> Steps:
        with self.store.request() as mine:
            yield mine
            seconds = self.chance.expovariate(1000 / self.costs.search_ms)
            yield self.env.timeout(seconds)
            self.busy["store"] += seconds

    def _committed(self) -> Steps:
        costs = self.costs
        with self.database.request() as mine:
            yield mine
            worked = min(costs.database_cpu_ms, costs.commit_ms) / 1000 if self.cores is not None else 0.0
            seconds = self.chance.expovariate(1 / rest) if (rest := costs.commit_ms / 1000 - worked) > 0 else 0.0
            if worked:
                yield from self.core("database's cores", worked)
            yield self.env.timeout(seconds)
            self.busy["database"] += seconds + worked

    def _written(self, tokens: int) -> Steps:
        server = min(self.generators, key=lambda one: one.count + len(one.queue))
        with server.request() as mine:
            yield mine
            seconds = tokens * (self.costs.token_ms + server.count * self.costs.token_each_ms) / 1000
            yield self.env.timeout(seconds)
            self.busy["generators"] += seconds / self.fleet.sequences

    def _drawn(self, mean: float) -> float:
        """A time with that mean; log-normal, exponential where the deviation is as large as the mean."""
        cv = self.costs.cv
        if not mean or not cv:
            return mean
        if cv == 1.0:
            return self.chance.expovariate(1 / mean)
        spread = math.sqrt(math.log(1 + cv * cv))
        return self.chance.lognormvariate(math.log(mean) - spread * spread / 2, spread)


def simulate(people: People, costs: Costs, fleet: Fleet, seconds: float, seed: int = 1, warm: float = 0.2) -> Outcome:
    """Let it run for so long; the first share of the time is not counted."""
    world = _World(people, costs, fleet, seed)
    for number in range(people.users):
        world.env.process(world.person(number))
    several = math.ceil(4 * fleet.others)  # each asks seldom enough to get what it asks for
    for _ in range(several):
        world.env.process(world.foreign(fleet.others / several))
    start = world.from_s = seconds * warm
    if start:
        world.env.run(until=start)
    before, admitted, tried = dict(world.busy), world.admitted, world.admitted + world.refusals
    refused = world.refusals
    world.entered(0)
    area = world.area
    world.env.run(until=seconds)
    world.entered(0)
    return _told(world, seconds - start, {name: world.busy[name] - before[name] for name in before}, admitted, refused, tried, area)


def _told(world: _World, span: float, busy: dict[str, float], admitted: int, refused: int, tried: int, area: float) -> Outcome:
    fleet = world.fleet
    counts = {"api": fleet.processes, "replicas": fleet.replicas, "database": fleet.connections, "store": fleet.searchers,
              "generators": fleet.generators}  # fmt: skip
    times = np.array(world.answers) * 1000 if world.answers else np.array([0.0])
    ended = sum(1 for at in world.ended if at >= world.from_s)
    batches = sum(replica.batches for replica in world.replicas)
    return Outcome(
        per_s=ended / span, p50_ms=float(np.percentile(times, 50)), p99_ms=float(np.percentile(times, 99)), mean_ms=float(times.mean()),
        asked=world.asked, done=world.done, given_up=world.given_up, unfinished=world.asked - world.done - world.given_up,
        refusals=world.refusals, refused_share=(world.refusals - refused) / max(1, world.admitted + world.refusals - tried),
        mean_inside=(world.area - area) / span, mean_stay_ms=1000 * sum(world.stays) / max(1, len(world.stays)),
        admitted_per_s=(world.admitted - admitted) / span, batch=sum(r.batched for r in world.replicas) / max(1, batches),
        busy={name: busy[name] / span / count for name, count in counts.items() if count},
    )  # fmt: skip
