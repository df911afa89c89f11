"""What steers a model while it writes: the grammar of its answer, and when to stop. Knows tokens, no message."""

from __future__ import annotations

import threading
import time
from typing import Any

from retrieval.faults import Cancelled, TimedOut, Unavailable

_PERIODS = 64
"""Tokens of the longest loop that is noticed."""
_CLOSERS = ('"', "}", "]")
"""In this order: within a string all of them may come, and only the first one ends it."""
_LOOPED, _TIMES = 96, 6
"""A loop ends an answer when it fills this many tokens and has come round this often."""


class Grammar:
    """A logits processor that leaves a model only the tokens its grammar allows."""

    def __init__(self, guide: Any, text: str, hurry: int) -> None:
        """`guide` is the tokenizer as llguidance knows it, `text` a Lark grammar; behind `hurry` tokens a call is brought to its end.

        Raises Unavailable for a grammar it cannot read.
        """
        import llguidance
        import llguidance.numpy

        self._matcher = llguidance.LLMatcher(guide, llguidance.LLMatcher.grammar_from_lark(text))
        if self._matcher.is_error():
            raise Unavailable(
                f"A tool's schema cannot be held to: {self._matcher.get_error()[:200]}", hint="Simplify the schema of that tool.",
                code="tool_schema",
            )  # fmt: skip
        self._bits = llguidance.numpy.allocate_token_bitmask(1, guide.vocab_size)
        self._fill = llguidance.numpy.fill_next_token_bitmask
        self._closers = [tokens[0] for mark in _CLOSERS if len(tokens := guide.tokenize_str(mark)) == 1]
        self._written, self._hurry = 0, hurry

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """`scores` (1, vocabulary) with minus infinity for all that may not follow `input_ids` (1, length)."""
        import numpy as np
        import torch

        if self._written:
            self._matcher.consume_token(int(input_ids[0, -1]))
        self._written += 1
        self._fill(self._matcher, self._bits)
        allowed = np.unpackbits(self._bits.view(np.uint8)[0], bitorder="little")[: scores.shape[-1]].astype(bool)
        if self._written > self._hurry and not self._matcher.is_accepting():
            allowed = self._closing(allowed)
        mask = torch.zeros(scores.shape[-1], dtype=torch.bool)
        mask[: len(allowed)] = torch.from_numpy(allowed)  # logits may be padded beyond the vocabulary
        return scores.masked_fill(~mask.to(scores.device), float("-inf"))

    def _closing(self, allowed: Any) -> Any:
        """`allowed` (vocabulary,) narrowed to the token that brings a call nearest to its end, where one of those may come."""
        import numpy as np

        token = next((closer for closer in self._closers if allowed[closer]), None)
        return allowed if token is None else np.arange(len(allowed)) == token


class Stops:
    """A stopping criterion: somebody cancelled, the time is up, or the model goes round in circles."""

    def __init__(self, cancelled: threading.Event, deadline: float, start: int) -> None:
        """`deadline` on the monotonic clock, in seconds; the answer begins at token `start`."""
        self._cancelled, self._deadline, self._start = cancelled, deadline, start

    def since(self, start: int) -> Stops:
        """The same for an answer that begins at token `start`."""
        return Stops(self._cancelled, self._deadline, start)

    def check(self) -> None:
        """Raises Cancelled or TimedOut when it is one of them that stops."""
        if self._cancelled.is_set():
            raise Cancelled("The answer was stopped.")
        if time.monotonic() > self._deadline:
            raise TimedOut("The answer took too long.", hint="Ask for less at once, choose a smaller model, or raise limits.turn_seconds.")

    def __call__(self, input_ids: Any, scores: Any, **more: Any) -> Any:
        """Whether to stop, for the one sequence there is: bool tensor of shape (1,)."""
        import torch

        over = self._cancelled.is_set() or time.monotonic() > self._deadline
        over = over or looping(input_ids[0, max(self._start, input_ids.shape[1] - _PERIODS * _TIMES) :].tolist())
        return torch.tensor([over], device=input_ids.device)


def looping(tokens: list[int]) -> bool:
    """Whether `tokens` end in the same few tokens over and over."""
    if len(tokens) < _LOOPED:
        return False
    for period in range(1, _PERIODS + 1):
        span = max(_LOOPED, _TIMES * period)
        tail = tokens[-span:]
        if len(tail) == span and tail[period:] == tail[:-period]:
            return True
    return False
