"""Approval: a tool that needs a yes asks for it, and the yes is read from the conversation itself.

What counts is what the person saw: the question with the tool and its arguments stands word for word in the last answer, and the person's
own next words are a yes and nothing else. What then runs is what stands in the question, whatever a chat model would make of it. A question
that this service did not ask, because a document or a chat model only wrote it, is none.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from retrieval.catalogue import LANGUAGES, say

MOST_CHARS = 2000
"""Longer arguments cannot be shown, so they cannot be agreed to."""
_YES = re.compile(
    r"(?:(?:yes|yeah|yep|ok|okay|sure|agreed|confirmed|allow it|go ahead|do it|please)[\s,.!]*){1,3}"
    r"|(?:(?:是的?|好的?|可以|行|同意|确认|确定|允许|请)[，。！、\s]*){1,3}",
    re.IGNORECASE,
)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_HIDDEN = re.compile(r"[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")
"""Characters that nobody sees, or that turn around what stands beside them: in a question they are spelled out."""
_MARK = re.compile(r"\[(?=\d{1,3}\])")
_LIST = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True)
class Call:
    """A tool and what it would run with."""

    tool: str
    """`server.tool`."""
    arguments: str
    """Canonical JSON, so that two calls can be compared."""


def call(tool: str, arguments: dict[str, Any]) -> Call:
    """The call in its canonical form: sorted keys, and nothing that could be taken for the mark of a citation."""
    text = json.dumps(arguments, ensure_ascii=False, sort_keys=True)
    text = _STRING.sub(lambda found: _MARK.sub(r"\\u005b", found[0]), text)
    text = _HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], text)
    return Call(tool, _LIST.sub(r"[\1 ]", text))


def question(wanted: Call, language: str) -> str:
    """What the person is asked."""
    return say("assistant", language, "mcp.ask", tool=wanted.tool, arguments=wanted.arguments)


def _pattern(language: str) -> re.Pattern[str]:
    blank = re.escape(say("assistant", language, "mcp.ask", tool="\0", arguments="\1"))
    return re.compile("^" + blank.replace("\0", r"(?P<tool>[\w./-]{1,200})").replace("\1", r"(?P<arguments>\{.*\})") + "$", re.MULTILINE)


def agreed(messages: Sequence[AnyMessage]) -> tuple[Call, ...]:
    """The calls that the newest words of the person agree to: those that the answer right before asked for, whoever wrote that."""
    newest = next((n for n in reversed(range(len(messages))) if isinstance(messages[n], HumanMessage)), None)
    if newest is None or not _YES.fullmatch(str(messages[newest].additional_kwargs.get("words", messages[newest].text)).strip()):
        return ()
    for message in reversed(messages[:newest]):
        if isinstance(message, HumanMessage):
            return ()
        if isinstance(message, AIMessage) and message.text:
            found = [match for language in LANGUAGES for match in _pattern(language).finditer(message.text)]
            return tuple(Call(match["tool"], match["arguments"]) for match in found if _is_object(match["arguments"]))
    return ()


def read(asked: str) -> Call:
    """The call that a `question` asks for."""
    found = next(found for language in LANGUAGES if (found := _pattern(language).search(asked)))
    return Call(found["tool"], found["arguments"])


class Asked:
    """The questions that were really asked, for as long as the service runs. Safe for threads."""

    WAITS = 900.0
    """Seconds for which a question stays open."""
    MOST = 10_000
    """Questions kept, of all people together; the oldest go first."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, Call], float] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, owner: str, wanted: Call) -> None:
        """Note that `owner` is shown the question for `wanted`."""
        with self._lock:
            self._open[owner, wanted] = time.monotonic() + self.WAITS
            self._open.move_to_end((owner, wanted))
            while len(self._open) > self.MOST:
                self._open.popitem(last=False)

    def used(self, owner: str, wanted: Call) -> None:
        """Close a question: one yes runs one call."""
        with self._lock:
            self._open.pop((owner, wanted), None)

    def agreed(self, owner: str, messages: Sequence[AnyMessage]) -> tuple[Call, ...]:
        """The calls that the newest words of `owner` agree to, of those that were really asked about and still wait."""
        found = agreed(messages)
        with self._lock:
            now = time.monotonic()
            return tuple(wanted for wanted in found if self._open.get((owner, wanted), 0.0) > now)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
