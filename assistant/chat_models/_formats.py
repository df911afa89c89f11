"""How families of models write thoughts and tool calls, and the grammars that hold an answer to it. Knows no message and no model.

A grammar is llguidance's Lark. It lets a model write text and then calls of the tools it was given, each held to the tool's JSON schema,
and nothing else: no control token, no unknown tool, no argument out of range. Every string, number and list is bounded, so that even a
model that has lost its way comes to an end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

MOST_CALLS = 4
"""Tool calls in one answer."""
_STRING, _ITEMS, _NUMBER = 1000, 16, 10**12
"""Bounds where a schema has none: characters, items, size of a number."""
_ANNOTATIONS = ("title", "description", "default", "examples", "format")
_STYLE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}

_TAGS = ("<think>", "</think>")
_CHANNEL = ("<|channel>thought\n", "<channel|>")
"""How Gemma 4 marks a thought: a channel, whose name follows its opening token as text."""


@dataclass(frozen=True)
class Format:
    """The markers of one family, and how it writes a call between them."""

    body: Literal["json", "xml"]
    """`{"name": ..., "arguments": {...}}`, or `<function=NAME>` with one `<parameter=KEY>` for each argument."""
    native: bool = True
    """The chat template writes tools, calls and results itself; otherwise they are told as text."""
    switch: bool = True
    """The template can be told whether the model is to think."""
    call: tuple[str, str] = ("<tool_call>", "</tool_call>")
    think: tuple[str, str] = _TAGS
    thinks: bool = True
    """The template knows thoughts, so that a model can be asked for them."""

    def thoughts(self, asks: str) -> Literal["may", "open", "none"]:
        """Whether the model may think, judging by the end of the prompt: `open` inside a thought, `none` behind one."""
        if asks.rstrip().endswith(self.think[0].rstrip()):
            return "open"
        return "none" if self.think[1] in asks else "may"

    def response_template(self) -> dict[str, Any]:
        """What `ResponseParser` needs to read an answer."""
        calls: dict[str, Any] = {
            "open_pattern": r"\s*<tool_call>", "close": "</tool_call>", "repeats": True, "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        }  # fmt: skip
        if self.body == "xml":
            calls |= {
                "open_pattern": r"\s*<tool_call>\s*<function=(?P<name>[^>\n]+)>", "content": "xml-inline",
                "content_args": {"tag_pattern": r"<parameter=(?P<key>[^>\n]+)>\s*(?P<value>.*?)\s*</parameter>"},
                "transform": {"type": "function", "function": {"name": "{name}", "arguments": "{content}"}},
            }  # fmt: skip
        thoughts = {"open": self.think[0], "close": self.think[1], "content": "text"}
        return {
            "defaults": {"role": "assistant"},
            "start_anchor": "\n",  # obligatory, but only read where the parser is given the prompt
            "fields": {"reasoning_content": thoughts, "tool_calls": calls, "content": {"content": "text"}},
        }


def detect(chat_template: str) -> Format:
    """The format that a chat template writes; where it knows no tools, or an unknown way to write them, they are told in words."""
    think = _CHANNEL if "<|channel>" in chat_template and "<think>" not in chat_template else _TAGS
    thinks = think == _CHANNEL or any(tag in chat_template for tag in _TAGS)
    switch = "enable_thinking" in chat_template
    if "<function=" in chat_template:
        return Format("xml", switch=switch, think=think, thinks=thinks)
    native = "<tool_call>" in chat_template and "tools" in chat_template
    return Format("json", native=native, switch=switch, think=think, thinks=thinks)


def described(tools: Sequence[Mapping[str, Any]]) -> str:
    """What a system prompt tells of `tools` where the chat template does not."""
    schemas = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    form = '<tool_call>\n{"name": "...", "arguments": {...}}\n</tool_call>'
    return f"You may call these tools:\n{schemas}\nTo call one, write only its name and arguments in this form:\n{form}"


@dataclass(frozen=True)
class Wanted:
    """What an answer may be."""

    tools: Sequence[Mapping[str, Any]] = ()
    """In OpenAI's form; only these can be called."""
    must_call: bool = False
    thoughts: Literal["may", "open", "none"] = "may"
    """Whether the model may think first; `open`: the prompt ends inside a thought already."""
    most_thoughts: int = 0
    """Tokens of a thought; an answer follows in any case."""
    most_words: int = 1000
    """Characters of an argument that stands bare, without quotation marks."""


