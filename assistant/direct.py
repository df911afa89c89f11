"""Direct calls: a turn that names its tool runs it first, with any chat model. Knows schemas and LangChain's hooks, no tool.

The call travels in `additional_kwargs["call"]` of the person's message, so that a conversation taken up later still shows why it ran.
What the tool found is then phrased by the chat model like any other result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.events import Candidate, Routed
from assistant.turns import Call
from retrieval.catalogue import say
from retrieval.faults import InvalidInput
from tools.base import Tool
from tools.langchain import check

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]


def read_call(tools: Mapping[str, Tool], tool: str, arguments: Mapping[str, Any]) -> Call:
    """The call of `tool`. Raises InvalidInput with the name of what does not fit, as a caller of the API wrote it."""
    if tool not in tools:
        raise InvalidInput(
            f"There is no tool '{tool[:80]}'.", hint=f"Known: {', '.join(sorted(tools))}.", param="metadata.tool", code="unknown_tool"
        )
    known = tools[tool].arguments.model_fields
    if unknown := next((name[:80] for name in arguments if name not in known), ""):
        raise InvalidInput(
            f"The tool '{tool}' has no argument '{unknown}'.", hint=f"Known: {', '.join(known)}.", param=f"metadata.arguments.{unknown}",
            code="invalid_arguments",
        )  # fmt: skip
    try:
        check(tools[tool], dict(arguments))
    except InvalidInput as fault:
        fault.param = f"metadata.arguments.{fault.param}"
        raise
    return Call(tool=tool, arguments=dict(arguments))


def named(message: BaseMessage) -> Call | None:
    """The call that a person's message brought along."""
    found = message.additional_kwargs.get("call")
    return Call.model_validate(found) if found else None


class Direct(AgentMiddleware[Any, Any, Any]):
    """Gives the call that the turn names instead of asking the chat model the first time."""

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """The named call while nothing has run in this turn; then the chat model goes on."""
        newest = request.messages[-1]
        call = named(newest) if isinstance(newest, HumanMessage) else None
        if call is None:
            return await handler(request)
        context = cast("Any", request.runtime.context)
        reason = say("assistant", context.language, "route.direct")
        context.emit(Routed(route=(Candidate(tool=call.tool, score=1.0, reason=reason),), plan=(call.tool,)))
        context.granted.add(f"call_{newest.id}")
        asked = {"name": call.tool, "args": call.arguments, "id": f"call_{newest.id}", "type": "tool_call"}
        return ModelResponse(result=[AIMessage("", tool_calls=[asked])])
