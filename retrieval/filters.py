"""The metadata filter: `price < 60 and category = "jackets"`, parsed into a tree (`retrieval.filter_sql` runs it).

Grammar (keywords in any case):
    filter     = or
    or         = and { "or" and }
    and        = not { "and" not }
    not        = "not" not | "(" or ")" | comparison
    comparison = name ("=" | "==" | "!=" | "<" | "<=" | ">" | ">=") value
               | name ["not"] "in" "(" value { "," value } ")"
               | name "contains" value
    name       = word { "." word } | "`" anything "`"        a key of the item's metadata; dots go into nested objects
    value      = number | "text" | 'text' | true | false | null

Meaning: a comparison with a key that is missing is false, so `!=` is then true. Numbers compare with numbers and with text that is
a number ("$59.90"); text compares exactly. `contains` is part of a text in any case, or a member of a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.faults import InvalidInput

Value = str | int | float | bool | None
MAX_CHARS = 4000
MAX_DEPTH = 32
MAX_TERMS = 400

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|“[^”]*”)
    |(?P<quoted>`[^`]+`)
    |(?P<word>[^\W\d][\w-]*(?:\.[\w-]+)*)
    |(?P<sign><=|>=|!=|<>|==|[<>=(),，（）])
    |(?P<end>\Z))""",
    re.VERBOSE | re.DOTALL,
)
_SIGNS = {"==": "=", "<>": "!=", "，": ",", "（": "(", "）": ")"}
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}
KEYWORDS = {"and", "or", "not", "in", "contains", *_CONSTANTS}
EXAMPLE = 'Write it like: price < 60 and category = "jackets".'


@dataclass(frozen=True)
class Comparison:
    """`name operator value`; for `in` the value is a tuple."""

    name: tuple[str, ...]
    operator: str
    value: Value | tuple[Value, ...]


@dataclass(frozen=True)
class Group:
    """`not` of one part, `and` or `or` of several."""

    operator: str
    parts: tuple[Node, ...]


Node = Comparison | Group


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while True:
        match = _TOKEN.match(source, place)
        if match is None or match.lastgroup is None:
            start = place + len(source[place:]) - len(source[place:].lstrip())
            raise InvalidInput(
                f"The filter cannot be read at character {start + 1}: {source[start : start + 12]!r}.", hint=EXAMPLE, param="filter"
            )
        kind, text = match.lastgroup, match.group(match.lastgroup)
        if kind == "sign":
            text = _SIGNS.get(text, text)
        found.append(_Token(kind, text, match.start(kind)))
        if kind == "end":
            return found
        place = match.end()


class _Parser:
    def __init__(self, source: str) -> None:
        self._tokens = _tokens(source)
        self._at = 0
        self._terms = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _fail(self, expected: str) -> InvalidInput:
        token = self._next
        found = f"{token.text[:40]!r}" if token.kind != "end" else "the end"
        return InvalidInput(
            f"The filter expects {expected} at character {token.place + 1}, and found {found}.", hint=EXAMPLE, param="filter"
        )  # fmt: skip

    def _take(self, *, word: str = "", sign: str = "") -> bool:
        token = self._next
        if (word and token.kind == "word" and token.text.lower() == word) or (sign and token.kind == "sign" and token.text == sign):
            self._at += 1
            return True
        return False

    def parse(self) -> Node:
        node = self._or(0)
        if self._next.kind != "end":
            raise self._fail("'and', 'or' or the end")
        return node

    def _or(self, depth: int) -> Node:
        parts = [self._and(depth)]
        while self._take(word="or"):
            parts.append(self._and(depth))
        return parts[0] if len(parts) == 1 else Group("or", tuple(parts))

    def _and(self, depth: int) -> Node:
        parts = [self._not(depth)]
        while self._take(word="and"):
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def _not(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise InvalidInput(f"The filter is nested deeper than {MAX_DEPTH}.", hint="Simplify it.", param="filter")
        if self._take(word="not"):
            return Group("not", (self._not(depth + 1),))
        if self._take(sign="("):
            node = self._or(depth + 1)
            if not self._take(sign=")"):
                raise self._fail("')'")
            return node
        return self._comparison()

    def _comparison(self) -> Node:
        name = self._name()
        if self._take(word="contains"):
            return Comparison(name, "contains", self._value())
        if self._take(word="not"):
            if not self._take(word="in"):
                raise self._fail("'in'")
            return Group("not", (Comparison(name, "in", self._values()),))
        if self._take(word="in"):
            return Comparison(name, "in", self._values())
        token = self._next
        if token.kind != "sign" or token.text not in _COMPARISONS:
            raise self._fail("a comparison (=, !=, <, <=, >, >=, in, contains)")
        self._at += 1
        return Comparison(name, token.text, self._value())

    def _name(self) -> tuple[str, ...]:
        token = self._next
        if token.kind == "quoted" and not set(token.text) & {'"', "\\"}:
            self._at += 1
            return (token.text[1:-1],)
        if token.kind == "word" and token.text.lower() not in KEYWORDS:
            self._at += 1
            return tuple(token.text.split("."))
        raise self._fail("the name of a metadata key")

    def _value(self) -> Value:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise InvalidInput(f"The filter has more than {MAX_TERMS} values.", hint="Ask in several searches.", param="filter")
        token = self._next
        self._at += 1
        if token.kind == "number":
            exact = not set(token.text) & set(".eE") and len(token.text) < 18  # longer ones do not fit SQLite's integers
            return int(token.text) if exact else float(token.text)
        if token.kind == "text":
            return token.text[1:-1] if token.text[0] == "“" else re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
        if token.kind == "word" and token.text.lower() in _CONSTANTS:
            return _CONSTANTS[token.text.lower()]
        self._at -= 1
        raise self._fail("a value: a number, \"text\", true, false or null")  # fmt: skip

    def _values(self) -> tuple[Value, ...]:
        if not self._take(sign="("):
            raise self._fail("'('")
        values = [self._value()]
        while self._take(sign=","):
            values.append(self._value())
        if not self._take(sign=")"):
            raise self._fail("',' or ')'")
        return tuple(values)


def parse(source: str) -> Node:
    """The filter as a tree. Raises InvalidInput that says at which character and what was expected there."""
    if len(source) > MAX_CHARS:
        raise InvalidInput(f"The filter is longer than {MAX_CHARS} characters.", hint="Use: name in (…).", param="filter")
    return _Parser(source).parse()
