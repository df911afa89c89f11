"""Layers: the middleware of the agent as one, its bounds, and its tools as a chat model is told of them.

Knows LangChain's hooks, no tool.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
ToolHandler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


class Layers(AgentMiddleware[Any, Any, Any]):
    """Several layers as one, the first outermost. LangChain runs each middleware it is given in a task of its own, and one that has more
    than `awrap_model_call` and `awrap_tool_call` as a step of the graph: with a dozen that takes longer than everything else in a turn."""

    def __init__(self, layers: Sequence[AgentMiddleware[Any, Any, Any]]) -> None:
        super().__init__()
        self._around_models = [one for one in reversed(layers) if type(one).awrap_model_call is not AgentMiddleware.awrap_model_call]
        self._around_tools = [one for one in reversed(layers) if type(one).awrap_tool_call is not AgentMiddleware.awrap_tool_call]

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Through all of them."""
        for layer in self._around_models:
            handler = cast("Handler", partial(layer.awrap_model_call, handler=handler))
        return await handler(request)

    async def awrap_tool_call(self, request: ToolCallRequest, handler: ToolHandler) -> ToolMessage | Command[Any]:
        """Through all of them."""
        for layer in self._around_tools:
            handler = partial(layer.awrap_tool_call, handler=handler)
        return await handler(request)


class Bounded(AgentMiddleware[Any, Any, Any]):
    """Ends a turn that calls and calls."""

    def __init__(self, model_calls: int, tool_calls: int) -> None:
        super().__init__()
        self._model_calls, self._tool_calls = model_calls, tool_calls

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Nothing is said beyond the last call, and no tool is called."""
        context = cast("Any", request.runtime.context)
        if context.model_calls >= self._model_calls:
            return ModelResponse(result=[AIMessage(f"Model call limits exceeded: run limit ({context.model_calls}/{self._model_calls})")])
        context.model_calls += 1
        return await handler(request)

    async def awrap_tool_call(self, request: ToolCallRequest, handler: ToolHandler) -> ToolMessage | Command[Any]:
        """Tell the chat model that it must go on without."""
        context = cast("Any", request.runtime.context)
        context.tool_calls += 1
        if context.tool_calls > self._tool_calls:
            call = request.tool_call
            told = "Tool call limit exceeded. Do not make additional tool calls."
            return ToolMessage(told, tool_call_id=call["id"], name=call["name"], status="error")
        return await handler(request)


class Described(AgentMiddleware[Any, Any, Any]):
    """Hands a chat model its tools as the JSON it is told of them, made once: LangChain would make it anew for each call."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[int, tuple[Any, dict[str, Any]]] = {}

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """The innermost layer: the others look at the tools themselves."""
        return await handler(request.override(tools=[self._described(tool) for tool in request.tools]))

    def _described(self, tool: Any) -> dict[str, Any]:
        if isinstance(tool, dict):
            return tool
        known = self._known.get(id(tool))
        if known is None:
            known = self._known[id(tool)] = (tool, convert_to_openai_tool(tool))
        return known[1]
