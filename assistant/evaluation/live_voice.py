"""Live voice, measured: how long after the end of speech the answer is heard, stage by stage. Knows no goal and prints nothing.

Sound is sent at its own pace, as a microphone does; the end of speech is where the recording's own sound ends, not where the ear found it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.live.events import Heard, LiveEvent, ResponseDone, SpokenDelta, TurnEvent
from assistant.live.options import LiveOptions
from assistant.live.session import LiveSession
from assistant.transcribers.base import RATE

if TYPE_CHECKING:
    from assistant.service import Assistant

STAGES = ("vad", "stt", "route", "tool", "answer", "tts", "words_to_sound", "first_sound", "total")
COMMANDS = (
    "turn on the light in the kitchen", "turn off the kitchen light", "set the bedroom lamp to forty percent",
    "close the blinds in the living room", "turn off all the lights", "is the front door locked",
)  # fmt: skip
QUESTIONS = (
    "what does the warranty cover", "what time do you open on sunday", "how much is the tent", "what can you do",
    "show me red jackets",
)  # fmt: skip
_PIECE = RATE // 50
_BEFORE, _AFTER = 0.6, 6.0
_AUDIBLE = 0.01
_PATIENCE = 60.0
_BARGE = "no stop that please"


@dataclass(frozen=True)
class Recording:
    """Something to say."""

    name: str
    sound: NDArray[np.float32]
    """Mono, 16 kHz, -1 to 1."""
    kind: str = "recording"
    """`command`, `question` or `recording`."""


@dataclass
class Run:
    """One utterance, as it went. Milliseconds."""

    name: str
    kind: str
    heard: str = ""
    answer: str = ""
    by: str = ""
    """The tool that ran."""
    timings: dict[str, float] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return round(float(np.percentile(np.asarray(values, np.float64), share * 100, method="higher")), 1)


def summary(runs: Sequence[Run]) -> dict[str, dict[str, float]]:
    """Stage -> p50, p95 and the number of runs that passed it."""
    found: dict[str, dict[str, float]] = {}
    for stage in STAGES:
        values = [run.timings[stage] for run in runs if stage in run.timings]
        if values:
            found[stage] = {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "runs": len(values)}
    return found


def made(assistant: Assistant) -> list[Recording]:
    """Recordings spoken by the voice that is installed."""
    from scipy.signal import resample_poly  # type: ignore[import-untyped]

    from assistant.live.speaking import pcm

    spoken: list[Recording] = []
    for kind, sentences in (("command", COMMANDS), ("question", QUESTIONS)):
        for sentence in sentences:
            sound: Any = resample_poly(pcm(assistant.voice.synthesizer.speak(sentence, "en")).astype(np.float32), 2, 3)
            spoken.append(Recording(sentence, np.asarray(sound / 32768, np.float32), kind))
    return spoken


class _Client:
    """Sends sound as a microphone does and notes when what came back."""

    def __init__(self, assistant: Assistant, loop: asyncio.AbstractEventLoop) -> None:
        self._changed = threading.Condition()
        self.told: list[tuple[float, LiveEvent]] = []
        self.session = LiveSession(assistant, "local", LiveOptions(), self._note, loop=loop)
        self._room = np.random.default_rng(0)

    def _note(self, event: LiveEvent) -> None:
        with self._changed:
            self.told.append((time.perf_counter(), event))
            self._changed.notify_all()

    def first(self, kind: type[LiveEvent] | tuple[type[LiveEvent], ...], since: int = 0) -> tuple[float, Any] | None:
        """The first event of a kind, and when."""
        with self._changed:
            return next(((at, event) for at, event in self.told[since:] if isinstance(event, kind)), None)

    def send(self, sound: NDArray[np.float32], until: Callable[[], bool] = lambda: False) -> float:
        """Send it at its own pace until something has happened; when its last audible sample was said."""
        loud = np.flatnonzero(np.abs(sound) > _AUDIBLE)
        last = int(loud[-1]) + 1 if len(loud) else len(sound)
        begun = time.perf_counter()
        for start in range(0, len(sound), _PIECE):
            if until():
                break
            piece = sound[start : start + _PIECE]
            time.sleep(max(0.0, begun + (start + len(piece)) / RATE - time.perf_counter()))
            self.session.append(piece + self._room.normal(0, 0.0004, len(piece)).astype(np.float32))
        return begun + last / RATE


def measure(
    assistant: Assistant, loop: asyncio.AbstractEventLoop, recordings: Sequence[Recording], told: Callable[[Run], None]
) -> list[Run]:
    """Say each recording in one session. `told` is called after each."""
    client = _Client(assistant, loop)
    runs: list[Run] = []
    try:
        client.send(np.zeros(RATE * 3, np.float32))  # what a session starts in the background is there
        for recording in recordings:
            runs.append(_one(client, recording))
            told(runs[-1])
    finally:
        client.session.close()
    return runs


def _one(client: _Client, recording: Recording) -> Run:
    since = len(client.told)
    client.send(np.zeros(round(_BEFORE * RATE), np.float32))
    ended = client.send(recording.sound)

    def over() -> bool:
        heard = client.first(Heard, since)
        return (heard is not None and not heard[1].transcript.text) or client.first(ResponseDone, since) is not None

    until = time.perf_counter() + _PATIENCE
    while not over() and time.perf_counter() < until:
        client.send(np.zeros(RATE, np.float32), over)
    return _run(client, recording, since, ended)


def _run(client: _Client, recording: Recording, since: int, ended: float) -> Run:
    run = Run(recording.name, recording.kind)
    heard, done, sound = (client.first(kind, since) for kind in (Heard, ResponseDone, SpokenDelta))
    if heard is not None:
        run.heard = heard[1].transcript.text
    if done is not None:
        run.answer = done[1].text
        run.timings = {stage: ms for stage, ms in done[1].timings.items() if stage in STAGES}
        run.timings["total"] = (done[0] - ended) * 1000
    if sound is not None and heard is not None:
        run.timings["first_sound"] = (sound[0] - ended) * 1000
        run.timings["words_to_sound"] = (sound[0] - heard[0]) * 1000
    with client._changed:
        tools = [e.event.tool for _, e in client.told[since:] if isinstance(e, TurnEvent) and e.event.type == "tool_finished"]
    run.by = tools[0] if tools else ""
    run.timings = {stage: round(ms, 1) for stage, ms in run.timings.items()}
    return run


def barge_in(assistant: Assistant, loop: asyncio.AbstractEventLoop, times: int = 5) -> list[float]:
    """Milliseconds from the start of speech until the last sound of an answer that it interrupts."""
    from scipy.signal import resample_poly

    from assistant.live.speaking import pcm

    interruption: Any = resample_poly(pcm(assistant.voice.synthesizer.speak(_BARGE, "en")).astype(np.float32), 2, 3) / 32768
    first = int(np.flatnonzero(np.abs(interruption) > _AUDIBLE)[0])
    found = [_interrupted(assistant, loop, np.asarray(interruption, np.float32), first) for _ in range(times)]
    return [ms for ms in found if ms is not None]


def _interrupted(assistant: Assistant, loop: asyncio.AbstractEventLoop, sound: NDArray[np.float32], first: int) -> float | None:
    client = _Client(assistant, loop)
    try:
        client.send(np.zeros(RATE // 2, np.float32))
        client.session.say("what can you do")
        client.session.respond()
        until = time.perf_counter() + _PATIENCE
        while client.first(SpokenDelta) is None and time.perf_counter() < until:
            client.send(np.zeros(RATE // 10, np.float32))
        began = time.perf_counter() + first / RATE
        client.send(sound, lambda: client.first(ResponseDone) is not None)
        done = client.first(ResponseDone)
        return round((done[0] - began) * 1000, 1) if done is not None and done[1].status == "cancelled" else None
    finally:
        client.session.close()
