"""control_device: does what a person says with the devices of the home, and says only what the home confirms. Knows no hardware.

A risky device (a lock) is never moved at the first call: the tool asks, and acts only on a call of a later turn that confirms it. The
check is here, in the executor, so that no other path to the tool goes round it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import BaseModel, Field

from retrieval.faults import Fault, InvalidInput
from tools.base import Effect, Tool, ToolContext, ToolResult
from tools.device_agreement import Agreements, Pending, is_yes
from tools.device_matching import ALSO, match, unclear
from tools.device_questions import is_no_order
from tools.device_words import action_word, device_name, done_words, is_plural, row, state_words, told_words
from tools.devices.base import Action, Device
from tools.grounding import pieces, stands_in
from tools.home import as_home
from tools.kit import Kit
from tools.phrasing import listed, tell, together

_UNSURE = 0.5
"""Words that were heard less surely than this are asked about before they move anything."""
_AT_ONCE = 8
"""Devices that are told at the same time."""


class ControlDeviceArguments(BaseModel):
    """What to do with which device."""

    action: Action = Field(description="What to do; 'status' only reads.")
    device: str = Field(
        min_length=1, max_length=120, description="The device in the person's words: 'light', 'all lights', 'front door', '客厅灯'."
    )
    area: str = Field(default="", max_length=80, description="The room, if one is named.")
    value: str = Field(
        default="", max_length=120, description="For 'set', 'increase', 'decrease': a number, a percentage or a colour; empty for one step."
    )
    command: str = Field(
        default="", max_length=500, description="The person's own sentence; or 'confirm TOKEN' once they agreed to a risky action."
    )


class ControlDeviceTool(Tool):
    """Home control."""

    name = "control_device"
    description = (
        "Switch, set or read devices at home (lights, thermostat, blinds, fan, speaker, TV, coffee machine, oven, garage door, door lock)."
    )
    arguments = ControlDeviceArguments
    cost = "fast"
    effect = "acts"
    foreign = False

    def __init__(self, kit: Kit) -> None:
        self._home = as_home(kit.devices)
        self._agreements = Agreements()

    def effect_of(self, arguments: dict[str, Any]) -> Effect:
        """Asking for the state only reads."""
        return "reads" if arguments.get("action") == "status" else "acts"

    def asked_for(self, arguments: dict[str, Any], context: ToolContext, read: Sequence[dict[str, Any]] = ()) -> bool:
        """Whether the person named the device in this turn, or says yes to what the turn before asked; which device, not which action."""
        if self.confirms(context):
            return True  # then only what was asked about is done
        device, area = str(arguments.get("device") or ""), str(arguments.get("area") or "")
        if pieces(device) and stands_in(f"{device} {area}", context.words):
            return True
        home = self._home.devices()
        found = match(home, device, area, context.words)
        meant = {d.id for one in read for d in match(home, str(one["device"]), str(one.get("area") or ""), context.words)}
        named = all(any(stands_in(name, context.words) for names in d.names.values() for name in names) for d in found)
        return bool(found) and ({d.id for d in found} <= meant or (named and (not area or _in_area(found, context.words))))

    def confirms(self, context: ToolContext) -> bool:
        """Whether a risky action waits, and these words are a yes to it."""
        waiting = self._agreements.waiting(context)
        return waiting is not None and is_yes(context.words, waiting.words)

    def run(self, args: ControlDeviceArguments, context: ToolContext) -> ToolResult:
        """The confirmed state, or a question before a risky action. Raises InvalidInput when nothing fits."""
        context.check()
        agreed = self._agreements.taken(args.command, context)
        if agreed is not None:
            return self._carry_out(agreed, context)
        devices = self._home.devices()
        found = match(devices, args.device, args.area, args.command)
        if not found:
            raise self._unknown(args, devices, context)
        said = context.words or args.command
        if args.action == "status" or is_no_order(said):
            return _status(found, context.language)
        action, able = _able(found, args.action)
        if not able:
            raise _unable(found[0], args.action, context.language)
        open_ = unclear(able, args.device, args.area, args.command)
        if len(open_) > 1:
            return _which(open_, context.language)
        if context.sure < _UNSURE:
            return self._ask(able, action, args.value, context)
        risky = [d for d in able if action in d.asks]
        if risky and len(able) == len(risky):
            return self._ask(risky, action, args.value, context)
        # "Everything off" never includes a lock.
        return self._act([d for d in able if d not in risky], action, args.value, context, left_out=risky)

    def agree(self, words: str, context: ToolContext) -> ToolResult | None:
        """What the turn before asked about, carried out, when these words are a yes to it; None when there is nothing to agree to."""
        waiting = self._agreements.waiting(context)
        if waiting is None or not is_yes(words, waiting.words):
            return None
        agreed = self._agreements.taken(words, context)
        return self._carry_out(agreed, context) if agreed is not None else None

    def _carry_out(self, agreed: Pending, context: ToolContext) -> ToolResult:
        devices = [d for d in self._home.devices() if d.id in agreed.device_ids]
        return self._act(devices, agreed.action, agreed.value, context)

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

    def _ask(self, risky: list[Device], action: Action, value: str, context: ToolContext) -> ToolResult:
        """Nothing is done yet; the token waits for a yes of the next turn."""
        names = listed((device_name(d, context.language) for d in risky), context.language)
        if context.sure < _UNSURE:
            answer = tell(context.language, "device.did_you_mean", words=context.words.strip(" .?!。？！"))
        else:
            answer = tell(context.language, "device.confirm", action=action_word(action, context.language), device=names)
        words = {action_word(action, language) for language in ("en", "zh")} | {action}
        words |= {name for d in risky for names in (*d.names.values(), *d.area_names.values()) for name in names}
        pending = self._agreements.ask(context, answer, action, (d.id for d in risky), value, words)
        return ToolResult(
            text=f"{answer} (confirm {pending.token})", answer=answer,
            data={"confirm": pending.token, "action": action, "devices": [row(d) for d in risky], "done": False},
        )  # fmt: skip

    def _act(
        self, devices: list[Device], action: Action, value: str, context: ToolContext, left_out: list[Device] | None = None
    ) -> ToolResult:
        """Do it, on all of them at once; the sentence is made from what came back."""

        def one(device: Device) -> Device | Fault:
            try:
                context.check()
                return self._home.execute(device.id, action, value, by=context.owner)
            except Fault as fault:
                return fault

        if len(devices) == 1:
            came = [one(devices[0])]
        else:
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="devices") as pool:
                came = list(pool.map(one, devices))
        context.check()
        answered = [d for d in came if isinstance(d, Device)]
        failed = [(d, fault) for d, fault in zip(devices, came, strict=True) if isinstance(fault, Fault)]
        if not answered:
            raise failed[0][1] if failed else InvalidInput(tell(context.language, "device.nothing"), param="device")
        done, silent = [d for d in answered if d.confirmed], [d for d in answered if not d.confirmed]
        language = context.language
        parts = [done_words(done, language)] if done else []
        parts += [told_words(silent, language)] if silent else []
        parts += [tell(language, "device.failed", device=device_name(d, language), why=f.message) for d, f in failed]
        if left_out:
            parts.append(tell(language, "device.left_out", device=listed((device_name(d, language) for d in left_out), language)))
        answer = together(parts, language)
        return ToolResult(
            text=answer,
            answer=answer,
            data={
                "action": action,
                "devices": [row(d) for d in done],
                "unconfirmed": [row(d) for d in silent],
                "failed": [{"id": d.id, "error": f.code} for d, f in failed],
                "done": bool(done) and not silent and not failed,
            },
        )


def _in_area(devices: list[Device], words: str) -> bool:
    return all(any(stands_in(name, words) for names in d.area_names.values() for name in names) for d in devices)


def _able(found: list[Device], action: Action) -> tuple[Action, list[Device]]:
    """The action as these devices name it, and those of them that can do it: what "打开" switches on, a blind opens and a lock unlocks."""
    for meant in (action, *ALSO.get(action, ())):
        able = [d for d in found if meant in d.actions]
        if able:
            return meant, able
    return action, []


def _unable(device: Device, action: Action, language: str) -> InvalidInput:
    able = listed((action_word(a, language) for a in device.actions if a != "status"), language)
    return InvalidInput(
        tell(language, "device.cannot", device=device_name(device, language), action=action_word(action, language)),
        hint=tell(language, "device.can", actions=able), param="action", code="unsupported_action",
    )  # fmt: skip


def _which(found: list[Device], language: str) -> ToolResult:
    """Several rooms have such a device and none was named: ask which, do nothing."""
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
