"""A client of `/v1/realtime` for the tests: sends events, waits for events, and gives up after a while."""

import base64
import json
import time
import wave
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from openai_realtime import check
from websockets.sync.client import connect

import assistant.samples

SPOKEN = Path(assistant.samples.__file__).parent / "sounds" / "spoken_question.wav"
SECONDS = 60
"""A machine with two cores may be busy with other things."""


def question(rate=24_000, silence=1.0):
    """The sample question as 16-bit mono, with silence around it."""
    with wave.open(str(SPOKEN)) as file:
        sound, own = np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()
    places = np.arange(int(len(sound) * rate / own)) * own / rate
    rest = np.zeros(int(rate * silence), np.int16)
    return np.concatenate([rest[: rate // 4], np.interp(places, np.arange(len(sound)), sound).astype("<i2"), rest])


def chunks(sound, size=480):
    """20 ms each at 24 kHz."""
    return [base64.b64encode(sound[n : n + size].astype("<i2").tobytes()).decode() for n in range(0, len(sound), size)]


class Talk:
    """One session."""

    def __init__(self, socket):
        self.socket = socket
        self.seen = []

    def send(self, kind, **fields):
        self.socket.send(json.dumps({"type": kind, **fields}))

    def update(self, **session):
        """Change the session and wait for it."""
        self.send("session.update", session={"type": "realtime", **session})
        return self.until("session.updated")["session"]

    def next(self, seconds=SECONDS):
        event = check(json.loads(self.socket.recv(timeout=seconds)))
        self.seen.append(event)
        return event

    def until(self, *kinds):
        """The next event of one of these kinds."""
        deadline = time.monotonic() + SECONDS
        while (event := self.next(deadline - time.monotonic()))["type"] not in kinds:
            assert event["type"] != "error", event
        return event

    def refused(self):
        """The next error."""
        while (event := self.next())["type"] != "error":
            pass
        return event["error"]

    def hear(self, sound, pace=0.0):
        """Send sound; `pace` 1 is as fast as it was said."""
        began = time.monotonic()
        for n, chunk in enumerate(chunks(sound)):
            self.send("input_audio_buffer.append", audio=chunk)
            time.sleep(max(0.0, began + (n + 1) * 0.02 * pace - time.monotonic()))

    def say(self, text):
        """A typed item."""
        self.send("conversation.item.create", item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
        return self.until("conversation.item.done")["item"]["id"]

    def kinds(self):
        return [event["type"] for event in self.seen]

    def all(self, kind):
        return [event for event in self.seen if event["type"] == kind]


@contextmanager
def talking(address, query="model=assistant", **options):
    """A session that has begun."""
    with connect(f"{address.replace('http', 'ws')}/v1/realtime?{query}", max_size=None, proxy=None, **options) as socket:
        talk = Talk(socket)
        talk.until("session.created")
        yield talk
