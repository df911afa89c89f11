"""One answer of a model in memory: prompt, computed prefix, constrained writing, and reading what was written as it comes.

Knows the model's library and the pieces an answer consists of; knows no thread and no LangChain chunk.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import BaseMessage

from assistant.chat_models._decoding import Grammar, Stops
from assistant.chat_models._formats import Wanted, grammar
from assistant.chat_models._loading import Loaded
from assistant.chat_models._messages import Media, fitting, template_messages
from assistant.chat_models._prefixes import LEAST, Prefix, Prompt
from assistant.chat_models._reading import Asked, Emit, Ended, Reader
from assistant.chat_models._summaries import request
from retrieval.decoding import Decoder
from retrieval.faults import Fault, InvalidInput, TooLarge, Unavailable

ANSWER, THOUGHT, SUMMARY = 2048, 3072, 256
"""Tokens at most, each also at most a quarter of the context; a summary an eighth."""
_SHORT = 400
"""Characters of a message in a request for a summary below which it is not cut while there are others."""


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
    halt = Stops(cancelled, deadline, 0)
    rendered = _fitted(loaded, asked, decoder, loaded.context - room, halt)
    thoughts = loaded.form.thoughts(rendered.asks)
    wanted = Wanted(asked.tools, asked.must_call, thoughts, room - min(ANSWER, loaded.context // 4) or 256, room // 2)
    reader = Reader(loaded, asked, thoughts == "open", emit)
    steering = (
        Grammar(loaded.guide, grammar(loaded.form, wanted, loaded.added), room * 3 // 4),
        halt.since(len(rendered.prompt.tokens)),
    )
    reused = _write(loaded, rendered, room, reader, steering)
    if time.monotonic() > deadline and not reader.ended:
        halt.check()
    finish: Any = "tool_calls" if reader.calls else "stop" if reader.ended else "length"
    return Ended(finish, len(rendered.prompt.tokens), reader.tokens, reused)


def _fitted(loaded: Loaded, asked: Asked, decoder: Decoder | None, most: int, halt: Stops) -> _Rendered:
    """The prompt, cut to `most` tokens, with a summary of what was cut where there is room. Raises TooLarge, Cancelled, TimedOut."""
    found: list[_Rendered] = []
    spare = min(SUMMARY, loaded.context // 8)

    def fits(messages: Sequence[BaseMessage]) -> bool:
        found.append(_render(loaded, replace(asked, messages=messages), decoder))
        return len(found[-1].prompt.tokens) <= most

    def summary(turns: Sequence[Sequence[BaseMessage]]) -> str | None:
        if len(found[-1].prompt.tokens) + 2 * spare > most:  # twice: its marks, and text read again may be more tokens than were written
            return None
        return loaded.summaries.of(turns, lambda before, new: _summary(loaded, before, new, spare, halt))

    if fitting(asked.messages, fits, summary) is None:
        raise TooLarge(
            f"The question and the tools take {len(found[-1].prompt.tokens)} tokens, the model has room for {most}.",
            hint="Send less at once, or give the model more room with ?context= in chat_model.", code="context_full",
        )  # fmt: skip
    return found[-1]


def _summary(loaded: Loaded, before: str, new: Sequence[BaseMessage], most: int, halt: Stops) -> str:
    """What the model makes of `new` messages and an older summary, in at most `most` tokens; empty when it makes nothing of them.

    Its most probable words, so that the same turns get the same summary. Raises Cancelled, TimedOut.
    """
    words: list[str] = []
    length = 4 * loaded.context  # characters of each message; a message of a token for each character still comes to fit
    while True:
        rendered = _render(loaded, Asked([request(before, new, length)]), None)
        room = most * (2 if (thoughts := loaded.form.thoughts(rendered.asks)) == "open" else 1)
        if (start := len(rendered.prompt.tokens)) <= loaded.context - room:
            break
        length //= 2
        if length < _SHORT and len(new) > 1:  # rather in two parts than cut to nothing
            half = len(new) // 2
            older = _summary(loaded, before, new[:half], most, halt)
            return older and _summary(loaded, older, new[half:], most, halt)
        if not length:
            return ""
    reader = Reader(loaded, Asked(()), thoughts == "open", lambda piece: words.append(piece.text))
    try:
        rules = Grammar(loaded.guide, grammar(loaded.form, Wanted(thoughts=thoughts, most_thoughts=most), loaded.added), room)
        _generate(
            loaded, rendered, start, None, max_new_tokens=room, do_sample=False, streamer=reader, logits_processor=[rules],
            stopping_criteria=[halt.since(start)],
        )  # fmt: skip
    except Unavailable:
        return ""
    halt.check()
    return "".join(words)


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
