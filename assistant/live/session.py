"""Live session: sound in, words and voice out, for one person who speaks and may interrupt. Knows turns and voice, no wire format.

One thread hears: whatever the client does is done in the order it came. Cancelling and closing wait for nothing.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from assistant.live.answering import Answer, Times
from assistant.live.ear import Samples, utterance
from assistant.live.events import Heard, LiveEvent, Problem, Said
from assistant.live.listening import Listening, Utterance
from assistant.live.options import LiveOptions
from assistant.live.pace import Pace
from assistant.live.speaking import make_ready
from assistant.live.spoken import accepts
from assistant.live.unanswered import Unanswered, as_turn, words_of
from assistant.transcribers.base import RATE
from assistant.turns import Turn
from retrieval.content import Content
from retrieval.faults import Busy, Conflict, Fault, InvalidInput
from retrieval.waves import wav

if TYPE_CHECKING:
    from assistant.service import Assistant

log = logging.getLogger(__name__)
Emit = Callable[[LiveEvent], None]
_WAITING = 30.0
"""Seconds of sound that may wait to be heard."""
_PATIENCE = 30.0
"""Seconds that `append` waits for room."""
_ANSWERS_WAITING = 16


class LiveSession:
    """One conversation by voice. Every method may be called from any thread; `emit` is called from several, but never twice at once.

    `emit` must be quick and must not call the session back.
    """

    def __init__(
        self, assistant: Assistant, owner: str, options: LiveOptions | None = None, emit: Emit = lambda event: None, *,
        loop: asyncio.AbstractEventLoop | None = None, conversation: str = "",
    ) -> None:  # fmt: skip
        """`loop`: where the assistant was started; the running one when left out. `conversation`: id of a stored one to go on with."""
        self._assistant, self._owner, self._emit_to = assistant, owner, emit
        self._loop = loop or asyncio.get_running_loop()
        self.options = options or LiveOptions()
        self.conversation = conversation
        """Id of the stored conversation; empty before the first turn."""
        self._emitting = threading.RLock()
        self._changed = threading.Condition()
        self._todo: deque[tuple[str, Any]] = deque()
        self._waiting = 0
        self._pace = Pace()
        self._closed = False
        self._listening = Listening(assistant.voice, self.options, self._emit, self._complete)
        self._unanswered: list[Unanswered] = []
        self._next: deque[tuple[Turn | str, Times]] = deque()
        """Turns, and what is left of an answer."""
        self._answer: Answer | None = None
        self._last_answer: Answer | None = None
        threading.Thread(target=make_ready, args=(assistant.voice,), name="live-ready", daemon=True).start()
        self._thread = threading.Thread(target=self._hear, name="live-ear", daemon=True)
        self._thread.start()

    # What a client does.

    def append(self, samples: Any) -> None:
        """Sound that came in: mono, 16 kHz, float32 in -1..1 or int16, any length. Waits while 30 s are waiting to be heard; raises Busy
        when that does not change, InvalidInput for what is no sound."""
        sound = utterance(samples)
        if not len(sound):
            return
        with self._changed:
            if self._closed:
                return
            if not self._changed.wait_for(lambda: self._closed or self._waiting < _WAITING * RATE, _PATIENCE):
                raise Busy("The sound comes faster than it can be heard.", hint="Send it at its own pace.")
            self._pace.came(len(sound))
            self._waiting += len(sound)
            self._todo.append(("sound", (sound, time.perf_counter())))
            self._changed.notify_all()

    def commit(self) -> None:
        """The utterance ends here. Emits Problem when there is no sound."""
        self._do("commit")

    def clear(self) -> None:
        """Forget the sound that is not committed yet."""
        self._do("clear")

    def say(self, text: str, enclosed: Sequence[Content] = ()) -> str:
        """A typed item, with pictures if there are any; the id it gets. It is answered at the next `respond`."""
        said = Unanswered(f"item_{uuid.uuid4().hex}", text, tuple(enclosed))
        self._do("say", said)
        return said.item

    def forget(self, item: str) -> None:
        """An item was taken out of the conversation before it was answered: it is not answered any more."""
        self._do("forget", item)

    def respond(self, instructions: str = "") -> None:
        """Answer what was said and typed since the last answer. `instructions` alone are taken as the words when nothing was."""
        self._do("respond", instructions)

    def update(self, options: LiveOptions) -> None:
        """Other options, from the sound on that comes after."""
        self._do("options", options)

    def cancel(self) -> bool:
        """Stop the answer that is being given, and those that wait. False when there is none."""
        return self._stop("client_cancelled")

    def played(self, ms: int) -> None:
        """How much of the last answer's voice was heard before the client stopped it. What was not heard is marked in the conversation."""
        self._do("played", ms)

    def close(self) -> None:
        """End everything. Nothing is emitted afterwards. May be called twice."""
        self._stop("client_cancelled", quiet=True)
        with self._changed:
            self._closed = True
            self._todo.clear()
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(5)
        if self._last_answer is not None and not self._on_loop():
            self._last_answer.join(5)

    def _on_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    # What comes of it.

    def _do(self, what: str, value: Any = None) -> None:
        with self._changed:
            if not self._closed:
                self._todo.append((what, value))
                self._changed.notify_all()

    def _emit(self, event: LiveEvent) -> None:
        with self._emitting:
            if not self._closed:
                self._emit_to(event)

    def _hear(self) -> None:
        """The ear's thread: one thing after another until the end."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._todo))
                if self._closed:
                    break
                what, value = self._todo.popleft()
                if what == "sound":
                    self._waiting -= len(value[0])
                    self._changed.notify_all()
            try:
                getattr(self, f"_on_{what}")(value)
            except Fault as fault:
                self._emit(Problem(fault))
            except Exception:
                log.exception("a live session failed")
                self._emit(Problem(Fault("The live session could not do that.", hint="Try again; the log of the server has the details.")))
        self._listening.close()

    def _on_sound(self, came: tuple[Samples, float]) -> None:
        for found in self._listening.feed(*came):
            if isinstance(found, Utterance):
                self._heard(found)
            elif self.options.interrupt_response and self._pace.interrupts(found.at):
                self._stop("turn_detected")

    def _on_commit(self, _: None) -> None:
        found = self._listening.commit()
        if found is not None:
            self._heard(found)

    def _on_clear(self, _: None) -> None:
        self._listening.clear()

    def _on_awaken(self, _: None) -> None:
        self._listening.awaken()

    def _on_options(self, options: LiveOptions) -> None:
        self.options = options
        self._listening.update(options)

    def _on_say(self, said: Unanswered) -> None:
        if not said.text.strip() and not said.contents:
            raise InvalidInput("The item is empty.", hint="Send some words.", param="text")
        self._emit(Said(said.item, said.text, self._listening.previous))
        self._listening.previous = said.item
        self._unanswered.append(said)

    def _on_forget(self, item: str) -> None:
        self._unanswered = [said for said in self._unanswered if said.item != item]

    def _on_respond(self, instructions: str) -> None:
        if self._answer is not None:
            raise Conflict(
                "An answer is being given already.", hint="Cancel it, or wait for its end.", code="conversation_already_has_active_response"
            )
        if not self._unanswered and not instructions.strip():
            raise InvalidInput("There is nothing to answer.", hint="Say or type something first.", code="nothing_to_answer")
        if not self._unanswered:
            self._unanswered = [Unanswered("", instructions)]
        self._begin(Times())

    def _on_played(self, ms: int) -> None:
        if self._last_answer is not None:
            self._last_answer.heard_until(ms)

    def _heard(self, found: Utterance) -> None:
        """An utterance became words, or none."""
        transcript, options = found.transcript, self.options
        self._emit(Heard(found.item, transcript))
        if not transcript.text or options.transcribe_only:
            return
        sound = None
        if found.sound is not None:
            sound = Content(modality="audio", media_type="audio/wav", data=wav(found.sound, RATE), seconds=len(found.sound) / RATE)
        self._unanswered.append(Unanswered(found.item, transcript.text, (), transcript.confidence, sound))
        if found.automatic and options.create_response:
            self._begin(found.times)

    def _begin(self, times: Times) -> None:
        """Everything that was not answered becomes a turn, unless it only says that the last answer shall go on."""
        said, self._unanswered, last = self._unanswered, [], self._last_answer
        left = last.left if last is not None and accepts(words_of(said)) and not any(one.contents for one in said) else ""
        self._put(left or as_turn(said, self.options, self._owner), times)

    def _put(self, turn: Turn | str, times: Times) -> None:  # after what is being answered
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._next) < _ANSWERS_WAITING)
            self._next.append((turn, times))
        self._go_on()

    def _go_on(self) -> None:
        """Start the next answer when none is being given."""
        with self._changed:
            if self._closed or self._answer is not None or not self._next:
                return
            turn, times = self._next.popleft()
            answer = Answer(self._assistant, self.options, self._emit, self._over, live=self._pace.live, times=times)
            self._answer = self._last_answer = answer
            self._pace.answering()
            self._changed.notify_all()
        if isinstance(turn, str):
            return answer.go_on(turn)
        try:
            answer.start(turn.model_copy(update={"conversation": self._stored()}), self._loop)
        except Fault as fault:
            answer.fail(fault, turn)

    def _complete(self, words: str) -> bool:
        """Whether words are a whole command to the home, so that nothing more need be waited for."""
        try:
            return bool(self._assistant.household.understood(words, self.options.language or "en"))
        except Fault:
            return False

    def _stored(self) -> str:
        """The conversation, made at its first turn."""
        if not self.conversation:
            options = self.options
            collections = (options.collection,) if options.collection else ()
            self.conversation = self._assistant.conversations.create(self._owner, collections=collections, consent=options.consent).id
        return self.conversation

    def _over(self, answer: Answer) -> None:
        if self.options.wake and answer.text.rstrip().endswith(("?", "？")):
            self._do("awaken")
        with self._changed:
            if self._answer is answer:
                self._answer = None
            self._changed.notify_all()
        self._go_on()

    def _stop(self, reason: str, *, quiet: bool = False) -> bool:
        with self._changed:
            self._next.clear()
            answer = self._answer
            if quiet:
                self._closed = True
            self._changed.notify_all()
        return answer is not None and answer.cancel(reason)
