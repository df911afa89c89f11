"""Listening: from sound to utterances with their words, for a session. Joins ear, recogniser and wake phrase; knows no answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from assistant.live import ear as ears
from assistant.live.answering import Times
from assistant.live.ear import SECONDS, WINDOW, Ear, Samples
from assistant.live.events import Committed, LiveEvent, Partial, SpeechStarted, SpeechStopped, WakeHeard
from assistant.live.hearing import TranscriberStream, listen
from assistant.live.options import LiveOptions
from assistant.live.wake import WakeSpotter
from assistant.transcribers.base import RATE, Transcript
from assistant.voice import Voice
from retrieval.faults import Fault, InvalidInput

_PATIENCE = 0.9
"""Seconds of silence that end words which break off in the middle of a sentence."""
_LONGEST = 60.0
"""Seconds after which an utterance ends even if somebody goes on speaking."""


@dataclass(frozen=True)
class Began:
    """Speech began."""

    at: float


@dataclass(frozen=True)
class Utterance:
    """What was said in one go."""

    item: str
    transcript: Transcript
    times: Times
    automatic: bool
    """Its end was heard here, not told by the client."""
    sound: Samples | None = None
    """How it sounded; kept only with consent."""


class Listening:
    """Cuts sound into windows, so that the sizes in which it comes change nothing."""

    def __init__(
        self, voice: Voice, options: LiveOptions, emit: Callable[[LiveEvent], None], complete: Callable[[str], bool] = lambda words: False
    ) -> None:
        """`complete`: whether words are a whole request, so that a short silence is enough."""
        self._voice, self._options, self._emit, self._complete = voice, options, emit, complete
        self._rest: Samples = np.zeros(0, np.float32)
        self._recent: list[Samples] = []
        self._stream: TranscriberStream | None = None
        self._item, self.previous, self._partial = "", "", ""
        self._parts: list[Transcript] = []
        self._sound: list[Samples] = []
        self._long = 0
        self._awake, self._woken = 0.0, False
        self._spotter: WakeSpotter | None = None
        self._spotted = ""
        self._received = 0
        self._arrivals: list[tuple[int, float]] = []
        self._any = False
        self._ear = self._new_ear()

    def _new_ear(self) -> Ear:
        options = self._options
        return Ear(options.threshold, options.silence_ms / 1000, options.quick_ms / 1000)

    def update(self, options: LiveOptions) -> None:
        """Other options; an open utterance goes on."""
        self._options = options
        self._ear.threshold, self._ear.silence, self._ear.pause = options.threshold, options.silence_ms / 1000, options.quick_ms / 1000

    def feed(self, sound: Samples, arrived: float = 0.0) -> Iterator[Began | Utterance]:
        """What these samples bring. `arrived`: when their last one came in, in seconds of `time.perf_counter`; now when left out."""
        self._any = True
        self._received += len(sound)
        self._arrivals = [*self._arrivals[-_REMEMBERED:], (self._received, arrived or time.perf_counter())]
        self._rest = np.concatenate([self._rest, sound])
        while len(self._rest) >= WINDOW:
            window, self._rest = self._rest[:WINDOW], self._rest[WINDOW:]
            yield from self._window(window)

    def commit(self) -> Utterance | None:
        """The utterance ends here. Raises InvalidInput when no sound came."""
        if not self._any:
            raise InvalidInput("No sound has come in.", hint="Send sound before you commit it.", code="input_audio_buffer_commit_empty")
        now = time.perf_counter()
        if any(not stopped.sure for stopped in self._ear.end()):
            self._drop_stream()
        self._item = self._item or _new_item()
        return self._done(now, now, automatic=False)

    def clear(self) -> None:
        """Forget what was not committed."""
        self._drop()
        self._ear.end()
        self._rest, self._any = np.zeros(0, np.float32), False
        self._recent.clear()

    def close(self) -> None:
        """Give up what is being read."""
        self._drop()

    def _drop(self) -> None:
        self._drop_stream()
        self._item = ""
        self._parts = []

    def _drop_stream(self) -> None:
        """Nobody spoke after all, or nobody wants to know."""
        if self._stream is not None:
            self._stream.close()
        self._stream, self._partial = None, ""

    def awaken(self) -> None:
        """Listen to the next utterance without the wake phrase: the assistant has asked something."""
        self._awake = _AWAKE

    def _asleep(self, window: Samples) -> bool:
        """Whether the wake phrase is still waited for. Sound is not kept and not read until it has been said."""
        phrase = self._options.wake
        if not phrase:
            return False
        if self._awake > 0 or self._ear.speaking:
            self._awake -= SECONDS
            return False
        if self._spotted != phrase:
            self._spotted, self._spotter = phrase, None
            self._spotter = WakeSpotter(phrase)  # raises once; a phrase that cannot be spotted leaves the session asleep
        if self._spotter is not None and self._spotter.feed(window):
            self._emit(WakeHeard(phrase))
            self.awaken()
            self._ear = self._new_ear()
            self._recent.clear()
            self._woken = True
        return True

    def _window(self, window: Samples) -> Iterator[Began | Utterance]:
        if self._asleep(window):
            if self._woken:
                self._woken = False
                yield Began(self._received / RATE)
            return
        found = self._ear.feed(window)
        keep = max(1, round(self._options.prefix_ms / 1000 / SECONDS)) + 4
        self._recent = [*self._recent, window][-keep:]
        if self._stream is not None:
            self._read(window)
            self._long += 1
            if self._long * SECONDS >= _LONGEST:
                found = [*found, *self._ear.end()]
        for one in found:
            if isinstance(one, ears.SpeechStarted):
                self._begin(one.at)
                yield Began(one.at)
            elif isinstance(one, ears.SpeechPaused):
                yield from self._paused()
            elif isinstance(one, ears.SpeechResumed) and self._stream is not None:
                self._stream.resume()
                self._ear.silence = self._options.silence_ms / 1000
            elif isinstance(one, ears.SpeechStopped):
                yield from self._stopped(one)

    def _paused(self) -> Iterator[Utterance]:
        """Speech paused: it ends here if the words are a whole request, and later than usual if they break off."""
        if self._stream is None or self._options.turn_detection == "none":
            return
        words = self._stream.pause().text
        if words and self._complete(words):
            for stopped in self._ear.end():
                yield from self._stopped(stopped)
        elif breaks_off(words or self._partial):
            self._ear.silence = max(self._ear.silence, _PATIENCE)

    def _begin(self, at: float) -> None:
        began = max(0.0, at - self._options.prefix_ms / 1000)
        if not self._item:
            self._item = _new_item()
        if self._options.turn_detection == "server_vad":
            self._emit(SpeechStarted(self._item, round(began * 1000)))
        self._stream = listen(self._voice.transcriber, self._options.language, dictation=self._options.transcribe_only)
        self._sound, self._long = [], 0
        self._read(np.concatenate(self._recent))

    def _read(self, sound: Samples) -> None:
        assert self._stream is not None
        try:
            text = self._stream.feed(sound)
        except Fault:
            self._drop_stream()  # told once; the utterance is then heard as nothing
            raise
        if self._options.consent:
            self._sound.append(sound)
        if text and text != self._partial:
            self._partial = text
            self._emit(Partial(self._item, " ".join([*(p.text for p in self._parts if p.text), text])))

    def _stopped(self, stopped: ears.SpeechStopped) -> Iterator[Utterance]:
        now = time.perf_counter()
        self._ear.silence = self._options.silence_ms / 1000
        if not stopped.sure:
            self._drop_stream()
        if self._options.turn_detection == "none":
            self._part()
            return
        self._emit(SpeechStopped(self._item, round(stopped.at * 1000)))
        yield self._done(self._when(stopped.at), now, automatic=True)

    def _when(self, at: float) -> float:
        """The moment at which the sound came in that is `at` seconds into the session."""
        place = at * RATE
        now = (self._received, time.perf_counter())
        received, arrived = next((known for known in self._arrivals if known[0] >= place), now)
        return arrived - (received - place) / RATE

    def _part(self) -> None:
        """The words of the stream that is open."""
        stream, self._stream, self._partial = self._stream, None, ""
        if stream is not None:
            self._parts.append(stream.finish())

    def _done(self, ended: float, decided: float, *, automatic: bool) -> Utterance:
        self._emit(Committed(self._item, self.previous))
        self.previous = self._item
        self._part()
        parts = [p for p in self._parts if p.text]
        transcript = parts[0] if len(parts) == 1 else _joined(parts, self._options.language)
        sound = np.concatenate(self._sound) if self._sound else None
        done = Utterance(self._item, transcript, Times(ended, decided, time.perf_counter()), automatic, sound)
        self._sound = []
        self._item, self._any = "", False
        self._parts = []
        if transcript.text:
            self._awake = 0.0
        return done


_AWAKE = 8.0
"""Seconds after the wake phrase, or after a question of the assistant, within which an utterance may begin."""
_REMEMBERED = 1000
"""Pieces of sound whose time of arrival is known."""
_GOES_ON = frozenset("a an the my your our and or but if because with um uh set dim".split())


def breaks_off(words: str) -> bool:
    """Whether a sentence cannot end with the last of these words."""
    return bool(words) and words.rsplit(maxsplit=1)[-1].lower() in _GOES_ON


def _joined(parts: list[Transcript], language: str) -> Transcript:
    if not parts:
        return Transcript(text="", language=language or "en")
    weight = sum(len(p.words) or 1 for p in parts)
    return Transcript(
        text=" ".join(p.text for p in parts), language=parts[0].language, words=tuple(w for p in parts for w in p.words),
        confidence=sum(p.confidence * (len(p.words) or 1) for p in parts) / weight, seconds=sum(p.seconds for p in parts),
    )  # fmt: skip


def _new_item() -> str:
    return f"item_{uuid.uuid4().hex}"
