"""Events reach their reader in the order in which they were sent, from whatever thread."""

import asyncio
import threading

from assistant.events import TextDelta
from assistant.sent import Sent


async def read(sent):
    found = []
    while (event := await sent.get()) is not None:
        found.append(event.text)
    return found


async def test_in_order_from_the_loop_and_from_a_thread():
    sent = Sent()
    reading = asyncio.create_task(read(sent))
    sent.put(TextDelta(text="a"))
    await asyncio.to_thread(lambda: [sent.put(TextDelta(text=text)) for text in "bc"])
    sent.put(TextDelta(text="d"))
    await asyncio.to_thread(sent.put, None)
    assert await asyncio.wait_for(reading, 5) == list("abcd")


async def test_a_thread_wakes_a_reader_that_waits():
    sent = Sent()
    reading = asyncio.create_task(read(sent))
    await asyncio.sleep(0.01)
    thread = threading.Thread(target=lambda: [sent.put(TextDelta(text="x")), sent.put(None)])
    thread.start()
    assert await asyncio.wait_for(reading, 5) == ["x"]
    thread.join()
