"""Narrowing: a turn that may use only some tools. Knows LangChain's hooks, no tool and no caller.

A visitor of somebody's page may ask and nothing else. The other tools are not shown to the chat model, and a call of one of them, however
it came about, does not run.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

from retrieval.faults import NotAllowed

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
ToolHandler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]

_STORED = re.compile(r"\s*(?:file|item|faq)[-_]\w{8}")
"""An id of something in the owner's library: such a turn reaches it by searching alone."""


class Narrow(AgentMiddleware[Any, Any, Any]):
    """Keeps a turn to the tools in `only` of its context; an empty one lets all run."""

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Show the chat model the tools that may run."""
        only = cast("Any", request.runtime.context).only
        if not only:
            return await handler(request)
        return await handler(request.override(tools=[tool for tool in request.tools if getattr(tool, "name", "") in only]))

    async def awrap_tool_call(self, request: ToolCallRequest, handler: ToolHandler) -> ToolMessage | Command[Any]:
        """Refuse a call of any other tool."""
        only = cast("Any", request.runtime.context).only
        call = request.tool_call
        named = any(isinstance(value, str) and _STORED.match(value) for value in call["args"].values())
        if only and (call["name"] not in only or named):
            raise NotAllowed(
                "This is not open to visitors.", hint="Answer from what was found, or say that you cannot.", code="tool_closed"
            )
        return await handler(request)
