"""Sentence templates: `(turn|switch) on [please] {devices}` as trees. Knows the signs, not what the slots mean. Pure.

`(a|b)` is one of several, `[a]` may be left out, `(a;b)` is all of them in any order, `{name}` is a slot, `<name>` stands for a template
of its own. English is matched word by word, Chinese letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, permutations

from retrieval.faults import InvalidInput

_SIGNS = re.compile(r"[()\[\]|;]|\{\w+\}|<\w+>|[^()\[\]|;{}<>\s]+|\s+|[{}<>]")
_CLOSES = {"(": ")", "[": "]"}
_APART = "__"
LONGEST = 600
"""Characters of a template."""
DEEPEST = 8
"""Templates inside templates; more is a circle."""
MOST_IN_ANY_ORDER = 4


@dataclass(frozen=True)
class Word:
    """Letters that are said as they stand."""

    text: str


@dataclass(frozen=True)
class Slot:
    """What stands in braces."""

    name: str


@dataclass(frozen=True)
class Row:
    """Parts one after the other; none of them is nothing."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class OneOf:
    """One of several."""

    choices: tuple[Node, ...]


Node = Word | Slot | Row | OneOf
NOTHING = Row(())


def parse(template: str, rules: Mapping[str, str] | None = None) -> Node:
    """The tree of a template; `rules` are the templates that `<name>` stands for.

    Raises InvalidInput for a bracket without its pair, an unknown `<name>`, and rules that go round in a circle.
    """
    return _Reader(template, rules or {}, 0).whole()


def pattern(tree: Node, slots: Mapping[str, str], language: str) -> str:
    """A pattern over words that end with one blank each, or over letters without blanks in Chinese.

    Raises InvalidInput for an unknown slot.

    The groups are named after the slots, with a number, because one may stand more than once: see `slot_of`. In English the
    patterns of `slots` end with a blank, too.
    """
    blank, seen = "" if language == "zh" else " ", {name: count(1) for name in slots}

    def written(node: Node) -> str:
        if isinstance(node, Word):
            return re.escape(node.text) + blank
        if isinstance(node, Slot):
            if node.name not in slots:
                hint = f"Known: {', '.join('{' + known + '}' for known in sorted(slots))}."
                raise InvalidInput(f"A sentence has an unknown slot '{{{node.name}}}'.", hint=hint)
            return f"(?P<{node.name}{_APART}{next(seen[node.name])}>{slots[node.name]})"
        if isinstance(node, Row):
            return "".join(written(part) for part in node.parts)
        # The longest first: where "lock" would take "up the door" for a device, nothing goes back to "lock up".
        return f"(?:{'|'.join(sorted((written(choice) for choice in node.choices), key=len, reverse=True))})"

    return written(tree)


def slot_of(group: str) -> str:
    """The slot that a group of a pattern is named after."""
    return group.partition(_APART)[0]


class _Reader:
    """Reads one template."""

    def __init__(self, template: str, rules: Mapping[str, str], depth: int) -> None:
        if len(template) > LONGEST:
            raise InvalidInput(f"The sentence '{template[:60]}…' is too long.", hint=f"Use at most {LONGEST} characters.")
        if depth > DEEPEST:
            raise InvalidInput(f"The rules of '{template[:60]}' go round in a circle.", hint="A rule may not stand for itself.")
        self._template, self._rules, self._depth = template, rules, depth
        self._signs = [sign for sign in _SIGNS.findall(template) if not sign.isspace()]
        self._at = 0

    def whole(self) -> Node:
        found = self._inside("")
        if self._at < len(self._signs):
            raise self._unpaired()
        return found

    def _inside(self, closing: str) -> Node:
        """What stands up to `closing`, which is left unread."""
        kind, several, row = "", [], list[Node]()
        while self._at < len(self._signs) and (sign := self._signs[self._at]) not in (")", "]"):
            self._at += 1
            if sign not in ("|", ";"):
                row.append(self._part(sign))
                continue
            if not closing:
                raise InvalidInput(f"'{sign}' stands outside brackets in '{self._template}'.", hint="Write (a|b) or (a;b).")
            if kind not in ("", sign):
                hint = "Put one of them in brackets of its own."
                raise InvalidInput(f"'|' and ';' stand in one bracket of '{self._template}'.", hint=hint)
            kind = sign
            several.append(_row(row))
            row = []
        if not kind:
            return _row(row)
        several.append(_row(row))
        return OneOf(tuple(several)) if kind == "|" else self._any_order(several)

    def _part(self, sign: str) -> Node:
        if sign in _CLOSES:
            found = self._inside(_CLOSES[sign])
            if self._at >= len(self._signs) or self._signs[self._at] != _CLOSES[sign]:
                raise self._unpaired()
            self._at += 1
            return OneOf((found, NOTHING)) if sign == "[" else found
        if sign[0] in "{<" and len(sign) > 2:
            return Slot(sign[1:-1]) if sign[0] == "{" else self._rule(sign)
        if sign in "{}<>":
            raise self._unpaired()
        return Word(sign.lower())

    def _rule(self, sign: str) -> Node:
        if sign[1:-1] not in self._rules:
            known = ", ".join(f"<{name}>" for name in sorted(self._rules)) or "none"
            raise InvalidInput(f"'{self._template}' has an unknown rule '{sign}'.", hint=f"Known: {known}.")
        return _Reader(self._rules[sign[1:-1]], self._rules, self._depth + 1).whole()

    def _any_order(self, parts: list[Node]) -> Node:
        if len(parts) > MOST_IN_ANY_ORDER:
            hint = f"At most {MOST_IN_ANY_ORDER} stand in any order."
            raise InvalidInput(f"'{self._template}' has {len(parts)} parts in any order.", hint=hint)
        return OneOf(tuple(Row(order) for order in permutations(parts)))

    def _unpaired(self) -> InvalidInput:
        return InvalidInput(f"A bracket of '{self._template}' has no pair.", hint="Brackets are (a|b), (a;b), [a], {slot} and <rule>.")


def _row(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Row(tuple(parts))
