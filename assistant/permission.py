"""Permission: a tool that acts runs for the person's own words of this turn, or for their yes to the very call. Trusts no chat model.

A call is the person's own when `reflex` read it from their words, a button or a tool's name asked for it, or they agreed to it. A call that
a language model chose is held against what the person typed or said: our router must read a wish for that tool in it, and it must name
what the call would touch. Else the call waits, and the person is shown exactly what would run. The prompt takes no part in this.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

from assistant import approval, mcp_servers
from assistant.events import Candidate, Routed, TextDelta
from assistant.reflex.commands import command
from assistant.reflex.router import Route
from assistant.taint import sources, vouch
from retrieval.catalogue import say
from retrieval.faults import InvalidInput
from tools.base import ToolResult
from tools.grounding import pieces, stands_in, texts
from tools.langchain import before

if TYPE_CHECKING:
    from assistant.middleware import AgentContext

log = logging.getLogger(__name__)
Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
ToolHandler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]

SUPPORT = 0.2
"""Probability from which the router is taken to read a wish for a tool in the person's words."""
ORDERED = "control_device"
"""The tool whose orders `reflex` reads with their device and direction."""
MOST_QUESTIONS = 3
"""Calls that one yes can be asked for; a longer list is not read."""
_UP, _DOWN = frozenset(("on", "open", "unlock", "increase")), frozenset(("off", "close", "lock", "decrease"))


def taken(context: AgentContext, call: Any) -> bool:
    """Whether a call is the person's own. Each id counts once: a chat model sees the ids of earlier calls and may send one again."""
    own = str(call["id"]) in context.granted
    context.granted.discard(str(call["id"]))
    return own


def held(wanted: approval.Call, messages: Sequence[AnyMessage], context: AgentContext, why: str, *, own: bool) -> ToolResult | None:
    """The question for a yes; None when the person gave it and this call is the first to use it. Raises InvalidInput for one too long
    to show. `why` says why it is asked: `setting`, `not_asked`, `spoken`, `tainted`; `own` is what `taken` said of the call."""
    if len(wanted.arguments) > approval.MOST_CHARS:
        context.held(wanted.tool, why)
        raise InvalidInput(
            say("assistant", context.language, "mcp.long", tool=wanted.tool), hint=say("assistant", context.language, "mcp.long_hint"),
            code="approval_too_long",
        )  # fmt: skip
    if own and wanted in context.asked.agreed(context.owner, messages):
        context.asked.used(context.owner, wanted)
        return None
    context.held(wanted.tool, why)
    asked = approval.question(wanted, context.language)
    found = list(sources(messages, context.brought)) if why == "tainted" else []
    return ToolResult(text=asked, answer=asked, data={"ask": asked, "done": False, "why": why, "foreign": found})


class Asking(AgentMiddleware[Any, Any, Any]):
    """Says what a call waits for, and runs what the person then said yes to, whatever a chat model would make of it."""

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """The questions of this turn, or the calls that its words agree to; else the chat model goes on."""
        context = cast("AgentContext", request.runtime.context)
        if context.only:  # somebody who may ask and nothing else
            return await handler(request)
        waiting = [m for m in of_this_turn(request.messages) if (m.artifact or {}).get("data", {}).get("ask")]
        if waiting:
            asked = list(dict.fromkeys(str(m.artifact["data"]["ask"]) for m in waiting))[:MOST_QUESTIONS]
            for message in waiting:
                if message.artifact["data"]["ask"] in asked:
                    context.asked.ask(context.owner, approval.read(message.artifact["data"]["ask"]))
            text = "\n".join(asked)
            context.emit(TextDelta(text=text))
            return ModelResponse(result=[AIMessage(text)])
        calls = context.asked.agreed(context.owner, request.messages) if isinstance(request.messages[-1], HumanMessage) else ()
        return own_calls(context, [(one.tool, json.loads(one.arguments)) for one in calls], "mcp.agreed") or await handler(request)


def own_calls(context: AgentContext, calls: Sequence[tuple[str, dict[str, Any]]], reason: str) -> ModelResponse[Any] | None:
    """The person's own calls as a chat model would make them; None when there are none. `reason` is a key of the words."""
    if not calls:
        return None
    plan = tuple(call_name(label) for label, _ in calls)
    told = say("assistant", context.language, reason)
    context.emit(Routed(route=tuple(Candidate(tool=name, score=1.0, reason=told) for name in plan), plan=plan))
    asked = []
    for name, (label, arguments) in zip(plan, calls, strict=True):
        identity = f"call_{uuid.uuid4().hex}"
        context.granted.add(identity)
        if reason == "mcp.agreed":
            context.agreed.append((label, arguments))
        asked.append({"name": name, "args": arguments, "id": identity, "type": "tool_call"})
    return ModelResponse(result=[AIMessage("", tool_calls=asked)])


