"""Withholding: what a model says in a turn with high stakes gets into no memory of the conversation. Knows messages, no policy.

A document may turn out to be of such a kind in the middle of a turn, whose steps are saved as they are made. From then on the words reach
`assistant/run.py`, which holds them, and the saved step has none: a process that is killed leaves no draft behind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, BaseMessage

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]


class Withhold(AgentMiddleware[Any, Any, Any]):
    """Stands outside all other layers: they see the answer as it is."""

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """The calls of tools stay; the words go, and so does what the model thought."""
        response = await handler(request)
        if not cast("Any", request.runtime.context).withholds():
            return response
        return ModelResponse(result=[_wordless(message) for message in response.result], structured_response=response.structured_response)


def _wordless(message: BaseMessage) -> BaseMessage:
    if not isinstance(message, AIMessage):
        return message
    return AIMessage(
        "", id=message.id, tool_calls=message.tool_calls, response_metadata=message.response_metadata, usage_metadata=message.usage_metadata
    )  # fmt: skip
