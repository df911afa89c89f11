"""Answering: one response of a live session, from words to sound. Runs the turn, speaks what comes, and can be stopped at any moment."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.events import Event, Failed, Finished, Noticed, Routed, TextDelta, ToolFinished, ToolStarted
from assistant.live.events import LiveEvent, ResponseDone, ResponseStarted, SpokenDelta, Status, TurnEvent
from assistant.live.options import LiveOptions
from assistant.live.speaking import RATE, Telling, pieces
from assistant.turns import Turn
from retrieval.catalogue import language_of
from retrieval.faults import Fault

if TYPE_CHECKING:
    from assistant.service import Assistant

log = logging.getLogger(__name__)
_LEAD = 1.0
"""Seconds of sound that may be sent before they are played."""


@dataclass(frozen=True)
class Times:
    """When the words of a turn were spoken and known; seconds of `time.perf_counter`, 0 for typed words."""

    ended: float = 0.0
    """The real end of speech."""
    decided: float = 0.0
    heard: float = 0.0


class Answer:
    """One response. `live()` tells whether the client's own sound comes in as it is spoken, so that sound is sent at its own pace."""

    def __init__(
        self, assistant: Assistant, options: LiveOptions, emit: Callable[[LiveEvent], None], done: Callable[[Answer], None], *,
        live: Callable[[], bool], times: Times,
    ) -> None:  # fmt: skip
        self.id, self.item = f"resp_{uuid.uuid4().hex}", f"item_{uuid.uuid4().hex}"
        self._assistant, self._options, self._emit, self._finished, self._live = assistant, options, emit, done, live
        self._times = times
        self._begun = time.perf_counter()
        self._marks: dict[str, float] = {}
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._words: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._work: Any = None
        self._turn: Turn | None = None
        self._started = False
        self._ended = threading.Event()
        self._heard_ms: int | None = None
        self._said: list[tuple[str, int]] = []
        """Sentences, each with the sample at which its voice begins."""
        self._failed: Fault | None = None
        self._language = options.language or "en"
        self.text = ""
        self.sent = 0
        """Samples of voice sent."""
        self.message = ""
        """Id of the kept message, when the turn has ended well."""
        self.over = False
        self.left = ""
        """What was not said, because to go on was offered."""

    def start(self, turn: Turn, loop: asyncio.AbstractEventLoop) -> None:
        """Begin: the turn on `loop`, where the assistant lives, the voice in a thread."""
        self._language = turn.language or language_of(turn.text)
        self._turn = turn
        if self._announce():
            self._work = asyncio.run_coroutine_threadsafe(self._run(turn), loop)

    def go_on(self, text: str) -> None:
        """Say what an answer left unsaid. It was answered and kept before, so that no turn runs."""
        self._language = language_of(text)
        if self._announce():
            self._note(TextDelta(text=text))
            self._note(Finished(text=text, language=self._language))
            self._words.put(None)

    def _announce(self) -> bool:
        """Begin to speak what will come; False when it was cancelled before."""
        with self._lock:
            if self.over:
                return False
            self._started = True
            self._emit(ResponseStarted(self.id, self.item))
        threading.Thread(target=self._speak, name="live-voice", daemon=True).start()
        return True

    def cancel(self, reason: str) -> bool:
        """End now; nothing more is sent. False when it was over already."""
        return self._end("cancelled", reason)

    def join(self, seconds: float) -> None:
        """Wait until the turn has put its things away. Not on the assistant's own loop."""
        if self._work is not None:
            self._ended.wait(seconds)

    def fail(self, fault: Fault, turn: Turn) -> None:
        """It could not begin."""
        self._turn, self._started = turn, True
        self._emit(ResponseStarted(self.id, self.item))
        self._end("failed", fault.code, fault)

    def heard_until(self, ms: int) -> None:
        """Only so much of the voice was heard; the kept message says so."""
        self._heard_ms = max(0, min(ms, self.sent * 1000 // RATE))
        if self._ended.is_set():
            self._mark()

    def _mark(self) -> None:
        """Write into the kept answer how much of it was heard."""
        turn, ms = self._turn, self._heard_ms
        if turn is None or turn.conversation is None or ms is None:
            return
        heard = " ".join(text for text, begins in self._said if begins * 1000 // RATE < ms)
        try:
            kept = [m for m in self._assistant.conversations.messages(turn.conversation, turn.owner) if m.role == "assistant"]
            if kept:
                known = {"heard_ms": ms, "heard_text": heard}
                self._assistant.conversations.add(kept[-1].model_copy(update={"trace": kept[-1].trace | known}), turn.owner)
        except Fault as fault:
            log.debug("what was heard is not kept: %s", fault)

    @property
    def speaking(self) -> bool:
        """Sound has been sent and it is not over."""
        return self.sent > 0 and not self.over

    async def _run(self, turn: Turn) -> None:
        try:
            async with aclosing(self._assistant.run(turn)) as events:  # type: ignore[type-var]
                async for event in events:
                    self._note(event)
        except Exception as error:
            self._failed = error if isinstance(error, Fault) else Fault("The turn failed.", hint="Try again.")
            log.debug("a live turn failed", exc_info=error)
        finally:
            self._words.put(None)
            self._ended.set()
            if self._heard_ms is not None:
                await asyncio.to_thread(self._mark)

    def _note(self, event: Event) -> None:
        now = time.perf_counter()
        if isinstance(event, Routed):
            self._marks.setdefault("route", now)
        elif isinstance(event, ToolStarted):
            self._marks.setdefault("tool_started", now)
        elif isinstance(event, ToolFinished):
            self._marks["tool"] = now
        elif isinstance(event, Noticed) and event.spoken:
            self._words.put(f"{event.spoken}\n")
        elif isinstance(event, TextDelta):
            self._marks.setdefault("answer", now)
            self.text += event.text
            self._words.put(event.text)
        elif isinstance(event, Finished):
            self.text, self._language, self.message = event.text, event.language, event.message_id or ""
        elif isinstance(event, Failed):
            self._failed = Fault(event.message, hint=event.hint, code=event.code)
        self._send(TurnEvent(self.id, event))

    def _send(self, event: LiveEvent) -> bool:
        """Emit it unless the response is over."""
        with self._lock:
            if not self.over:
                self._emit(event)
            return not self.over

    def _speak(self) -> None:
        telling, fault = Telling(), None
        while (text := self._words.get()) is not None and not self.over:
            fault = fault or self._say(telling.feed(text, self._language))
        if not self.over:
            rest = telling.rest(self._language)
            self.left = telling.left
            fault = fault or self._say(rest)
        failed = self._failed
        if failed is not None:
            self._end("failed", failed.code, failed)
        else:
            self._end("completed", "", fault)

    def _say(self, found: list[str]) -> Fault | None:
        """Speak sentences; the fault of a voice that cannot, because the written answer stands without it."""
        if not self._options.speak:
            return None
        for sentence in found:
            self._marks.setdefault("sentence", time.perf_counter())
            try:
                self._pieces(sentence)
            except Fault as fault:
                log.warning("the answer could not be spoken: %s", fault)
                return fault
        return None

    def _pieces(self, sentence: str) -> None:
        options, text = self._options, sentence
        for pcm in pieces(self._assistant.voice.synthesizer, sentence, self._language, voice=options.voice, speed=options.speed):
            self._wait()
            if text:
                self._said.append((text, self.sent))
            if not self._send(SpokenDelta(self.id, self.item, text, pcm)):
                return
            self._marks.setdefault("first_sound", time.perf_counter())
            self.sent, text = self.sent + len(pcm) // 2, ""

    def _wait(self) -> None:
        """Hold sound back until at most `_LEAD` of what was sent is not yet played."""
        while self._options.pace and self._live() and "first_sound" in self._marks:
            ahead = self._marks["first_sound"] + self.sent / RATE - _LEAD - time.perf_counter()
            if ahead <= 0 or self._over.wait(min(ahead, 0.1)):
                return

    def _end(self, status: Status, reason: str, fault: Fault | None = None) -> bool:
        with self._lock:
            if self.over:
                return False
            self.over = True
            self._over.set()
            if self._started:
                self._emit(ResponseDone(self.id, status, reason, self.text, self._timings(), fault))
        if status == "cancelled" and self.sent:
            self.heard_until(round((time.perf_counter() - self._marks["first_sound"]) * 1000))
        if self._work is not None:
            self._work.cancel()
        self._words.put(None)
        self._finished(self)
        return True

    def _timings(self) -> dict[str, float]:
        """Milliseconds between the marks that were passed."""
        marks, times = self._marks, self._times
        begun = times.heard or self._begun
        spans = {
            "vad": (times.ended, times.decided), "stt": (times.decided, times.heard), "route": (begun, marks.get("route", 0.0)),
            "tool": (marks.get("tool_started", 0.0), marks.get("tool", 0.0)), "answer": (begun, marks.get("answer", 0.0)),
            "tts": (marks.get("sentence", 0.0), marks.get("first_sound", 0.0)),
            "first_sound": (times.ended or begun, marks.get("first_sound", 0.0)), "total": (times.ended or begun, time.perf_counter()),
        }  # fmt: skip
        return {name: round((end - start) * 1000, 1) for name, (start, end) in spans.items() if start and end}
