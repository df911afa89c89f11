"""Spans around the model calls and tool calls of a turn. Knows LangChain's hooks, no exporter and nothing of what is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

from retrieval.request_context import span


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
