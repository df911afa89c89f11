"""A tree of sentences as the smallest machine of words that takes exactly them: no two ways with the same words, no empty step. Pure.

Thompson's construction, then subsets, then Moore's refinement. A recogniser searches it many times faster than the tree as it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.intents.templates import Node, OneOf, Slot, Word

Step = tuple[int, int, str]
"""From a state, to a state, by a word."""


@dataclass(frozen=True)
class Machine:
    """States are numbered from 0, where it begins."""

    states: int
    steps: tuple[Step, ...]
    ends: frozenset[int]

    def takes(self, words: Iterable[str]) -> bool:
        """Whether these words are one of the sentences."""
        table = {(start, word): end for start, end, word in self.steps}
        state: int | None = 0
        for word in words:
            state = table.get((state, word)) if state is not None else None
        return state in self.ends


NOTHING = Machine(1, (), frozenset())


def machine(tree: Node) -> Machine:
    """The smallest machine for a tree of words without slots. Raises ValueError for a slot."""
    loose = _Loose()
    last = loose.build(tree, 0)
    found = _subsets(loose, last)
    return _smallest(found)


class _Loose:
    """Steps with a word or without, as the tree is written. Trees have no circles, so choices may begin in one state."""

    def __init__(self) -> None:
        self.by_word: list[dict[str, set[int]]] = [{}]
        self.free: list[set[int]] = [set()]
        self._known: dict[int, frozenset[int]] = {}

    def build(self, node: Node, start: int, end: int | None = None) -> int:
        """The state in which `node`, begun in `start`, is complete; `end` where that is given."""
        if isinstance(node, Slot):
            raise ValueError(f"the slot {node.name} is not filled")
        if isinstance(node, OneOf):
            end = self._new() if end is None else end
            for choice in node.choices:
                self.build(choice, start, end)
            return end
        parts = [Word(word) for word in node.text.split()] if isinstance(node, Word) else list(node.parts)
        if isinstance(node, Word) and len(parts) == 1:
            end = self._new() if end is None else end
            self.by_word[start].setdefault(node.text, set()).add(end)
            return end
        for part in parts[:-1]:
            start = self.build(part, start)
        if parts:
            return self.build(parts[-1], start, end)
        if end is None:
            return start
        self.free[start].add(end)
        return end

    def _new(self) -> int:
        self.by_word.append({})
        self.free.append(set())
        return len(self.free) - 1

    def reached(self, states: Iterable[int]) -> frozenset[int]:
        """Where one is without another word."""
        return frozenset().union(*(self._without(state) for state in states))

    def _without(self, state: int) -> frozenset[int]:
        known = self._known.get(state)
        if known is None:
            known = self._known[state] = frozenset({state}).union(*(self._without(other) for other in self.free[state]))
        return known


def _subsets(loose: _Loose, last: int) -> Machine:
    first = loose.reached([0])
    numbers, waiting, steps = {first: 0}, [first], list[Step]()
    while waiting:
        subset = waiting.pop()
        by_word: dict[str, set[int]] = {}
        for state in subset:
            for word, ends in loose.by_word[state].items():
                by_word.setdefault(word, set()).update(ends)
        for word, ends in by_word.items():
            target = loose.reached(ends)
            if target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
            steps.append((numbers[subset], numbers[target], word))
    return Machine(len(numbers), tuple(steps), frozenset(number for subset, number in numbers.items() if last in subset))


def _smallest(found: Machine) -> Machine:
    """States from which the same words lead to an end are one."""
    after: list[list[tuple[str, int]]] = [[] for _ in range(found.states)]
    for start, end, word in sorted(found.steps, key=lambda step: step[2]):
        after[start].append((word, end))
    group = [int(state in found.ends) for state in range(found.states)]
    count = len(set(group))
    while True:
        keys: dict[object, int] = {}
        fresh = [keys.setdefault((group[s], tuple((w, group[e]) for w, e in after[s])), len(keys)) for s in range(found.states)]
        if len(keys) == count:
            break
        group, count = fresh, len(keys)
    order = {group[0]: 0}
    for one in group:
        order.setdefault(one, len(order))
    steps = {(order[group[start]], order[group[end]], word) for start, end, word in found.steps}
    return Machine(count, tuple(sorted(steps)), frozenset(order[group[state]] for state in found.ends))
