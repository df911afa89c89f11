"""`benchmarks/SCALE.md`: measured points beside their predictions, and what so many people need. Says it; others find it out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import scale_figure
from benchmarks.scale_model import simulate
from benchmarks.scale_predict import CELL, SECONDS, Answer, Goal, Prices, errors, on_ray, sized
from benchmarks.scale_values import Costs, Measured, People

PAGE = Path(__file__).with_name("SCALE.md")
FIGURE = Path(__file__).parents[1] / "docs/images/scale.svg"
IN_PROCESS, ON_RAY, LANGUAGE = "models in the API process", "models on Ray", "a language model on GPUs"
TOKENS = 220
"""That a language model writes in a turn; an assumption."""


def ways(measured: Measured) -> dict[str, Costs]:
    """The services that are predicted, by name: as measured, with the models on Ray where that was measured, with a language model."""
    kind = measured.costs.kinds[0]
    found = {IN_PROCESS: measured.costs}
    served = next((one for one in measured.points if (one.processes, one.replicas) == (1, 1)), None)
    if served is not None:
        found[ON_RAY] = on_ray(measured.costs, served)
    found[LANGUAGE] = replace(measured.costs, kinds=(replace(kind, tokens=TOKENS),))
    return found


def text(measured: Measured, answers: Mapping[str, Sequence[Answer]], goal: Goal, prices: Prices, think_s: float) -> str:
    """The page."""
    people = People(1, think_s=think_s)
    lines = [
        "# Scale", "",
        f"How many turns a second some API processes answer over one PostgreSQL, measured; and what more people need, simulated. "
        f"Measured on {measured.machine}", "",
        *(f"- {name}: {said}" for name, said in measured.notes.items()), "",
        "## Measured, and simulated in its place", "",
        *_compared(measured), "",
        "## Predicted", "",
        f"People who pause {think_s:g} s between an answer and the next question, {people.turns:g} turns a session and {people.away_s:g} s "
        f"between two; 99 of 100 turns within {goal.p99_ms:g} ms and at most {goal.refused:.1%} of the tries told to come back. With a "
        f"language model: as much beyond twice what it takes by itself. Prices are an example: {prices.core_hour:g} for a core and "
        f"{prices.gpu_hour:g} for a GPU, an hour.", "",
    ]  # fmt: skip
    for name, found in answers.items():
        lines += [f"### {name[0].upper()}{name[1:]}", "", *_predicted(found, prices), ""]
    return "\n".join([*lines, *_method(measured)]) + "\n"


def _compared(measured: Measured) -> Iterator[str]:
    figures = ("turns/s", "p50 ms", "p99 ms")
    yield _row(
        "API processes",
        "Ray replicas",
        "clients",
        *(f"{name} | said | error" for name in figures),
        "API ms a turn",
        "Ray ms",
        "PostgreSQL ms",
        "others' cores",
    )
    yield "|-" * 16 + "|"
    said = {point: outcome for point, outcome in errors(measured)}
    for point in measured.points:
        outcome = said.get(point)
        cells = [_pair(getattr(point, name), getattr(outcome, name, None)) for name in ("per_s", "p50_ms", "p99_ms")]
        yield _row(
            point.processes,
            point.replicas,
            point.clients,
            *cells,
            f"{point.cpu_ms:.1f}",
            f"{point.models_ms:.1f}",
            f"{point.database_ms:.1f}",
            f"{point.others:.1f}",
        )
    if said:
        worst = {
            name: max(abs(getattr(outcome, name) / getattr(point, name) - 1) for point, outcome in said.items())
            for name in ("per_s", "p50_ms", "p99_ms")
        }
        yield ""
        yield (
            "Costs of a turn are taken from the point with one process (and one replica) alone; the others are predicted. Largest errors: "
            f"{worst['per_s']:.0%} of turns a second, {worst['p50_ms']:.0%} of p50, {worst['p99_ms']:.0%} of p99."
        )


def _pair(real: float, guess: float | None) -> str:
    return f"{real:.1f} |  | " if guess is None else f"{real:.1f} | {guess:.1f} | {guess / real - 1:+.0%}"


def _row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _predicted(found: Sequence[Answer], prices: Prices) -> Iterator[str]:
    parts = ("API processes", "model replicas", "PostgreSQL cores", "store cores", "GPUs", "cores in all")
    yield _row("people", "turns/s", "p99 ms", *parts, "price an hour", "for 1000 people")
    yield "|-" * 11 + "|"
    for one in found:
        price = one.an_hour(prices)
        counts = (one.api_cores, one.model_cores, one.database_cores, one.store_cores, one.gpus, one.cores)
        figures = (f"{one.users:,}", f"{one.per_s:,.1f}", f"{one.outcome.p99_ms:,.0f}", *(f"{count:,}" for count in counts))
        yield _row(*figures, f"{price:,.2f}", f"{price / one.users * 1000:,.2f}")


def _method(measured: Measured) -> list[str]:
    costs = measured.costs
    return [
        "## How, and what it does not show", "",
        f"`benchmarks/scale_model.py` is a discrete-event simulation with simpy. Up to {CELL:,} people are played one by one for "
        f"{SECONDS:g} s; more are played as one of several like cells that share nothing. "
        "`python -m benchmarks.scale_predict --whole 20000` plays both ways; "
        "`tests/test_scale.py` holds them to each other, and the simulation to Erlang's C, to the closed formula of the "
        "repairman's queue, to Little's law and to the conservation of questions.", "",
        f"- An API process has one core's worth of work; a turn's time is log-normal (deviation {costs.cv:g} of the mean).",
        "- A cell has its own PostgreSQL in the simulation. A real one serves all: beyond what one server's cores carry (the column says "
        "how many cores are kept half busy), people must be parted among several databases, which the service does not do by itself.",
        "- The measured machine has few cores, and clients, PostgreSQL and API shared them: points with more processes than cores show "
        "that more does not help there, not how far it would elsewhere. Beyond them the prediction rests on a core for each process.",
        "- With models on Ray all of Ray's processor time for a turn counts as one call of one replica, which batches do not make cheaper: "
        "a replica is then a core. Where replicas have GPUs, put their `encode_first_ms` and `encode_each_ms` into `scale.json`.",
        "- What other programs took of the measured machine is played too, as a steady load; that they come in bursts is not, so the "
        "simulated p99 is too low on a busy machine.",
        "- A language model's speed (`token_ms`, `token_each_ms`, tokens of a turn) is an assumption, not a measurement: put in your own. "
        "There `limits.turns_at_once` is 64, because such turns mostly wait.",
        "- Nothing breaks in the simulation, no network is between the parts, and everybody's library is of the measured size.",
        "- Prices are an example and leave out storage, traffic and people.",
    ]  # fmt: skip


def both_ways(users: int, measured: Measured) -> str:
    """One number of people as cells and as a whole, with the fleet of the cells."""
    people, cells = People(users), math.ceil(users / CELL)
    costs = measured.costs
    cell = replace(people, users=round(users / cells))
    fleet = sized(cell.users / people.pause_s, cell, costs, 0.7)
    whole = replace(
        fleet, processes=fleet.processes * cells, replicas=fleet.replicas * cells, connections=fleet.connections * cells,
        searchers=fleet.searchers * cells,
    )  # fmt: skip
    one, all_of_it = simulate(cell, costs, fleet, SECONDS), simulate(people, costs, whole, SECONDS)
    return "\n".join((
        f"{cells} cells: {one.per_s * cells:.1f} turns/s, p50 {one.p50_ms:.1f} ms, p99 {one.p99_ms:.1f} ms",
        f"whole: {all_of_it.per_s:.1f} turns/s, p50 {all_of_it.p50_ms:.1f} ms, p99 {all_of_it.p99_ms:.1f} ms",
    ))  # fmt: skip


def write(page: str, measured: Measured, answers: Mapping[str, Sequence[Answer]]) -> None:
    """Both files."""
    PAGE.write_text(page, "utf-8")
    FIGURE.write_text(scale_figure.drawn(measured.points, errors(measured), answers), "utf-8")
