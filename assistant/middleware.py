"""Middleware of the agent: what happens around each model call and each tool call. All contact with LangChain's hooks is here."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ToolRetryMiddleware
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage, ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

from assistant.approval import Asked
from assistant.direct import Direct, named
from assistant.events import Event, ShownMedia, ToolFinished, ToolStarted
from assistant.invisible import Visible
from assistant.layers import Bounded, Described, Layers
from assistant.narrowing import Narrow
from assistant.permission import Asking, Gate, Granting
from assistant.reflex.curated import curated_first
from assistant.reflex.picturing import clear
from assistant.reflex.router import Route
from assistant.reflex.situation import read_situation
from assistant.showing import ShowMedia
from assistant.taint import vouch
from assistant.withholding import Withhold
from retrieval.content import Content
from retrieval.faults import Cancelled, Fault
from tools.base import Shown, ToolContext

log = logging.getLogger(__name__)
Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
ToolHandler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


@dataclass
class AgentContext(ToolContext):
    """The tools' context plus the way out for events."""

    emit: Callable[[Event], None] = field(default=lambda event: None)
    refused: bool = False
    """A tool looked and nothing supported an answer."""
    only: tuple[str, ...] = ()
    """The only tools that may run; empty lets all run."""
    manner: str = ""
    """How the answer should sound; see `assistant/feeling.py`."""
    overheard: bool = False
    """The words come from a recording that somebody else may have made: they are answered, and move nothing without a yes."""
    spoken: bool = False
    """The words were heard, not typed."""
    brought: tuple[str, ...] = ()
    """Where foreign words came from that the messages do not show; see `assistant/taint.py`."""
    asked: Asked = field(default_factory=Asked)
    """The questions for a yes that this service asked."""
    granted: set[str] = field(default_factory=set)
    """Ids of the calls that are the person's own, whatever a chat model says."""
    held: Callable[[str, str], None] = field(default=lambda tool, why: None)
    """Notes (tool, why) of a call that was not run."""
    withholds: Callable[[], bool] = field(default=lambda: False)
    """Whether what the chat model says from now on is held back."""
    model_calls: int = 0
    """Of this turn, so far."""
    tool_calls: int = 0


def stack(
    chat_model: BaseChatModel,
    reflex: BaseChatModel | None,
    model_calls: int,
    wave: Callable[[Content], bytes],
    route: Callable[[str, Sequence[str], Sequence[str]], Route],
    more: Sequence[AgentMiddleware[Any, Any, Any]] = (),
) -> Layers:
    """The middleware of the agent, outermost first, as one.

    `reflex` is the fast path beside a language model, if wanted; `wave` makes a WAV file of any sound; `route` reads words, what is
    attached and what was before. `more` stands inside what reports tools and outside what runs them again: what others run is not run
    twice.
    """
    layers: list[AgentMiddleware[Any, Any, Any]] = [Bounded(model_calls, model_calls * 2), Withhold(), Direct(), Asking()]
    if reflex is not None:
        layers.append(FastPath(reflex))
    profile = chat_model.profile or {}
    taken = frozenset(modality for modality in ("image", "audio", "video") if profile.get(f"{modality}_inputs"))
    if taken:
        layers.append(ShowMedia(taken, wave))
    again = ToolRetryMiddleware(max_retries=1, retry_on=_worth_retrying, on_failure="error", initial_delay=0.2)
    return Layers([*layers, ReportTools(), Narrow(), Gate(route), *more, again, Granting(), Visible(), Described()])


def _worth_retrying(error: Exception) -> bool:
    return isinstance(error, Fault) and error.retryable and not isinstance(error, Cancelled)


class FastPath(AgentMiddleware[Any, Any, Any]):
    """Lets the reflex model take what it is sure of, in milliseconds, before a language model is asked.

    That is device commands, curated answers, and wishes about pictures that the turns before make clear (undo, the very same again, yes).
    """

    SURE = 0.9

    def __init__(self, reflex: BaseChatModel) -> None:
        super().__init__()
        self.reflex = reflex

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Swap the model for this call when `reflex` is sure of the newest turn."""
        newest = next((m for m in reversed(request.messages) if isinstance(m, HumanMessage)), None)
        route = getattr(self.reflex, "router", None)
        if newest is None or route is None or newest.additional_kwargs.get("media") or named(newest):
            return await handler(request)
        found = route.route(newest.additional_kwargs.get("words", newest.text), (), ())
        sure = found.plan == ("control_device",) and found.candidates[0].score >= self.SURE
        sure = sure or curated_first(found, float(newest.additional_kwargs.get("curated") or 0.0))
        sure = sure or clear(read_situation(request.messages), [str(getattr(tool, "name", "")) for tool in request.tools], found)
        return await handler(request.override(model=self.reflex) if sure else request)


class ReportTools(AgentMiddleware[Any, Any, Any]):
    """Reports each tool call as events, and turns a Fault into a result the chat model can explain. No fault becomes an answer."""

    async def awrap_tool_call(self, request: ToolCallRequest, handler: ToolHandler) -> ToolMessage | Command[Any]:
        """Run the tool between ToolStarted and ToolFinished."""
        context: AgentContext = cast("AgentContext", request.runtime.context)
        call = request.tool_call
        identity: dict[str, Any] = {"id": str(call["id"]), "tool": call["name"], "arguments": dict(call["args"])}
        context.check()
        context.emit(ToolStarted(**identity))
        started = time.perf_counter()
        fault: Fault | None = None
        message: ToolMessage | Command[Any]
        try:
            message = await handler(request)
        except Cancelled:
            raise
        except Fault as caught:
            fault, message = caught, _failed(request, caught)
        except Exception:
            log.exception("tool %s failed", call["name"])
            fault = Fault(f"The tool '{call['name']}' failed.", hint="Try again, or ask in other words.")
            message = _failed(request, fault)
        ms = round((time.perf_counter() - started) * 1000, 2)
        if fault is not None:
            context.emit(ToolFinished(**identity, ok=False, ms=ms, error=fault.message, hint=fault.hint))
        elif isinstance(message, ToolMessage):
            _report(context, identity, message, ms)
        return message


def _report(context: AgentContext, identity: dict[str, Any], message: ToolMessage, ms: float) -> None:
    artifact = message.artifact or {}
    context.refused = context.refused or bool(artifact.get("refused"))
    ok = message.status != "error"
    error = None if ok else str(message.text)
    context.emit(ToolFinished(**identity, ok=ok, ms=ms, text=str(message.text), data=artifact.get("data", {}), error=error))
    if identity["tool"] == "analyze_emotion" and ok:
        message.artifact = {**artifact, "data": {}}  # what was read is shown and not kept with the messages
    for shown in artifact.get("shown", ()):
        context.emit(ShownMedia(media=Shown.model_validate(shown)))


def _failed(request: ToolCallRequest, fault: Fault) -> ToolMessage:
    call, text = request.tool_call, f"{fault.message} {fault.hint}".strip()
    message = ToolMessage(text, tool_call_id=call["id"], name=call["name"], status="error", artifact={"error": fault.to_dict()})
    vouch(message, getattr(request.tool, "source", None))
    return message
