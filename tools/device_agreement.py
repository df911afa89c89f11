"""Agreement to a risky action: what waits for a yes, and whether the words of a later turn are one. Knows words, not devices.

The yes is looked for in what the person said, never in what a chat model wrote, and only in the turn right after the question.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
import weakref
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.faults import InvalidInput
from tools.base import ToolContext
from tools.devices.base import Action
from tools.phrasing import tell

_WAITS = 120.0
"""Seconds for which a question about a risky action stays open."""
_CONFIRM = re.compile(r"^\s*confirm\s+([0-9a-f]{8})\b", re.IGNORECASE)
_YES = re.compile(
    r"^\s*(yes|yeah|yep|sure|ok|okay|confirm(?:ed)?|do it|go ahead|please do"
    r"|是的?|对|好的?|确认|确定|可以|行)(?=[\s,.!，。！]|$)",
    re.IGNORECASE,
)
_BESIDE_YES = re.compile(
    r"\b(yes|yeah|yep|sure|ok|okay|confirm(ed)?|do|it|go|ahead|please|really|i|am|want|to|the|now|that|thanks?|you|on|in)\b"
    r"|是的?|对|好的?|确认|确定|可以|行|请|吧|的|了|现在|谢谢|我",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(not|don't|no|never|wait|stop)\b|不要|别|取消|等等|不是|不对|\?$|？$|吗$", re.IGNORECASE)


@dataclass(frozen=True)
class Pending:
    """A risky action that waits for a yes."""

    token: str
    question: str
    action: Action
    device_ids: tuple[str, ...]
    value: str
    words: frozenset[str]
    """Words that a yes may repeat: the action's and the devices'."""
    until: float
    asked_in: weakref.ref[ToolContext]
    """The turn that asked: a yes inside the same turn is the model's, not the person's."""


class Agreements:
    """One open question for each owner. Safe to use from several threads."""

    def __init__(self) -> None:
        self._pending: dict[str, Pending] = {}
        self._lock = threading.Lock()

    def ask(
        self, context: ToolContext, question: str, action: Action, device_ids: Iterable[str], value: str, words: Iterable[str]
    ) -> Pending:  # fmt: skip
        """Keep what waits; an older question of the same owner is dropped."""
        pending = Pending(
            secrets.token_hex(4), question, action, tuple(device_ids), value, frozenset(words), time.monotonic() + _WAITS,
            weakref.ref(context),
        )  # fmt: skip
        with self._lock:
            self._pending[context.owner] = pending
        return pending

    def waiting(self, context: ToolContext) -> Pending | None:
        """What the turn before this one asked, if it is still open."""
        with self._lock:
            pending = self._pending.get(context.owner)
        return pending if pending is not None and time.monotonic() <= pending.until and _just_asked(pending, context) else None

    def taken(self, command: str, context: ToolContext) -> Pending | None:
        """The waiting action that this turn agrees to; each is used once. Raises InvalidInput for a wrong or late token.

        Words that are no yes drop the question: the person moved on, and an old question must not be answered by accident.
        """
        token = _CONFIRM.match(command.strip())
        with self._lock:
            pending = self._pending.get(context.owner)
            if pending is not None and time.monotonic() > pending.until:
                self._pending.pop(context.owner, None)
                pending = None
            if pending is not None and pending.asked_in() is context and not token:
                return None
            open_to_yes = pending is not None and _just_asked(pending, context)
            agrees = open_to_yes and pending is not None and _agrees(pending, token, command, context)
            # A wrong token from a program drops nothing: only a person moves on.
            moved_on = pending is not None and pending.asked_in() is not context and (not token or bool(context.words))
            if agrees or moved_on:
                self._pending.pop(context.owner)
            if agrees:
                return pending
        if token:
            raise InvalidInput(
                tell(context.language, "device.bad_token"), hint=tell(context.language, "device.bad_token_hint"), param="command",
                code="not_confirmed",
            )  # fmt: skip
        return None


def _just_asked(pending: Pending, context: ToolContext) -> bool:
    """True when the turn before this one asked. Outside a conversation nobody knows that, and any later call will do."""
    if pending.asked_in() is context:
        return False
    return context.before is None or pending.token in context.before or pending.question in context.before


def _agrees(pending: Pending, token: re.Match[str] | None, command: str, context: ToolContext) -> bool:
    if token and token[1].lower() != pending.token:
        return False
    if context.words:
        return is_yes(context.words, pending.words)
    return bool(token) or is_yes(command, pending.words)


def is_yes(said: str, allowed: Iterable[str] = ()) -> bool:
    """True for a yes that says nothing more than the `allowed` words: "ok, turn on the light" agrees to nothing."""
    said = said.strip()
    if not _YES.match(said) or _WEAK.search(said):
        return False
    rest = said.lower()
    for word in sorted(allowed, key=len, reverse=True):
        rest = re.sub(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word), " ", rest)
    return not re.search(r"\w", _BESIDE_YES.sub(" ", rest))
