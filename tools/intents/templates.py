"""Sentence templates: `(turn|switch) on [please] {devices}` as patterns. Knows the signs, not what the slots mean. Pure.

`(a|b)` is one of several, `[a]` may be left out, `{name}` is a slot. English is matched word by word, Chinese letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from retrieval.faults import InvalidInput

_SIGNS = re.compile(r"[()\[\]|]|\{\w+\}|[^()\[\]|{}\s]+|\s+|[{}]")
_CLOSES = {"(": ")", "[": "]"}
LONGEST = 400
"""Characters of a template."""


def pattern(template: str, slots: Mapping[str, str], language: str) -> str:
    """A pattern over words that end with one blank each, or over letters without blanks in Chinese.

    Raises InvalidInput for a bracket without its pair, and for a slot that is not among `slots`.
    """
    if len(template) > LONGEST:
        raise InvalidInput(f"The sentence '{template[:60]}…' is too long.", hint=f"Use at most {LONGEST} characters.")
    blank = "" if language == "zh" else " "
    out: list[str] = []
    open_: list[str] = []
    for sign in _SIGNS.findall(template):
        if sign.isspace():
            continue
        if sign in _CLOSES:
            open_.append(sign)
            out.append("(?:")
        elif sign in (")", "]"):
            if not open_ or _CLOSES[open_.pop()] != sign:
                raise _unpaired(template)
            out.append(")?" if sign == "]" else ")")
        elif sign == "|":
            if not open_:
                raise InvalidInput(f"'|' stands outside brackets in '{template}'.", hint="Write (a|b).")
            out.append("|")
        elif sign.startswith("{"):
            out.append(_slot(sign, slots, template) + blank)
        elif sign == "}":
            raise _unpaired(template)
        else:
            out.append(re.escape(sign.lower()) + blank)
    if open_:
        raise _unpaired(template)
    return "".join(out)


def slot_names(template: str) -> list[str]:
    """The slots of a template, in order."""
    return re.findall(r"\{(\w+)\}", template)


def _slot(sign: str, slots: Mapping[str, str], template: str) -> str:
    name = sign[1:-1]
    if name not in slots:
        hint = f"Known: {', '.join('{' + known + '}' for known in sorted(slots))}."
        raise InvalidInput(f"'{template}' has an unknown slot '{sign}'.", hint=hint)
    return f"(?P<{name}>{slots[name]})"


def _unpaired(template: str) -> InvalidInput:
    return InvalidInput(f"A bracket of '{template}' has no pair.", hint="Brackets are (a|b), [a] and {slot}.")