def grammar(form: Format, wanted: Wanted, added: Mapping[str, int]) -> str:
    """The Lark grammar of an answer. `added` maps the tokenizer's added tokens to their ids: a marker may be one, or plain text."""
    opening, closing = (_marker(mark, added) for mark in form.call)
    lines = ["%llguidance {}", "", "ANY: /(?s:.*)/", f"TEXT: ANY & ~/(?s:.*{_regex(form.call[0])}.*)/"]
    answer = "TEXT"
    if wanted.tools:
        single = " | ".join(f"call_{n}" for n in range(len(wanted.tools)))
        lines += [f"call: {single}", f'more: ("\\n" {opening} call {closing}){{0,{MOST_CALLS - 1}}}']
        for n, tool in enumerate(wanted.tools):
            lines.append(f"call_{n}: {_call(form, tool['function'], lines, n, wanted.most_words)}")
        if wanted.must_call:
            answer = f"SPACE? {opening} call {closing} more"
        elif opening.startswith("<["):
            answer = f"TEXT ({opening} call {closing} more)?"
        else:
            # Plain text has no end of its own: the marker must belong to it, or the text would swallow the marker.
            lines.append(f"before[lazy]: ANY {opening}")
            answer = f"TEXT | before call {closing} more"
        lines.append(r"SPACE: /\s{1,4}/")
    lines.append(f"start: {_thoughts(form, wanted, added, lines)}({answer})")
    return "\n".join(lines)


def _thoughts(form: Format, wanted: Wanted, added: Mapping[str, int], lines: list[str]) -> str:
    """The rule of a thought before the answer; nothing for a model that has no tokens for it."""
    if wanted.thoughts == "none" or form.think[1] not in added:
        return ""
    opening, closing = (_marker(mark, added) for mark in form.think)
    lines.append(f"thought[max_tokens={max(wanted.most_thoughts, 1)}]: ANY")
    return f"thought {closing} " if wanted.thoughts == "open" else f"({opening} thought {closing})? "


def _call(form: Format, function: Mapping[str, Any], lines: list[str], number: int, most_words: int) -> str:
    """One call of one tool, between the markers."""
    name = str(function["name"])
    schema = bounded(function.get("parameters") or {"type": "object", "properties": {}})
    if form.body == "json":
        head = json.dumps('\n{"name": ' + json.dumps(name) + ', "arguments": ')
        return f'{head} {_json(schema)} "}}\\n"'
    shared: dict[str, Any] = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    required = schema.get("required", ())
    parts = [json.dumps(f"\n<function={name}>\n")]
    for place, (key, each) in enumerate(schema.get("properties", {}).items()):
        rule = f"value_{number}_{place}"
        lines.append(_value(rule, each, shared, most_words))
        argument = f"({json.dumps(f'<parameter={key}>' + chr(10))} {rule})"
        parts.append(argument if key in required else f"{argument}?")
    return " ".join([*parts, '"</function>\\n"'])


def _value(rule: str, schema: dict[str, Any], shared: dict[str, Any], most_words: int) -> str:
    """The rule of one argument in the XML form, its closing tag included: strings stand bare, all else as JSON."""
    kinds = [schema, *schema.get("anyOf", ())]
    text = next((kind for kind in kinds if kind.get("type") == "string"), None)
    end = '"</parameter>\\n"'
    if text is None:
        return f'{rule}: {_json(schema | shared)} "\\n" {end}'
    if "enum" in text:
        return f'{rule}: /{"|".join(_regex(str(value)) for value in text["enum"])}/ "\\n" {end}'
    least, most = text.get("minLength", 0), min(text["maxLength"], most_words)
    # The reader strips white space around a value, so what must not be empty begins with something else.
    words = rf"\S(?s:.{{0,{max(most - 1, 0)}}})" if least else f"(?s:.{{0,{most}}})"
    return f'{rule}: {rule}_text "\\n"\n{rule}_text[suffix="</parameter>"]: /{words}/'


def bounded(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` for a grammar: without annotations, closed to unknown keys, and with an end to every string, list and number."""
    found = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
    for key in ("properties", "$defs", "definitions"):
        if isinstance(found.get(key), Mapping):
            found[key] = {name: bounded(each) for name, each in found[key].items()}
    for key in ("anyOf", "oneOf", "allOf"):
        if key in found:
            found[key] = [bounded(each) for each in found[key]]
    if isinstance(found.get("items"), Mapping):
        found["items"] = bounded(found["items"])
    return found | _bounds(found)


def _bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What `schema` lacks to be finite."""
    kind = schema.get("type")
    if kind == "object":
        return {} if "additionalProperties" in schema else {"additionalProperties": False}
    if kind == "string" and "enum" not in schema and "const" not in schema:
        return {"maxLength": schema.get("maxLength", _STRING)}
    if kind == "array":
        return {"maxItems": schema.get("maxItems", _ITEMS)}
    if kind in ("integer", "number"):
        low = {} if "minimum" in schema or "exclusiveMinimum" in schema else {"minimum": -_NUMBER}
        return low | ({} if "maximum" in schema or "exclusiveMaximum" in schema else {"maximum": _NUMBER})
    return {}


def _json(schema: Mapping[str, Any]) -> str:
    return f"%json {json.dumps({**schema, 'x-guidance': _STYLE})}"


def _marker(text: str, added: Mapping[str, int]) -> str:
    """`text` as the token it is, or as one that opens it and plain text behind, or as plain text alone."""
    if text in added:
        return f"<[{added[text]}]>"
    opening = max((token for token in added if token and text.startswith(token)), key=len, default="")
    return f"<[{added[opening]}]> {json.dumps(text[len(opening) :])}" if opening else json.dumps(text)


def _regex(text: str) -> str:
    return re.escape(text).replace("/", r"\/")
