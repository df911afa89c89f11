"""Household: words to the home, answered. Installed intents first, the agent for the rest. Knows no protocol.

The page of devices, Home Assistant and satellites talk to it. It keeps the last turns of each conversation in memory, nothing on disk.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import threading
import time
from collections import OrderedDict
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from assistant.events import Failed, Finished, Noticed, ToolFinished
from assistant.turns import Past, Turn
from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.faults import Fault
from tools.base import ToolContext, ToolResult
from tools.control_device import ControlDeviceArguments, ControlDeviceTool
from tools.intents.understanding import Intents, Understood
from tools.phrasing import together

if TYPE_CHECKING:
    from assistant.service import Assistant

KEPT = 200
"""Conversations whose last turns are remembered."""
IDLE_SECONDS = 600.0
TURNS = 6
_MARKS = re.compile(r"\s*(?:\[\d+\]|[(（]rev_\w+[)）])")


@dataclass(frozen=True)
class Reply:
    """What came of one sentence."""

    text: str
    kind: Literal["done", "answer", "error"]
    language: str
    conversation: str
    by: Literal["intents", "agent"]
    code: str = ""
    """Of a failure."""
    devices: tuple[dict[str, Any], ...] = ()
    """Devices that confirmed, or were read."""
    failed: tuple[dict[str, Any], ...] = ()
    """Devices that did not."""
    asks: bool = False
    """The answer is a question, and the next words are its answer."""
    intents: tuple[str, ...] = ()
    ms: float = 0.0


@dataclass
class _Exchange:
    """One conversation."""

    before: str = ""
    """What was answered and found in its last turn."""
    history: list[Past] = field(default_factory=list)
    touched: float = 0.0


class Household:
    """Answers sentences. One per assistant; safe to use from several threads."""

    def __init__(self, assistant: Assistant) -> None:
        """Reads a person's own intents. Raises InvalidInput that says where one is wrong."""
        self._assistant = assistant
        self._intents = Intents(assistant.settings.data_dir)
        tool = assistant.tools["control_device"]
        assert isinstance(tool, ControlDeviceTool)
        self._tool = tool
        self._lock = threading.Lock()
        self._exchanges: OrderedDict[tuple[str, str], _Exchange] = OrderedDict()

    async def process(self, text: str, *, owner: str, language: str = "", conversation: str = "", sure: float = 1.0) -> Reply:
        """The answer to `text`. What fails is an answer too; raises only Cancelled.

        `sure` is the confidence with which speech was heard: where it may well be wrong, a command is asked about before it
        is carried out.
        """
        started = time.perf_counter()
        language = language if language in ("en", "zh") else language_of(text)
        conversation = conversation or secrets.token_hex(8)
        exchange = self._exchange(owner, conversation)
        context = ToolContext(
            owner=owner, collections=(), language=language, words=text, before=exchange.before, sure=sure,
            open=lambda file_id: self._assistant.library.open_file(file_id, owner),
        )  # fmt: skip
        found = await asyncio.to_thread(self._commanded, text, context, conversation)
        reply, before = found or await self._asked(text, context, conversation, exchange)
        exchange.before = before
        exchange.history = [*exchange.history, Past(role="user", text=text), Past(role="assistant", text=reply.text)][-2 * TURNS :]
        return replace(reply, ms=round((time.perf_counter() - started) * 1000, 2))

    def understood(self, text: str, language: str = "") -> list[Understood]:
        """The commands that the installed intents find in `text`; runs nothing."""
        return self._intents.understand(text, self._assistant.kit.devices.devices(), language)

    def _exchange(self, owner: str, conversation: str) -> _Exchange:
        now = time.monotonic()
        with self._lock:
            found = self._exchanges.pop((owner, conversation), None)
            if found is None or now - found.touched > IDLE_SECONDS:
                found = _Exchange()
            found.touched = now
            self._exchanges[owner, conversation] = found
            while len(self._exchanges) > KEPT:
                self._exchanges.popitem(last=False)
        return found

    def _commanded(self, text: str, context: ToolContext, conversation: str) -> tuple[Reply, str] | None:
        """The answer of the intents, and what it leaves for the next turn; None for words they do not know."""
        results: list[ToolResult | Fault] = []
        commands: list[Understood] = []
        try:
            agreed = self._tool.agree(text, context)
            results = [agreed] if agreed is not None else []
        except Fault as fault:
            results = [fault]
        if not results:
            commands = self._intents.understand(text, self._assistant.kit.devices.devices(), context.language)
            results = [self._run(command, context) for command in commands]
        return _reply(results, commands, context.language, conversation) if results else None

    def _run(self, command: Understood, context: ToolContext) -> ToolResult | Fault:
        arguments = ControlDeviceArguments(
            action=command.action, device=command.device, area=command.area, value=command.value, command=command.words
        )  # fmt: skip
        try:
            return self._tool.run(arguments, context)
        except Fault as fault:
            return fault

    async def _asked(self, text: str, context: ToolContext, conversation: str, exchange: _Exchange) -> tuple[Reply, str]:
        """The agent's answer."""
        owner, language = context.owner, context.language
        heard = context.sure if context.sure < 1 else None
        turn = Turn(contents=(Content.from_text(text),), owner=owner, language=language, history=tuple(exchange.history), heard=heard)
        found: list[str] = []
        data: dict[str, Any] = {}
        said, code, notice = "", "", ""
        async with aclosing(self._assistant.run(turn)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, ToolFinished):
                    found.append(event.text)
                    data = event.data if event.tool == "control_device" else data
                elif isinstance(event, Noticed):
                    notice = event.spoken
                elif isinstance(event, Finished):
                    said = event.text
                elif isinstance(event, Failed):
                    said, code = f"{event.message} {event.hint}".strip(), event.code
        spoken = f"{notice} {_MARKS.sub('', said)}".strip()
        acted = bool(data.get("done")) and data.get("action") != "status"
        reply = Reply(
            text=spoken, kind="error" if code else "done" if acted else "answer", language=language, conversation=conversation, by="agent",
            code=code, devices=tuple(data.get("devices", ())) if data.get("done") else (), failed=tuple(data.get("failed", ())),
            asks=bool(data.get("confirm") or data.get("choose")) or spoken.rstrip().endswith(("?", "？")),
        )  # fmt: skip
        return reply, "\n".join([*found, said])


def _reply(results: list[ToolResult | Fault], commands: list[Understood], language: str, conversation: str) -> tuple[Reply, str]:
    faults = [result for result in results if isinstance(result, Fault)]
    worked = [result for result in results if isinstance(result, ToolResult)]
    whole = not faults and all(result.data.get("done") for result in worked)
    response = commands[0].response if commands and whole else ""
    texts = [result.answer if isinstance(result, ToolResult) else f"{result.message} {result.hint}".strip() for result in results]
    acted = any(result.data.get("action") != "status" and result.data.get("done") for result in worked)
    silent = [row for result in worked for row in result.data.get("unconfirmed", ())]
    reply = Reply(
        text=response or together(texts, language), kind="error" if faults and not worked else "done" if acted else "answer",
        language=language, conversation=conversation, by="intents", code=faults[0].code if faults and not worked else "",
        devices=tuple(row for result in worked if not result.data.get("confirm") for row in result.data.get("devices", ())),
        failed=(*silent, *(row for result in worked for row in result.data.get("failed", ()))),
        asks=any(result.data.get("confirm") or result.data.get("choose") for result in worked),
        intents=tuple(dict.fromkeys(command.intent for command in commands)),
    )  # fmt: skip
    return reply, "\n".join(result.text for result in worked)
