"""One answer of a model in memory: prompt, computed prefix, constrained writing, and reading what was written as it comes.

Knows the model's library and the pieces an answer consists of; knows no thread and no LangChain chunk.
"""

from __future__ import annotations

import copy
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from langchain_core.messages import BaseMessage

from assistant.chat_models._decoding import Grammar, Stops
from assistant.chat_models._formats import Wanted, grammar
from assistant.chat_models._loading import Loaded
from assistant.chat_models._messages import Media, fitting, template_messages
from assistant.chat_models._prefixes import LEAST, Prefix, Prompt
from retrieval.decoding import Decoder
from retrieval.faults import Fault, InvalidInput, TimedOut, TooLarge, Unavailable

ANSWER, THOUGHT = 2048, 3072
"""Tokens at most."""


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


@dataclass(frozen=True)
class _Rendered:
    """A prompt as the model takes it."""

    inputs: dict[str, Any]
    """Tensors: those of shape (1, tokens) run along the prompt, the others are its media."""
    prompt: Prompt
    asks: str
    """The end of the prompt, which asks for the answer and may begin it."""


def answer(
    loaded: Loaded, asked: Asked, decoder: Decoder | None, cancelled: threading.Event, deadline: float, emit: Emit
) -> Ended:  # fmt: skip
    """Write one answer and emit its pieces; the caller holds the model's lock.

    Stops within one token of `cancelled`. Raises TimedOut at `deadline` (monotonic seconds), TooLarge, InvalidInput.
    """
    room = min(ANSWER, loaded.context // 4) + (min(THOUGHT, loaded.context // 4) if asked.thinking else 0)
    rendered = _fitted(loaded, asked, decoder, loaded.context - room)
    opening, closing = loaded.form.think
    thoughts: Any = "open" if rendered.asks.rstrip().endswith(opening) else "none" if closing in rendered.asks else "may"
    wanted = Wanted(asked.tools, asked.must_call, thoughts, room - min(ANSWER, loaded.context // 4) or 256, room // 2)
    reader = Reader(loaded, asked, thoughts == "open", emit)
    steering = (
        Grammar(loaded.guide, grammar(loaded.form, wanted, loaded.added), room * 3 // 4),
        Stops(cancelled, deadline, len(rendered.prompt.tokens)),
    )
    reused = _write(loaded, rendered, room, reader, steering)
    if time.monotonic() > deadline and not reader.ended:
        raise TimedOut("The answer took too long.", hint="Ask for less at once, choose a smaller model, or raise limits.turn_seconds.")
    finish: Any = "tool_calls" if reader.calls else "stop" if reader.ended else "length"
    return Ended(finish, len(rendered.prompt.tokens), reader.tokens, reused)


def _fitted(loaded: Loaded, asked: Asked, decoder: Decoder | None, most: int) -> _Rendered:
    """The prompt, cut to `most` tokens. Raises TooLarge."""
    found: list[_Rendered] = []

    def fits(messages: Sequence[BaseMessage]) -> bool:
        found.append(_render(loaded, replace(asked, messages=messages), decoder))
        return len(found[-1].prompt.tokens) <= most

    if fitting(asked.messages, fits) is None:
        raise TooLarge(
            f"The question and the tools take {len(found[-1].prompt.tokens)} tokens, the model has room for {most}.",
            hint="Send less at once, or give the model more room with ?context= in chat_model.", code="context_full",
        )  # fmt: skip
    return found[-1]


def _render(loaded: Loaded, asked: Asked, decoder: Decoder | None) -> _Rendered:
    import jinja2

    media = Media(loaded.takes, decoder, loaded.rate)
    messages = template_messages(
        asked.messages, media, listed=loaded.processor is not loaded.tokenizer, native=loaded.form.native, tools=asked.tools
    )
    options: dict[str, Any] = {"enable_thinking": asked.thinking} if loaded.form.switch else {}
    if loaded.form.native and asked.tools:
        options["tools"] = list(asked.tools)
    template = loaded.processor.apply_chat_template
    try:
        whole, before = (template(messages, add_generation_prompt=ask, tokenize=False, **options) for ask in (True, False))
        inputs = template(
            messages,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            sanitize_control_tokens=True,
            **options,
        )
    except jinja2.TemplateError as error:
        raise InvalidInput(f"The model's chat template refuses this conversation: {error}", hint="Begin a new conversation.") from error
    asks = whole[len(before) :] if whole.startswith(before) else ""
    tokens = inputs["input_ids"][0].cpu().numpy()
    tail = len(loaded.tokenizer(asks, add_special_tokens=False)["input_ids"]) if asks else len(tokens)
    span = _span(loaded, inputs) if media.digests else (0, 0)
    tensors = {key: _placed(value, loaded.model) for key, value in inputs.items() if hasattr(value, "to")}
    return _Rendered(tensors, Prompt(tokens, tuple(media.digests), span, len(tokens) - tail), asks)


def _placed(value: Any, model: Any) -> Any:
    return value.to(model.device, model.dtype) if value.is_floating_point() else value.to(model.device)


def _span(loaded: Loaded, inputs: Mapping[str, Any]) -> tuple[int, int]:
    """From the first token that stands for a medium to behind the last; the whole prompt where it cannot be told."""
    kinds: Any = inputs.get("mm_token_type_ids", inputs.get("token_type_ids"))
    if kinds is None:
        ids = [getattr(loaded.model.config, name, None) for name in ("image_token_id", "image_token_index", "audio_token_id")]
        kinds = sum((inputs["input_ids"] == one for one in ids if one is not None), start=inputs["input_ids"] < 0)
    places = kinds[0].nonzero().flatten().tolist()
    return (places[0], places[-1] + 1) if places else (0, inputs["input_ids"].shape[1])


def _write(loaded: Loaded, rendered: _Rendered, room: int, reader: Reader, steering: tuple[Grammar, Stops]) -> int:
    """Let the model write, from the longest prefix that is known; how many tokens that was."""
    prompt, prefixes = rendered.prompt, loaded.prefixes
    known = prefixes.take(prompt)
    reused = len(known.prompt.tokens) if known else 0
    if not prefixes.croppable and prompt.stable - reused >= LEAST:
        # What cannot be cropped later is copied at the place where the next turn will go on.
        known = _generate(loaded, rendered, prompt.stable, known, max_new_tokens=1)
        prefixes.keep(replace(known, cache=copy.deepcopy(known.cache)))
    known = _generate(
        loaded, rendered, len(prompt.tokens), known, max_new_tokens=room, streamer=reader, logits_processor=[steering[0]],
        stopping_criteria=[steering[1]],
    )  # fmt: skip
    if prefixes.croppable:
        prefixes.keep(known)
    return reused


def _generate(loaded: Loaded, rendered: _Rendered, length: int, known: Prefix | None, **options: Any) -> Prefix:
    """Run the model over the first `length` tokens of the prompt, from `known` on, and let it write; what is known then."""
    import torch
    from transformers import LogitsProcessorList, StoppingCriteriaList

    prompt, whole = rendered.prompt, len(rendered.prompt.tokens)
    computed = len(known.prompt.tokens) if known else 0
    seen = bool(prompt.media) and computed >= prompt.span[1]
    inputs = {key: value[:, :length] if value.shape[:2] == (1, whole) else value for key, value in rendered.inputs.items()}
    if seen:  # what the media say is in the cache already
        inputs = {key: inputs[key] for key in ("input_ids", "attention_mask")}
    positions = next((part for part in (loaded.model, getattr(loaded.model, "model", None)) if hasattr(part, "rope_deltas")), None)
    if positions is not None:
        positions.rope_deltas = known.offset if known and seen else None
    options["logits_processor"] = LogitsProcessorList(options.get("logits_processor", ()))
    options["stopping_criteria"] = StoppingCriteriaList(options.get("stopping_criteria", ()))
    try:
        made = loaded.model.generate(
            **inputs, **({"past_key_values": known.cache} if known else {}), **options, use_cache=True, return_dict_in_generate=True,
            pad_token_id=loaded.tokenizer.pad_token_id if loaded.tokenizer.pad_token_id is not None else min(loaded.ends, default=0),
            eos_token_id=sorted(loaded.ends),
        )  # fmt: skip
    except torch.OutOfMemoryError as error:
        hint = "Send less at once, or choose a smaller model or ?quantize=int4."
        raise Unavailable("The accelerator's memory is full.", hint=hint, code="accelerator_full") from error
    except (ValueError, RuntimeError) as error:
        if isinstance(error, Fault):
            raise
        raise Unavailable(f"The chat model failed: {str(error)[:300]}", hint="Ask again; a new conversation may help.") from error
    cache = made.past_key_values
    tokens = made.sequences[0, : cache.get_seq_length()].cpu().numpy()
    return Prefix(replace(prompt, tokens=tokens), cache, getattr(positions, "rope_deltas", None))
