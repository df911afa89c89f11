"""The simulation of scale keeps the laws of queues, agrees with closed formulas, and a cell agrees with the whole."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("simpy", reason="the simulation of scale needs simpy: make install EXTRAS=voice,grown")

from benchmarks import scale_page
from benchmarks.scale_model import simulate
from benchmarks.scale_predict import CELL, Answer, Goal, Prices, answer, errors, replayed, sized
from benchmarks.scale_values import Costs, Fleet, Kind, Measured, People, Point, load

TURN = Costs(kinds=(Kind("asked", 1.0, 50.0, commits=3),), commit_ms=2.0, database_cpu_ms=0.4)
MIXED = replace(
    TURN,
    kinds=(
        Kind("asked", 0.7, 30.0, encodes=2, searches=1, commits=3),
        Kind("told", 0.2, 10.0, commits=1),
        Kind("drawn", 0.1, 120.0, encodes=1, commits=2),
    ),
)


@st.composite
def systems(draw):
    """People, costs and a fleet, from idle to hopelessly overrun."""
    people = People(
        draw(st.integers(1, 120)), think_s=draw(st.floats(0.0, 5.0)), turns=draw(st.sampled_from((0, 1, 4))), away_s=draw(st.floats(0.0, 3.0)),
        tries=draw(st.integers(1, 4)), retry_s=draw(st.floats(0.1, 2.0)),
    )  # fmt: skip
    costs = replace(
        draw(st.sampled_from((TURN, MIXED))), growth=draw(st.sampled_from((0.0, 0.05))), client_ms=draw(st.sampled_from((0.0, 2.0)))
    )
    fleet = Fleet(
        draw(st.integers(1, 5)), slots=draw(st.integers(1, 4)), waiting=draw(st.integers(0, 8)), replicas=draw(st.integers(0, 2)),
        connections=draw(st.integers(1, 4)), cores=draw(st.sampled_from((0, 2))), sticky=draw(st.booleans()),
    )  # fmt: skip
    return people, costs, fleet


@settings(max_examples=25, deadline=None)
@given(systems(), st.integers(0, 1000))
def test_every_question_is_answered_given_up_or_on_its_way(system, seed):
    people, costs, fleet = system
    found = simulate(people, costs, fleet, 8.0, seed)
    assert found.asked == found.done + found.given_up + found.unfinished
    assert 0 <= found.unfinished <= people.users
    assert (found.refusals == 0) == (found.refused_share == 0) or found.refusals  # refused while it warmed up counts in the first alone
    assert all(0 <= share <= 1.05 for share in found.busy.values()), found.busy
    room = fleet.processes * (fleet.slots + fleet.waiting)
    assert found.mean_inside <= min(people.users, room) + 1e-9


@settings(max_examples=8, deadline=None)
@given(systems(), st.integers(0, 1000))
def test_littles_law_holds(system, seed):
    people, costs, fleet = system
    found = simulate(people, costs, fleet, 60.0, seed)
    turns = found.admitted_per_s * 48
    if turns > 50:
        assert found.mean_inside == pytest.approx(
            found.admitted_per_s * found.mean_stay_ms / 1000, rel=0.05, abs=0.1 + 2 * people.users / turns
        )


def test_the_same_seed_gives_the_same():
    system = People(50), MIXED, Fleet(2, replicas=1)
    assert simulate(*system, 30.0, seed=3) == simulate(*system, 30.0, seed=3)
    assert simulate(*system, 30.0, seed=3) != simulate(*system, 30.0, seed=4)


def erlang_c(servers, work):
    """The probability of waiting in M/M/c."""
    terms = [work**n / math.factorial(n) for n in range(servers)]
    last = work**servers / math.factorial(servers) * servers / (servers - work)
    return last / (sum(terms) + last)


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.5), (1, 0.8), (4, 0.7), (8, 0.85)])
def test_many_people_and_some_servers_are_erlangs_c(servers, busy):
    service = 0.05
    rate = busy * servers / service
    think, users = 4000 / rate, 4000  # so many that they come like a Poisson stream
    costs = Costs(kinds=(Kind("wait", 1.0, 0.0, commits=1),), commit_ms=service * 1000, database_cpu_ms=0.0)
    fleet = Fleet(1, slots=10_000, waiting=0, connections=servers)
    found = simulate(People(users, think_s=think, turns=0, away_s=0), costs, fleet, 24_000 / rate, warm=0.3)
    wait = erlang_c(servers, busy * servers) * service / (servers * (1 - busy))
    assert found.per_s == pytest.approx(rate, rel=0.04)
    assert found.mean_ms / 1000 == pytest.approx(service + wait, rel=0.12)


def repairman(users, servers, think, service):
    """(turns a second, mean stay) of a closed system of so many people and servers, exactly."""
    weights, weight = [1.0], 1.0
    for n in range(1, users + 1):
        weight *= (users - n + 1) * service / (think * min(n, servers))
        weights.append(weight)
    total = sum(weights)
    inside = sum(n * one for n, one in enumerate(weights)) / total
    rate = (users - inside) / think
    return rate, inside / rate


@pytest.mark.parametrize(("users", "processes"), [(10, 1), (30, 1), (40, 3)])
def test_a_few_people_are_the_repairmans_queue(users, processes):
    """With turns of exponential length, taken by whichever process is free."""
    costs = Costs(kinds=(Kind("work", 1.0, 100.0),), cv=1.0)
    fleet = Fleet(1, slots=1, waiting=1000) if processes == 1 else Fleet(1, slots=1000, connections=processes)
    if processes > 1:
        costs = Costs(kinds=(Kind("work", 1.0, 0.0, commits=1),), commit_ms=100.0, database_cpu_ms=0.0)
    rate, stay = repairman(users, processes, 2.0, 0.1)
    found = simulate(People(users, think_s=2.0, turns=0, away_s=0), costs, fleet, 2000.0)
    assert found.per_s == pytest.approx(rate, rel=0.03)
    assert found.mean_ms / 1000 == pytest.approx(stay, rel=0.06)


def test_batches_carry_more_than_calls_one_by_one():
    """A replica that takes 10 + 1 n ms for n carries far more than 90 a second, and never more than its largest batch does."""
    costs = Costs(
        kinds=(Kind("encode", 1.0, 0.0, encodes=1),), encode_first_ms=10.0, encode_each_ms=1.0, batch_most=16, batch_wait_ms=0.0,
    )  # fmt: skip
    fleet, clients = Fleet(1, slots=1000, waiting=1000, replicas=1), People(200, think_s=0.0, turns=0, away_s=0)
    found = simulate(clients, costs, fleet, 30.0)
    assert found.batch == pytest.approx(16, rel=0.02)
    assert found.per_s == pytest.approx(16 / 0.026, rel=0.02)
    two = simulate(clients, costs, replace(fleet, replicas=2), 30.0)
    assert two.per_s == pytest.approx(2 * found.per_s, rel=0.05)


def test_a_full_queue_refuses_and_those_who_come_back_are_served_in_the_end():
    found = simulate(People(60, think_s=0.5, turns=0, away_s=0, tries=50), TURN, Fleet(1, slots=2, waiting=4), 60.0)
    assert found.refusals > 0
    assert found.given_up <= 0.05 * found.done
    assert found.busy["api"] > 0.9


@pytest.mark.parametrize("users", [1000, 2000])
def test_a_cell_agrees_with_the_whole(users):
    costs, cells = replace(MIXED, growth=0.02), 4
    people = People(users)
    cell = replace(people, users=users // cells)
    fleet = sized(cell.users / people.pause_s, cell, costs, 0.55)
    names = ("processes", "replicas", "connections", "searchers")
    whole = replace(fleet, **{name: getattr(fleet, name) * cells for name in names})
    one, all_of_it = simulate(cell, costs, fleet, 120.0), simulate(people, costs, whole, 120.0)
    assert one.per_s * cells == pytest.approx(all_of_it.per_s, rel=0.05)
    assert one.p50_ms == pytest.approx(all_of_it.p50_ms, rel=0.15)
    assert all_of_it.p99_ms <= one.p99_ms * 1.1, "a cell must not promise more than the whole keeps"
    assert one.p99_ms <= all_of_it.p99_ms * 1.6


def test_a_cell_agrees_with_the_whole_of_ten_thousand():
    people, cells = People(10_000), 10_000 // CELL
    cell = replace(people, users=CELL)
    fleet = sized(CELL / people.pause_s, cell, MIXED, 0.7)
    names = ("processes", "replicas", "connections", "searchers")
    whole = replace(fleet, **{name: getattr(fleet, name) * cells for name in names})
    one, all_of_it = simulate(cell, MIXED, fleet, 60.0), simulate(people, MIXED, whole, 60.0)
    assert one.per_s * cells == pytest.approx(all_of_it.per_s, rel=0.04)
    assert all_of_it.p99_ms * 0.95 <= one.p99_ms <= all_of_it.p99_ms * 1.4


def test_more_people_need_no_less_and_the_goal_is_kept():
    found = [answer(users, TURN, seconds=30.0) for users in (100, 1000, 20_000)]
    assert [one.api_cores for one in found] == sorted(one.api_cores for one in found)
    for one in found:
        assert one.outcome.p99_ms <= Goal().p99_ms
        assert one.outcome.refused_share <= Goal().refused
        assert one.per_s == pytest.approx(one.users / (People(1).pause_s + one.outcome.mean_ms / 1000), rel=0.15)
    assert found[2].cells == 20_000 / CELL
    assert found[2].an_hour(Prices(core_hour=2.0)) == 2.0 * found[2].cores


def measured(points):
    return Measured("a machine", 2, points, TURN, {"load": "none"})


def test_points_are_predicted_from_the_one_with_one_process_alone():
    base = Point(1, 0, 32, per_s=19.0, p50_ms=1600.0, p99_ms=1900.0, cpu_ms=50.0, database_ms=1.2, client_ms=1.0)
    other = Point(2, 0, 32, per_s=37.0, p50_ms=820.0, p99_ms=1000.0, cpu_ms=50.0)
    lying = replace(other, per_s=1.0, cpu_ms=999.0, p50_ms=5.0)
    for point in (other, lying):
        ((seen, said),) = errors(measured((base, point)))
        assert seen == point
        assert said == replayed(measured((base, other)), other, base), "what was measured there is not used"
        assert said.per_s == pytest.approx(37.5, rel=0.1)


def test_two_replicas_are_predicted_from_one_and_foreign_programs_take_their_part():
    base = Point(1, 1, 8, per_s=9.0, p50_ms=900.0, p99_ms=1000.0, cpu_ms=20.0, models_ms=100.0)
    ((_, two),) = errors(measured((base, replace(base, replicas=2))))
    assert two.per_s == pytest.approx(2000 / 120, rel=0.1), "two cores, all of them at work"
    ((_, half),) = errors(measured((base, replace(base, replicas=2, others=1.0))))
    assert half.per_s == pytest.approx(two.per_s / 2, rel=0.15)


def test_costs_survive_their_file_and_unknown_fields_are_named(tmp_path):
    kept = measured((Point(1, 0, 8, 19.0, 400.0, 500.0, 50.0),))
    kept.save(tmp_path / "scale.json")
    assert load(tmp_path / "scale.json") == kept
    told = json.loads((tmp_path / "scale.json").read_text("utf-8"))
    told["costs"]["speed"] = 3
    (tmp_path / "scale.json").write_text(json.dumps(told), "utf-8")
    with pytest.raises(ValueError, match="speed"):
        load(tmp_path / "scale.json")


def test_the_page_and_its_figure_say_every_figure(tmp_path, monkeypatch):
    from xml.etree import ElementTree

    base = Point(1, 0, 32, per_s=19.0, p50_ms=1600.0, p99_ms=1900.0, cpu_ms=50.0)
    found = measured((base, replace(base, processes=2, per_s=37.0)))
    answers: dict[str, list[Answer]] = {"as measured": [answer(users, TURN, seconds=20.0) for users in (100, 1000)]}
    page = scale_page.text(found, answers, Goal(), Prices(), 30.0)
    assert "| 1 | 0 | 32 | 19.0 |" in page
    assert "| 1,000 |" in page
    monkeypatch.setattr(scale_page, "PAGE", tmp_path / "SCALE.md")
    monkeypatch.setattr(scale_page, "FIGURE", tmp_path / "scale.svg")
    scale_page.write(page, found, answers)
    drawn = ElementTree.fromstring((tmp_path / "scale.svg").read_text("utf-8"))
    assert len(drawn.findall(".//{*}polyline")) == 1
    assert (tmp_path / "SCALE.md").read_text("utf-8") == page


def test_what_is_kept_can_be_predicted_from():
    kept = load()
    assert {(one.processes, one.replicas) for one in kept.points} >= {(1, 0), (2, 0), (4, 0)}
    assert set(scale_page.ways(kept)) >= {scale_page.IN_PROCESS, scale_page.LANGUAGE}
