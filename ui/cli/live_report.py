"""What a live session shows in the terminal: captions of both sides, the time of each stage, or one JSON event a line. Knows no sound."""

from __future__ import annotations

import json
import sys
from typing import Any

from retrieval.catalogue import language_of
from ui.cli import output

Json = dict[str, Any]
STAGES = ("vad", "stt", "route", "tool", "answer", "tts", "first_sound", "total")
_SOUND = "response.output_audio.delta"
_ANSWERED = ("response.output_audio_transcript.delta", "response.output_text.delta")


class Heard:
    """What the session has come to, from its events: enough for the JSON of one question."""

    def __init__(self) -> None:
        self.text, self.confidence, self.answer, self.said = "", 0.0, "", ""
        self.citations: list[Json] = []
        self.timings: Json = {}
        self.refused = False

    def add(self, event: Json) -> None:
        """The next event."""
        kind = event.get("type")
        if kind == "conversation.item.input_audio_transcription.completed" and event.get("transcript"):
            self.text, self.confidence = str(event["transcript"]), float(event.get("confidence") or 0)
        elif kind == "response.created":
            self.answer, self.said, self.citations, self.timings = "", "", [], {}
        elif kind == "assistant.turn_event":
            told = event.get("event") or {}
            if told.get("type") == "finished":
                self.answer, self.refused = str(told.get("text") or ""), bool(told.get("refused"))
            elif told.get("type") == "cited":
                self.citations = [{"type": "citation", **one} for one in told.get("citations") or []]
        elif kind in _ANSWERED:
            self.said += str(event.get("delta") or "")
        elif kind == "assistant.timings":
            self.timings = event.get("timings") or {}

    def to_dict(self, audio: str | None) -> Json:
        """As `ask --json`, with what only a live session knows."""
        return {
            "answer": self.answer or self.said, "spoken": self.said, "refused": self.refused, "citations": self.citations, "images": [],
            "audio": audio, "heard": self.text or None, "confidence": self.confidence, "language": language_of(self.answer or self.said),
            "timings_ms": self.timings,
        }  # fmt: skip


class Lines:
    """One JSON event a line, without the sound."""

    def show(self, event: Json) -> None:
        """The next event."""
        if event.get("type") != _SOUND:
            sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
            sys.stdout.flush()


class Captions:
    """For people. What is still changing is written over on a terminal, and left out where the output goes elsewhere."""

    def __init__(self) -> None:
        self._language = "en"
        self._open = ""
        """What is on the line that is not finished."""

    def show(self, event: Json) -> None:
        """The next event."""
        kind = str(event.get("type"))
        if kind == "conversation.item.input_audio_transcription.delta":
            self._over("you", str(event.get("transcript") or event.get("delta") or ""))
        elif kind == "conversation.item.input_audio_transcription.completed":
            self._heard(event)
        elif kind in _ANSWERED:
            self._more(str(event.get("delta") or ""))
        elif kind == "response.done":
            self._end()
        elif kind == "assistant.timings":
            self._times(event.get("timings") or {})
        elif kind == "assistant.wake_heard":
            self._note("live_wake", phrase=str(event.get("phrase") or ""))
        elif kind == "error":
            fault = event.get("error") or {}
            self._end()
            output.show_fault(str(fault.get("message") or ""), str(fault.get("hint") or ""))

    def _heard(self, event: Json) -> None:
        text = str(event.get("transcript") or "")
        if not text:
            self._over("", "")
            return
        self._language = language_of(text)
        self._over("you", text)
        self._end()
        if not output.console().is_terminal:
            output.write(self._line("you", text))

    def _more(self, delta: str) -> None:
        if not self._open:
            self._language = language_of(delta)
            delta = self._line("answer", delta)
        self._open += delta
        output.write(delta, end="")

    def _times(self, timings: Json) -> None:
        self._end()
        known = [f"{output.say(self._language, f'live_stage_{name}')} {float(timings[name]):.0f}" for name in STAGES if name in timings]
        if known:
            self._note("live_times", times=" · ".join(known))

    def _line(self, who: str, text: str) -> str:
        return f"{output.say(self._language, f'live_{who}')} {output.clean(text)}"

    def _over(self, who: str, text: str) -> None:
        if output.console().is_terminal:
            line = self._line(who, text) if text else ""
            sys.stdout.write(f"\r\x1b[2K{line}")
            sys.stdout.flush()
            self._open = line

    def _end(self) -> None:
        if self._open:
            output.write("")
            self._open = ""

    def _note(self, key: str, **values: object) -> None:
        self._end()
        output.notes().print(f"  {output.say(self._language, key, **values)}", style="dim", markup=False)
