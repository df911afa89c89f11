"""What one answer is asked for and what it consists of, and the reader that turns tokens into its pieces as they come.

Knows the model's way of writing; runs no model.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.messages import BaseMessage

from assistant.chat_models._loading import Loaded


@dataclass(frozen=True)
class Asked:
    """What one call of the chat model asks for."""

    messages: Sequence[BaseMessage]
    tools: Sequence[Mapping[str, Any]] = ()
    """In OpenAI's form."""
    must_call: bool = False
    thinking: bool = False


@dataclass(frozen=True)
class Call:
    """A whole tool call, true to the tool's schema."""

    name: str
    arguments: dict[str, Any]
    id: str
    number: int = 0
    """Its place among the calls of the answer."""


@dataclass(frozen=True)
class Piece:
    """Something more of the answer: words of it, words of a thought, or a call."""

    text: str = ""
    thought: str = ""
    call: Call | None = None


@dataclass(frozen=True)
class Ended:
    """The end of an answer."""

    finish: Literal["stop", "length", "tool_calls"]
    tokens_in: int
    tokens_out: int
    reused: int
    """Of `tokens_in`: computed for an earlier answer."""


Emit = Callable[[Piece], None]


class Reader:
    """A streamer for `generate`: reads tokens as they come and emits pieces."""

    def __init__(self, loaded: Loaded, asked: Asked, open_thought: bool, emit: Emit) -> None:
        from tokenizers.decoders import DecodeStream
        from transformers.utils.chat_parsing import ResponseParser

        self._loaded, self._emit = loaded, emit
        self._names = {tool["function"]["name"] for tool in asked.tools}
        self._decoder = DecodeStream(skip_special_tokens=False)
        self._parser = ResponseParser(loaded.form.response_template(), prefix="", tools=list(asked.tools))
        if open_thought:
            self._parser.feed(loaded.form.think[0])
        self._prompt = self._spoken = self._lost = False
        self.tokens = self.calls = 0
        self.ended = False
        """The model said itself that it is done."""

    def put(self, value: Any) -> None:
        """The prompt first, then each token: a tensor of ids."""
        if not self._prompt:
            self._prompt = True
            return
        token = int(value.flatten()[-1])
        self.tokens += 1
        if token in self._loaded.ends:
            self.ended = True
        elif text := self._decoder.step(self._loaded.tokenizer.backend_tokenizer, token):
            self._read(lambda: self._parser.feed(text))

    def end(self) -> None:
        """Nothing more comes. What was held back is said, unless it was cut off: then it may be the beginning of a call."""
        if self.ended:
            self._read(lambda: self._parser.finalize()[1])

    def _read(self, step: Callable[[], list[dict[str, Any]]]) -> None:
        """Emit what the parser found; what it cannot read, such as an argument that holds a closing tag, ends the reading."""
        try:
            for event in [] if self._lost else step():
                self._found(event)
        except ValueError:
            self._lost = True

    def _found(self, event: dict[str, Any]) -> None:
        field, kind = event["field"], event["type"]
        if kind == "region_close" and field == "tool_calls":
            self._called(event["value"]["function"])
        elif kind == "region_chunk" and field == "reasoning_content":
            self._emit(Piece(thought=event["text"]))
        elif kind == "region_chunk" and field == "content":
            text = event["text"] if self._spoken else event["text"].lstrip()
            if text:
                self._spoken = True
                self._emit(Piece(text=text))

    def _called(self, function: Any) -> None:
        if isinstance(function, dict) and function.get("name") in self._names and isinstance(function.get("arguments"), dict):
            identity = f"call_{uuid.uuid4().hex[:20]}"
            self._emit(Piece(call=Call(function["name"], _encodable(function["arguments"]), identity, self.calls)))
            self.calls += 1


def _encodable(value: Any) -> Any:
    r"""`value` without halves of surrogate pairs: JSON can write them (`\ud800`), UTF-8 cannot."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _encodable(each) for key, each in value.items()}
    return [_encodable(each) for each in value] if isinstance(value, list) else value
