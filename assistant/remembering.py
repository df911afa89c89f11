"""What a language model may learn of the facts a person asked to be remembered. Knows LangChain's hooks and the words of memory wishes.

A turn that speaks of memory in clear words is taken by `reflex`, which quotes and guesses nothing. A chat model on another machine gets no
fact at all unless the setting `memory_remote` allows it: it is not offered the tool, and the turns in which memory spoke are left out of
what it reads of the conversation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

from assistant.reflex.remembering import TOOL, wish
from assistant.reflex.situation import read_situation
from retrieval.faults import NotAllowed

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
ToolHandler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


class Remembering(AgentMiddleware[Any, Any, Any]):
    """Stands between the memory and a language model."""

    def __init__(self, reflex: BaseChatModel, *, sealed: bool) -> None:
        """`reflex` takes the turns about memory. `sealed`: the chat model is on another machine and may learn no fact."""
        super().__init__()
        self._reflex, self._sealed = reflex, sealed

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Give the turn to `reflex`, or the chat model what it may see."""
        situation = read_situation(request.messages)
        if not situation.called and wish(situation) is not None:
            return await handler(request.override(model=self._reflex))
        if not self._sealed:
            return await handler(request)
        tools = [tool for tool in request.tools if _named(tool) != TOOL]
        return await handler(request.override(tools=tools, messages=without_memory(request.messages)))

    async def awrap_tool_call(self, request: ToolCallRequest, handler: ToolHandler) -> ToolMessage | Command[Any]:
        """Refuse a call of the memory that a sealed chat model made up: the tool runs only for words that ask for it."""
        if self._sealed and request.tool_call["name"] == TOOL and wish(read_situation(request.state["messages"])) is None:
            raise NotAllowed("The memory is not open to this chat model.", hint="Answer without it.", code="memory_sealed")
        return await handler(request)


def without_memory(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages without the earlier turns that kept, told or forgot a fact; the newest turn stays."""
    starts = [n for n, message in enumerate(messages) if isinstance(message, HumanMessage)]
    kept: list[AnyMessage] = list(messages[: starts[0]] if starts else messages)
    for start, end in zip(starts, [*starts[1:], len(messages)], strict=True):
        if start == starts[-1] or not _of_memory(messages, start, end):
            kept += messages[start:end]
    return kept


def _of_memory(messages: Sequence[AnyMessage], start: int, end: int) -> bool:
    used = any(isinstance(message, ToolMessage) and message.name == TOOL for message in messages[start:end])
    return used or wish(read_situation(messages[:end])) is not None


def _named(tool: Any) -> str:
    if isinstance(tool, dict):
        return str((tool.get("function") or tool).get("name", ""))
    return str(tool.name)
