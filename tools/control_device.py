"""control_device: does what a person says with the devices of the home, and says only what the home confirms. Knows no hardware.

A risky device (a lock) is never moved at the first call: the tool asks, and acts only on a call of a later turn that confirms it. The
check is here, in the executor, so that no other path to the tool goes round it.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
import weakref
from dataclasses import dataclass

from pydantic import BaseModel, Field

from retrieval.faults import Fault, InvalidInput
from tools.base import Tool, ToolContext, ToolResult
from tools.device_matching import match
from tools.device_words import action_word, device_name, done_words, is_plural, row, state_words
from tools.devices.base import Action, Device
from tools.kit import Kit
from tools.phrasing import listed, tell, together

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
_WEAK = re.compile(r"\b(not|don't|no)\b|不要|别|取消", re.IGNORECASE)


class ControlDeviceArguments(BaseModel):
    """What to do with which device."""

    action: Action = Field(description="What to do; 'status' only reads.")
    device: str = Field(
        min_length=1, max_length=120, description="The device in the person's words: 'light', 'all lights', 'front door', '客厅灯'."
    )
    area: str = Field(default="", max_length=80, description="The room, if one is named.")
    value: str = Field(
        default="", max_length=40, description="For 'set', 'increase', 'decrease': a number, a percentage or a colour; empty for one step."
    )
    command: str = Field(
        default="", max_length=500, description="The person's own sentence; or 'confirm TOKEN' once they agreed to a risky action."
    )


@dataclass(frozen=True)
class Pending:
    """A risky action that waits for a yes."""

    token: str
    action: Action
    device_ids: tuple[str, ...]
    value: str
    until: float
    asked_in: weakref.ref[ToolContext]
    """The turn that asked: a yes inside the same turn is the model's, not the person's."""


class ControlDeviceTool(Tool):
    """Home control."""

    name = "control_device"
    description = "Switch, set or read devices at home (lights, thermostat, blinds, fan, speaker, TV, coffee machine, door lock)."
    arguments = ControlDeviceArguments
    cost = "fast"

    def __init__(self, kit: Kit) -> None:
        self._home = kit.devices
        self._pending: dict[str, Pending] = {}
        self._lock = threading.Lock()

    def run(self, args: ControlDeviceArguments, context: ToolContext) -> ToolResult:
        """The confirmed state, or a question before a risky action. Raises InvalidInput when nothing fits."""
        context.check()
        agreed = self._agreed(args, context)
        if agreed is not None:
            return self._act([d for d in self._home.devices() if d.id in agreed.device_ids], agreed.action, agreed.value, context)
        devices = self._home.devices()
        found = match(devices, args.device, args.area, args.command)
        if not found:
            raise self._unknown(args, devices, context)
        if args.action == "status":
            return _status(found, context.language)
        able = [d for d in found if args.action in d.actions]
        if not able:
            raise InvalidInput(
                tell(
                    context.language,
                    "device.cannot",
                    device=device_name(found[0], context.language),
                    action=action_word(args.action, context.language),
                ),
                hint=tell(
                    context.language,
                    "device.can",
                    actions=listed((action_word(a, context.language) for a in found[0].actions if a != "status"), context.language),
                ),
                param="action",
                code="unsupported_action",
            )
        if len(able) > 1 and not _asked_for_several(args):
            narrowed = _one_area(able, context.language)
            if narrowed is not None:
                return narrowed
        risky = [d for d in able if d.risky]
        if risky and len(able) == len(risky):
            return self._ask(risky, args, context)
        # "Everything off" never includes a lock.
        return self._act([d for d in able if not d.risky], args.action, args.value, context, left_out=risky)

    def _unknown(self, args: ControlDeviceArguments, devices: list[Device], context: ToolContext) -> InvalidInput:
        language = context.language
        names = listed(dict.fromkeys(device_name(d, language) for d in devices), language)
        where = f" ({args.area})" if args.area else ""
        return InvalidInput(
            tell(language, "device.unknown", device=f"{args.device}{where}"),
            hint=tell(language, "device.known", names=names),
            param="device",
            code="unknown_device",
        )

    def _ask(self, risky: list[Device], args: ControlDeviceArguments, context: ToolContext) -> ToolResult:
        """Nothing is done yet; the token waits for a yes of a later turn."""
        token = secrets.token_hex(4)
        pending = Pending(token, args.action, tuple(d.id for d in risky), args.value, time.monotonic() + _WAITS, weakref.ref(context))
        with self._lock:
            self._pending[context.owner] = pending
        names = listed((device_name(d, context.language) for d in risky), context.language)
        answer = tell(context.language, "device.confirm", action=action_word(args.action, context.language), device=names)
        return ToolResult(
            text=f"{answer} (confirm {token})", answer=answer,
            data={"confirm": token, "action": args.action, "devices": [row(d) for d in risky], "done": False},
        )  # fmt: skip

    def _agreed(self, args: ControlDeviceArguments, context: ToolContext) -> Pending | None:
        """The waiting action that this call confirms; each is used once. Raises InvalidInput for a wrong or late token."""
        said = args.command.strip()
        token = _CONFIRM.match(said)
        with self._lock:
            pending = self._pending.get(context.owner)
            if pending is not None and time.monotonic() > pending.until:
                self._pending.pop(context.owner, None)
                pending = None
            later = pending is not None and pending.asked_in() is not context
            if token:
                if pending is None or not later or token[1].lower() != pending.token:
                    raise InvalidInput(
                        tell(context.language, "device.bad_token"),
                        hint=tell(context.language, "device.bad_token_hint"),
                        param="command",
                        code="not_confirmed",
                    )
                return self._pending.pop(context.owner)
            if pending is not None and later:
                if _YES.match(said) and not _WEAK.search(said) and not self._says_more(said, pending):
                    return self._pending.pop(context.owner)
                self._pending.pop(context.owner)  # the person moved on: an old question must not be answered by accident
        return None

    def _says_more(self, said: str, pending: Pending) -> bool:
        """True when a yes is the beginning of another command ("ok, turn on the light"): that one agrees to nothing."""
        rest = said.lower()
        words = {action_word(pending.action, language) for language in ("en", "zh")} | {pending.action}
        for device in self._home.devices():
            if device.id in pending.device_ids:
                words |= {name for names in (*device.names.values(), *device.area_names.values()) for name in names}
        for word in sorted(words, key=len, reverse=True):
            rest = re.sub(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word), " ", rest)
        return bool(re.search(r"\w", _BESIDE_YES.sub(" ", rest)))

    def _act(
        self, devices: list[Device], action: Action, value: str, context: ToolContext, left_out: list[Device] | None = None
    ) -> ToolResult:
        """Do it one by one; the sentence is made from the states that came back."""
        done: list[Device] = []
        failed: list[tuple[Device, Fault]] = []
        for device in devices:
            context.check()
            try:
                done.append(self._home.execute(device.id, action, value))
            except Fault as fault:
                failed.append((device, fault))
        if not done:
            raise failed[0][1] if failed else InvalidInput(tell(context.language, "device.nothing"), param="device")
        language = context.language
        parts = [done_words(done, language)]
        parts += [tell(language, "device.failed", device=device_name(d, language), why=f.message) for d, f in failed]
        if left_out:
            names = listed((device_name(d, language) for d in left_out), language)
            parts.append(tell(language, "device.left_out", device=names))
        answer = together(parts, language)
        return ToolResult(
            text=answer,
            answer=answer,
            data={
                "action": action,
                "devices": [row(d) for d in done],
                "failed": [{"id": d.id, "error": f.code} for d, f in failed],
                "done": True,
            },
        )


def _asked_for_several(args: ControlDeviceArguments) -> bool:
    """True when the words ask for more than one device, or name a room whose devices are all meant."""
    said = f"{args.device} {args.command}"
    return bool(
        re.search(r"\b(all|every|everything|both|each|lights|lamps|fans|speakers|devices|house)\b|所有|全部|都|全屋", said, re.IGNORECASE)
    ) or bool(args.area)


def _one_area(found: list[Device], language: str) -> ToolResult | None:
    """Several rooms have such a device and none was named: ask which, do nothing."""
    if len({d.area for d in found}) < 2:
        return None
    names = listed((device_name(d, language) for d in found), language)
    answer = tell(language, "device.which", names=names)
    return ToolResult(text=answer, answer=answer, data={"choose": [row(d) for d in found], "done": False})


def _status(devices: list[Device], language: str) -> ToolResult:
    lines = [
        tell(language, "device.is_many" if is_plural(d) else "device.is", device=device_name(d, language), state=state_words(d, language))
        for d in devices
    ]
    answer = together(lines, language)
    return ToolResult(text=answer, answer=answer, data={"action": "status", "devices": [row(d) for d in devices], "done": True})


def create(kit: Kit) -> ControlDeviceTool:
    """The tool."""
    return ControlDeviceTool(kit)
