"""The feed of a database that one process has alone: what is committed here is told here. Knows no database but for its transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from retrieval.engine import ALL, Listener


class Listeners:
    """Who wants to hear of which topic."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    def add(self, topic: str, action: Listener) -> None:
        """One more."""
        self._listeners.setdefault(topic, []).append(action)

    def call(self, topic: str, keys: Sequence[int] | None) -> None:
        """Tell those of the topic; of `ALL`, everybody that anything may have changed."""
        if topic == ALL:
            for action in [action for actions in self._listeners.values() for action in actions]:
                action(None)
        for action in self._listeners.get(topic, ()):
            action(keys)


class LocalFeed:
    """A feed within one process."""

    def __init__(self, after_commit: Callable[[Callable[[], None]], None]) -> None:
        self._after_commit = after_commit
        self._listeners = Listeners()

    def tell(self, topic: str, keys: Iterable[int] = ()) -> None:
        """Inside a `write` block: what is derived from the topic, from these items if any, is out of date."""
        changed = [*keys]
        self._after_commit(lambda: self._listeners.call(topic, changed))

    def listen(self, topic: str, action: Listener) -> None:
        """Have `action` called with the keys of every commit that told of the topic."""
        self._listeners.add(topic, action)

    def catch_up(self) -> None:
        """Nobody else writes."""
