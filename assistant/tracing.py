"""Spans around the model calls and tool calls of a turn, and what LangChain traces of them itself. Knows its hooks, no exporter and nothing
of what is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command
from langsmith import set_runtime_overrides
from langsmith.utils import tracing_is_enabled

from retrieval.request_context import span


async def _at_once(
    default: Callable[..., Awaitable[Any]], context: Context, function: Callable[..., Any], /, *given: Any, **named: Any
) -> Any:
    return await default(context, function, *given, **named) if tracing_is_enabled() else context.run(function, *given, **named)


def trace_at_once() -> None:
    """Let LangSmith, where it is off, find that out in the thread it is in. By itself it asks another one before and after each call, and
    runs the call in a task of its own: 2 of the 17 ms of processor time of a turn of the bundled model."""
    set_runtime_overrides(aio_to_thread=_at_once)


class Traced(AgentMiddleware[Any, Any, Any]):
    """The innermost layer: what runs again is a span again."""

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        """A span `model`."""
        with span("model", **{"gen_ai.request.model": str(getattr(request.model, "model_name", request.model._llm_type))}):
            return await handler(request)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage | Command[Any]:
        """A span `tool`; a name that no tool has is not told, because a chat model made it up."""
        with span("tool", **{"gen_ai.tool.name": request.tool.name if request.tool is not None else "unknown"}) as timed:
            message = await handler(request)
            timed.note(ok=getattr(message, "status", "success") != "error")
            return message