class Granting(AgentMiddleware[Any, Any, Any]):
    """The innermost layer: notes the calls that `reflex` read from the person's words. Nothing that travels can claim to be `reflex`."""

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Ask the model that was finally chosen."""
        found = await handler(request)
        context = cast("AgentContext", request.runtime.context)
        if request.model._llm_type == "reflex" and not context.overheard:
            context.granted |= {str(call["id"]) for m in found.result if isinstance(m, AIMessage) for call in m.tool_calls}
        return found


class Gate(AgentMiddleware[Any, Any, Any]):
    """Stands before the assistant's own tools."""

    def __init__(self, route: Callable[[str, Sequence[str], Sequence[str]], Route]) -> None:
        """`route` reads (words, modalities attached, modalities before) as `reflex` does."""
        super().__init__()
        self._route = route

    async def awrap_tool_call(self, request: ToolCallRequest, handler: ToolHandler) -> ToolMessage | Command[Any]:
        """Run the call, or hold it and ask."""
        tool = getattr(request.tool, "source", None)
        if tool is None:  # unknown, or of another program: who runs those asks for them
            return await handler(request)
        context = cast("AgentContext", request.runtime.context)
        call, messages = request.tool_call, cast("list[AnyMessage]", request.state["messages"])
        context.before = before(messages)
        own = taken(context, call)
        why = self._why(tool, call, messages, context, own=own)
        if why:
            result = held(approval.call(call["name"], call["args"]), messages, context, why, own=own)
            if result is not None:
                answer = ToolMessage(result.text, tool_call_id=call["id"], name=call["name"], artifact=result.model_dump(mode="json"))
                vouch(answer, tool)
                return answer
        message = await handler(request)
        if isinstance(message, ToolMessage):
            vouch(message, tool)
        return message

    def _why(self, tool: Any, call: Any, messages: Sequence[AnyMessage], context: AgentContext, *, own: bool) -> str:
        """Why a call must wait; empty when it may run."""
        arguments = dict(call["args"])
        effect = tool.effect_of(arguments)
        agreed = (tool.name, arguments) in context.agreed
        if context.spoken and not agreed and tool.grave(arguments):
            return "spoken"
        if effect == "reads" or (own and not agreed):
            return ""
        tainted = bool(sources(messages, context.brought))
        if effect == "makes" and not tainted and not context.overheard:
            return ""
        if not agreed and not context.overheard and self._wished(tool, arguments, messages, context):
            return ""
        return "tainted" if tainted else "not_asked"

    def _wished(self, tool: Any, arguments: dict[str, Any], messages: Sequence[AnyMessage], context: AgentContext) -> bool:
        """Whether the person's own words of this turn ask for the call."""
        effect = tool.effect_of(arguments)
        newest = next((m for m in reversed(messages) if isinstance(m, HumanMessage)), None)
        attached = [str(media["modality"]) for media in newest.additional_kwargs.get("media", ())] if newest is not None else []
        route = self._route(context.words, attached, [media.modality for media in context.media])
        known = {candidate.tool: candidate.score for candidate in route.candidates}
        orders = tool.name == ORDERED
        read = _orders(route, context.words) if orders else []
        if effect == "acts" and not tool.asked_for(arguments, context, read):
            return False
        if tool.confirms(context):
            return True
        if tool.name in known and tool.name not in route.plan and known[tool.name] < SUPPORT:
            return False
        return not orders or _as_ordered(arguments, read, context.words)


def _orders(route: Route, words: str) -> list[dict[str, Any]]:
    """The orders to devices that `reflex` reads in the words."""
    steps = [step.words for step in route.steps if step.tool == ORDERED] or [words]
    return [found for step in steps if (found := command(step))]


def _as_ordered(arguments: dict[str, Any], read: Sequence[dict[str, Any]], words: str) -> bool:
    """Whether a call goes the way of the orders that the words hold, and takes its number from them."""
    action, value = str(arguments.get("action")), str(arguments.get("value") or "")
    ways = {str(found["action"]) for found in read}
    against = (action in _UP and ways and ways <= _DOWN) or (action in _DOWN and ways and ways <= _UP)
    numbers = [piece for piece in pieces(words) if piece[0].isdigit()]
    invented = bool(value) and bool(numbers) and not stands_in(value, words) and value not in {str(found.get("value")) for found in read}
    return not against and not invented


def foreign_wish(label: str, arguments: dict[str, Any], words: str) -> bool:
    """Whether the person's words name another program's tool and everything it would be called with."""
    named = set(pieces(label.replace(".", " ").replace("_", " "))) & set(pieces(words))
    return bool(named) and all(stands_in(text, words) for text in texts(arguments))


def of_this_turn(messages: Sequence[AnyMessage]) -> list[ToolMessage]:
    """Results since the person's newest words."""
    newest = max((n for n, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1)
    return [message for message in messages[newest + 1 :] if isinstance(message, ToolMessage)]


def call_name(label: str) -> str:
    """The name by which a chat model calls a tool: our own as they are called, `server.tool` as that of another program."""
    return mcp_servers.call_name(label) if "." in label else label
