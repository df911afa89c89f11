"""Slots: so many at once, so many waiting, and one comes back whatever happens."""

import asyncio

import pytest

from retrieval.faults import Busy, Unavailable
from ui.api.slots import LONGEST_REFUSAL, REFUSALS_A_SECOND, REFUSALS_ALONE, Slots
from ui.api.watermark import Watermark


async def test_as_many_as_allowed_run_and_wait_and_the_next_is_refused():
    slots, gate, ran = Slots(2, 1), asyncio.Event(), []

    async def job(n):
        async with slots.one():
            ran.append(n)
            await gate.wait()

    jobs = [asyncio.create_task(job(n)) for n in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (slots.running, slots.waiting, ran) == (2, 1, [0, 1])
    with pytest.raises(Busy) as caught:
        async with slots.one():
            pass
    assert caught.value.retry_after
    gate.set()
    await asyncio.gather(*jobs)
    assert (slots.running, slots.waiting, ran) == (0, 0, [0, 1, 2])


async def test_cancelled_while_waiting_or_working_gives_the_slot_back():
    slots, gate = Slots(1, 5), asyncio.Event()

    async def job():
        async with slots.one():
            await gate.wait()

    jobs = [asyncio.create_task(job()) for _ in range(4)]
    await asyncio.sleep(0.01)
    for task in (jobs[2], jobs[0], jobs[1]):
        task.cancel()
    await asyncio.sleep(0.01)
    assert (slots.running, slots.waiting) == (1, 0)
    gate.set()
    await jobs[3]
    assert (slots.running, slots.waiting) == (0, 0)


async def test_no_waiting_room():
    slots = Slots(1, 0)
    async with slots.one():
        with pytest.raises(Busy):
            await slots.one().__aenter__()
    async with slots.one():
        assert slots.running == 1


class Turns:
    """Jobs that hold a slot until they are let go, and the order in which they began."""

    def __init__(self, slots):
        self.slots, self.order, self.gates, self.jobs = slots, [], {}, {}

    async def ask(self, owner, name):
        self.gates[name] = asyncio.Event()

        async def job():
            async with self.slots.one(owner):
                self.order.append(name)
                await self.gates[name].wait()

        self.jobs[name] = asyncio.create_task(job())
        await settled()

    async def finish(self, name):
        self.gates[name].set()
        await self.jobs[name]
        await settled()


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.case("L02")
async def test_people_take_turns_however_many_one_of_them_sends():
    turns = Turns(Slots(1, 20))
    for n in range(6):
        await turns.ask("flood", f"f{n}")
    await turns.ask("ann", "a0")
    await turns.ask("bob", "b0")
    for name in ("f0", "f1", "a0"):
        await turns.finish(name)
    assert turns.order == ["f0", "f1", "a0", "b0"]
    for name in ("b0", "f2", "f3", "f4", "f5"):
        await turns.finish(name)
    assert (turns.slots.running, turns.slots.waiting) == (0, 0)


@pytest.mark.case("L02")
async def test_a_full_queue_has_room_for_whoever_waits_for_less():
    turns = Turns(Slots(1, 4))
    for n in range(5):
        await turns.ask("flood", f"f{n}")
    with pytest.raises(Busy):
        async with turns.slots.one("flood"):
            pass
    await turns.ask("ann", "a0")
    with pytest.raises(Busy):
        await turns.jobs["f4"]
    assert turns.slots.waiting == 4
    for name in ("f0", "f1", "a0", "f2", "f3"):
        await turns.finish(name)
    assert turns.order == ["f0", "f1", "a0", "f2", "f3"]


@pytest.fixture
def rests(monkeypatch):
    """A function: the seconds that each of so many refusals of an owner was kept waiting."""

    async def refused(turns, owner, tries):
        waited = []

        async def rest(seconds):
            waited.append(seconds)

        monkeypatch.setattr("ui.api.slots.rest", rest)
        for _ in range(tries):
            with pytest.raises(Busy):
                async with turns.slots.one(owner):
                    pass
        return waited

    return refused


@pytest.mark.case("L02")
async def test_whoever_comes_back_at_once_waits_for_the_next_refusal_while_others_are_about(rests):
    turns = Turns(Slots(1, 0))
    await turns.ask("ann", "a0")
    flood, bob = await rests(turns, "flood", 100), await rests(turns, "bob", 3)
    assert flood[:REFUSALS_A_SECOND] == [0.0] * REFUSALS_A_SECOND, "the first ones are told at once"
    assert flood == sorted(flood)
    assert flood[-1] == LONGEST_REFUSAL
    assert bob == [0.0] * 3, "another's refusals are told at once"
    assert turns.slots.refused == 103


@pytest.mark.case("L02")
async def test_alone_more_refusals_are_told_at_once(rests):
    turns = Turns(Slots(1, 0))
    await turns.ask("flood", "f0")
    waits = await rests(turns, "flood", 500)
    assert waits[:REFUSALS_ALONE] == [0.0] * REFUSALS_ALONE
    assert waits[-1] == LONGEST_REFUSAL


@pytest.mark.case("L02")
async def test_nobody_holds_all_the_slots_while_others_are_about():
    turns = Turns(Slots(4, 8))
    for n in range(4):
        await turns.ask("flood", f"f{n}")
    assert turns.slots.running == 4, "alone, one may use everything"
    await turns.ask("ann", "a0")
    for name in ("f0", "f1", "a0"):
        await turns.finish(name)
    for n in range(4, 7):
        await turns.ask("flood", f"f{n}")
    assert turns.slots.running == 2
    await turns.ask("ann", "a1")
    assert turns.order[-1] == "a1"
    for name in ("a1", "f2", "f3", "f4", "f5", "f6"):
        await turns.finish(name)
    assert (turns.slots.running, turns.slots.waiting) == (0, 0)


async def test_a_wait_has_an_end():
    slots = Slots(1, 5, patience=0.02)
    async with slots.one("ann"):
        with pytest.raises(Busy) as caught:
            async with slots.one("bob"):
                pass
        assert caught.value.retry_after >= 1
    assert (slots.running, slots.waiting) == (0, 0)


async def test_a_slot_that_was_handed_to_someone_who_just_left_goes_on_to_the_next():
    turns = Turns(Slots(1, 5))
    for name in ("a", "b", "c"):
        await turns.ask(name, name)
    turns.gates["a"].set()
    while turns.order == ["a"] and not turns.jobs["a"].done():
        await asyncio.sleep(0)
    turns.jobs["b"].cancel()
    await settled()
    await settled()
    assert turns.order[-1] == "c"
    await turns.finish("c")
    assert (turns.slots.running, turns.slots.waiting) == (0, 0)


async def test_nothing_new_begins_while_the_memory_is_full():
    taken = [95]
    memory = Watermark(0.9, lambda: (taken[0], 100))
    slots = Slots(2, 2, shed=memory.check)
    with pytest.raises(Unavailable) as caught:
        async with slots.one("ann"):
            pass
    assert (caught.value.code, caught.value.status, memory.shed) == ("memory_full", 503, 1)
    assert caught.value.retry_after
    taken[0] = 50
    memory._at = -1  # the figure is old now
    async with slots.one("ann"):
        assert slots.running == 1
    assert not Watermark(1.0, lambda: (100, 100)).full
