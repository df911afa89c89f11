"""Wyoming's ears: sound becomes a transcript, or is searched for a wake phrase. Knows no recogniser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from assistant.live.listening import Listening
from assistant.live.options import LiveOptions
from assistant.live.wake import WakeSpotter
from assistant.transcribers.base import RATE
from retrieval.faults import InvalidInput, TooLarge
from ui.api.services import Services
from ui.pcm import Incoming, Samples
from ui.wyoming.programs import wake_name

if TYPE_CHECKING:
    from wyoming.event import Event

Send = Callable[["Event"], Awaitable[None]]
LONGEST_SECONDS = 300.0
"""Of what is written down at once."""
MOST_PHRASES = 4


class Hearing:
    """The sound of one client: at any time it is either written down or searched, whichever was asked for last."""

    def __init__(self, services: Services, send: Send) -> None:
        self._services, self._send = services, send
        self._asked: dict[str, Any] = {}
        self._sound = Incoming()
        self._seconds = 0.0
        self._listening: Listening | None = None
        """Reads while the sound comes in, so that little is left to do at its end."""
        self._spotters: dict[str, WakeSpotter] = {}
        """Name -> spotter, while a phrase is listened for."""
        self._detected = False

    async def transcribe(self, event: Event) -> None:
        """What comes next is to be written down."""
        self._asked, self._spotters = dict(event.data), {}

    async def detect(self, event: Event) -> None:
        """What comes next is to be searched. Raises InvalidInput for a phrase that cannot be spotted."""
        known = {wake_name(phrase): phrase for phrase in self._services.standing().settings.wake_phrases}
        names = [str(name) for name in event.data.get("names") or known]
        if not names or len(names) > MOST_PHRASES:
            raise InvalidInput(f"Name one to {MOST_PHRASES} wake phrases.", hint="wake_phrases in the settings names the usual ones.")
        phrases = {name: known.get(wake_name(name), name.replace("_", " ")) for name in names}
        self._spotters = await asyncio.to_thread(lambda: {name: WakeSpotter(phrase) for name, phrase in phrases.items()})

    async def start(self, event: Event) -> None:
        """Sound begins."""
        self._sound, self._seconds, self._detected = Incoming(), 0.0, False
        self._forget()

    async def chunk(self, event: Event) -> None:
        """A piece of it. Raises InvalidInput, TooLarge."""
        samples = self._sound.feed(event.data, event.payload or b"")
        self._seconds += len(samples) / RATE
        if self._spotters:
            return await self._spot(samples, event.data.get("timestamp"))
        if self._seconds > LONGEST_SECONDS:
            self._forget()
            raise TooLarge(f"More than {LONGEST_SECONDS:g} s are not written down at once.", hint="Send audio-stop earlier.")
        if self._listening is None:
            options = LiveOptions(turn_detection="none", language=str(self._asked.get("language") or "")[:2].lower())
            self._listening = Listening(self._services.standing().voice, options, lambda event: None)
        listening = self._listening
        await asyncio.to_thread(lambda: list(listening.feed(samples)))

    async def stop(self, event: Event) -> None:
        """Sound ends: the transcript, or that no phrase was in it."""
        from wyoming.asr import Transcript
        from wyoming.wake import NotDetected

        if self._spotters:
            if not self._detected:
                await self._send(NotDetected().event())
            return
        listening, self._listening = self._listening, None
        async with self._services.calls.one():
            said = await asyncio.to_thread(listening.commit) if listening is not None else None
        if said is None:
            return await self._send(Transcript(text="").event())
        found = said.transcript
        await self._send(Transcript(text=found.text, language=found.language, context={"confidence": found.confidence}).event())

    async def _spot(self, samples: Samples, at: Any) -> None:
        from wyoming.wake import Detection

        for name, spotter in self._spotters.items():
            if await asyncio.to_thread(spotter.feed, samples):
                self._detected = True
                await self._send(Detection(name=name, timestamp=at if isinstance(at, int) else int(self._seconds * 1000)).event())

    def close(self) -> None:
        """The client left."""
        self._forget()

    def _forget(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()
