"""A live session over `/v1/realtime` from the terminal: sound is sent while events come back, until the sound or the person ends it.

Knows the events that steer it; what they look like is the report's, what they sound like the loudspeaker's.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.faults import Fault, InvalidInput, Unavailable
from ui.cli.live_sound import Loudspeaker, silence

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

    from ui.cli.connection import Client

Json = dict[str, Any]
_TAIL = 1.2
"""Seconds of silence sent after the last sound, so that the end of speech is heard."""
_SETTLED = 1.5
"""Seconds without an event, after the last sound, when nothing is being answered."""
_PATIENCE = 60.0
"""Seconds that an answer may take to begin."""


@dataclass(frozen=True)
class Wishes:
    """How to listen."""

    wake: str = ""
    language: str = ""
    collection: str = ""
    transcribe_only: bool = False
    once: bool = False
    """Stop after the first answer."""
    interrupts: bool = False
    """Speaking stops the answer; without it nothing is sent while the assistant speaks: a loudspeaker is heard by its microphone."""

    def session(self) -> Json:
        """As the service takes it."""
        sound = {"type": "audio/pcm", "rate": 16_000}
        asked: Json = {"type": "transcription" if self.transcribe_only else "realtime", "audio": {"input": {"format": sound}}}
        ours = {"wake": self.wake, "language": self.language, "collection": self.collection}
        return asked | {"assistant": {key: value for key, value in ours.items() if value}}


class Talk:
    """One session."""

    def __init__(self, client: Client, wishes: Wishes, show: Callable[[Json], None], loudspeaker: Loudspeaker | None) -> None:
        self._client, self._wishes, self._show, self._loudspeaker = client, wishes, show, loudspeaker
        self._over = threading.Event()
        self._ended = 0.0
        """When the sound ended; 0 before."""
        self._heard_last = time.monotonic()
        self._open: set[str] = set()
        """Utterances without their words, and answers that are being given."""
        self._owed = 0.0
        """When words were heard whose answer has not begun; 0 for none."""
        self._item = ""
        self._sender: Fault | None = None
        self.spoken = bytearray()
        """All answers' sound."""

    def run(self, sound: Iterator[bytes]) -> None:
        """Until the sound has ended and is answered, or the first answer was given (`once`). Raises Fault, KeyboardInterrupt."""
        with self._connected() as socket:
            sender = threading.Thread(target=self._send, args=(socket, sound), name="live-sender", daemon=True)
            try:
                self._begin(socket)
                sender.start()
                while not self._finished():
                    event = self._next(socket)
                    if event is not None:
                        self._take(event, socket)
            finally:
                self._over.set()
        if self._sender is not None:
            raise self._sender
        while self._loudspeaker is not None and self._loudspeaker.busy:
            time.sleep(0.05)

    def _connected(self) -> ClientConnection:
        from websockets.exceptions import InvalidStatus, WebSocketException
        from websockets.sync.client import connect

        from ui.chat.client import ApiFault

        address = "ws" + self._client.address.removeprefix("http") + "/v1/realtime?model=assistant"
        try:
            return connect(address, additional_headers=self._client.headers, proxy=None, compression=None, max_size=None, open_timeout=30)
        except InvalidStatus as error:
            raise _refused(error.response.body, error.response.status_code) from error
        except (OSError, WebSocketException) as error:
            raise ApiFault(str(error) or type(error).__name__, down=True) from error

    def _begin(self, socket: ClientConnection) -> None:
        socket.send(json.dumps({"type": "session.update", "session": self._wishes.session()}))
        while True:
            event = self._next(socket, 30.0)
            if event is None:
                raise Unavailable("The live session did not begin.", hint="Look at the log of the server.")
            if event["type"] == "error":
                fault = event["error"]
                raise Fault(str(fault.get("message")), hint=str(fault.get("hint") or ""), code=str(fault.get("code") or "error"))
            self._show(event)
            if event["type"] == "session.updated":
                return

    def _next(self, socket: ClientConnection, seconds: float = 0.1) -> Json | None:
        from websockets.exceptions import ConnectionClosed

        try:
            found = json.loads(socket.recv(seconds))
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            raise Unavailable("The server ended the live session.", hint="Start it again; the server's log may say why.") from error
        return found if isinstance(found, dict) else None

    def _send(self, socket: ClientConnection, sound: Iterator[bytes]) -> None:
        """The sender's thread."""
        from websockets.exceptions import ConnectionClosed

        try:
            for piece in sound:
                if self._over.is_set():
                    return
                self._append(socket, silence(len(piece) / 2 / 16_000) if self._deaf() else piece)
            for _ in range(round(_TAIL * 10)):  # at its own pace, as a microphone would
                self._append(socket, silence(0.1))
                time.sleep(0.1)
        except ConnectionClosed:
            return
        except Fault as fault:
            self._sender = fault
        finally:
            self._ended = time.monotonic()

    def _append(self, socket: ClientConnection, pcm: bytes) -> None:
        if pcm:
            socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}))

    def _deaf(self) -> bool:
        """Whether the assistant would hear itself."""
        return not self._wishes.interrupts and self._loudspeaker is not None and self._loudspeaker.busy

    def _take(self, event: Json, socket: ClientConnection) -> None:
        self._heard_last = time.monotonic()
        kind, item = str(event.get("type")), str(event.get("item_id") or "")
        if kind == "error" and "wake" in str(event["error"].get("param")):  # nothing would ever be heard
            raise InvalidInput(str(event["error"].get("message")), hint=str(event["error"].get("hint") or ""), param="wake")
        if kind == "response.output_audio.delta":
            pcm = base64.b64decode(str(event.get("delta") or ""))
            self.spoken += pcm
            self._item = item
            if self._loudspeaker is not None:
                self._loudspeaker.play(pcm)
        elif kind == "input_audio_buffer.speech_started":
            self._open.add(item)
            self._interrupted(socket)
        elif kind == "conversation.item.input_audio_transcription.completed":
            self._open.discard(item)
            if event.get("transcript") and not self._wishes.transcribe_only:
                self._owed = time.monotonic()
        elif kind == "response.created":
            self._owed = 0.0
            self._open.add(str(event["response"]["id"]))
            if self._loudspeaker is not None:
                self._loudspeaker.begin()
        elif kind == "response.done":
            self._open.discard(str(event["response"]["id"]))
            if self._wishes.once and event["response"].get("status") != "cancelled":
                self._over.set()
        self._show(event)

    def _interrupted(self, socket: ClientConnection) -> None:
        """Somebody speaks over the answer: stop playing, and say how much of it was heard."""
        if self._loudspeaker is None or not self._loudspeaker.busy:
            return
        self._loudspeaker.stop()
        told = {"type": "conversation.item.truncate", "item_id": self._item, "content_index": 0}
        socket.send(json.dumps(told | {"audio_end_ms": int(self._loudspeaker.played * 1000)}))

    def _finished(self) -> bool:
        if self._over.is_set() or self._sender is not None:
            return True
        now = time.monotonic()
        if not self._ended or self._open or (self._owed and now - self._owed < _PATIENCE):
            return bool(self._ended) and now - max(self._heard_last, self._ended) > _PATIENCE
        return now - max(self._heard_last, self._ended) > _SETTLED


def _refused(body: bytes | bytearray | None, status: int) -> Exception:
    from ui.chat.client import ApiFault

    with suppress(ValueError, KeyError, TypeError, AttributeError):
        fault = json.loads(body or b"")["error"]
        return ApiFault(str(fault.get("message") or ""), str(fault.get("hint") or ""), status)
    return ApiFault(f"HTTP {status}", "", status)
