"""Slots: so many at once, so many waiting, and one comes back whatever happens."""

import asyncio

import pytest

from retrieval.faults import Busy
from ui.api.slots import Slots


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
