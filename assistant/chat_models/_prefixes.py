"""Prefixes: what a model has already computed of earlier prompts, so that the next turn of a conversation begins where the last one ended.

Knows caches of transformers by what they can do, and no message. Not safe for threads: whoever generates holds the model's lock.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = 16
"""Tokens that are worth taking up again."""


@dataclass(frozen=True)
class Prompt:
    """A prompt as its keys."""

    tokens: NDArray[np.int64]
    media: tuple[str, ...] = ()
    """Digests of its pictures and sounds, in order: their tokens alone look alike."""
    span: tuple[int, int] = (0, 0)
    """From the first token that stands for a medium to behind the last."""
    stable: int = 0
    """Tokens that the next turn's prompt will begin with as well; what follows asks for the answer."""


@dataclass(frozen=True)
class Prefix:
    """A prompt, or the beginning of one, and the model's cache after it."""

    prompt: Prompt
    cache: Any
    offset: Any = None
    """The model's own shift of positions behind pictures (`rope_deltas`), where it keeps one."""


class Prefixes:
    """Keeps what was computed of the newest prompts, up to `most` tokens in all."""

    def __init__(self, croppable: bool, most: int) -> None:
        """`croppable`: the end of a cache can be taken away. A state that only runs forward, or a sliding window, cannot."""
        self.croppable, self.most = croppable, most
        self._kept: list[Prefix] = []
        """The newest last."""

    def take(self, prompt: Prompt) -> Prefix | None:
        """The longest kept beginning of `prompt`, its cache cropped to it and the caller's own; None when there is none worth it."""
        found = [(self._usable(kept.prompt, prompt), place) for place, kept in enumerate(self._kept)]
        common, place = max(found, default=(0, 0))
        if common < LEAST:
            return None
        kept = self._kept[place]
        # A conversation that goes on takes its cache along; another one, which shares only the system prompt, gets a copy.
        goes_on = self.croppable and common >= kept.prompt.stable
        cache = self._kept.pop(place).cache if goes_on else copy.deepcopy(kept.cache)
        if common < len(kept.prompt.tokens):
            cache.crop(common - len(kept.prompt.tokens))
        return replace(kept, prompt=replace(kept.prompt, tokens=kept.prompt.tokens[:common]), cache=cache)

    def _usable(self, kept: Prompt, prompt: Prompt) -> int:
        """Tokens of `kept` that `prompt` can begin with; at least one token of `prompt` is always computed."""
        common = min(_common(kept.tokens, prompt.tokens), len(prompt.tokens) - 1)
        if kept.media != prompt.media or common < kept.span[1]:
            # All media or none: a model computes the positions of what it sees from all of it at once.
            common = min([common, *(p.span[0] for p in (kept, prompt) if p.media)])
        return common if self.croppable or common == len(kept.tokens) else 0

    def keep(self, prefix: Prefix) -> None:
        """Keep a prefix; the oldest ones go when there are too many tokens."""
        self._kept = [kept for kept in self._kept if _common(kept.prompt.tokens, prefix.prompt.tokens) < len(kept.prompt.tokens)]
        self._kept.append(prefix)
        while len(self._kept) > 1 and sum(len(kept.prompt.tokens) for kept in self._kept) > self.most:
            self._kept.pop(0)


def _common(a: Sequence[int] | NDArray[np.int64], b: Sequence[int] | NDArray[np.int64]) -> int:
    """How many tokens two sequences have in common from the start."""
    length = min(len(a), len(b))
    differ = np.flatnonzero(np.asarray(a[:length]) != np.asarray(b[:length]))
    return int(differ[0]) if len(differ) else length
