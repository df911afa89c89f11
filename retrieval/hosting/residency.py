"""Residency: which models are in memory. They load on first use, are shared by name, and make room when a budget is reached.

Knows no model library: whoever registers a model says how it is loaded and how large it is. A model is never unloaded while in use.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from retrieval.faults import Busy, TooLarge

log = logging.getLogger(__name__)
T = TypeVar("T")
PATIENCE = 120.0
"""Seconds that a load waits for models in use to become free."""
GIB = 2**30


@dataclass
class _State:
    size: int
    quantizes: bool = False
    users: int = 0
    model: Any = None
    loading: bool = False
    loads: int = 0
    seconds: float = field(default=0.0)


class Residency:
    """Keeps the models of a process within `budget` bytes. Safe for threads."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._states: OrderedDict[str, _State] = OrderedDict()
        """By last use, the longest unused first."""
        self._changed = threading.Condition()

    def resident(self, name: str, load: Callable[[], T], size: int, *, quantizes: bool = False) -> Resident[T]:
        """A model called `name` of about `size` bytes; the same name is the same model. `load` runs at the first use.

        `quantizes`: its reference may ask for fewer bits, which is told where it does not fit.
        """
        with self._changed:
            self._states.setdefault(name, _State(size, quantizes))
        return Resident(self, name, load)

    def loaded(self) -> dict[str, int]:
        """Name -> bytes of what is in memory now, the longest unused first."""
        with self._changed:
            return {name: state.size for name, state in self._states.items() if state.model is not None or state.loading}

    @contextmanager
    def hold(self, name: str, load: Callable[[], T]) -> Iterator[T]:
        """The model, loaded, and kept while the block runs. Raises TooLarge, Busy, and what `load` raises."""
        state = self._taken(name)
        try:
            if state.loading:
                self._load(name, state, load)
            yield state.model
        finally:
            with self._changed:
                state.users -= 1
                self._changed.notify_all()

    def _taken(self, name: str) -> _State:
        """Count one more user; mark the model as loading when it is this caller's to load."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            state = self._states[name]
            while True:
                if state.model is not None:
                    break
                if not state.loading and self._room(name, state.size):
                    state.loading = True
                    break
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Busy(f"There is no room for {name}: other models are at work.", hint="Ask again in a moment.")
                self._changed.wait(left)
            state.users += 1
            self._states.move_to_end(name)
            return state

    def _load(self, name: str, state: _State, load: Callable[[], T]) -> None:
        started = time.perf_counter()
        try:
            model = load()
        except BaseException:
            with self._changed:
                state.loading = False
                self._changed.notify_all()
            raise
        with self._changed:
            state.model, state.loading = model, False
            state.loads, state.seconds = state.loads + 1, time.perf_counter() - started
            self._changed.notify_all()
        log.info("loaded %s (%.2f GB) in %.1f s", name, state.size / GIB, state.seconds)

    def _room(self, name: str, size: int) -> bool:
        """Make room for `size` bytes by unloading what nobody uses. Raises TooLarge when it can never fit."""
        if size > self.budget:
            raise TooLarge(
                f"{name} needs {size / GIB:.1f} GB of memory; {self.budget / GIB:.1f} GB are allowed for models.",
                hint=_instead(size, self.budget, self._states[name].quantizes),
                code="model_too_large",
            )  # fmt: skip
        for other, state in list(self._states.items()):
            if self._used() + size <= self.budget:
                return True
            if state.model is not None and not state.users:
                log.info("unloaded %s to make room for %s", other, name)
                state.model = None
                _collect()
        return self._used() + size <= self.budget

    def _used(self) -> int:
        return sum(state.size for state in self._states.values() if state.model is not None or state.loading)

    def unload(self) -> None:
        """Unload all that is not in use."""
        with self._changed:
            for state in self._states.values():
                if not state.users:
                    state.model = None
            _collect()


class Resident(Generic[T]):
    """A model that is loaded when it is used."""

    def __init__(self, residency: Residency, name: str, load: Callable[[], T]) -> None:
        self._residency, self.name, self._load = residency, name, load

    @contextmanager
    def use(self) -> Iterator[T]:
        """The model, which stays in memory while the block runs. Raises TooLarge, Busy, and what loading raises."""
        with self._residency.hold(self.name, self._load) as model:
            yield model


def _instead(size: int, budget: int, quantizes: bool) -> str:
    """What would fit."""
    for name, share in (("int8", 0.55), ("int4", 0.31)) if quantizes else ():  # against 16-bit weights
        if size * share <= budget:
            return f"It would fit with ?quantize={name} after its name; or raise limits.model_bytes. `assistant plan` shows what fits."
    return "Choose a smaller model, or raise limits.model_bytes. `assistant plan` shows what fits."


def _collect() -> None:
    gc.unfreeze()  # a process that serves has told the collector to pass over what was loaded
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
