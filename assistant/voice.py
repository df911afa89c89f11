"""Voice: the ear and the mouth of the assistant, whichever back-ends were chosen. Knows no turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assistant.synthesizers.base import Synthesizer
from assistant.transcribers.base import RATE, Expected, Transcriber, Transcript
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.faults import InvalidInput
from retrieval.waves import wav

LONGEST_SPEECH = 4000
"""Characters; a longer text is refused rather than read for minutes."""


class Voice:
    """Decodes sound for the transcriber, and keeps both back-ends together."""

    def __init__(self, decoder: Decoder, transcriber: Transcriber, synthesizer: Synthesizer) -> None:
        self._decoder = decoder
        self.transcriber = transcriber
        self.synthesizer = synthesizer

    def listen_for(self, expected: Callable[[], Expected]) -> None:
        """Tell a recogniser that can use it which names may be said; asked anew for each recording."""
        told: Any = getattr(self.transcriber, "listen_for", None)
        if told is not None:
            told(expected)

    def transcribe(self, content: Content, language: str = "") -> Transcript:
        """Words of a sound, or of the sound track of a video. Raises InvalidInput for other media."""
        if content.modality not in ("audio", "video"):
            raise InvalidInput(f"'{content.name or content.media_type}' has no sound.", hint="Send a recording or a video.", param="file")
        return self.transcriber.transcribe(self._decoder.pcm(content, RATE), language)

    def among(self, content: Content, sentences: Sequence[str]) -> Transcript:
        """Which of a few English sentences is said, by a recogniser that can be told them; others write down what they hear."""
        told: Any = getattr(self.transcriber, "among", None)
        if told is None:
            return self.transcribe(content, "en")
        found: Transcript = told(self._decoder.pcm(content, RATE), sentences)
        return found

    def wave(self, content: Content) -> bytes:
        """Any sound as a WAV file at the rate of speech. Raises UnsupportedType, TooLarge, Unreadable."""
        return wav(self._decoder.pcm(content, RATE), RATE)

    def words(self, content: Content) -> str:
        """Transcript of a sound as an item of the library; the language is left to the back-end."""
        return self.transcribe(content).text

    def speak(self, text: str, language: str, *, voice: str = "", speed: float = 1.0) -> Content:
        """Speech as `audio/wav`. Raises InvalidInput for empty or too long text."""
        if not text.strip():
            raise InvalidInput("There is nothing to say.", hint="Send some text.", param="input")
        if len(text) > LONGEST_SPEECH:
            raise InvalidInput(f"The text has {len(text)} characters; at most {LONGEST_SPEECH} are spoken at once.", param="input")
        return self.synthesizer.speak(text, language, voice=voice, speed=speed)

    def close(self) -> None:
        """End the processes of back-ends that have one."""
        for backend in (self.transcriber, self.synthesizer):
            close = getattr(backend, "close", None)
            if close is not None:
                close()
