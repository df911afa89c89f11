"""Wyoming's speech: a text, whole or as it is written, becomes sound sentence by sentence. Knows no voice."""

from __future__ import annotations

import asyncio
import io
import re
import wave
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from assistant.speech import sentences
from assistant.voice import LONGEST_SPEECH
from retrieval.catalogue import language_of
from retrieval.faults import InvalidInput, TooLarge
from ui.api.services import Services

if TYPE_CHECKING:
    from wyoming.event import Event

Send = Callable[["Event"], Awaitable[None]]
_PIECE = 10
"""Pieces of sound a second."""
_TAGS = re.compile(r"<[^>]*>")


class Speaking:
    """The texts of one client."""

    def __init__(self, services: Services, send: Send) -> None:
        self._services, self._send = services, send
        self._text: str | None = None
        """What is not spoken yet of a text that is still being written; None outside one."""
        self._how: dict[str, Any] = {}
        self._written = 0
        self._rate = 0
        """Of the sound that has begun; 0 before."""
        self._ms = 0

    async def synthesize(self, event: Event) -> None:
        """Speak a whole text."""
        if self._text is not None:
            return  # beside a text in pieces the whole one is sent for services that cannot take pieces
        text = _text(event.data)
        _short_enough(len(text))
        self._how = event.data
        for sentence in sentences(text):
            await self._say(sentence)
        if not self._rate:
            raise InvalidInput("There is nothing to say.", hint="Send some words.", param="text")
        await self._stopped()

    async def start(self, event: Event) -> None:
        """A text begins that is still being written."""
        self._text, self._how, self._written = "", event.data, 0

    async def chunk(self, event: Event) -> None:
        """More of it; sentences that are complete are spoken at once. Raises TooLarge."""
        if self._text is None:
            raise InvalidInput("A piece of a text came before its start.", hint="Send synthesize-start first.")
        text = _text(event.data)
        self._written += len(text)
        _short_enough(self._written)
        whole, self._text = _whole(self._text + text)
        for sentence in whole:
            await self._say(sentence)

    async def stop(self, event: Event) -> None:
        """Its end: what is left is spoken."""
        from wyoming.tts import SynthesizeStopped

        text, self._text = self._text, None
        for sentence in sentences(text or ""):
            await self._say(sentence)
        await self._stopped()
        await self._send(SynthesizeStopped().event())

    async def _say(self, sentence: str) -> None:
        from wyoming.audio import AudioChunk, AudioStart

        words = _TAGS.sub(" ", sentence) if self._how.get("text_format") == "ssml" else sentence
        if not any(c.isalnum() for c in words):
            return
        voice = self._how.get("voice") or {}
        wanted = str(voice.get("language") or "")[:2].lower()
        language = wanted if wanted in ("en", "zh") else language_of(words)
        assistant = self._services.standing()
        async with self._services.calls.one():
            content = await asyncio.to_thread(assistant.speak, words, language, str(voice.get("name") or ""))
        with wave.open(io.BytesIO(content.data)) as file:
            rate, pcm = file.getframerate(), file.readframes(file.getnframes())
        if rate != self._rate:
            await self._stopped()
            await self._send(AudioStart(rate=rate, width=2, channels=1, timestamp=0).event())
            self._rate = rate
        step = rate // _PIECE * 2
        for first in range(0, len(pcm), step):
            await self._send(AudioChunk(rate=rate, width=2, channels=1, audio=pcm[first : first + step], timestamp=self._ms).event())
            self._ms += 1000 // _PIECE

    async def _stopped(self) -> None:
        from wyoming.audio import AudioStop

        if self._rate:
            await self._send(AudioStop(timestamp=self._ms).event())
        self._rate = self._ms = 0


def _text(data: dict[str, Any]) -> str:
    text = data["text"]
    if not isinstance(text, str):
        raise InvalidInput("The text is no string.", param="text")
    return text


def _whole(text: str) -> tuple[list[str], str]:
    """The sentences of a text that goes on, and what may still grow: "3." may become "3.5"."""
    found = sentences(text)
    if not found:
        return [], text
    last = text.rfind(found[-1])
    return (found[:-1], text[last:]) if last >= 0 else ([], text)


def _short_enough(characters: int) -> None:
    if characters > LONGEST_SPEECH:
        raise TooLarge(f"The text has more than {LONGEST_SPEECH} characters.", hint="Send it in parts.", param="text")
