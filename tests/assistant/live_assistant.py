"""An assistant for live sessions in tests, and a client that notes what a session tells it."""

import asyncio
import threading
import time
from contextlib import contextmanager

from assistant.build import build
from assistant.live.events import ResponseDone
from assistant.live.options import LiveOptions
from assistant.live.session import LiveSession
from assistant.settings import read

PATIENCE = 120


@contextmanager
def assistant_here(folder):
    """(assistant, loop) over `folder/data`, without a sample collection, running in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    built = build(read({"data_dir": folder / "data", "sample": False}, environ={"OFFLINE": "1"}, file=folder / "none.toml"))
    asyncio.run_coroutine_threadsafe(built.start(), loop).result(PATIENCE)
    try:
        yield built, loop
    finally:
        asyncio.run_coroutine_threadsafe(built.close(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Client:
    """A session and everything it told."""

    def __init__(self, assistant, loop, **options):
        self.told = []
        self._changed = threading.Condition()
        self.session = LiveSession(assistant, "local", LiveOptions(**options), self._note, loop=loop)

    def _note(self, event):
        with self._changed:
            self.told.append(event)
            self._changed.notify_all()

    def of(self, kind):
        """The events of a kind."""
        with self._changed:
            return [event for event in self.told if isinstance(event, kind)]

    def until(self, kind, count=1):
        """The `count`th event of a kind, waited for."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(kind)) >= count, PATIENCE), self.told
        return self.of(kind)[count - 1]

    def ask(self, text):
        """Type something and have it answered."""
        self.session.say(text)
        self.session.respond()

    def answered(self, count=1):
        """The end of the `count`th answer."""
        return self.until(ResponseDone, count)

    def speak(self, sound, until=lambda: False, piece=320):
        """Send sound as a microphone does, until something has happened; whether it has."""
        begun = time.monotonic()
        for start in range(0, len(sound), piece):
            if until():
                return True
            self.session.append(sound[start : start + piece])
            time.sleep(max(0.0, begun + (start + piece) / 16_000 - time.monotonic()))
        return until()
